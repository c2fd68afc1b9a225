"""One trial in NEURON.

A cell is a point process in the one section there is. A spike is an event that
NEURON's queue delivers, one for each delay at which the source has synapses; the
projection's dispatcher adds the weights to the inboxes of the cells, from which they take
them at the beginning of the step. Sources are played by a mechanism.

A step of NEURON begins with the input and the threshold of its grid point, then
integrates. So a simulation pauses in the middle of a step: a step that only tests,
after which the clock is put back; the next step then only integrates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl import cell_mechanism
from unisono.adapters.codegen.printers.nmodl_events import player_mechanism, synapse_dispatcher
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.contract import Progress, Settings
from unisono.adapters.contract.on_arrival import OnArrival
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.neuron import compiler
from unisono.adapters.neuron.assembly import Cells, Synapses
from unisono.adapters.neuron.inputs import Currents, Sources
from unisono.adapters.neuron.recorders import Sampler, SpikeRecorder
from unisono.models.network import Change, CurrentInput, Network, RecordingRequest, SpikeInput

#: Steps between two reports of progress; NEURON's loop runs them in well under a second.
PART = 500


class NeuronSimulation(OnArrival):
    """One trial; NEURON's clock begins anew with each."""

    def __init__(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> None:
        super().__init__(network, settings, cache, live)
        programs = map(self.synapse_values.program, range(len(network.projections)))
        self.dispatchers = [synapse_dispatcher(program) for program in programs]
        self.player = player_mechanism()
        native = settings.numerics == "native"
        self.mechanisms = {
            index: cell_mechanism(p.model, None if native else population_step(network, index, settings.numerics))
            for index, p in enumerate(network.populations)
            if not p.is_source
        }
        self.names = sorted({mechanism.name for mechanism in self.mechanisms.values()})
        #: Whether there are sources with synapses.
        self.played = any(network.populations[p.pre_population].is_source for p in network.projections)
        sizes = [p.size for p in network.populations]
        #: NEURON's number of the first cell of each population.
        self.first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    def prepare(self) -> None:
        """Compile and load the mechanisms."""
        others = [*self.dispatchers, *[self.player] * self.played]
        compiler.load([*self.mechanisms.values(), *others], self.cache, self.compiled)

    def build(self) -> None:
        """Make cells, synapses, sources, currents and recorders, then set the initial values."""
        from neuron import h

        self.h, self.parallel = h, h.ParallelContext()
        h.dt = self.network.dt
        self.section = h.Section(name="unisono")
        self.cells: dict[int, Cells] = {}
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                self._create(index)
        self._connect()
        self.sources = None
        if self.played:
            player = getattr(h, self.player.name)(self.section(0.5))
            self.sources = Sources(h, player, self.first, self.network.dt)
        self.currents: dict[int, Currents] = {}
        self.feed(self.network.spikes, dict(enumerate(self.network.currents)))
        self.spikes = SpikeRecorder(h, self.parallel, self.first, self.network.dt)
        self.samples: list[Sampler] = []
        for request in self.network.recordings:
            self._sample(request)
        h.finitialize()
        for cells in self.cells.values():
            cells.begin()
        self._pause()

    def _create(self, index: int) -> None:
        """The cells of a population, each registered as a source of events."""
        cells = self.cells[index] = Cells(self.network, index, self.mechanisms[index])
        incoming = [i for i, p in enumerate(self.network.projections) if p.post_population == index]
        remembered = any(self.synapse_values.program(i).at_target for i in incoming)
        cells.create(self.h, self.section(0.5), remembered)
        for number, process in enumerate(cells.processes, int(self.first[index])):
            self.parallel.set_gid2node(number, self.parallel.id())
            self.parallel.cell(number, self.h.NetCon(process, None))

    def _connect(self) -> None:
        """The synapses of all projections."""
        values = self.synapse_values
        changed = {index for c in self.network.changes("synapse") for index in values.sharing(c.index)}
        self.synapses: list[Synapses] = []
        for index, projection in enumerate(self.network.projections):
            dispatcher = getattr(self.h, self.dispatchers[index].name)()
            program, kept, cells = values.program(index), values.kept(index), self.cells[projection.post_population]
            first = int(self.first[projection.pre_population])
            fixed = not self.live and index not in changed and projection.model.is_static
            synapses = Synapses(
                self.h, self.parallel, dispatcher, program, kept, self.network, projection, cells, first, fixed
            )
            self.synapses.append(synapses)

    def _sample(self, request: RecordingRequest) -> Sampler | None:
        """Sample a state from the present grid point on; all spikes are recorded anyway."""
        if request.variable == "spikes":
            return None
        cells = self.cells[request.population]
        unit = cells.model.units[request.variable]
        samples = Sampler(self.h, request, unit, cells.processes, self.step)
        samples.expect(max(self.step, self.trial.steps))
        self.samples.append(samples)
        return samples

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        self.expect(spikes)
        if self.sources is not None:
            self.sources.feed(spikes)
        for number, current in currents.items():
            if current.population in self.cells:
                if current.population not in self.currents:
                    processes = self.cells[current.population].processes
                    self.currents[current.population] = Currents(self.h, processes)
                self.currents[current.population].feed(number, current)

    def record(self, request: RecordingRequest) -> None:
        """Record a variable from the present grid point on."""
        samples = self._sample(request)
        if samples is not None and self.step % samples.interval == 0:
            samples.take()

    def write_cells(self, change: Change) -> None:
        """Set values of cells at the present grid point, whose input and test have been."""
        if change.index in self.cells:
            self.cells[change.index].write(change)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses, for what arrives from here on."""
        self.synapses[new.projection].write(new, self.step)

    def kept(self, index: int) -> Mapping[str, NDArray[np.float64]]:
        """Copies of the values of a projection's synapses."""
        return self.synapses[index].read(self.step)

    def advance(self, until: int, progress: Progress) -> None:
        """Advance NEURON step by step, stopping where something is due; the last grid point is only tested."""
        if until == self.step:
            return
        for cells in self.cells.values():
            cells.settle()
        if self.sources is not None:
            self.sources.play(until)
        for samples in self.samples:
            samples.expect(until)
        currents, advance = list(self.currents.values()), self.h.fadvance
        step, sampling = self.step, False
        self._set("testing", False)
        for stop in self._stops(until):
            if sampling and stop > step:
                sampling = self._set("sampling", False)
            for _ in range(stop - step):
                advance()
            for current in currents:
                current.set(stop)
            due = [s for s in self.samples if stop % s.interval == 0 and stop > self.step]
            if sampling != bool(due):
                sampling = self._set("sampling", not sampling)
            advance()
            step = stop + 1
            for samples in due:
                samples.take()
            if stop == self.step:
                self._set("testing", True)
            if stop % PART == 0:
                progress(stop)
        for _ in range(until - step):
            advance()
        self.step = until
        self._pause()
        progress(until)

    def _set(self, flag: str, on: bool) -> bool:
        """Set one of :data:`~unisono.adapters.codegen.printers.nmodl.FLAGS` of all mechanisms; returns it."""
        for name in self.names:
            setattr(self.h, f"{flag}_{name}", int(on))
        return on

    def _pause(self) -> None:
        """Carry out what belongs to the present grid point, and nothing of the step that begins there."""
        now = self.h.t
        for flag, on in (("testing", True), ("integrating", False), ("sampling", True)):
            self._set(flag, on)
        self.h.fadvance()
        self.h.t = now
        self._set("integrating", True)
        self._set("sampling", False)
        for samples in self.samples:
            if self.step % samples.interval == 0:
                samples.take()

    def _stops(self, until: int) -> list[int]:
        """Grid points before ``until`` at which something is due besides the step itself, the present one included."""
        begin = self.step
        stops = [np.array([begin]), np.arange(-(-begin // PART) * PART, until, PART)]
        stops += [np.array(current.plan(until), np.int64) for current in self.currents.values()]
        stops += [np.arange(begin // s * s + s, until, s) for s in {samples.interval for samples in self.samples}]
        return np.unique(np.concatenate(stops)).tolist()  # type: ignore[no-any-return]

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """The states of the point processes."""
        processes = self.cells[population].processes
        return {name: np.array([getattr(process, member(name)) for process in processes]) for name in names}

    def read(self) -> TrialRecording:
        """Spikes of cells and samples since the last read."""
        spikes = self.spikes.read(list(self.cells))
        return TrialRecording(self.step, spikes, tuple(samples.read() for samples in self.samples))

    def close(self) -> None:
        """Free all that NEURON holds for this trial."""
        self.parallel.gid_clear()
        recorders = ("samples", "spikes")
        for name in (*recorders, "currents", "sources", "synapses", "cells", "section"):
            delattr(self, name)
