"""Synapses that spikes change: at every grid point what the reference says, on both targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synapse_models import BCM, GUETIG, PAIR_STDP, TRIPLET, TSODYKS_MARKRAM, VOGELS

from unisono.adapters.brian2 import Brian2Adapter
from unisono.adapters.contract import Settings, Simulation
from unisono.adapters.contract.source_spikes import fed_spikes
from unisono.adapters.reference.grid import GridSimulation
from unisono.models.network import (
    Change,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)
from unisono.models.synapses import SynapseModel

MODELS = (PAIR_STDP, GUETIG, TRIPLET, BCM, VOGELS, TSODYKS_MARKRAM)
TARGETS = ("numpy", "cpp")
SIZE, SOURCES, STEPS = 8, 6, 160

#: The dendritic part of delays of up to 4 steps: none at all, all, and any part.
PARTS = {"axonal": lambda rng, delay: 0 * delay, "dendritic": lambda rng, delay: delay}
PARTS["mixed"] = lambda rng, delay: rng.randint(0, delay + 1)


def random_network(model: SynapseModel, part: str, seed: int, epochs: Sequence[int] = (STEPS,)) -> Network:
    """Two projections from sources and a recurrent one, all plastic; weights and a parameter change between epochs."""
    rng = np.random.RandomState(seed)

    def projection(label: str, pre: int, sources: int, synapses: int, weight: float) -> Projection:
        delay = rng.randint(1, 5, synapses)
        parameters = {n: np.array(rng.uniform(2.0, 8.0)) for n in model.shared}
        parameters |= {n: np.array(v) for n, v in (("w_max", 2.0), ("rho", 0.05)) if n in model.parameters}
        steps = [n for n in model.parameters if n[0] == "A" or n == "eta"]
        parameters |= {n: rng.uniform(0.0005, 0.003, synapses) for n in steps}
        return Projection(
            label, pre, 1, rng.randint(0, sources, synapses), rng.randint(0, SIZE, synapses),
            rng.uniform(0.3, 1.0, synapses) * weight, delay, axonal=delay - PARTS[part](rng, delay),
            synapse=model.name, definition=model.to_text(), parameters=parameters,
        )  # fmt: skip

    projections = (
        projection("in", 0, SOURCES, 60, 2.0),
        projection("in too", 0, SOURCES, 30, 2.0),
        projection("recurrent", 1, SIZE, 50, 1.0),
    )
    other = next(n for n in ("A_plus", "A2p", "eta", "U") if n in model.parameters)
    changes = [
        (Change("synapse", n % 3, "weight", rng.uniform(0.2, 1.5, projections[n % 3].size)),
         Change("synapse", (n + 1) % 3, other, np.float64(rng.uniform(0.0005, 0.003))))
        for n in range(len(epochs))
    ]  # fmt: skip
    when = rng.randint(0, STEPS, 250)
    cells = Population(
        "cells", "IF_curr_exp", SIZE, {"tau_refrac": np.array(0.3)}, {"v": rng.uniform(-65.0, -51.0, SIZE)}
    )
    return Network(
        0.1,
        (Population("sources", "SpikeSourceArray", SOURCES), cells),
        projections,
        spikes=(SpikeInput(0, rng.randint(0, SOURCES, 250), when, rng.randint(1, 4, 250)),),
        recordings=(RecordingRequest(1, "v", np.arange(SIZE)),),
        trials=(Trial(tuple(Epoch(n, c) for n, c in zip(epochs, changes, strict=True))),),
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    """Code is compiled once a model."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def start(cache: Path) -> Iterator:
    begun: list[Simulation] = []

    def _start(network: Network, target: str = "", precision: str = "double", live: bool = False) -> Simulation:
        settings = Settings(precision=precision, options={"target": target} if target else {})
        make = Brian2Adapter().simulation if target else GridSimulation
        begun.append(make(network, settings, cache, live))
        begun[-1].prepare()
        begun[-1].build()
        begun[-1].hear(fed_spikes(network.spikes))
        return begun[-1]

    yield _start
    for simulation in begun:
        simulation.close()


def states_after_each_epoch(simulation: Simulation) -> list[dict[tuple[int, str], np.ndarray]]:
    """All states of synapses between the epochs, before and after the changes, and at the end; spikes last."""
    found, spikes = [], []

    def look() -> None:
        recorded = simulation.read()
        simulation.hear(recorded.spikes)
        spikes.append(recorded.spikes[1])
        found.append(
            {
                (index, name): values
                for index in range(len(simulation.network.projections))
                for name, values in simulation.synapse_states(index).items()
            }
        )

    for epoch in simulation.trial.epochs:
        for change in epoch.changes:
            simulation.write(change)
        look()
        simulation.run(simulation.step + epoch.steps, lambda step: None)
        look()
    assert sum(s.size for s in spikes) > 10
    return [*found, {(1, name): np.concatenate([getattr(s, name) for s in spikes]) for name in ("cells", "steps")}]


