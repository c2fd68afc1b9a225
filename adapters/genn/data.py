"""What a program is filled with, and what it leaves behind; ``driver.cc`` is the other side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.adapters.codegen.printers.brian2 import WAS_ABOVE, group_values, named
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import Values
from unisono.adapters.contract.delay_groups import DelayGroup, delay_groups
from unisono.adapters.contract.recording import Signal, Spikes
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.genn.design import DELAY_TYPE, CellsDesign, ConnectionsDesign, Design, program_of, rows
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Change, CurrentInput, Network, SpikeInput

#: NumPy's names of the C++ types that Brian2GeNN declares.
TYPES = {
    "double": "f8",
    "float": "f4",
    "int32_t": "i4",
    "int64_t": "i8",
    "char": "i1",
    "uint8_t": "u1",
    "uint32_t": "u4",
}

Variables = Mapping[str, Sequence[tuple[str, str]]]


class Writer:
    """Writes the input of a program.

    Parameters
    ----------
    design : Design
    network : Network
        Of a single trial.
    settings : Settings
    values : SynapseValues
        Those in force when the trial begins.
    variables : mapping
        Names and C++ types of the values of each cell, by population.
    """

    def __init__(
        self, design: Design, network: Network, settings: Settings, values: SynapseValues, variables: Variables
    ) -> None:
        self._design = design
        self._network = network
        self._settings = settings
        self._variables = variables
        self._scalar = "f4" if design.single else "f8"
        self._programs = {c.index: program_of(network, c.index, settings) for c in design.cells}
        self._parameters = {c.index: dict(network.populations[c.index].parameters) for c in design.cells}
        self._groups = {c.name: _group(network, c) for c in design.connections}
        self._order = {c.name: _order(network, c, self._groups[c.name]) for c in design.connections}
        self._synapses = values
        #: Noted changes: of states, populations whose parameters have changed, and values of synapses.
        self._states: list[Change] = []
        self._changed: set[int] = set()
        self._set: list[NewValues] = []
        #: Changes as the program makes them: step; kind, part and array; places, all where there are none; values.
        self._made: list[tuple[int, tuple[int, int, int], NDArray[np.uint64], NDArray[Any]]] = []

    def write(self, path: Path) -> None:
        """Write all but the changes."""
        with path.open("wb") as self._file:
            self._all()

    _file: BinaryIO

    def _all(self) -> None:
        """The sections, in the order in which the program reads them."""
        self._put([self._network.trials[0].steps])
        for cells in self._design.cells:
            self._cells(cells)
        for connections in self._design.connections:
            self._connections(connections)
        for sources in self._design.sources:
            self._train([s for s in self._network.spikes if s.population == sources.index])
        self._currents()
        self._requests()

    def _put(self, values: ArrayLike, kind: str = "u8") -> None:
        """One section: the number of elements, and the elements."""
        array = np.ascontiguousarray(values, kind)
        self._file.write(np.uint64(array.size).tobytes())
        self._file.write(array.reshape(-1).view("u1").data)

    def _bytes(self, values: NDArray[Any]) -> None:
        self._put(np.ascontiguousarray(values).view("u1"), "u1")

    def _cells(self, cells: CellsDesign) -> None:
        values = self._computed(cells.index)
        initial = self._initial(cells, values)
        for name, kind in self._variables[cells.name]:
            self._put(np.broadcast_to(initial.get(name, 0), cells.size), TYPES[kind])
        if cells.shared:
            self._put(_shared(cells, values), self._scalar)

    def _computed(self, index: int) -> Values:
        """Parameters and coefficients of a population, by their names in the code."""
        model = self._network.populations[index].model
        return group_values(model, self._programs[index], self._parameters[index], self._network.dt)

    def _initial(self, cells: CellsDesign, given: Values) -> dict[str, Any]:
        """The values at grid point 0, where a cell that is above its threshold does not cross it."""
        population = self._network.populations[cells.index]
        states = {name: np.asarray(value, self._scalar) for name, value in population.initial.items()}
        values: dict[str, Any] = {**given}
        values |= {named(name): value for name, value in states.items()}
        values["not_refractory"] = 1
        if population.model.edge_triggered:
            values[WAS_ABOVE] = evaluate(population.model.condition_tree, {**population.parameters, **states})
        return values

    def _connections(self, connections: ConnectionsDesign) -> None:
        p, order = self._network.projections[connections.index], self._order[connections.name]
        self._put(rows(p.pre[order], self._design.sizes[connections.source]), "u4")
        self._put(p.post[order], "u4")
        kept = self._synapses.kept(connections.index)
        for name in connections.shared:
            self._put(kept[name], self._scalar)
        for name in connections.per_synapse:
            self._bytes(self._each(connections, kept[name]))
        if connections.longest:
            behind = np.zeros(p.size, DELAY_TYPE)
            group = self._groups[connections.name]
            behind[slice(None) if group.synapses is None else group.synapses] = group.behind
            self._bytes(behind[order])
        if connections.catch_up:
            self._bytes(np.zeros(order.size, np.uint32))

    def _each(self, connections: ConnectionsDesign, values: NDArray[np.float64]) -> NDArray[Any]:
        """A value of each synapse, in their order in memory."""
        size, order = self._network.projections[connections.index].size, self._order[connections.name]
        return np.broadcast_to(values, size)[order].astype(self._scalar)

    def _train(self, inputs: Sequence[SpikeInput]) -> None:
        """Where the spikes of each step begin, and their cells; a cell is listed as often as it fires."""
        steps = np.concatenate([np.empty(0, np.int64), *(s.steps for s in inputs)])
        cells = np.concatenate([np.empty(0, np.uint32), *(s.cells for s in inputs)])
        counts = np.concatenate([np.empty(0, np.int64), *(np.broadcast_to(s.counts, s.cells.shape) for s in inputs)])
        order = np.argsort(steps, kind="stable")
        steps, cells = np.repeat(steps[order], counts[order]), np.repeat(cells[order], counts[order])
        self._put(np.searchsorted(steps, np.arange(self._network.trials[0].steps + 1)))
        self._put(cells, "u4")

    def _array(self, kind: int, part: int, array: int) -> None:
        self._put([kind, part, array])

    def _place(self, cells: CellsDesign, name: str) -> int:
        return [variable for variable, _ in self._variables[cells.name]].index(name)

    def _currents(self) -> None:
        by_cells = {
            part: [c for c in self._network.currents if c.population == cells.index]
            for part, cells in enumerate(self._design.cells)
            if named(INJECTED) in dict(self._variables[cells.name])
        }
        by_cells = {part: inputs for part, inputs in by_cells.items() if inputs}
        self._put([len(by_cells)])
        for part, inputs in by_cells.items():
            self._array(0, part, self._place(self._design.cells[part], named(INJECTED)))
            self._inputs(inputs)

    def _inputs(self, inputs: Sequence[CurrentInput]) -> None:
        self._put(np.concatenate([c.cells for c in inputs]), "u4")
        self._put(np.repeat(np.arange(len(inputs)), [c.cells.size for c in inputs]), "u4")
        self._put([len(inputs)])
        steps = np.concatenate([c.steps for c in inputs])
        order = np.argsort(steps, kind="stable")
        self._put(np.searchsorted(steps[order], np.arange(self._network.trials[0].steps + 1)))
        self._put(np.repeat(np.arange(len(inputs)), [c.steps.size for c in inputs])[order], "u4")
        self._put(np.concatenate([c.amplitudes for c in inputs])[order], "f8")

    def change(self, change: Change) -> None:
        """Note a change of cells at the grid point that :meth:`settle` names next."""
        if change.kind == "state":
            self._states.append(change)
        elif change.index in self._parameters:
            values = self._parameters[change.index]
            values[change.name] = change.applied(values[change.name], self._network.populations[change.index].size)
            self._changed.add(change.index)

    def set_synapses(self, new: NewValues) -> None:
        """Note new values of synapses at that grid point."""
        self._set.append(new)

    def settle(self, step: int) -> None:
        """Have the program make the changes that were noted, at a step."""
        none = np.empty(0, np.uint64)
        for part, cells in enumerate(self._design.cells):
            if cells.index in self._changed:
                self._made += [(step, (0, part, a), none, v) for a, v in self._values(cells)]
            self._made += [(step, *self._state(part, cells, c)) for c in self._states if c.index == cells.index]
        for new in self._set:
            for part, connections in enumerate(self._design.connections):
                if connections.index == new.projection:
                    self._made += [(step, *made) for made in self._synapses_set(part, new)]
        self._states.clear()
        self._changed.clear()
        self._set.clear()

    def finish(self, path: Path) -> None:
        """Write the changes, which end the input."""
        with path.open("ab") as self._file:
            self._changes()

    def _changes(self) -> None:
        self._put([len(self._made)])
        for step, array, places, values in self._made:
            self._put([step])
            self._array(*array)
            self._put(places)
            self._bytes(values)

    def _values(self, cells: CellsDesign) -> list[tuple[int, NDArray[Any]]]:
        """Arrays of a population that hold parameters or coefficients, and their present values."""
        values = self._computed(cells.index)
        variables = self._variables[cells.name]
        found = [
            (place, np.ascontiguousarray(np.broadcast_to(values[name], cells.size), TYPES[kind]))
            for place, (name, kind) in enumerate(variables)
            if name in values
        ]
        if cells.shared:
            found.append((len(variables), np.array(_shared(cells, values), self._scalar)))
        return found

    def _synapses_set(
        self, part: int, new: NewValues
    ) -> Iterator[tuple[tuple[int, int, int], NDArray[np.uint64], NDArray[Any]]]:
        """Array, places in it and values of what is set; without places all are."""
        connections = self._design.connections[part]
        order, names = self._order[connections.name], (*connections.shared, *connections.per_synapse)
        for name, values in new.values.items():
            array, everywhere = (1, part, names.index(name)), np.empty(0, np.uint64)
            if name in connections.shared:
                yield array, everywhere, np.array([values], self._scalar)
            elif new.synapses is None:
                yield array, everywhere, self._each(connections, values)
            else:
                places = np.flatnonzero(np.isin(order, new.synapses))
                if places.size:
                    yield array, places.astype(np.uint64), self._each(connections, values)[places]

    def _state(
        self, part: int, cells: CellsDesign, change: Change
    ) -> tuple[tuple[int, int, int], NDArray[np.uint64], NDArray[Any]]:
        places = np.arange(cells.size) if change.cells is None else change.cells
        values = np.ascontiguousarray(np.broadcast_to(change.values, places.shape), self._scalar)
        return (0, part, self._place(cells, named(change.name))), places.astype(np.uint64), values

    def _requests(self) -> None:
        requests = sampled(self._network)
        self._put([len(requests)])
        for request in requests:
            part = next(i for i, cells in enumerate(self._design.cells) if cells.index == request.population)
            self._array(0, part, self._place(self._design.cells[part], named(request.variable)))
            self._put([request.interval])
            self._put(request.cells, "u4")


def _shared(cells: CellsDesign, values: Values) -> list[float]:
    """The values that all cells share, in their order in memory."""
    return [float(values.get(name, 0.0)) for name in cells.shared]


def sampled(network: Network) -> list[Any]:
    """The requests for samples, in their order."""
    return [r for r in network.recordings if r.variable != "spikes"]


def spikes(folder: Path, part: int) -> Spikes:
    """The spikes of one population, by its place among those of cells."""
    counts = np.fromfile(folder / f"counts{part}", np.uint32)
    cells = np.fromfile(folder / f"spikes{part}", np.uint32)
    return Spikes.sorted(cells, np.repeat(np.arange(1, counts.size + 1), counts))


def final(
    folder: Path, design: Design, variables: Variables, population: int, names: Sequence[str]
) -> dict[str, NDArray[Any]]:
    """States at the end of the trial; nothing before it."""
    part, cells = next((i, cells) for i, cells in enumerate(design.cells) if cells.index == population)
    found: dict[str, NDArray[Any]] = {}
    for place, (name, kind) in enumerate(variables[cells.name]):
        path = folder / f"values{part}_{place}"
        found |= {state: np.fromfile(path, TYPES[kind]) for state in names if named(state) == name and path.exists()}
    return found


def synapses(folder: Path, network: Network, design: Design, projection: int) -> dict[str, NDArray[np.float64]]:
    """What the program left of the synapses of a projection, by name, shape () or (synapses,)."""
    found: dict[str, NDArray[np.float64]] = {}
    for part, connections in enumerate(design.connections):
        if connections.index != projection:
            continue
        order = _order(network, connections, _group(network, connections))
        for place, name in enumerate((*connections.shared, *connections.per_synapse)):
            values = np.fromfile(folder / f"synapses{part}_{place}", "f4" if design.single else "f8").astype(np.float64)
            if name in connections.shared:
                found[name] = values[0]
            else:
                found.setdefault(name, np.empty(network.projections[projection].size))[order] = values
    return found


def _group(network: Network, connections: ConnectionsDesign) -> DelayGroup:
    return delay_groups(network.projections[connections.index])[connections.place]


def _order(network: Network, connections: ConnectionsDesign, group: DelayGroup) -> NDArray[np.intp]:
    """The synapses of a group in their order in memory: by source, then by target."""
    p = network.projections[connections.index]
    order: NDArray[np.intp] = np.lexsort((group.of(p.post), group.of(p.pre)))
    return order if group.synapses is None else group.synapses[order]


def signals(folder: Path, network: Network, design: Design) -> tuple[Signal, ...]:
    """All samples, in double precision whatever they were computed in."""
    found = []
    for number, request in enumerate(sampled(network)):
        values = np.fromfile(folder / f"samples{number}", "f4" if design.single else "f8")
        values = values.reshape(-1, request.cells.size).astype(np.float64, copy=False)
        unit = network.populations[request.population].model.units[request.variable]
        found.append(Signal(request.population, request.variable, unit, request.cells, request.interval, values))
    return tuple(found)
