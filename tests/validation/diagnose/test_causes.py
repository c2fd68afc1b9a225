"""One real simulator with an injected fault against another without: the cause that is named must be that error."""

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.runtime import executor as execution
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.validation.compare.agreement import compare
from unisono.validation.diagnose.candidates import suggested
from unisono.validation.diagnose.cause import Cause, Deviation, both
from unisono.validation.faults.faults import FAULTS, Fault, can_run, fault_named, rerun_with_faults

pytest.importorskip("nest")
RIGHT, WRONG = "nest", "neuron"


@pytest.fixture(scope="module")
def network() -> Network:
    return build_network("vogels_abbott", cell="IF_cond_exp", n=200, p=0.1, duration=60.0, recorded=0)


@pytest.fixture(scope="module")
def right(network: Network) -> Run:
    return execution.run(network, [RIGHT])[RIGHT]


def mutated(network: Network, right: Run, name: str) -> Runs:
    return Runs(network, {RIGHT: right, WRONG: fault_named(name).run(network, [WRONG])[WRONG]})


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
    agreement = compare(mutated(network, right, name))
    (pair,) = agreement.pairs
    assert (pair.verdict, agreement.exit_status) == ("different", 1)
    assert pair.cause is not None
    assert (pair.cause.faults, pair.cause.kind, pair.cause.proven) == ((name,), FAULTS[name].kind, True)
    assert (pair.cause.suspect, pair.cause.baseline) == (WRONG, RIGHT)
    assert pair.cause.until_ms_with >= pair.cause.until_ms_before + 20
    assert pair.cause.sentence in pair.reason
    assert pair.to_dict()["cause"]["kind"] == pair.cause.kind


@pytest.mark.slow
def test_a_synapse_that_is_missing_is_found(network: Network, right: Run) -> None:
    (pair,) = compare(mutated(network, right, "missing synapse")).pairs
    given = FAULTS["missing synapse"].network(network)
    where = [i for i, p in enumerate(network.projections) if p.size != given.projections[i].size]
    one, other = network.projections[where[0]], given.projections[where[0]]
    lost = set(zip(one.pre.tolist(), one.post.tolist(), strict=True))
    lost -= set(zip(other.pre.tolist(), other.post.tolist(), strict=True))
    ((pre, post),) = lost
    assert pair.cause.kind == "connection"
    assert f"neuron {pre} of" in pair.cause.sentence
    assert f"to neuron {post} of" in pair.cause.sentence


@pytest.mark.slow
def test_spikes_lost_in_the_recording_alone(network: Network, right: Run) -> None:
    (pair,) = compare(mutated(network, right, "lost spikes")).pairs
    assert (pair.verdict, pair.cause.kind, pair.cause.suspect) == ("different", "spike", WRONG)


@pytest.mark.slow
def test_two_errors_at_once(network: Network, right: Run) -> None:
    (pair,) = compare(mutated(network, right, "spike times - 1 step and delay + 1 step")).pairs
    assert set(pair.cause.faults) == {"spike times - 1 step", "delay + 1 step"}
    assert pair.cause.proven


@pytest.mark.slow
def test_native_numerics_are_an_integrator(network: Network, right: Run) -> None:
    """No error is invented: the test circuit names the method, and matched numerics give the spikes of the other."""
    native = execution.run(network, [WRONG], Settings("native"))[WRONG]
    (pair,) = compare(Runs(network, {RIGHT: right, WRONG: native})).pairs
    assert (pair.cause.kind, pair.cause.faults, pair.cause.suspect) == ("integrator", (), WRONG)
    assert "exponential Euler" in pair.cause.sentence


def test_findings_suggest_errors() -> None:
    def deviation(kind: str, measured: float, expected: float = 0.0, sentence: str = "") -> Deviation:
        return Deviation(kind, measured, expected, "steps", sentence)

    assert [m.name for m in suggested([deviation("delay", 3), deviation("refractoriness", 49, 50)])] == [
        "delay + 3 steps",
        "refractory - 1 step",
    ]
    assert [m.name for m in suggested([deviation("integrator", 0.1, sentence="the backward Euler method")])] == []
    both_receptors = [deviation("weight of excitatory", 1.0195, 1.0), deviation("weight of inhibitory", 1.0193, 1.0)]
    assert [m.name for m in suggested(both_receptors)] == ["weights + 2 %"]


def test_causes_of_both_simulators_are_one() -> None:
    one = Cause("delay", "One.", ("a",), "x", "t", ("m",), 2.0, 9.0, True)
    other = Cause("label", "Two.", ("b",), "y", "t", (), 3.0, None, False)
    assert both([]) is None
    assert both([one]) is one
    joint = both([one, other])
    assert (joint.kind, joint.sentence, joint.suspect, joint.baseline) == ("delay, label", "One. Two.", "x, y", "t")
    assert (joint.until_ms_before, joint.until_ms_with, joint.proven) == (2.0, 9.0, False)


def test_errors_can_be_made_at_once_and_again(network: Network, right: Run) -> None:
    two = fault_named("spike times + 1 step and delay - 1 step")
    assert isinstance(two, Fault)
    assert two.kind == "label, delay"
    given = two.network(network)
    assert all(int(p.delay) == int(q.delay) - 1 for p, q in zip(given.projections, network.projections, strict=True))
    assert can_run(two, RIGHT, network) == ""
    made = two.disguised(right, network)
    assert made.provenance["fault"] == two.name
    asked = []

    def execute(net: Network, on: list, settings: Settings) -> Runs:
        asked.append(net.fingerprint)
        return Runs(net, dict.fromkeys(on, right))

    again = rerun_with_faults({RIGHT: made}, execute)(network, [RIGHT])[RIGHT]
    assert asked == [given.fingerprint]
    assert np.array_equal(again.recording.trials[0].spikes[0].steps[:3], made.recording.trials[0].spikes[0].steps[:3])