def assert_close(found, expected, rtol: float) -> None:
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one.keys() == other.keys()
        for key in other:
            np.testing.assert_allclose(one[key], other[key], rtol=rtol, atol=1e-13, err_msg=f"{number}: {key}")


CASES = [(model, "cpp", "mixed") for model in MODELS]
CASES += [(model, "numpy", "mixed") for model in (PAIR_STDP, TRIPLET, TSODYKS_MARKRAM)]
CASES += [(PAIR_STDP, target, part) for target in TARGETS for part in ("axonal", "dendritic")]


@pytest.mark.parametrize(("model", "target", "part"), CASES, ids=lambda case: getattr(case, "name", case))
def test_states_are_right_at_every_grid_point_however_the_delay_is_split(start, model, target, part):
    network = random_network(model, part, seed=3, epochs=[1, 3, 40, 2, 1, 1, 30, 5, 7, 70])
    assert_close(states_after_each_epoch(start(network, target)), states_after_each_epoch(start(network)), 1e-10)


def test_synapses_of_several_models_meet_at_the_same_cells(start):
    first, second = (random_network(model, "mixed", seed=9, epochs=[60, 100]) for model in (PAIR_STDP, TRIPLET))
    network = replace(
        first,
        projections=(*first.projections, *second.projections),
        trials=(Trial((first.trials[0].epochs[0], replace(first.trials[0].epochs[1], changes=()))),),
    )
    found, expected = (states_after_each_epoch(start(network, *target)) for target in (["numpy"], []))
    assert_close(found, expected, 1e-10)


def test_single_precision_rounds_and_does_nothing_else(start):
    network = random_network(PAIR_STDP, "mixed", seed=3)
    *_, single, spikes = states_after_each_epoch(start(network, "cpp", "single"))
    *_, double, same = states_after_each_epoch(start(network, "cpp"))
    for key in spikes:
        np.testing.assert_array_equal(spikes[key], same[key])
    for key in double:
        np.testing.assert_allclose(single[key], double[key], rtol=1e-5)
        assert not np.array_equal(single[key], double[key])


def test_a_live_run_gives_the_bits_of_a_batch_run(start):
    network = random_network(VOGELS, "mixed", seed=8, epochs=[20, 30, 110])
    batch = start(network, "numpy")
    *_, states, spikes = states_after_each_epoch(batch)
    live = start(replace(network, spikes=(), trials=(Trial(()),)), "numpy", live=True)
    (given,) = network.spikes
    cells, steps = [], []
    for epoch in network.trials[0].epochs:
        for change in epoch.changes:
            live.write(change)
        until = live.step + epoch.steps
        ahead = (given.steps > live.step if live.step else given.steps >= 0) & (given.steps <= until)
        fed = replace(given, cells=given.cells[ahead], steps=given.steps[ahead], counts=given.counts[ahead])
        live.feed([fed], {})
        live.hear(fed_spikes([fed]))
        live.run(until, lambda step: None)
        recorded = live.read()
        live.hear(recorded.spikes)
        cells.append(recorded.spikes[1].cells)
        steps.append(recorded.spikes[1].steps)
    np.testing.assert_array_equal(np.concatenate(cells), spikes[1, "cells"])
    np.testing.assert_array_equal(np.concatenate(steps), spikes[1, "steps"])
    for (index, name), values in states.items():
        np.testing.assert_array_equal(live.synapse_states(index)[name], values)


@pytest.mark.parametrize("target", TARGETS)
def test_reading_changes_nothing_that_follows(start, target):
    network = random_network(PAIR_STDP, "mixed", seed=5)
    (whole,) = network.trials[0].epochs
    pieces = (Epoch(10, whole.changes), *[Epoch(10)] * (STEPS // 10 - 1))
    often = replace(network, trials=(Trial(pieces),))
    *_, once, spikes = states_after_each_epoch(start(network, target))
    *_, many, same = states_after_each_epoch(start(often, target))
    for key in once:
        np.testing.assert_array_equal(once[key], many[key])
    for key in spikes:
        np.testing.assert_array_equal(spikes[key], same[key])
