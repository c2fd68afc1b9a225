"""What is particular to live runs on NEURON: a pause in the middle of a step, inputs in any portions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from in_process import simulate
from networks import WEIGHT

from unisono.adapters.contract import Settings, Simulation
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.neuron import NeuronAdapter
from unisono.models.cells import CELLS
from unisono.models.errors import UnsupportedFeature
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
STEPS = 240


def crowded(cell: str = "IF_curr_exp", size: int = 8, synapses: int = 400) -> Network:
    """Many events of the same time, from sources and cells, whose sum depends on their order; changes at 90 and 91."""
    rng = np.random.RandomState(11)
    weight = WEIGHT[cell]
    inhibitory = CELLS[cell].receptors["inhibitory"].sign * weight

    def connect(pre: int, sources: int, weights: np.ndarray, receptor: str) -> Projection:
        ends = rng.randint(0, sources, synapses), rng.randint(0, size, synapses)
        return Projection(receptor, pre, 1, *ends, weights, rng.randint(1, 5, synapses), receptor)

    changes = (
        Change("parameter", 1, "tau_refrac", np.float64(0.7)),
        Change("state", 1, "v", rng.uniform(-60.0, -45.0, size)),
        Change("synapse", 0, "weight", rng.uniform(0.01, 0.05, synapses) * weight),
    )
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourcePoisson", 30),
            Population(
                "cells",
                cell,
                size,
                {"tau_refrac": np.float64(1.2), "i_offset": np.float64(0.9)},
                {"v": rng.uniform(-65.0, -49.0, size)},
            ),
        ),
        (
            connect(0, 30, rng.uniform(0.01, 0.05, synapses) * weight, "excitatory"),
            connect(1, size, rng.uniform(0.0, 0.02, synapses) * inhibitory, "inhibitory"),
            connect(1, size, rng.uniform(0.0, 0.02, synapses) * weight, "excitatory"),
        ),
        (SpikeInput(0, rng.randint(0, 30, 900), rng.randint(0, STEPS, 900)),),
        (),
        tuple(RecordingRequest(1, v, np.arange(size), 1 + 6 * i) for i, v in enumerate(CELLS[cell].recordable)),
        (Trial((Epoch(90), Epoch(1, changes), Epoch(STEPS - 91, changes[:1]))),),
    )


def opened(network: Network, cache: Path, numerics: str = "matched") -> Simulation:
    """A live simulation that knows nothing of what is to come."""
    bare = replace(network, spikes=(), currents=(), trials=(Trial(()),))
    simulation = NEURON.simulation(bare, Settings(numerics=numerics), cache, live=True)
    simulation.prepare()
    simulation.build()
    return simulation


def played(
    network: Network,
    cache: Path,
    cuts: Iterable[int] = (),
    numerics: str = "matched",
    feeds: dict[int, tuple[Sequence[SpikeInput], dict[int, CurrentInput]]] | None = None,
) -> TrialRecording:
    """A network driven live, paused at the ends of its epochs and at some grid points; without feeds all at first."""
    simulation = opened(network, cache, numerics)
    if feeds is None:
        feeds = {0: (network.spikes, dict(enumerate(network.currents)))}
    changes, step = {}, 0
    for epoch in network.trials[0].epochs:
        changes[step] = epoch.changes
        step += epoch.steps
    parts = []
    for begin, end in pairwise(sorted({*changes, *cuts, *feeds, step})):
        for change in changes.get(begin, ()):
            simulation.write(change)
        if begin in feeds:
            simulation.feed(*feeds[begin])
        simulation.run(end, lambda done: None)
        parts.append(simulation.read())
    simulation.close()
    whole = parts[-1]
    for index, spikes in whole.spikes.items():
        trains = [part.spikes[index] for part in parts]
        cells, steps = (np.concatenate([getattr(t, name) for t in trains]) for name in ("cells", "steps"))
        whole = replace(whole, spikes={**whole.spikes, index: replace(spikes, cells=cells, steps=steps)})
    values = [np.concatenate(v) for v in zip(*([s.values for s in p.signals] for p in parts), strict=True)]
    return replace(whole, signals=tuple(replace(s, values=v) for s, v in zip(whole.signals, values, strict=True)))


def assert_same(live: TrialRecording, network: Network, cache: Path, numerics: str = "matched") -> None:
    """The live run gave what a batch run gives, in bits."""
    batch = simulate(NEURON, network, Settings(numerics=numerics), cache)
    assert sum(spikes.size for spikes in live.spikes.values()) > 20
    for index, spikes in live.spikes.items():
        assert spikes.steps.tolist() == batch.spikes[index].steps.tolist()
        assert spikes.cells.tolist() == batch.spikes[index].cells.tolist()
    for mine, theirs in zip(live.signals, batch.signals, strict=True):
        assert mine.variable == theirs.variable
        assert np.array_equal(mine.values, theirs.values)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_curr_delta"])
def test_events_of_one_time_keep_their_order(cell, seed, cache):
    network = crowded(cell)
    assert_same(played(network, cache, np.random.RandomState(seed).randint(1, STEPS, 40)), network, cache)


def test_a_pause_at_every_grid_point(cache):
    network = crowded()
    assert_same(played(network, cache, range(STEPS)), network, cache)


@pytest.mark.parametrize("cell", ["IF_curr_exp", "EIF_cond_exp_isfa_ista"])
def test_neurons_own_methods_pause_too(cell, cache):
    network = crowded(cell)
    assert_same(played(network, cache, range(0, STEPS, 7), "native"), network, cache, "native")


def test_spikes_come_in_any_portions(cache):
    network = crowded()
    given = network.spikes[0]
    odd = given.cells % 2 == 1
    late = (given.steps > 50) & odd
    counts = np.broadcast_to(given.counts, odd.shape)
    first, second = (SpikeInput(0, given.cells[w], given.steps[w], counts[w]) for w in (~late, late))
    feeds = {0: ((first,), {}), 50: ((second,), {})}
    assert_same(played(network, cache, (20, 60, 200), feeds=feeds), network, cache)


def test_currents_begin_stop_and_begin_again(cache):
    rng = np.random.RandomState(2)
    network = crowded()

    def current(*steps: int) -> CurrentInput:
        values = np.where(np.arange(len(steps)) % 2, 0.0, rng.uniform(0.1, 0.7, len(steps)))
        return CurrentInput(1, rng.permutation(8)[:5], np.array(steps), values)

    currents = (current(3, 40, 150, 151), current(0, 40), current(60, 100), current(60, 61, 62, 239))
    network = replace(network, currents=currents)

    def part(number: int, begin: int, end: int) -> dict[int, CurrentInput]:
        c = currents[number]
        wanted = (c.steps >= begin) & (c.steps < end)
        return {number: CurrentInput(1, c.cells, c.steps[wanted], c.amplitudes[wanted])}

    feeds = {
        0: ((), part(1, 0, 240)),
        3: ((), part(0, 0, 100)),
        60: ((), part(3, 0, 240) | part(2, 0, 240)),
        120: ((), part(0, 100, 240)),
    }
    feeds[0] = (network.spikes, feeds[0][1])
    assert_same(played(network, cache, (61, 100), feeds=feeds), network, cache)


def test_what_was_read_is_forgotten(cache):
    simulation = opened(crowded(), cache)
    for cell in range(8):
        simulation.write(Change("state", 1, "v", np.float64(-40.0), np.array([cell])))
    simulation.run(14, lambda done: None)
    first, second = simulation.read(), simulation.read()
    simulation.close()
    assert first.spikes[1].steps.tolist() == [1] * 8
    assert [len(s.values) for s in first.signals] == [15, 3, 2]
    assert second.steps == 14 and second.spikes[1].size == 0
    assert [s.values.shape for s in second.signals] == [(0, 8)] * 3


def test_a_time_constant_cannot_ask_for_shorter_parts(cache):
    network = crowded("EIF_cond_exp_isfa_ista")
    simulation = opened(network, cache)
    simulation.write(Change("parameter", 1, "tau_syn_E", np.float64(3.0)))
    with pytest.raises(UnsupportedFeature, match="'tau_syn_E' of population 'cells' cannot be set"):
        simulation.write(Change("parameter", 1, "tau_syn_E", np.float64(0.1)))
    simulation.close()
