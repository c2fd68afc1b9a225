"""Synapses that act when spikes reach them, in NEST: axons, changes under way, and states between two exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synapse_models import PAIR_STDP

from unisono.adapters.contract import Adapter, Settings, Simulation
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.nest import NestAdapter
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial
from unisono.models.synapses import SYNAPSES, SynapseModel

NEST, REFERENCE, STATIC = NestAdapter(), ReferenceAdapter(), SYNAPSES["StaticSynapse"]
STEPS, SIZE, SOURCES, SYNAPSES_IN = 150, 6, 5, 60

#: Between the parts of a run; each change comes while spikes are under way.
CHANGED = (0, 41, 42, 90)


def random_network(model: SynapseModel, least: int = 0, changes: bool = True) -> Network:
    """Two projections from sources and a recurrent one; both parts of a delay are 0 or at least ``least``."""
    rng = np.random.RandomState(8)

    def connect(label: str, pre: int, sources: int, weight: float) -> Projection:
        axonal = rng.randint(least, least + 4, SYNAPSES_IN) * rng.randint(0, 2, SYNAPSES_IN)
        dendritic = rng.randint(least, least + 6, SYNAPSES_IN)
        if not least:
            axonal = np.maximum(axonal, dendritic == 0)
        return Projection(
            label, pre, 1, rng.randint(0, sources, SYNAPSES_IN), rng.randint(0, SIZE, SYNAPSES_IN),
            rng.uniform(0.4, 1.0, SYNAPSES_IN) * weight, axonal=axonal, dendritic=dendritic,
            synapse=model.name, definition="" if model is STATIC else model.to_text(),
            parameters={} if model is STATIC else {"w_max": np.float64(1.5), "A_plus": np.float64(0.03)},
        )  # fmt: skip

    projections = (
        connect("in", 0, SOURCES, 0.8), connect("in too", 0, SOURCES, 0.6), connect("recurrent", 1, SIZE, 0.3)
    )  # fmt: skip
    each = Change("synapse", 2, "weight", rng.uniform(0.1, 0.3, SYNAPSES_IN))
    given = (
        (Change("synapse", 1, "weight", np.float64(0.5)),),
        (Change("synapse", 0, "weight", np.float64(2.0)), each),
        (Change("synapse", 2, "weight", np.float64(0.2)),),
        (Change("synapse", 0, "weight", np.float64(0.6)), each),
    )
    when = rng.randint(0, STEPS, 120)
    lengths = np.diff([*CHANGED, STEPS]).tolist()
    epochs = tuple(Epoch(length, new) for length, new in zip(lengths, given, strict=True))
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourceArray", SOURCES),
            Population("cells", "IF_curr_exp", SIZE, {"tau_refrac": 0.5}, {"v": rng.uniform(-65, -51, SIZE)}),
        ),
        projections,
        spikes=(SpikeInput(0, rng.randint(0, SOURCES, 120), when, rng.randint(1, 4, 120)),),
        recordings=(RecordingRequest(1, "v", np.arange(SIZE)),) if changes else (),
        trials=(Trial(epochs if changes else (Epoch(STEPS),)),),
    )


def opened(adapter: Adapter, network: Network, cache: Path, live: bool = False, threads: int = 1) -> Simulation:
    if live:
        network = replace(network, trials=(Trial(()),), spikes=())
    simulation = adapter.simulation(network, Settings(threads=threads), cache, live)
    simulation.prepare()
    simulation.build()
    return simulation


def driven(simulation: Simulation, network: Network, pauses: Sequence[int] = ()) -> tuple[dict[str, Any], dict]:
    """Spikes and potentials of the whole run, and the states of synapses at each pause and at the end."""
    begins = np.cumsum([0, *(epoch.steps for epoch in network.trials[0].epochs)]).tolist()
    changes = dict(zip(begins, (epoch.changes for epoch in network.trials[0].epochs), strict=False))
    given, parts, states = source_spikes(network)[0], [], {}
    for begin, end in pairwise(sorted({*begins, *pauses})):
        for change in changes.get(begin, ()):
            simulation.write(change)
        new = (given.steps > begin - (begin == 0)) & (given.steps <= end)
        if simulation.live:
            simulation.feed([SpikeInput(0, given.cells[new], given.steps[new])], {})
        simulation.run(end, lambda done: None)
        if simulation.live or not network.recordings or end == STEPS:
            parts.append(simulation.read())
            simulation.hear({1: parts[-1].spikes[1]})
        simulation.hear({0: Spikes(given.cells[new], given.steps[new])})
        if parts and (end in pauses or end == STEPS):
            states[end] = [dict(simulation.synapse_states(index)) for index in range(3)]
    found = {name: np.concatenate([getattr(p.spikes[1], name) for p in parts]) for name in ("cells", "steps")}
    if network.recordings:
        found["v"] = np.concatenate([p.signals[0].values for p in parts])
    return found, states


def assert_equal(mine: dict, theirs: dict, tolerance: float = 0.0) -> None:
    for name, values in theirs.items():
        np.testing.assert_allclose(mine[name], values, rtol=0, atol=tolerance, err_msg=str(name))


@pytest.mark.parametrize("model", [PAIR_STDP, STATIC], ids=["plastic", "static"])
def test_what_changes_while_a_spike_is_on_the_axon_holds_for_it(model, cache):
    # Delays are split in any way, both parts may be 0; the reference is exact to rounding, NEST's runs to the bit.
    network, pauses = random_network(model), [1, 2, 41, 43, 44, 91, 120]
    right, right_states = driven(opened(REFERENCE, network, cache, live=True), network, pauses)
    assert right["steps"].size > 30
    batch, at_end = driven(opened(NEST, network, cache), network)
    assert_equal(batch, right, 1e-9)
    live, states = driven(opened(NEST, network, cache, live=True), network, pauses)
    assert_equal(live, batch)
    several, _ = driven(opened(NEST, network, cache, threads=2), network)
    assert_equal(several, batch)
    for step, found in right_states.items():
        for mine, theirs in zip(states[step], found, strict=True):
            assert model is STATIC or theirs
            assert_equal(mine, theirs if model is not STATIC else {}, 1e-12)
    # NEST simulates on to get the last samples; the states at the end have nothing of that
    for mine, theirs in zip(at_end[STEPS], states[STEPS], strict=True):
        assert_equal(mine, theirs)


def test_states_between_two_exchanges_of_spikes_have_every_event_up_to_now(cache):
    network, pauses = random_network(PAIR_STDP, least=3, changes=False), range(1, STEPS)
    simulation = opened(NEST, network, cache)
    assert round(simulation.nest.min_delay / network.dt) == 3
    batch, states = driven(simulation, network, pauses)
    right, right_states = driven(opened(REFERENCE, network, cache), network, pauses)
    assert_equal(batch, right)
    for step, found in right_states.items():
        for mine, theirs in zip(states[step], found, strict=True):
            assert_equal(mine, theirs, 1e-12)


def test_what_is_the_same_for_all_synapses_is_kept_once(cache):
    network = random_network(PAIR_STDP)
    simulation = opened(NEST, network, cache, live=True)
    store = simulation.stores[0]
    shapes = {name: values.shape for name, values in store.kept(0).items()}
    assert shapes["tau_plus"] == shapes["A_plus"] == () and shapes["weight"] == (SYNAPSES_IN,)
    for change in (Change("synapse", 1, "A_plus", np.float64(0.01)), Change("synapse", 0, "A_minus", np.float64(0.5))):
        simulation.write(change)
        simulation.run(simulation.step + 2, lambda done: None)
    kept = [store.kept(index) for index in range(3)]
    assert [np.unique(values["A_plus"]).tolist() for values in kept] == [[0.03], [0.01], [0.03]]
    assert [np.unique(values["A_minus"]).tolist() for values in kept] == [[0.5], [0.012], [0.012]]
    simulation.close()


def test_values_set_before_the_first_step_hold_for_spikes_at_0():
    # A spike of grid point 0 delivers 3 mV one step later.
    network = Network(
        0.1,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cell", "IF_curr_delta", 1, {"tau_m": np.float64(1e9)}, {"v": -65.0}),
        ),
        (Projection("in", 0, 1, [0], [0], 1.0, 1),),
        spikes=(SpikeInput(0, [0], [0]),),
        recordings=(RecordingRequest(1, "v", np.arange(1)),),
        trials=(Trial((Epoch(3, (Change("synapse", 0, "weight", np.float64(3.0)),)),)),),
    )
    for adapter in (NEST, REFERENCE):
        simulation = opened(adapter, network, Path())
        simulation.write(network.trials[0].epochs[0].changes[0])
        simulation.run(3, lambda done: None)
        v = simulation.read().signals[0].values[:, 0]
        simulation.close()
        assert v == pytest.approx([-65.0, -62.0, -62.0, -62.0], abs=1e-6)
