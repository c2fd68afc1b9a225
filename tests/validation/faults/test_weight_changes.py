"""Faults of when and by how much weights change: what one synapse becomes with each, computed by hand."""

from __future__ import annotations

from math import exp

import numpy as np
import plastic
import pytest

from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.validation.faults.faults import FAULTS, fault_named
from unisono.validation.faults.weight_changes import summed

W_MAX, A_PLUS, A_MINUS, TAU, DELAY = 0.002, 0.1, 0.2, 20.0, 5


def synapse(sources: list[int], weight: float, model: str, **parameters: float) -> Network:
    """One synapse onto a cell that spikes once, at step 117 or so."""
    known = {"A_plus": A_PLUS, "A_minus": A_MINUS, "w_max": W_MAX} if model.startswith("SpikePair") else {}
    return Network(
        plastic.DT,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("driver", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_exp", 1, parameters={"tau_refrac": 5.0, "tau_syn_E": 0.5}),
        ),
        (
            Projection("drive", 1, 2, [0], [0], 40.0, 10),
            Projection("plastic", 0, 2, [0], [0], weight, DELAY, synapse=model, parameters={**known, **parameters}),
        ),
        (SpikeInput(0, [0] * len(sources), sources), SpikeInput(1, [0], [100])),
        trials=(Trial((Epoch(400),)),),
    )


def final(network: Network, fault: str = "", state: str = "weight") -> float:
    """A state at the end, as the run is presented."""
    runs, _ = plastic.with_fault(network, fault, "neuron", ["neuron"]) if fault else (None, None)
    recording = runs["neuron"].recording if runs else plastic.simulate(network)
    assert set(recording.trials[0].synapses[1]) <= set(network.projections[1].model.states)
    return float(recording.trials[0].synapses[1][state][0])


@pytest.fixture(scope="module")
def arrival() -> int:
    """The step in which the cell's spike reaches the synapse."""
    (step,) = plastic.simulate(synapse([], 0.0, "SpikePairAdditive")).trials[0].spikes[2].steps.tolist()
    return step + DELAY


def left(steps: float) -> float:
    return exp(-steps * plastic.DT / TAU)


def test_weights_as_of_the_last_spike_of_the_source(arrival):
    network = synapse([arrival - 50], 0.5 * W_MAX, "SpikePairAdditive")
    assert final(network) == pytest.approx(W_MAX * (0.5 + A_PLUS * left(50)), rel=1e-9)
    assert final(network, "weights as of the source") == 0.5 * W_MAX
    later = synapse([arrival - 50, arrival + 50], 0.5 * W_MAX, "SpikePairAdditive")
    assert final(later, "weights as of the source") == final(later)


def test_changes_are_summed_until_the_next_spike_of_the_source(arrival):
    # multiplicative: at the second spike, depression is of the weight as it was before potentiation
    up, down = A_PLUS * left(50), A_MINUS * left(30)
    network = synapse([arrival - 50, arrival + 30], 0.5 * W_MAX, "SpikePairMultiplicative")
    raised = 0.5 + up * 0.5
    assert final(network) == pytest.approx(W_MAX * raised * (1 - down), rel=1e-9)
    assert final(network, "changes summed") == pytest.approx(W_MAX * (raised - down * 0.5), rel=1e-9)
    # additive: bounds are for the sum
    network = synapse([arrival - 50, arrival + 30], W_MAX, "SpikePairAdditive")
    assert final(network) == pytest.approx(W_MAX * (1 - down), rel=1e-9)
    assert final(network, "changes summed") == pytest.approx(W_MAX * min(1 + up - down, 1.0), rel=1e-9)
    high = synapse([arrival - 20, arrival + 100], W_MAX, "SpikePairAdditive")
    free = 1 + A_PLUS * left(20) - A_MINUS * left(100)
    assert final(high, "changes summed") == pytest.approx(W_MAX * min(free, 1.0), rel=1e-9)
    assert final(high, "no upper bound and changes summed") == pytest.approx(W_MAX * free, rel=1e-9)


def test_steps_in_the_unit_of_the_weight(arrival):
    network = synapse([arrival - 50], 0.5 * W_MAX, "SpikePairAdditiveMultiplicative", A_plus=1e-4)
    assert final(network) == pytest.approx(W_MAX * (0.5 + 1e-4 * left(50)), rel=1e-9)
    # 500 times as much
    assert final(network, "absolute steps") == pytest.approx(0.5 * W_MAX + 1e-4 * left(50), rel=1e-9)
    network = synapse([arrival - 50], 0.75 * W_MAX, "SpikePairGutig", A_plus=1e-4, mu_plus=0.5)
    assert final(network, "absolute steps") == pytest.approx(
        0.75 * W_MAX + 1e-4 * (0.25 * W_MAX) ** 0.5 * left(50), rel=1e-9
    )


def test_the_rate_of_vogels_rule(arrival):
    network = synapse([arrival + 300], 0.5, "Vogels2011", eta=1e-4, rho=3.0)
    assert final(network) == 0.5  # after the end of the trial
    network = synapse([arrival + 100], 0.5, "Vogels2011", eta=1e-4, rho=3.0)
    assert final(network) == pytest.approx(0.5 + 1e-4 * (left(100) - 0.12), rel=1e-9)
    assert final(network, "rho per ms") == pytest.approx(0.5 + 1e-4 * (left(100) - 120), rel=1e-9)


def test_short_term_plasticity():
    values = {"U": 0.5, "tau_rec": 100.0, "tau_facil": 50.0, "tau_psc": 3.0}
    network = synapse([100, 200], 0.0, "TsodyksMarkramSynapse", **values)
    u = 0.5 * exp(-10 / 50)
    u += 0.5 * (1 - u)
    assert final(network, state="u") == pytest.approx(u * exp(-(400 - 200 - DELAY * 0) * 0.1 / 50), rel=1e-6)
    assert final(network, "no facilitation", "u") == 0
    x, y = (final(network, "recovery with the current", state) for state in "xy")
    assert x + y == pytest.approx(1, abs=1e-12)


def test_sources_late_by_rounding():
    steps = np.array([642, 675, 677, 679])
    network = synapse(steps.tolist(), 0.0, "SpikePairAdditive")
    (spikes, _) = fault_named("sources late by rounding").network(network).spikes
    # 67.9 - 0.1 is above 67.8; measured in NEST
    assert (spikes.steps - steps).tolist() == [0, 0, 0, 1]


def test_a_fault_is_named_with_any_number_of_steps():
    network = synapse([100], 0.0, "SpikePairAdditive")
    assert fault_named("sources + 4 steps").network(network).spikes[0].steps.tolist() == [104]
    assert fault_named("delay - 2 steps").network(network).projections[1].delay == DELAY - 2


def test_what_a_fault_is_not_about_it_leaves_as_it_is():
    network = synapse([100], 0.0, "SpikePairAdditive")
    for name in ("absolute steps", "rho per ms", "no facilitation", "recovery with the current"):
        assert FAULTS[name].network(network) is network
    model = network.projections[1].model
    assert summed(summed(model)) == summed(model)
    shown = fault_named("weights as of the source").network(network)
    assert fault_named("weights as of the source").network(shown) is shown
