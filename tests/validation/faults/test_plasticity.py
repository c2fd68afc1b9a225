"""Faults of plastic synapses: what one synapse becomes with each, computed by hand."""

from __future__ import annotations

from math import exp

import plastic
import pytest

from unisono.models.network import Epoch, Network, Population, Projection, SpikeInput, Trial
from unisono.models.synapses import SYNAPSES
from unisono.validation.compare.comparators import first_mismatch
from unisono.validation.compare.synapse_states import synapse_checks
from unisono.validation.faults.faults import FAULTS, PLASTICITY, fault_named
from unisono.validation.faults.plasticity import (
    meeting_depresses,
    meeting_potentiates,
    nearest_neighbour,
    target_after_source,
    without_bound,
)

#: The faults that change something of the small network.
NAMES = [n for n, fault in FAULTS.items() if fault.kind == PLASTICITY and fault.applies_to(plastic.network())]

W_MAX, A_PLUS, A_MINUS, TAU, AXONAL, DENDRITIC = plastic.WEAK, 0.1, 0.2, 20.0, 2, 3

#: Steps of the spikes that drive the cell.
DRIVE = (100, 300)


def synapse(
    sources: list[int],
    weight: float,
    model: str = "SpikePairAdditive",
    axonal: int = AXONAL,
    dendritic: int = DENDRITIC,
) -> Network:
    """One synapse onto a cell that spikes twice."""
    parameters = {"A_plus": A_PLUS, "A_minus": A_MINUS, "tau_plus": TAU, "tau_minus": TAU, "w_max": W_MAX}
    divided = {"axonal": axonal, "dendritic": dendritic}
    return Network(
        plastic.DT,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("driver", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_exp", 1, parameters={"tau_refrac": 5.0, "tau_syn_E": 0.5}),
        ),
        (
            Projection("drive", 1, 2, [0], [0], 40.0, 10),
            Projection("plastic", 0, 2, [0], [0], W_MAX * weight, synapse=model, parameters=parameters, **divided),
        ),
        (SpikeInput(0, [0] * len(sources), sources), SpikeInput(1, [0, 0], list(DRIVE))),
        trials=(Trial((Epoch(500),)),),
    )


@pytest.fixture(scope="module")
def spikes() -> list[int]:
    """Steps of the two spikes of the cell."""
    steps = plastic.simulate(synapse([], 0.5)).trials[0].spikes[2].steps.tolist()
    assert len(steps) == 2
    return steps


def final(network: Network, fault: str = "") -> float:
    """The weight at the end, as a part of the largest."""
    changed = fault_named(fault).network(network) if fault else network
    return float(plastic.simulate(changed).trials[0].synapses[1]["weight"][0]) / W_MAX


def left(steps: float, tau: float = TAU) -> float:
    return exp(-steps * plastic.DT / tau)


@pytest.mark.parametrize(
    ("fault", "weight"),
    [
        ("", 0.5),
        ("meeting spikes potentiate", 0.5 + A_PLUS),
        ("meeting spikes depress", 0.5 - A_MINUS),
        ("dendritic + 1 step", 0.5 + A_PLUS * left(2)),
        ("dendritic - 1 step", 0.5 - A_MINUS * left(2)),
        ("delays dendritic", 0.5 + A_PLUS * left(4)),
        ("delays axonal", 0.5 - A_MINUS * left(6)),
    ],
)
@pytest.mark.parametrize("model", ["SpikePairAdditive", "SpikePairMultiplicative"])
def test_spikes_that_meet(spikes, fault, weight, model):
    network = synapse([spikes[1] + DENDRITIC - AXONAL], 0.5, model)
    # the first spike of the cell is so old that it adds the same to all: depression by the one of the source
    before = A_MINUS * left(spikes[1] - spikes[0] + shift(fault))
    if model == "SpikePairAdditive":
        assert final(network, fault) == pytest.approx(weight - before, rel=1e-9)
    else:
        assert (final(network, fault) > final(network)) == (weight > 0.5) or not fault


def shift(fault: str) -> int:
    """By how many steps more the source's spike comes after the target's."""
    return {"dendritic + 1 step": -2, "dendritic - 1 step": 2, "delays dendritic": -4, "delays axonal": 6}.get(fault, 0)


@pytest.mark.parametrize(
    ("fault", "up", "down"), [("meeting spikes potentiate", 1, 0), ("meeting spikes depress", 0, 1)]
)
def test_spikes_that_meet_where_those_of_the_target_take_no_time(spikes, fault, up, down):
    network = synapse([spikes[0] - 5], 0.5, axonal=5, dendritic=0)
    after = A_PLUS * left(spikes[1] - spikes[0])
    assert final(network) == pytest.approx(0.5 + after, rel=1e-9)
    assert final(network, fault) == pytest.approx(0.5 + after + up * A_PLUS - down * A_MINUS, rel=1e-9)


