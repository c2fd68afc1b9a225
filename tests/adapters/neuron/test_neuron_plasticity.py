"""Synapses that spikes of the target change on NEURON: the history of the spikes, catching up, what all share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from synapse_models import PAIR_STDP, TRIPLET

from unisono.adapters.contract import Adapter, Settings, Simulation
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.neuron import NeuronAdapter
from unisono.adapters.neuron.assembly import integers
from unisono.adapters.reference import ReferenceAdapter
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial
from unisono.models.synapses import SynapseModel

NEURON = NeuronAdapter()
STEPS, SIZE, SOURCES, SYNAPSES = 240, 8, 12, 150

#: Between the parts of a run: while spikes are on their way, and right after another.
CHANGED = (90, 91, 160)


def plastic() -> Network:
    """Two models onto the same cells, one of them also recurrent; delays split in any way, several spikes at once."""
    rng = np.random.RandomState(3)

    def connect(model: SynapseModel, pre: int, sources: int, weight: float, **parameters: float) -> Projection:
        delay = rng.randint(1, 13, SYNAPSES)
        return Projection(
            model.name,
            pre,
            1,
            rng.randint(0, sources, SYNAPSES),
            rng.randint(0, SIZE, SYNAPSES),
            rng.uniform(0.5, 1.0, SYNAPSES) * weight,
            delay,
            axonal=rng.randint(0, delay + 1),
            synapse=model.name,
            definition=model.to_text(),
            parameters={name: np.float64(value) for name, value in parameters.items()},
        )

    each = Change("synapse", 0, "A_plus", rng.uniform(0.01, 0.03, SYNAPSES))
    changes = (
        (each, Change("synapse", 1, "weight", np.float64(0.2))),
        (Change("synapse", 0, "w_max", np.float64(0.8)), Change("synapse", 2, "weight", rng.uniform(0, 0.3, SYNAPSES))),
        (Change("synapse", 1, "A2m", np.float64(0.003)),),
    )
    several, potentials = 300, rng.uniform(-65, -51, SIZE)
    when = rng.randint(0, STEPS, several)
    return Network(
        0.1,
        (
            Population("sources", "SpikeSourceArray", SOURCES),
            Population("cells", "IF_curr_exp", SIZE, {"tau_refrac": np.float64(0.5)}, {"v": potentials}),
        ),
        (
            connect(PAIR_STDP, 0, SOURCES, 0.6, tau_plus=5.0, tau_minus=8.0, A_plus=0.02, A_minus=0.01, w_max=1.0),
            connect(TRIPLET, 0, SOURCES, 0.3, A2p=0.002, A3p=0.001, A2m=0.001, A3m=0.001),
            connect(PAIR_STDP, 1, SIZE, 0.3, w_max=0.5),
        ),
        spikes=(SpikeInput(0, rng.randint(0, SOURCES, several), when, rng.randint(1, 3, several)),),
        recordings=(RecordingRequest(1, "v", np.arange(SIZE)),),
        trials=(Trial((Epoch(90), Epoch(1, changes[0]), Epoch(69, changes[1]), Epoch(80, changes[2]))),),
    )


def opened(adapter: Adapter, network: Network, cache: Path, live: bool, numerics: str = "matched") -> Simulation:
    simulation = adapter.simulation(network, Settings(numerics=numerics), cache, live)
    simulation.prepare()
    simulation.build()
    return simulation


def driven(
    simulation: Simulation, network: Network, pauses: Sequence[int]
) -> tuple[list[TrialRecording], dict[int, list[dict[str, np.ndarray]]]]:
    """What is read at each pause, and the states of all synapses there."""
    changes = dict(zip((0, *CHANGED), (epoch.changes for epoch in network.trials[0].epochs), strict=True))
    parts, states = [], {}
    heard, given = 0, source_spikes(network)[0]
    for begin, end in pairwise(sorted({0, *CHANGED, *pauses, STEPS})):
        for change in changes.get(begin, ()):
            simulation.write(change)
        simulation.run(end, lambda done: None)
        parts.append(simulation.read())
        new = (given.steps >= heard) & (given.steps <= end)
        heard = end + 1
        simulation.hear({**parts[-1].spikes, 0: replace(given, cells=given.cells[new], steps=given.steps[new])})
        if end in pauses or end == STEPS:
            states[end] = [dict(simulation.synapse_states(index)) for index in range(3)]
    simulation.close()
    return parts, states


def whole(parts: list[TrialRecording]) -> list[np.ndarray]:
    spikes = [np.concatenate([getattr(p.spikes[1], name) for p in parts]) for name in ("cells", "steps")]
    return [*spikes, np.concatenate([p.signals[0].values for p in parts])]


@pytest.mark.parametrize("numerics", ["matched", "native"])
def test_a_live_run_whose_synapses_are_read_gives_the_bits_of_a_batch_run(numerics, cache):
    network = plastic()
    once, final = driven(opened(NEURON, network, cache, False, numerics), network, ())
    live = replace(network, spikes=(), trials=(Trial(()),))
    simulation = opened(NEURON, live, cache, True, numerics)
    simulation.feed(network.spikes, {})
    parts, states = driven(simulation, network, range(1, STEPS, 4))
    for mine, theirs in zip(whole(parts), whole(once), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    for mine, theirs in zip(states[STEPS], final[STEPS], strict=True):
        assert mine.keys() == theirs.keys()
        for name in mine:
            np.testing.assert_array_equal(mine[name], theirs[name])
    assert whole(once)[0].size > 50


def test_the_states_at_any_grid_point_are_those_of_the_reference(cache):
    network, pauses = plastic(), range(5, STEPS, 9)
    parts, states = driven(opened(NEURON, network, cache, False), network, pauses)
    right, expected = driven(opened(ReferenceAdapter(), network, cache, False), network, pauses)
    np.testing.assert_array_equal(whole(parts)[1], whole(right)[1])
    assert states.keys() == expected.keys()
    for step, found in states.items():
        for mine, theirs in zip(found, expected[step], strict=True):
            assert mine.keys() == theirs.keys() == {"weight"}
            np.testing.assert_allclose(mine["weight"], theirs["weight"], rtol=1e-12, atol=1e-15, err_msg=str(step))


def test_a_history_holds_the_spikes_of_each_cell_in_order(cache):
    network = plastic()
    simulation = opened(NEURON, network, cache, False)
    for pause in (33, 34, STEPS):
        simulation.run(pause, lambda done: None)
    found, spikes = [], simulation.read().spikes[1]
    history = integers(simulation.cells[1].history).reshape(-1, 2)
    for cell in range(SIZE):
        at = history[cell, 1]
        while at:
            found.append((int(history[at, 0]), cell))
            last, at = at, history[at, 1]
        assert history[cell, 0] == last
    simulation.close()
    assert len(found) == len(history) - SIZE
    assert sorted(found) == list(zip(spikes.steps.tolist(), spikes.cells.tolist(), strict=True))


def test_what_all_synapses_share_is_kept_once_until_some_differ(cache):
    network = plastic()
    simulation = opened(NEURON, network, cache, False)
    values = simulation.synapses[0].values
    shared = {name for name, vector in values.items() if len(vector) == 1}
    assert shared == {"tau_plus", "tau_minus", "A_plus", "A_minus", "w_max", "dt__ms", "to__grid"}
    simulation.write(Change("synapse", 0, "tau_minus", np.float64(9.0)))
    assert list(values["tau_minus"]) == [9.0]
    simulation.run(50, lambda done: None)
    simulation.write(Change("synapse", 0, "A_minus", np.float64(0.5)))
    first = int(simulation.network.projections[0].dendritic.min())
    simulation.run(51 + first, lambda done: None)
    # a change acts a dendritic delay later, so at first on some synapses alone
    now = simulation.kept(0)["A_minus"]
    np.testing.assert_array_equal(now, np.where(network.projections[0].dendritic == first, 0.5, 0.01))
    simulation.run(STEPS, lambda done: None)
    assert (simulation.kept(0)["A_minus"] == 0.5).all()
    simulation.close()
