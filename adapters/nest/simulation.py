"""One trial in NEST.

NEST's clock runs ``OFFSET`` steps ahead of the network's: in these first steps
nothing happens, then the initial values are set. So a source can spike and a
current can begin at t = 0, which NEST's own devices cannot do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nest_synapse import nest_synapse
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Progress, Settings, Simulation
from unisono.adapters.contract.recording import Spikes, TrialRecording
from unisono.adapters.contract.synapse_reader import (
    Kept,
    Modulation,
    NewValues,
    SynapseReader,
    in_order,
    modulations,
)
from unisono.adapters.nest import compiler
from unisono.adapters.nest.assembly import Synapses, assign, slice_steps
from unisono.adapters.nest.cells import Cells, GeneratedCells, cells_of
from unisono.adapters.nest.changing import compiled_projections, stores
from unisono.adapters.nest.inputs import OFFSET, Currents, Generators, Sources
from unisono.adapters.nest.models import BuiltInModel
from unisono.adapters.nest.recorders import EXPECTED, HELD, Meter, SpikeRecorder
from unisono.adapters.nest.senders import Senders, cells_sending
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, CurrentInput, Network, RecordingRequest, SpikeInput

#: Tics in which NEST may count a millisecond: its own choice, and powers of two for steps such as 2^-5 ms.
TICS_PER_MS = (1000, 2**10, 2**16, 10**6)

#: Steps of a live run between two reports of progress.
PART = 100


def tics_per_ms(dt: float) -> int:
    """Tics a millisecond for which a time step, ms, is a whole number of tics.

    Raises
    ------
    UnsupportedFeature
        If none of them fits.
    """
    for tics in TICS_PER_MS:
        if round(dt * tics) and abs(dt * tics - round(dt * tics)) <= 1e-9 * dt * tics:
            return tics
    raise UnsupportedFeature(
        f"NEST counts time in whole tics, and a step of {dt:g} ms is not a whole number of tics.",
        f"Choose a multiple of {', '.join(f'1/{tics}' for tics in TICS_PER_MS[:-1])} or 1/{TICS_PER_MS[-1]} ms.",
    )


class NestSimulation(Simulation):
    """One trial in a fresh NEST kernel.

    Parameters
    ----------
    network, settings, cache, live
        As for every simulation.
    built_in : mapping of str to BuiltInModel
        The built-in models that may be used.
    """

    def __init__(
        self, network: Network, settings: Settings, cache: Path, live: bool, built_in: Mapping[str, BuiltInModel]
    ) -> None:
        super().__init__(network, settings, cache, live)
        self.cells: dict[int, Cells] = {
            index: cells_of(network, index, built_in, shared_numerics(settings))
            for index, p in enumerate(network.populations)
            if not p.is_source
        }
        self.synapse_values = SynapseValues(network, begun=lambda index: OFFSET)
        self.compiled_synapses = {
            i: nest_synapse(self.synapse_values.program(i)) for i in compiled_projections(network)
        }
        self.reader = SynapseReader(network, self.synapse_values)
        self.libraries: list[Path] = []
        self.synapse_libraries: dict[str, Path] = {}

    def prepare(self) -> None:
        """Compile the generated models."""
        generated = [c.generated for c in self.cells.values() if isinstance(c, GeneratedCells)]
        self.libraries = compiler.libraries(generated, self.cache, self.compiled)
        names = dict.fromkeys(model.name for model in self.compiled_synapses.values())
        found = compiler.synapse_libraries(self.compiled_synapses.values(), self.cache, self.compiled)
        self.synapse_libraries = dict(zip(names, found, strict=True))

    def build(self) -> None:
        """Create nodes and connections; run the first ``OFFSET`` steps without the last."""
        import nest

        self.nest, network = nest, self.network
        _quiet(nest)
        nest.ResetKernel()
        nest.set(tics_per_ms=tics_per_ms(network.dt), resolution=network.dt)
        nest.local_num_threads = self.settings.threads
        for path in (*self.libraries, *self.synapse_libraries.values()):
            nest.Install(str(path))
        self.parameters = [dict(p.parameters) for p in network.populations]
        self.stores = stores(self.compiled_synapses, self.synapse_libraries, network)
        self.synapses = Synapses(nest, network, self.cells, self.live, self.synapse_values, self.stores)
        self.sources = Sources(nest, network)
        generators = {
            index: self.sources.create(index, self.synapses.acting(index))
            for index, p in enumerate(network.projections)
            if p.size and network.populations[p.pre_population].is_source
        }
        self.nodes: dict[int, Any] = {index: self._create(index) for index in self.cells}
        self.currents = Currents(nest, network, self.cells, self.nodes)
        self._inject()
        self._connect(generators)
        for spikes in network.spikes:
            self.sources.give(spikes, -1)
        delay = slice_steps(network, self.live) * network.dt
        self.recorder = SpikeRecorder(nest, self.nodes, delay)
        self.synapses.note_targets(self.nodes, self.recorder.recorder, delay)
        self.meters: list[Meter] = []
        #: Grid point at which samples were last fetched.
        self.fetched = 0
        self.changes: list[Change] = []
        #: Values of synapses with the grid points at which they are set, and those at which they were given.
        self.waiting: list[tuple[int, int, NewValues | Modulation]] = []
        self.expect(network.spikes)
        self.held: dict[int, NDArray[np.float64]] = {}
        self.begun = False
        for request in network.recordings:
            self._measure(request)
        #: Grid point up to which all that reaches a synapse has been read, whenever NEST sends it.
        self.passed = -1
        nest.Simulate((OFFSET - 1) * network.dt)

    def _begin(self) -> None:
        """Reach the time 0 of the network, and wake the cells."""
        self._set_due()
        self.nest.Simulate(self.network.dt)
        self.recorder.forget()
        for index, cells in self.cells.items():
            initial = self.network.populations[index].initial
            assign(self.nodes[index], cells.awake(self.parameters[index], initial))
        self.begun = True

    def _create(self, index: int) -> Any:
        """The nodes of a population, quiet."""
        cells = self.cells[index]
        nodes = self.nest.Create(cells.name, self.network.populations[index].size)
        for values in cells.asleep(self.parameters[index]):
            assign(nodes, values)
        return nodes

    def _inject(self) -> None:
        """A generator for each current that is known."""
        generators = Generators(self.nest, self.network.dt)
        currents = {n: c for n, c in enumerate(self.network.currents) if c.steps.size and c.cells.size}
        generators.connect(currents, self.nodes)
        for number, current in currents.items():
            factor = self.cells[current.population].current_factor
            generators.schedule(number, current.steps, current.amplitudes * factor)

    def _connect(self, generators: Mapping[int, Senders]) -> None:
        """Connect all projections; those of sources with their generators."""
        first = {index: int(nodes[0].global_id) for index, nodes in self.nodes.items()}
        for index, projection in enumerate(self.network.projections):
            if not projection.size:
                continue
            senders = generators.get(index) or cells_sending(
                self.nest, self.network, index, first[projection.pre_population], self.synapses.acting(index)
            )
            self.synapses.connect(index, senders, first[projection.post_population])

    def _measure(self, request: RecordingRequest) -> None:
        index = request.population
        if request.variable != "spikes" and index in self.cells:
            cells, nodes = self.cells[index], self.nodes[index]
            until = max(self.step, self.trial.steps)
            self.meters.append(Meter(self.nest, self.network, request, cells, nodes, self.step, until))

    def write(self, change: Change) -> None:
        """Note a change; it is carried out when the next step begins, so that the present can still be read."""
        if change.kind == "synapse":
            # Before the first step nothing is on its way.
            self.waiting += [
                (self.step + late if self.begun else -1, self.step, new) for late, new in self.synapses.announce(change)
            ]
            return
        if self.live and change.index in self.cells:
            self.cells[change.index].check(change)
        self.changes.append(change)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Hand spikes to generators, note currents."""
        for given in spikes:
            self.sources.give(given, self.step if self.begun else -1)
        self.expect(spikes)
        for number, current in currents.items():
            self.currents.feed(number, current, self.step)

    def expect(self, spikes: Iterable[SpikeInput]) -> None:
        """Note spikes that may modulate synapses."""
        self.waiting += [(step, m.since, m) for step, m in modulations(self.network, spikes, self.synapses.late)]

    def plan(self, new: NewValues, since: int) -> None:
        """Set values when NEST has sent what reached the synapses before."""
        parts = self.synapses.late(new.projection)
        self.waiting += [(since + late, since, some) for late, some in new.divided(parts)]

    def record(self, request: RecordingRequest) -> None:
        """Connect a multimeter, and take the sample of the present grid point."""
        with self.synapses.sorted_anew():
            self._measure(request)

    def run(self, until: int, progress: Progress) -> None:
        """Simulate from change to change, in parts, so that progress can be reported."""
        if not self.begun:
            self._begin()
        self.currents.plan(self.step, until, self.synapses)
        part = max(1, self.trial.steps // 20) if self.trial.steps else PART
        for meter in self.meters:
            meter.reserve(until)
        while self.step < until:
            self._carry_out()
            stops = [until, *self.currents.stops, *(step for step, *_ in self.waiting), *(m.late for m in self.meters)]
            stops.append(max(self.step + 1, self._full()))
            stop = min(step for step in stops if step > self.step)
            with self.nest.RunManager():
                while self.step < stop:
                    steps = min(part, stop - self.step)
                    self.nest.Run(steps * self.network.dt)
                    self.step += steps
                    progress(self.step)
            for meter in self.meters:
                if meter.late == self.step:
                    meter.take(self.step)
            if self.step >= self._full():
                self._fetch()

    def _full(self) -> int:
        """Grid point at which NEST is expected to hold as much as it may."""
        spikes = EXPECTED * self.network.dt * self.network.neurons
        return self.fetched + int(HELD / max(1.0, spikes + sum(meter.rate for meter in self.meters)))

    def _fetch(self) -> None:
        """Take over what NEST has recorded, which it lets go between two runs only."""
        self.recorder.fetch()
        for meter in self.meters:
            meter.fetch()
        self.fetched = self.step

    def _carry_out(self) -> None:
        """Set what was noted and is due: parameters, then states, the current that is held, weights."""
        changes, self.changes = self.changes, []
        for index in self.cells:
            mine = [c for c in changes if c.index == index and c.kind != "synapse"]
            self._change_parameters(index, [c for c in mine if c.kind == "parameter"])
            for change in mine:
                if change.kind == "state":
                    self._change_state(change)
        if self.live:
            self._hold()
        self._set_due()

    def _set_due(self) -> None:
        """Set values of synapses for which it is time."""
        now = self.step if self.begun else -1
        due = in_order((since, new) for step, since, new in self.waiting if step <= now)
        self.waiting = [entry for entry in self.waiting if entry[0] > now]
        written: list[tuple[int, NewValues]] = []
        for since, new in due:
            if isinstance(new, Modulation):
                self.synapses.write(written)
                written = []
                self._modulate(new)
            else:
                written.append((since + OFFSET, new))
        self.synapses.write(written)

    def _modulate(self, new: Modulation) -> None:
        """Carry out a spike of a modulating cell, when NEST has sent what comes before it."""
        index, until = new.projection, new.since + OFFSET
        store, size = self.stores[index], self.network.projections[index].size
        store.set(NewValues(index, {}, new.synapses), until)  # what spikes of the target have done by then
        values = new.applied(store.model.program, store.kept(index), self.synapse_values.begun[index], size)
        store.set(NewValues(index, values, new.synapses), until)

    def _change_parameters(self, index: int, changes: Sequence[Change]) -> None:
        """Set parameters of the cells concerned, all of them together since some of NEST's depend on several."""
        size = self.network.populations[index].size
        concerned = np.zeros(size, bool)
        values = self.parameters[index]
        for change in changes:
            full = np.array(np.broadcast_to(values[change.name], size))
            where = slice(None) if change.cells is None else change.cells
            full[where] = change.values
            concerned[where] = True
            values[change.name] = full
        if concerned.any():
            nodes, values = self._some(index, None if concerned.all() else np.flatnonzero(concerned))
            assign(nodes, self.cells[index].changed(values))
            if index in self.held:
                self.held[index][concerned] = np.nan  # some cells hold a current by what was set here

    def _change_state(self, change: Change) -> None:
        nodes, parameters = self._some(change.index, change.cells)
        assign(nodes, self.cells[change.index].state(change.name, change.values, parameters))

    def _hold(self) -> None:
        """Set the current that is held, where it is not as it was."""
        for index, total in self.currents.held(self.step).items():
            other = np.flatnonzero(total != self.held.get(index, 0.0))
            self.held[index] = total
            if other.size:
                nodes, parameters = self._some(index, other)
                assign(nodes, self.cells[index].holding(parameters, total[other]))

    def _some(self, index: int, cells: NDArray[Any] | None) -> tuple[Any, dict[str, NDArray[Any]]]:
        """Nodes and parameters of some cells of a population, of all where ``cells`` is None."""
        nodes, parameters = self.nodes[index], self.parameters[index]
        if cells is None:
            return nodes, parameters
        return nodes[cells.tolist()], {n: v[cells] if v.ndim else v for n, v in parameters.items()}

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """The states that NEST shows."""
        shown = {name: self.cells[population].shown(name) for name in names}
        theirs = {name: pair for name, pair in shown.items() if pair is not None}
        if not theirs:
            return {}
        found = self.nodes[population].get([native for native, _ in theirs.values()])
        return {name: np.atleast_1d(found[native]) * unit for name, (native, unit) in theirs.items()}

    def read(self) -> TrialRecording:
        """Spikes and samples."""
        if self.meters and not self.live:
            # A multimeter hands its samples over one communication interval later. Nothing comes after.
            self.waiting = [entry for entry in self.waiting if self._is_past(entry[2])]
            self._set_due()
            for store in self.stores.values():
                store.stop_after(self.step + OFFSET)
            self.nest.Simulate(2 * self.nest.min_delay)
            self.passed = self.step
        spikes = self.recorder.read(self.step)
        self.fetched = self.step
        return TrialRecording(self.step, spikes, tuple(meter.read(self.step, self.live) for meter in self.meters))

    def hear(self, spikes: Mapping[int, Spikes]) -> None:
        """Take note of spikes up to the present grid point."""
        self.reader.hear(spikes)

    def synapse_states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """Present values of the states of synapses."""
        if self.network.projections[projection].model.is_static or projection not in self.stores:
            return {}
        mine = [entry for entry in self.waiting if entry[2].projection == projection and self._is_past(entry[2])]
        changes = in_order((since, new) for _, since, new in mine)
        kept = Kept(self.stores[projection].kept(projection), self._passed(projection), changes)
        return self.reader.states(projection, kept, self.step)

    def _is_past(self, new: NewValues | Modulation) -> bool:
        return not isinstance(new, Modulation) or new.step <= self.step

    def _passed(self, index: int) -> Any:
        """Grid point up to which spikes of the sources have passed the synapses, shape () or (synapses,)."""
        projection = self.network.projections[index]
        if not self.begun or self.passed == self.step:
            return self.passed
        if self.network.populations[projection.pre_population].is_source:
            return self.step
        # When a slice of steps begins, NEST sends the spikes up to then.
        steps = round(self.nest.min_delay / self.network.dt)
        return (self.step + OFFSET - 1) // steps * steps - OFFSET + (projection.dendritic == 0)

    def close(self) -> None:
        """Leave an empty kernel."""
        self.nest.ResetKernel()


def shared_numerics(settings: Settings) -> str:
    """The numerics of generated models: a model that NEST does not have has no native ones."""
    return "matched" if settings.numerics == "native" else settings.numerics


def _quiet(nest: Any) -> None:
    """Errors only; the name of the setting depends on NEST's version."""
    if hasattr(nest, "VerbosityLevel"):
        nest.verbosity = nest.VerbosityLevel.ERROR
    else:
        nest.set_verbosity("M_ERROR")