def test_several_spikes_that_meet_are_a_pair_each(spikes):
    at = spikes[0] + DENDRITIC - AXONAL
    network = synapse([at, at], 0.5)
    both = final(network, "meeting spikes potentiate") - final(network)
    assert both == pytest.approx(2 * A_PLUS, rel=1e-9)


def test_amplitudes_and_time_constants(spikes):
    before, after = (spikes[0] + DENDRITIC - AXONAL + offset for offset in (-40, 40))
    later = spikes[1] - spikes[0]
    up, down = left(40) + left(later + 40) + left(later - 40), left(40)
    network = synapse([before, after], 0.3)
    assert final(network) == pytest.approx(0.3 + A_PLUS * up - A_MINUS * down, rel=1e-9)
    assert final(network, "A_plus + 1 %") == pytest.approx(0.3 + 1.01 * A_PLUS * up - A_MINUS * down, rel=1e-9)
    assert final(network, "A_minus + 1 %") == pytest.approx(0.3 + A_PLUS * up - 1.01 * A_MINUS * down, rel=1e-9)
    slow = sum(left(n, 1.01 * TAU) for n in (40, later + 40, later - 40))
    assert final(network, "tau of source + 1 %") == pytest.approx(0.3 + A_PLUS * slow - A_MINUS * down, rel=1e-9)
    slow = left(40, 1.01 * TAU)
    assert final(network, "tau of target + 1 %") == pytest.approx(0.3 + A_PLUS * up - A_MINUS * slow, rel=1e-9)
    nearest = left(40) + left(later - 40)
    assert final(network, "nearest pairs") == pytest.approx(0.3 + A_PLUS * nearest - A_MINUS * down, rel=1e-9)


def test_bounds(spikes):
    high = synapse([spikes[0] - 50], 0.99)
    more = A_PLUS * (left(50 + DENDRITIC - AXONAL) + left(50 + DENDRITIC - AXONAL + spikes[1] - spikes[0]))
    assert final(high) == 1.0
    assert final(high, "no upper bound") == pytest.approx(0.99 + more, rel=1e-9)
    assert final(high, "no lower bound") == 1.0
    low = synapse([spikes[1] + 50], 0.01)
    assert final(low) == 0.0
    assert final(low, "no lower bound") < -0.1


def test_spikes_of_the_target_after_those_of_the_source(spikes):
    # a pair of each kind before, then spikes that meet: at the upper bound the order counts
    meeting = spikes[1] + DENDRITIC - AXONAL
    network = synapse([meeting - 30, meeting], 1.0)
    later = spikes[1] - spikes[0]
    down, up = A_MINUS * left(later), A_PLUS * left(30)
    begun = 1.0 - A_MINUS * left(later - 30)
    assert final(network) == pytest.approx(min(begun + up, 1.0) - down, rel=1e-9)
    assert final(network, "target after source") == pytest.approx(min(begun - down + up, 1.0), rel=1e-9)
    bounded = synapse([spikes[0] - 30, meeting], 1.0)
    down, up = A_MINUS * left(later), A_PLUS * left(later + 30 + DENDRITIC - AXONAL)
    assert final(bounded) == pytest.approx(1.0 - down, rel=1e-9)
    assert final(bounded, "target after source") == pytest.approx(1.0 - down + up, rel=1e-9)


def test_steps_that_do_not_depend_on_the_weight(spikes):
    network = synapse([spikes[0] - 50], 0.5, "SpikePairMultiplicative")
    assert final(network, "additive steps") == final(synapse([spikes[0] - 50], 0.5))


@pytest.fixture(scope="module")
def weak() -> Network:
    return plastic.network()


@pytest.mark.parametrize("name", NAMES)
def test_weights_alone_show_every_fault(weak, name):
    runs, _ = plastic.with_fault(weak, name, "neuron", ["nest", "neuron"])
    right, wrong = (run.recording for run in runs.values())
    assert first_mismatch(right, wrong, weak) is None
    checks = list(synapse_checks(right, wrong, weak))
    assert {check.state for check in checks} == {"weight"} and not any(check.missing for check in checks)
    assert any(check.agrees is False for check in checks)


def test_what_a_fault_is_not_about_it_leaves_as_it_is():
    static = Network(0.1, (Population("a", "IF_curr_exp", 1),), (Projection("p", 0, 0, [0], [0], 1.0, 1),))
    assert all(FAULTS[name].network(static) is static for name in NAMES)
    nearest, bcm = SYNAPSES["NearestNeighbourSTDP"], SYNAPSES["BCMSynapse"]
    assert nearest_neighbour(nearest) is nearest
    assert nearest_neighbour(bcm) is bcm  # a spike adds no number to its traces
    assert meeting_depresses(bcm) is bcm  # spikes of the source change no weight
    assert without_bound("min", "w_max")(SYNAPSES["TsodyksMarkramSynapse"]) is SYNAPSES["TsodyksMarkramSynapse"]
    once = meeting_potentiates(SYNAPSES["SpikePairAdditive"])
    assert meeting_potentiates(once) is once and target_after_source(once) is once
