"""One real simulator with an injected fault against another without: the cause that is named must be that fault."""

import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.validation.compare.agreement import compare
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.explain import explain
from unisono.validation.faults.faults import FAULTS, fault_named
from unisono.validation.verdict import Level

RIGHT, WRONG = "nest", "neuron"


@pytest.fixture(scope="module")
def network() -> Network:
    return build_network("vogels_abbott", cell="IF_cond_exp", n=200, p=0.1, duration=60.0, recorded=0)


@pytest.fixture(scope="module")
def right(network: Network) -> Run:
    return Executor().run(network, [RIGHT])[RIGHT]


def explained(runs: Runs) -> Pair:
    (pair,) = explain(compare(runs), budget=600.0).pairs
    return pair


def with_fault(network: Network, right: Run, name: str) -> Pair:
    return explained(Runs(network, {RIGHT: right, WRONG: fault_named(name).run(network, [WRONG])[WRONG]}))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "delay + 1 step",
        "refractory - 1 step",
        "spike times + 1 step",
        "weights + 2 %",
        "tau_syn swapped",
        "sources + 1 step",
    ],
)
def test_the_cause_named_is_the_error_made(network: Network, right: Run, name: str) -> None:
    pair = with_fault(network, right, name)
    assert pair.verdict.level is Level.DIFFERENT
    assert pair.cause is not None
    assert (pair.cause.faults, pair.cause.kind, pair.cause.proven) == ((name,), FAULTS[name].kind, True)
    assert (pair.cause.suspect, pair.cause.baseline) == (WRONG, RIGHT)
    assert pair.cause.until_ms_with >= pair.cause.until_ms_before + 20
    assert pair.cause.spikes >= 5 and f"up to {pair.cause.until_ms_with:g} ms" in pair.cause.sentence
    assert pair.verdict.cause == pair.cause.sentence
    assert pair.to_dict()["cause"]["kind"] == pair.cause.kind


@pytest.mark.slow
def test_a_synapse_that_is_missing_is_found(network: Network, right: Run) -> None:
    pair = with_fault(network, right, "missing synapse")
    given = FAULTS["missing synapse"].network(network)
    where = [i for i, p in enumerate(network.projections) if p.size != given.projections[i].size]
    one, other = network.projections[where[0]], given.projections[where[0]]
    lost = set(zip(one.pre.tolist(), one.post.tolist(), strict=True))
    lost -= set(zip(other.pre.tolist(), other.post.tolist(), strict=True))
    ((pre, post),) = lost
    assert pair.cause.kind == "connection"
    assert f"cell {pre} of" in pair.cause.sentence
    assert f"to cell {post} of" in pair.cause.sentence


@pytest.mark.slow
def test_spikes_lost_in_the_recording_alone(network: Network, right: Run) -> None:
    pair = with_fault(network, right, "lost spikes")
    assert (pair.verdict.level, pair.cause.kind, pair.cause.suspect) == (Level.DIFFERENT, "spike", WRONG)


@pytest.mark.slow
def test_two_errors_at_once(network: Network, right: Run) -> None:
    pair = with_fault(network, right, "spike times - 1 step and delay + 1 step")
    assert set(pair.cause.faults) == {"spike times - 1 step", "delay + 1 step"}
    assert pair.cause.proven


@pytest.mark.slow
def test_native_numerics_are_an_integrator(network: Network, right: Run) -> None:
    """No error is invented: the test circuit names the method, and matched numerics give the spikes of the other."""
    native = Executor().run(network, [WRONG], Settings("native"))[WRONG]
    pair = explained(Runs(network, {RIGHT: right, WRONG: native}))
    assert (pair.cause.kind, pair.cause.faults, pair.cause.suspect) == ("integrator", (), WRONG)
    assert "exponential Euler" in pair.cause.sentence
