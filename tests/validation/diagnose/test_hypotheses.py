"""Each hypothesis explains the fault that it is about, and not that of another one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import toy

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.runtime.results import Run
from unisono.models.network import Network
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.diagnose import (
    circuit_alone,
    connections,
    lost_spikes,
    measured_faults,
    one_synapse,
    other_faults,
    other_numerics,
    own_numerics,
    several_faults,
    shifted_spike_times,
)
from unisono.validation.diagnose.hypotheses import HYPOTHESES
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.changes import kept
from unisono.validation.faults.faults import FAULTS, IDENTICAL, Fault, delay, refractory, spike_times, weights

Suspect = Callable[..., Suspicion]

LATE = Deviation("delay", 1.0, 0.0, "steps", "spikes of cells arrive 1 step later")
HEAVY = Deviation("weight of excitatory", 1.02, 1.0, "", "the response is 2 % larger")
COARSE = Deviation("integrator", 0.1, 0.0, "mV", "v is off by 0.1 mV: the exponential Euler method")


def lacking(synapse: int) -> Fault:
    """One synapse between cells is missing."""

    def change(network: Network) -> Network:
        projections = list(network.projections)
        projections[1] = kept(projections[1], np.arange(projections[1].size) != synapse)
        return replace(network, projections=tuple(projections))

    return Fault("one synapse", "one synapse is missing", "connection", (IDENTICAL,), change)


def first_that_matters(network: Network, right: Run) -> int:
    """A synapse without which spikes are others."""
    for synapse in range(network.projections[1].size):
        lost = toy.simulate(lacking(synapse).network(network), Settings())
        if first_mismatch(lost, right.recording, network) is not None:
            return synapse
    raise AssertionError("no spike of a cell makes another one")


def test_lost_spikes(suspect: Suspect, toy_network: Network, right: Run) -> None:
    trial = right.recording.trials[0]
    spikes = trial.spikes[1]
    lost = replace(trial, spikes={1: Spikes(np.delete(spikes.cells, 7), np.delete(spikes.steps, 7))})
    run = Run("neuron", toy_network, Settings(), replace(right.recording, trials=(lost,)), right.provenance)
    cause = lost_spikes.explain(suspect(run=run))
    assert cause is not None
    assert (cause.kind, cause.faults, cause.proven) == ("spike", ("lost spikes",), True)
    assert cause.until_ms_with == pytest.approx(120.0)
    assert cause.spikes >= spikes.size - 8
    assert lost_spikes.explain(suspect(delay(1))) is None


def test_shifted_spike_times(suspect: Suspect) -> None:
    suspicion = suspect(spike_times(-1))
    cause = shifted_spike_times.explain(suspicion)
    assert cause is not None
    assert (cause.faults, cause.kind) == (("spike times - 1 step",), "spike time")
    assert shifted_spike_times.explain(suspect(refractory(1))) is None


def test_other_numerics(suspect: Suspect) -> None:
    native = Settings("native")
    cause = other_numerics.explain(suspect(settings=native))
    assert cause is not None
    assert (cause.kind, cause.faults) == ("integrator", ())
    assert "numerics 'native'" in cause.sentence
    assert other_numerics.explain(suspect(delay(1))) is None
    assert other_numerics.explain(suspect(delay(1), settings=native)) is None


def test_measured_faults(suspect: Suspect) -> None:
    cause = measured_faults.explain(suspect(delay(1), [LATE]))
    assert cause is not None
    assert (cause.faults, cause.proven) == (("delay + 1 step",), True)
    both = suspect(delay(1) + weights(1.02), [LATE, HEAVY])
    found = measured_faults.explain(both)
    assert found is not None
    assert set(found.faults) == {"delay + 1 step", both.hints[1].name}
    assert len(both.attempts) == 1  # all at once come first
    assert measured_faults.explain(suspect(weights(0.98), [LATE])) is None
    assert measured_faults.explain(suspect(delay(1))) is None


def test_connections(suspect: Suspect) -> None:
    cause = connections.explain(suspect(FAULTS["no autapses"]))
    assert cause is not None
    assert (cause.faults, cause.kind) == (("no autapses",), "connection")
    assert connections.explain(suspect(delay(1))) is None
    assert connections.explain(suspect(FAULTS["no autapses"], [COARSE])) is None


def test_one_synapse(suspect: Suspect, toy_network: Network, right: Run) -> None:
    synapse = first_that_matters(toy_network, right)
    cause = one_synapse.explain(suspect(lacking(synapse)))
    assert cause is not None
    projection = toy_network.projections[1]
    assert f"from cell {projection.pre[synapse]} of 'cells' to cell {projection.post[synapse]} of" in cause.sentence
    assert one_synapse.explain(suspect(weights(1.02))) is None


def test_own_numerics(suspect: Suspect) -> None:
    native = FAULTS["forward Euler"]  # of the toy: other spikes, by settings alone
    own = replace(native, settings=lambda settings: replace(settings, numerics="native"))
    cause = own_numerics.explain(suspect(own, name="pynn.nest"))
    assert cause is not None
    assert (cause.faults, cause.kind) == (("own numerics",), "integrator")
    assert own_numerics.explain(suspect(own)) is None  # another engine
    assert own_numerics.explain(suspect(delay(1), name="pynn.nest")) is None


def test_other_faults(suspect: Suspect, toy_network: Network, right: Run) -> None:
    cause = other_faults.explain(suspect(weights(1.02)))
    assert cause is not None
    assert cause.faults == ("weights + 2 %",)
    assert other_faults.explain(suspect(weights(1.02), [LATE])) is None
    assert other_faults.explain(suspect(lacking(first_that_matters(toy_network, right)))) is None


def test_several_faults(suspect: Suspect, toy_network: Network, right: Run) -> None:
    two = replace(LATE, measured=2.0)
    suspicion = suspect(delay(2) + FAULTS["no autapses"], [two])
    assert measured_faults.explain(suspicion) is None
    cause = several_faults.explain(suspicion)
    assert cause is not None
    assert (set(cause.faults), cause.proven) == ({"delay + 2 steps", "no autapses"}, True)
    assert several_faults.explain(suspect(delay(1))) is None  # nothing was tried before


def test_a_part_of_several_faults(suspect: Suspect, toy_network: Network, right: Run) -> None:
    """What explains a part is a cause where the test circuit shows the same."""
    both = delay(2) + lacking(first_that_matters(toy_network, right))
    shown = suspect(both, [replace(LATE, measured=2.0)])
    assert measured_faults.explain(shown) is None
    cause = several_faults.explain(shown)
    assert cause is not None
    assert (cause.faults, cause.proven, cause.extent) == (("delay + 2 steps",), False, "")
    assert "a part of the cause" in cause.sentence


def test_what_the_test_circuit_shows_alone(suspect: Suspect) -> None:
    cause = circuit_alone.explain(suspect(weights(1.02), [COARSE]))
    assert cause is not None
    assert (cause.kind, cause.proven, cause.faults, cause.extent) == ("integrator", False, (), "")
    assert "exponential Euler" in cause.sentence
    assert circuit_alone.explain(suspect(weights(1.02))) is None


def test_each_hypothesis_says_what_it_claims_and_has_a_file_of_its_own() -> None:
    assert len({hypothesis.test.__module__ for hypothesis in HYPOTHESES}) == len(HYPOTHESES)
    assert len({hypothesis.says for hypothesis in HYPOTHESES}) == len(HYPOTHESES)
