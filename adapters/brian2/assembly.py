"""A Network as Brian2 objects: as few as there are models, whatever the number of populations and projections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import brian2
import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.cells import Cells, Group, kinds
from unisono.adapters.brian2.compiler import Library, called, compiles, held
from unisono.adapters.brian2.connections import Connections
from unisono.adapters.brian2.inputs import Sources
from unisono.adapters.brian2.target import IN_TURN, CppCode, in_turn
from unisono.adapters.codegen.printers.brian2_targets import NOTING
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.simulation import Compiled
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Change, CurrentInput, Network, Projection, SpikeInput

#: Input is added before the threshold is tested at the same grid point.
SCHEDULE = ["start", "groups", "synapses", "arrivals", "thresholds", "resets", "end"]


class Assembly:
    """All Brian2 objects of a trial; their code can be generated before :meth:`fill` makes the synapses.

    Parameters
    ----------
    network : Network
    settings : Settings
    values : SynapseValues
        Those in force when the trial begins.
    live : bool
        Whether changes may come that the network does not hold.
    """

    def __init__(self, network: Network, settings: Settings, values: SynapseValues, live: bool) -> None:
        self.clock = brian2.Clock(network.dt * 1e-3 * brian2.second, name="network_clock")
        self.groups = [
            Group(network, kind, members, self.clock, number)
            for number, (kind, members) in enumerate(kinds(network, settings))
        ]
        self.cells: dict[int, Cells] = {i: cells for group in self.groups for i, cells in group.populations.items()}
        self._owner = {index: group for group in self.groups for index in group.populations}
        sizes = {index: p.size for index, p in enumerate(network.populations) if p.is_source}
        self._values, self._compiles = values, compiles(settings)
        self.sources = Sources(sizes, self.clock) if sizes else None
        self._connections: dict[int, Connections] = {}
        self._connect(network, values, live)
        sources = [] if self.sources is None else [self.sources]
        synapses = {c.synapses.name: c.synapses for c in self._connections.values()}
        self._histories = list(dict.fromkeys(c.target.history for c in self._connections.values() if c.catches_up))
        self._network = brian2.Network(*sources, *(group.group for group in self.groups), *synapses.values())
        self._network.schedule = SCHEDULE
        self._generated: set[str] = set()

    def _connect(self, network: Network, values: SynapseValues, live: bool) -> None:
        """One object for all projections between the same groups, to the same receptor, of the same synapse model."""
        bundles: dict[Any, list[int]] = {}
        for index, p in enumerate(network.projections):
            if p.size:
                key = (self._source(p), self._owner[p.post_population], p.receptor, p.synapse, p.definition)
                bundles.setdefault(key, []).append(index)
        for number, ((source, target, *_), members) in enumerate(bundles.items()):
            made = Connections(network, members, values, source, target, self.clock, number, live)
            self._connections |= dict.fromkeys(members, made)

    def _source(self, projection: Projection) -> Group | Sources | None:
        return self._owner.get(projection.pre_population, self.sources)

    def _generate(self) -> Iterator[Any]:
        """Brian2's objects in the order of a step, each as soon as its code is generated, which is done once."""
        for part in self._network.sorted_objects:
            if part.name not in self._generated:
                part.before_run({})
                self._generated.add(part.name)
            yield part

    def _texts(self) -> Iterator[str]:
        """All code that is compiled; the cells', which is the longest, comes first."""
        own = {c.synapses.pre.name: c.text for c in self._connections.values() if c.text}
        for part in self._generate():
            if part.name not in own:
                yield from (code.text for code in map(held, part.code_objects) if isinstance(code, CppCode))
        yield from (*own.values(), IN_TURN, *([NOTING] if self._histories else []))

    def prepare(self, library: Library, compiled: Compiled) -> None:
        """Compile all code that has not been compiled yet."""
        library.prepare(self._texts(), compiled)

    def fill(self) -> None:
        """Make the synapses."""
        for connections in set(self._connections.values()):
            connections.fill()

    def code(self, library: Library) -> list[Callable[[], Any]]:
        """What has to be called in each step, in order; NumPy code is generated here, since it keeps the arrays."""
        # The parts of a step are one code, so that it does not depend on their number.
        repeated = {group.group.state_updater.name: group.substeps for group in self.groups}
        every = list(dict.fromkeys(self._connections.values()))
        catching_up = {c.synapses.pre.name: c for c in every if c.catches_up}
        calls: list[Callable[[], Any]] = []
        for part in self._generate():
            here: list[Callable[[], Any]] = []
            connections = catching_up.get(part.name)
            for code in map(held, part.code_objects):
                if not code.name.endswith("_push_spikes"):
                    if connections is None:
                        here.append(called(code, library))
                    elif connections.text:
                        here.append(connections.receive)
                    else:
                        here += [connections.catch_up, called(code, library)]
                elif part.source is not self.sources:  # sources push their spikes themselves
                    here.append(part.push_spikes)  # the code object is text that calls this
            calls += here * repeated.get(part.name, 1)
        for connections in every:
            connections.start(library)
        for history in self._histories:
            calls.append(history.compiled(library(NOTING)) if self._compiles else history.note)
        return in_turn(calls, library)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        if self.sources is not None:
            for given in spikes:
                self.sources.feed(given)
        for number, current in currents.items():
            if (group := self._owner.get(current.population)) is not None:
                group.currents.feed(number, current, group.place(current.population))

    def write(self, change: Change) -> None:
        """Carry out a change of cells; those of sources concern nothing here."""
        if change.index in self.cells:
            self.cells[change.index].write(change)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses; a projection without any concerns nothing here."""
        if new.projection in self._connections:
            self._connections[new.projection].write(new)

    def kept(self, index: int) -> dict[str, NDArray[np.float64]]:
        """Copies of what is kept for the synapses of a projection, shape () or (synapses,)."""
        names = self._values.program(index).values
        if index not in self._connections:
            return dict.fromkeys(names, np.empty(0))
        return self._connections[index].kept(index, names)

    def plan(self, first: int, last: int) -> list[Callable[[int], None]]:
        """Be ready for the steps between two grid points; returns what has to be called before each of them."""
        for cells in self.cells.values():
            cells.refresh()
        calls: list[Callable[[int], None]] = [history.make_room for history in self._histories]
        if self.sources is not None and self.sources.plan(first, last):
            calls.append(self.sources.fire)
        calls += [group.currents.inject for group in self.groups if group.currents.plan(first, last)]
        return calls
