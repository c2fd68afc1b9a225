"""What synapses are at a grid point, brought up to it from what a simulator has carried out by then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synapse_models import PAIR_STDP, TRIPLET, VOGELS

from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.contract.synapse_reader import Kept, NewValues, SynapseReader, in_order, modulations
from unisono.adapters.reference.grid import GridSimulation
from unisono.models.network import Change, Epoch, Modulator, Network, Population, Projection, SpikeInput, Trial
from unisono.models.synapses import SYNAPSES

SOURCES, CELLS, SYNAPSES_IN, STEPS = 4, 3, 30, 90

#: Grid point of a change, and those at which states are read.
CHANGED = 40
READ = (0, 1, 17, 40, 41, 44, 60, 90)


def network(model, several: int = 50) -> Network:
    """Sources that fire several times in a step, onto cells that fire often."""
    rng = np.random.RandomState(2)
    delay = rng.randint(1, 9, SYNAPSES_IN)
    values = {name: rng.randint(1, 10**6, SYNAPSES_IN).astype(float) for name in model.random}
    projection = Projection(
        "p", 0, 1, rng.randint(0, SOURCES, SYNAPSES_IN), rng.randint(0, CELLS, SYNAPSES_IN),
        rng.uniform(0.5, 1.0, SYNAPSES_IN), delay, axonal=rng.randint(0, delay + 1), synapse=model.name,
        definition="" if SYNAPSES.get(model.name) == model else model.to_text(), initial=values,
    )  # fmt: skip
    spikes = SpikeInput(0, rng.randint(0, SOURCES, several), rng.randint(0, STEPS, several), rng.randint(1, 3, several))
    cells = Population("c", "IF_curr_exp", CELLS, {"tau_refrac": np.array(0.3), "v_thresh": np.array(-64.0)})
    sources = Population("s", "SpikeSourceArray", SOURCES)
    return Network(0.1, (sources, cells), (projection,), spikes=(spikes,), trials=(Trial((Epoch(STEPS),)),))


class ActsOnArrival:
    """A simulator that carries out each event a dendritic delay after it, and never reads ahead."""

    BEGUN = 7

    def __init__(self, network: Network, spikes) -> None:
        (projection,) = network.projections
        self.projection, self.lag = projection, np.broadcast_to(projection.dendritic, projection.size)
        self.synapse_values = SynapseValues(network, begun=lambda index: projection.dendritic + self.BEGUN)
        self.values = {n: np.array(np.broadcast_to(v, projection.size)) for n, v in self.synapse_values.kept(0).items()}
        self.program = self.synapse_values.program(0)
        self.sources = self._events(spikes[0], projection.pre, projection.axonal)
        self.targets = self._events(spikes[1], projection.post, projection.dendritic)
        if not self.program.at_target:
            self.targets = Events(*(part[:0] for part in self.targets))

    def _events(self, spikes, ends, delay) -> Events:
        pairs = [
            (s, step)
            for cell, step in zip(spikes.cells, spikes.steps, strict=True)
            for s in (ends == cell).nonzero()[0]
        ]
        synapses, steps = (np.array(part, np.int64) for part in zip(*pairs, strict=True))
        return Events(synapses, steps + delay[synapses])

    def run(self, begin: int, end: int) -> None:
        """Carry out what is due in (begin, end]; begin is -1 at first."""

        def due(events: Events) -> Events:
            when = events.steps + self.lag[events.synapses]
            chosen = (when > begin) & (when <= end)
            synapses = events.synapses[chosen]
            return Events(synapses, events.steps[chosen] + self.lag[synapses] + self.BEGUN)

        replay(
            self.program, self.values, due(self.sources), due(self.targets), np.asarray(self.projection.dendritic == 0)
        )


@pytest.mark.parametrize(
    "model",
    [PAIR_STDP, TRIPLET, VOGELS, SYNAPSES["TsodyksMarkramSynapse"], SYNAPSES["BCMSynapse"]],
    ids=lambda m: m.name,
)
@pytest.mark.parametrize("block", [7, 2**16])
def test_every_event_up_to_the_reading_is_in_what_is_read(model, block, monkeypatch):
    monkeypatch.setattr("unisono.adapters.contract.synapse_reader.BLOCK", block)
    trial = network(model)
    changed = np.linspace(0.3, 0.9, SYNAPSES_IN)
    exact = GridSimulation(trial, Settings(), Path())
    exact.build()
    right = {}
    for step in sorted({*READ, CHANGED}):
        exact.run(step, lambda done: None)
        right[step] = exact.synapse_states(0)
        if step == CHANGED:
            exact.write(Change("synapse", 0, "weight", changed))
    spikes = {**source_spikes(trial), **exact.read().spikes}
    assert spikes[1].size > 10

    simulated = ActsOnArrival(trial, spikes)
    reader = SynapseReader(trial, simulated.synapse_values)
    reader.hear(spikes)
    begin = -1
    for step in range(STEPS + 1):
        simulated.run(begin, step)
        begin = step
        if step in READ:
            waits = (step > CHANGED) & (CHANGED + simulated.lag >= step)
            changes = [(CHANGED, NewValues(0, {"weight": changed}, waits.nonzero()[0]))] if step > CHANGED else []
            copies = {name: value.copy() for name, value in simulated.values.items()}
            found = reader.states(0, Kept(copies, step - simulated.lag, changes), step)
            for name, values in right[step].items():
                np.testing.assert_allclose(found[name], values, rtol=1e-11, atol=1e-14, err_msg=f"{name} at {step}")
        due = CHANGED + simulated.lag == step
        simulated.values["weight"][due] = changed[due]


def test_spikes_of_a_modulating_cell_are_in_what_is_read():
    trial = network(SYNAPSES["DopamineSTDP"])
    (projection,), rewards = trial.projections, SpikeInput(2, [0, 0, 1, 0], [4, 36, 36, 85], [1, 1, 2, 1])
    trial = replace(
        trial,
        populations=(*trial.populations, Population("rewards", "SpikeSourceArray", 2)),
        projections=(replace(projection, modulators=(Modulator(2, 4),)),),
        spikes=(*trial.spikes, rewards),
    )
    exact = GridSimulation(trial, Settings(), Path())
    exact.build()
    right = {}
    for step in READ:
        exact.run(step, lambda done: None)
        right[step] = exact.synapse_states(0)
    assert np.ptp(right[90]["weight"]) > 0.01
    values, spikes = SynapseValues(trial), {**source_spikes(trial), **exact.read().spikes}
    expected = [
        m for _, m in modulations(trial, trial.spikes, lambda index: [(0, np.arange(9)), (3, np.arange(9, 30))])
    ]
    assert [m.step for m in expected[::2]] == [8, 40, 40, 40, 89]
    for step in READ:
        reader = SynapseReader(trial, values)
        reader.hear({n: Spikes(s.cells[s.steps <= step], s.steps[s.steps <= step]) for n, s in spikes.items()})
        ahead = in_order((m.since, m) for m in expected if m.step <= step)
        for name, found in reader.states(0, Kept(values.kept(0), -1, ahead), step).items():
            np.testing.assert_allclose(found, right[step][name], rtol=1e-12, atol=1e-14, err_msg=f"{step} {name}")
