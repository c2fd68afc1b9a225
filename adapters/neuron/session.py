"""One trial in NEURON.

A cell is a point process in the one section there is. A spike is an event that
NEURON's queue delivers, one for each delay at which the source has synapses; the
projection's dispatcher adds the weights to the inboxes of the cells, from which they take
them at the beginning of the step. Sources are played by NEURON's PatternStim.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import substeps_of
from unisono.adapters.codegen.printers.nmodl import NEW, SET, CellMechanism, cell_mechanism, synapse_dispatcher
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract import Progress, Session, Settings
from unisono.adapters.contract.recording import Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.neuron import compiler
from unisono.adapters.neuron.inputs import Currents, Samples
from unisono.models.network import Change, Network
from unisono.models.synapses.model import WEIGHT

Floats = NDArray[np.float64]
Actions = dict[int, list[Callable[[], None]]]

#: Steps between two reports of progress; NEURON's loop runs them in well under a second.
PART = 500


class Cells:
    """The point processes of one population and their parameters."""

    def __init__(self, network: Network, index: int, mechanism: CellMechanism) -> None:
        population = network.populations[index]
        self.model, self.mechanism, self.size, self.dt = mechanism.model, mechanism, population.size, network.dt
        self.initial = population.initial
        self.parameters: dict[str, Floats] = dict(population.parameters)
        self.processes: list[Any] = []

    def create(self, h: Any, segment: Any) -> Any:
        """Make the point processes; returns the Vector of their inboxes, cell by cell."""
        make = getattr(h, self.mechanism.name)
        self.processes = [make(segment) for _ in range(self.size)]
        receptors = len(self.model.receptors)
        inboxes = h.Vector(self.size * receptors)
        for cell, process in enumerate(self.processes):
            process.borrow(inboxes, cell * receptors)
        self.set_drive()
        self.set_test()
        return inboxes

    def set(self, name: str, values: Any, cells: NDArray[Any] | None = None) -> None:
        """Set a variable of the mechanism in all cells or in those given."""
        processes = self.processes if cells is None else [self.processes[c] for c in cells.tolist()]
        for process, value in zip(processes, np.broadcast_to(values, len(processes)).tolist(), strict=True):
            setattr(process, name, value)

    def set_drive(self) -> None:
        """Set what the integration reads."""
        for name, values in self.mechanism.drive(self.parameters, self.dt).items():
            self.set(name, values)

    def set_test(self) -> None:
        """Set what the test of the threshold and the reset read."""
        for name, values in self.mechanism.test(self.parameters, self.dt).items():
            self.set(name, values)

    def begin(self) -> None:
        """Set the initial values; to be called after finitialize()."""
        for state, values in self.initial.items():
            self.set(member(state), values)

    def change_parameter(self, change: Change) -> None:
        """Keep new values of a parameter; set_drive() and set_test() bring them to the cells."""
        full = np.array(np.broadcast_to(self.parameters[change.name], self.size))
        full[slice(None) if change.cells is None else change.cells] = change.values
        self.parameters[change.name] = full

    def change_state(self, change: Change) -> None:
        """Have the next step set a state between its test and its integration."""
        self.set(member(change.name, NEW), change.values, change.cells)
        self.set(member(change.name, SET), 1.0, change.cells)


class NeuronSession(Session):
    """One trial; NEURON's clock begins anew with each."""

    def __init__(self, network: Network, settings: Settings, cache: Path) -> None:
        super().__init__(network, settings, cache)
        self.programs = [synapse_program(projection.model) for projection in network.projections]
        self.dispatchers = [synapse_dispatcher(program) for program in self.programs]
        self.mechanisms = {
            index: cell_mechanism(p.model, settings.numerics, substeps_of(network, index))
            for index, p in enumerate(network.populations)
            if not p.is_source
        }
        sizes = [p.size for p in network.populations]
        #: NEURON's number of the first cell of each population.
        self.first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def prepare(self) -> None:
        """Compile and load the mechanisms."""
        compiler.load([*self.mechanisms.values(), *self.dispatchers], self.cache)

    def build(self) -> None:
        """Make cells, synapses, sources, currents and samplers, then set the initial values."""
        from neuron import h

        self.h, self.parallel = h, h.ParallelContext()
        h.dt = self.network.dt
        self.section = h.Section(name="unisono")
        self.cells: dict[int, Cells] = {}
        self.inboxes: dict[int, Any] = {}
        self.connections: list[Any] = []
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                self._create(index)
        changed = {c.index for e in self.trial.epochs for c in e.changes if c.kind == "weight"}
        #: Of each projection what its dispatcher borrows, its weights, and their order where they will change.
        self.synapses = [self._connect(i, i in changed) for i in range(len(self.network.projections))]
        self.stimulus = self._play()
        self.times, self.senders = h.Vector(), h.Vector()
        self.parallel.spike_record(-1, self.times, self.senders)
        self.currents = []
        for index, cells in self.cells.items():
            inputs = [c for c in self.network.currents if c.population == index and c.steps.size and c.cells.size]
            if inputs:
                self.currents.append(Currents(h, inputs, cells.processes))
        self.samples = [
            Samples(h, self.network, r, self.trial.steps, self.cells[r.population].processes)
            for r in self.network.recordings
            if r.variable != "spikes"
        ]
        self._attend(False)
        h.finitialize()
        for cells in self.cells.values():
            cells.begin()

    def _create(self, index: int) -> None:
        """The cells of a population, each registered as a source of events."""
        cells = self.cells[index] = Cells(self.network, index, self.mechanisms[index])
        self.inboxes[index] = cells.create(self.h, self.section(0.5))
        for number, process in enumerate(cells.processes, int(self.first[index])):
            self.parallel.set_gid2node(number, self.parallel.id())
            self.parallel.cell(number, self.h.NetCon(process, None))

    def _connect(self, index: int, changes: bool) -> tuple[Any, Any, NDArray[Any] | None]:
        """The synapses of a projection: sorted by source and delay, one NetCon for each such group."""
        h, projection = self.h, self.network.projections[index]
        post = self.network.populations[projection.post_population]
        receptors = list(post.model.receptors)
        delay = np.broadcast_to(projection.delay, projection.size)
        order = None
        key = projection.pre.astype(np.int64) << 32 | delay
        if projection.size and (np.diff(key) < 0).any():
            order = np.argsort(key, kind="stable")
            key = key[order]
        first = np.flatnonzero(np.r_[True, np.diff(key) != 0]) if projection.size else np.empty(0, np.int64)
        targets = h.Vector((projection.size + 1) // 2)
        flat = targets.as_numpy().view(np.uint32)[: projection.size]
        flat[:] = projection.post if order is None else projection.post[order]
        flat *= len(receptors)
        flat += receptors.index(projection.receptor)
        values = {name: h.Vector(projection.size) for name in self.programs[index].values}
        for name, vector in values.items():
            _set_weights(vector, projection.values[name], order)
        dispatcher = getattr(h, self.dispatchers[index].name)()
        dispatcher.borrow(targets, *values.values(), self.inboxes[projection.post_population])
        gids = (key[first] >> 32) + self.first[projection.pre_population]
        # A cell announces its spike one step late. The quarter has the event delivered at the beginning of its
        # step and never at the end of the one before, with room on both sides for the rounding of NEURON's clock.
        delays = ((key[first] & 0xFFFFFFFF) - 0.75) * self.network.dt
        bounds = np.append(first, projection.size).tolist()
        connect, keep = self.parallel.gid_connect, self.connections.append
        for number, (gid, delay_ms) in enumerate(zip(gids.tolist(), delays.tolist(), strict=True)):
            connection = connect(gid, dispatcher)
            connection.delay = delay_ms
            connection.weight[0] = bounds[number]
            connection.weight[1] = bounds[number + 1]
            keep(connection)
        return (dispatcher, targets, *values.values()), values[WEIGHT], order if changes else None

    def _play(self) -> Any:
        """A PatternStim with the spikes of all sources, labelled one step late as those of cells are."""
        inputs = [i for i in self.network.spikes if i.cells.size]
        if not inputs:
            return None
        counts = [np.broadcast_to(i.counts, i.cells.shape) for i in inputs]
        steps = np.concatenate([np.repeat(i.steps, n) for i, n in zip(inputs, counts, strict=True)])
        cells = [i.cells + self.first[i.population] for i in inputs]
        senders = np.concatenate([np.repeat(c, n) for c, n in zip(cells, counts, strict=True)])
        if len(inputs) > 1:
            order = np.argsort(steps, kind="stable")
            steps, senders = steps[order], senders[order]
        stimulus = self.h.PatternStim()
        stimulus.play(self.h.Vector((steps + 1.0) * self.network.dt), self.h.Vector(senders))
        return stimulus

    def run(self, progress: Progress) -> None:
        """Advance NEURON step by step, stopping where something is due."""
        before, after = self._changes()
        attentive, step = False, 0
        advance, last = self.h.fadvance, self.trial.steps
        for stop in self._stops({*before, *after}):
            if attentive and stop > step:
                attentive = self._attend(False)
            for _ in range(stop - step):
                advance()
            for current in self.currents:
                current.set(stop)
            for act in before.get(stop, ()):
                act()
            due = [s for s in self.samples if stop % s.interval == 0]
            if attentive != bool(due or stop in before):
                attentive = self._attend(not attentive)
            advance()
            step = stop + 1
            for samples in due:
                samples.take(stop)
            for act in after.get(stop, ()):
                act()
            if stop == last or stop % PART == 0:
                progress(stop)

    def _attend(self, on: bool) -> bool:
        """Have the cells give samples and take changes of their state in the next steps, or not."""
        for mechanism in self.mechanisms.values():
            setattr(self.h, f"attention_{mechanism.name}", int(on))
        return on

    def _stops(self, changes: set[int]) -> list[int]:
        """Grid points at which something is due besides the step itself, the last one included."""
        last = self.trial.steps
        stops = [np.arange(0, last, PART), np.array([last, *changes])]
        stops += [np.array(current.changes) for current in self.currents]
        stops += [np.arange(0, last + 1, interval) for interval in {s.interval for s in self.samples}]
        ordered = np.unique(np.concatenate(stops))
        return ordered[ordered <= last].tolist()  # type: ignore[no-any-return]

    def _changes(self) -> tuple[Actions, Actions]:
        """What to do before and after the step that begins at the grid point of an epoch.

        That step first deals with the input and the threshold of the grid point, to which weights,
        threshold, reset and refractory period from before the change belong; then it integrates.
        """
        before: Actions = defaultdict(list)
        after: Actions = defaultdict(list)
        step = 0
        for epoch in self.trial.epochs:
            for change in epoch.changes:
                cells = self.cells.get(change.index)
                if change.kind == "weight":
                    _, weights, order = self.synapses[change.index]
                    after[step].append(partial(_set_weights, weights, change.values, order))
                elif cells and change.kind == "state":
                    before[step].append(partial(cells.change_state, change))
                elif cells:
                    before[step] += [partial(cells.change_parameter, change), cells.set_drive]
                    after[step].append(cells.set_test)
            step += epoch.steps
        return before, after

    def collect(self) -> TrialRecording:
        """Spikes with their labels set right, and samples."""
        steps = np.rint(self.times.as_numpy() / self.network.dt).astype(np.int64) - 1
        senders = self.senders.as_numpy().astype(np.int64)
        spikes = source_spikes(self.network)
        for index in self.cells:
            mine = (senders >= self.first[index]) & (senders < self.first[index + 1])
            spikes[index] = Spikes.sorted(senders[mine] - self.first[index], steps[mine])
        return TrialRecording(self.trial.steps, spikes, tuple(s.signal() for s in self.samples))

    def close(self) -> None:
        """Free all that NEURON holds for this trial."""
        self.parallel.gid_clear()
        recorders = ("samples", "times", "senders")
        for name in (*recorders, "currents", "stimulus", "connections", "synapses", "cells", "inboxes", "section"):
            delattr(self, name)


def _set_weights(vector: Any, values: NDArray[Any], order: NDArray[Any] | None) -> None:
    """Write weights into a dispatcher's Vector, in its order."""
    vector.as_numpy()[:] = values if order is None or not values.ndim else values[order]
