"""Plastic synapses of one simulator follow another rule: the cause that is named must be the fault that it has."""

from __future__ import annotations

import plastic
import pytest

from unisono.models.network import Network
from unisono.validation.compare.agreement import compare
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.explain import explain
from unisono.validation.faults.faults import FAULTS, PLASTICITY, fault_named
from unisono.validation.verdict import Level

#: The faults that change something of the small network.
NAMES = [n for n, fault in FAULTS.items() if fault.kind == PLASTICITY and fault.applies_to(plastic.network())]

#: Those that are tried in every run of the tests: the first of the list, one in its middle.
FAST = ("meeting spikes potentiate", "target after source")


@pytest.fixture(scope="module")
def weak() -> Network:
    return plastic.network()


def explained(network: Network, fault: str, wrong: str, names: tuple[str, ...], **options: float) -> tuple[Pair, ...]:
    runs, executor = plastic.with_fault(network, fault, wrong, names)
    return explain(compare(runs, executor=executor), executor, **options).pairs


@pytest.mark.parametrize("name", [n if n in FAST else pytest.param(n, marks=pytest.mark.slow) for n in NAMES])
def test_equal_spikes_and_other_weights_have_the_fault_as_their_cause(weak: Network, name: str) -> None:
    (pair,) = explained(weak, name, "neuron", ("nest", "neuron"))
    assert pair.verdict.level is Level.DIFFERENT and pair.first_difference is None
    cause = pair.cause
    assert cause is not None
    assert (cause.faults, cause.kind, cause.proven) == ((name,), PLASTICITY, True)
    assert (cause.suspect, cause.baseline) == ("neuron", "nest")
    said = f"NEURON gives the final states of synapses that NEST gives when {fault_named(name).cause}: all 36 agree"
    assert cause.sentence.startswith(said)
    assert pair.verdict.cause == cause.sentence


def test_two_that_agree_are_trusted(weak: Network) -> None:
    pairs = explained(weak, "meeting spikes depress", "neuron", ("neuron", "nest", "brian2"))
    causes = [pair.cause for pair in pairs if "neuron" in (pair.a, pair.b)]
    assert [cause and (cause.suspect, cause.faults) for cause in causes] == [
        ("neuron", ("meeting spikes depress",))
    ] * 2
    assert causes[0] is not None and causes[0].evidence[1] == "2 simulators have the states of nest."


def test_no_cause_is_named_where_the_time_is_spent(weak: Network) -> None:
    (pair,) = explained(weak, "tau of target + 1 %", "neuron", ("nest", "neuron"), budget=0.0)
    assert pair.cause is None and pair.search is not None and pair.search.spent


@pytest.mark.slow
def test_two_faults_at_once(weak: Network) -> None:
    (pair,) = explained(weak, "meeting spikes depress and A_plus + 1 %", "neuron", ("nest", "neuron"))
    assert pair.cause is not None and set(pair.cause.faults) == {"meeting spikes depress", "A_plus + 1 %"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["meeting spikes potentiate", "dendritic - 1 step", "no upper bound", "nearest pairs"])
def test_weights_that_move_spikes_have_the_fault_as_their_cause(name: str) -> None:
    (pair,) = explained(plastic.network(plastic.STRONG), name, "neuron", ("nest", "neuron"))
    assert pair.first_difference is not None
    assert pair.cause is not None
    assert (pair.cause.faults, pair.cause.kind, pair.cause.proven) == ((name,), PLASTICITY, True)
