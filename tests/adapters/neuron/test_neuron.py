"""What is particular to NEURON: events on its clock, compiled mechanisms, many trials in one process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from in_process import simulate
from networks import WEIGHT, driven

from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.neuron import NeuronAdapter
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.cells import CELLS
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

NEURON = NeuronAdapter()


def trials(adapter: Adapter, network: Network, cache: Path, numerics: str = "matched") -> list[TrialRecording]:
    """All trials, one simulation after the other in this process."""
    return [simulate(adapter, single, Settings(numerics=numerics), cache) for single in network.single_trials()]


def relay(dt: float, duration: float) -> Network:
    """A source and three cells in a row that pass every spike on, with delays of 1, 2 and 33 steps."""
    steps = round(duration / dt)
    weights = {"weight": np.float64(30.0), "delay": np.int32(1)}
    return Network(
        dt,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cells", "IF_curr_delta", 3, {"tau_refrac": np.float64(dt)}),
        ),
        (
            Projection("in", 0, 1, np.array([0]), np.array([0]), **weights),
            Projection("on", 1, 1, np.array([0, 1]), np.array([1, 2]), weights["weight"], np.array([2, 33])),
        ),
        spikes=(SpikeInput(0, np.zeros(steps // 37 + 1, np.uint32), np.arange(0, steps + 1, 37)),),
        trials=(Trial((Epoch(steps),)),),
    )


@pytest.mark.parametrize("dt", [0.1, 0.05, 0.025, 1 / 3, 0.07])
def test_no_event_leaves_the_grid_in_ten_seconds(dt, cache):
    network = relay(dt, 10_000.0)
    (recording,) = trials(NEURON, network, cache)
    sent, spikes = network.spikes[0].steps.astype(np.int64), recording.spikes[1]
    for cell, delay in enumerate((1, 3, 36)):
        expected = sent[sent + delay <= recording.steps] + delay
        assert spikes.steps[spikes.cells == cell].tolist() == expected.tolist()


def scheduled(cell: str) -> Network:
    """Everything at once: random delays and weights, two receptors, currents, three epochs of changes, two trials."""
    rng, size, synapses = np.random.RandomState(5), 6, 40
    weight = WEIGHT[cell] * 0.5
    inhibitory = CELLS[cell].receptors["inhibitory"].sign * weight

    def connect(label, pre, sources, weights, receptor="excitatory"):
        ends = rng.randint(0, sources, synapses), rng.randint(0, size, synapses)
        return Projection(label, pre, 1, *ends, weights, rng.randint(1, 9, synapses), receptor)

    nobody = np.empty(0, np.uint32)
    epochs = (
        Epoch(150),
        Epoch(
            120,
            (
                Change("parameter", 1, "i_offset", rng.uniform(0.5, 1.0, size)),
                Change("parameter", 1, "v_thresh", np.float64(-52.0)),
                Change("state", 1, "v", np.array([-51.0, -45.0]), np.array([1, 2])),
            ),
        ),
        Epoch(0, (Change("parameter", 1, "tau_refrac", np.float64(1.5), np.array([0, 5])),)),
        Epoch(
            130,
            (
                Change("synapse", 1, "weight", rng.uniform(0.1, 0.3, synapses) * weight),
                Change("parameter", 1, "tau_m", np.float64(15.0)),
            ),
        ),
    )
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourcePoisson", 5),
            Population(
                "cells",
                cell,
                size,
                {"i_offset": rng.uniform(0.6, 1.1, size), "tau_refrac": np.array([0.0, 0.1, 0.2, 1.0, 2.0, 5.0])},
                {"v": rng.uniform(-66.0, -49.0, size)},
            ),
        ),
        (
            connect("in", 0, 5, rng.uniform(0.1, 0.5, synapses) * weight),
            connect("exc", 1, size, np.float64(0.2 * weight)),
            connect("inh", 1, size, np.float64(0.2 * inhibitory), "inhibitory"),
            Projection("none", 1, 1, nobody, nobody, np.float64(0.0), np.int32(1)),
        ),
        (SpikeInput(0, rng.randint(0, 5, 90), rng.randint(0, 400, 90)),),
        (
            CurrentInput(1, np.array([0, 3, 3]), np.array([0, 10, 300]), np.array([0.5, 0.0, 0.2])),
            CurrentInput(1, np.array([1, 3]), np.arange(50, 390, 7), rng.uniform(0.0, 0.6, 49)),
            CurrentInput(1, nobody, np.array([3]), np.array([1.0])),
        ),
        tuple(RecordingRequest(1, v, np.array([0, 2, 5]), 1 + 2 * i) for i, v in enumerate(CELLS[cell].recordable)),
        (Trial(epochs), Trial(epochs[:2])),
    )


@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_curr_delta", "IF_curr_alpha"])
def test_a_schedule_of_everything_agrees_with_the_reference(cell, cache):
    network = scheduled(cell)
    pairs = list(zip(trials(NEURON, network, cache), trials(ReferenceAdapter(), network, cache), strict=True))
    assert len(pairs) == 2 and pairs[0][1].spikes[1].size > 30
    for ours, truth in pairs:
        for population in (0, 1):
            assert ours.spikes[population].steps.tolist() == truth.spikes[population].steps.tolist()
            assert ours.spikes[population].cells.tolist() == truth.spikes[population].cells.tolist()
        for mine, theirs in zip(ours.signals, truth.signals, strict=True):
            assert (mine.variable, mine.interval, mine.unit) == (theirs.variable, theirs.interval, theirs.unit)
            # Two exact propagators; what is left is rounding (1e-12 of 65 mV) and the reference's own tolerance.
            np.testing.assert_allclose(mine.values, theirs.values, rtol=0, atol=1e-9)


def test_a_trial_leaves_nothing_behind(cache):
    network = driven("IF_curr_exp", 200, spikes=(3, 50), weight=40.0, delay=2)
    first = trials(NEURON, network, cache)[0]
    trials(NEURON, relay(0.05, 20.0), cache)
    again = trials(NEURON, network, cache)[0]
    assert first.spikes[1].size >= 2
    assert again.spikes[1].steps.tolist() == first.spikes[1].steps.tolist()
    assert again.signals[0].values.tolist() == first.signals[0].values.tolist()


def test_progress_comes_in_parts_and_ends_with_the_trial(cache):
    told: list[int] = []
    simulation = NEURON.simulation(driven("IF_curr_delta", 1234), Settings(), cache)
    simulation.prepare()
    simulation.build()
    simulation.run(1234, told.append)
    simulation.close()
    assert told == [0, 500, 1000, 1234]


def test_native_numerics_hold_v_and_converge_to_matched_ones(cache):
    parameters = {"tau_refrac": 2.0, "i_offset": 0.5, "tau_m": 20.0}
    distance = []
    for factor in (1, 4):
        spikes = (7 * factor, 90 * factor)
        network = driven("IF_curr_exp", 400 * factor, parameters=parameters, spikes=spikes, weight=4.0, dt=0.1 / factor)
        matched, native = (trials(NEURON, network, cache, numerics)[0] for numerics in ("matched", "native"))
        v = native.signals[0].values[:, 0]
        spike = int(native.spikes[1].steps[0])
        held = 20 * factor
        assert (v[spike : spike + held + 1] == -65.0).all() and v[spike + held + 1] != -65.0
        before = slice(0, spike)
        distance.append(np.abs(v[before] - matched.signals[0].values[before, 0]).max())
    # cnexp freezes the synaptic current over a step: first order in dt.
    assert 3.0 < distance[0] / distance[1] < 5.0
    assert distance[0] > 1e-3
