"""Cells and synapses in NEURON: point processes in one section, events that stand for many synapses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl import CellMechanism
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.codegen.substeps import refuse_other_step
from unisono.adapters.codegen.synapse_step import SynapseProgram
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Change, Network, Projection

Floats = NDArray[np.float64]


class Cells:
    """The point processes of one population and their parameters."""

    def __init__(self, network: Network, index: int, mechanism: CellMechanism) -> None:
        population = network.populations[index]
        self.model, self.mechanism, self.size, self.dt = mechanism.model, mechanism, population.size, network.dt
        self.label, self.initial = population.label, population.initial
        self.parameters: dict[str, Floats] = dict(population.parameters)
        self.processes: list[Any] = []
        #: Vectors that synapses use: the sums of what arrives, cell by cell, and the spikes of the cells.
        self.inboxes: Any = None
        self.history: Any = None
        #: What the mechanism has been given, and whether parameters have changed since.
        self.constants: dict[str, Floats] = {}
        self.stale = True

    def create(self, h: Any, segment: Any, remembered: bool) -> None:
        """Make the point processes, whose spikes are ``remembered`` where these change synapses."""
        make = getattr(h, self.mechanism.name)
        self.processes = [make(segment) for _ in range(self.size)]
        inputs = len(self.model.arrivals)
        self.inboxes = h.Vector(self.size * inputs)
        if remembered:
            self.history = h.Vector(self.size)
            integers(self.history)[0::2] = np.arange(self.size)
        for cell, process in enumerate(self.processes):
            lent = (self.history, cell) if remembered else ()
            process.borrow(self.inboxes, cell * inputs, *lent)
        self.settle()

    def set(self, name: str, values: Any, cells: NDArray[Any] | None = None) -> None:
        """Set a variable of the mechanism in all cells or in those given."""
        processes = self.processes if cells is None else [self.processes[c] for c in cells.tolist()]
        for process, value in zip(processes, np.broadcast_to(values, len(processes)).tolist(), strict=True):
            setattr(process, name, value)

    def settle(self) -> None:
        """Bring parameters that have changed to the cells concerned."""
        if not self.stale:
            return
        for name, values in self.mechanism.constants(self.parameters, self.dt).items():
            before = self.constants.get(name)
            if before is None:
                self.set(name, values)
            elif (changed := np.flatnonzero(np.broadcast_to(values != before, self.size))).size:
                self.set(name, np.broadcast_to(values, self.size)[changed], changed)
            self.constants[name] = values
        self.stale = False

    def begin(self) -> None:
        """Set the initial values; to be called after finitialize()."""
        for state, values in self.initial.items():
            self.set(member(state), values)

    def write(self, change: Change) -> None:
        """Set a state, or keep new values of a parameter until :meth:`settle` brings them to the cells.

        Raises
        ------
        UnsupportedFeature
            If the steps would have to be others: a run that knows of the change takes those from its beginning.
        """
        values = change.among(self.parameters, self.size)
        refuse_other_step(self.mechanism.program, change, values, self.dt, self.label)
        if change.kind == "state":
            for name in self.mechanism.copies(change.name):
                self.set(name, change.values, change.cells)
            return
        self.parameters = values
        self.stale = True


class Synapses:
    """The synapses of a projection: sorted by source and delay, one NetCon for each such group.

    Parameters
    ----------
    h, parallel : hoc interpreter and its ParallelContext
    dispatcher : artificial cell
        Made of :func:`~unisono.adapters.codegen.printers.nmodl_events.synapse_dispatcher`.
    program : SynapseProgram
    values : mapping of str to float64 array, shape () or (synapses,)
        Those of the program.
    network : Network
    projection : Projection
    cells : Cells
        The target.
    first : int
        NEURON's number of the first source cell.
    fixed : bool
        Whether no value will be set again or read.
    """

    def __init__(
        self,
        h: Any,
        parallel: Any,
        dispatcher: Any,
        program: SynapseProgram,
        values: Mapping[str, Floats],
        network: Network,
        projection: Projection,
        cells: Cells,
        first: int,
        fixed: bool,
    ) -> None:
        self.h, self.size, self.dispatcher, self.program = h, projection.size, dispatcher, program
        delay = np.broadcast_to(projection.delay, self.size)
        key = projection.pre.astype(np.int64) << 32 | delay
        order = np.argsort(key, kind="stable") if (np.diff(key) < 0).any() else None

        def arranged(values: NDArray[Any]) -> NDArray[Any]:
            return values if order is None or not values.ndim else values[order]

        key = arranged(key)
        #: Where each synapse of the projection lies; None where it is the same, or not needed again.
        self.places: NDArray[np.uint32] | None = None
        if not fixed and order is not None:
            self.places = np.empty(self.size, np.uint32)
            self.places[order] = np.arange(self.size)
        self.targets = h.Vector((self.size + 1) // 2)
        targets = integers(self.targets)[: self.size]
        targets[:] = arranged(projection.post)
        lent = []
        if program.at_target:
            self.cursors = h.Vector(self.size)
            cursors = integers(self.cursors)
            cursors[0::2], cursors[1::2] = targets, arranged(projection.dendritic)
            lent = [self.cursors, cells.history]
        targets *= len(cells.model.arrivals)
        targets += cells.model.inputs[projection.receptor]
        self.values: dict[str, Any] = {}
        for name, given in values.items():
            self.values[name] = h.Vector(self.size if given.ndim or name in program.changing else 1)
            self.values[name].as_numpy()[:] = arranged(given)
        dispatcher.borrow(self.targets, *self.values.values(), cells.inboxes, *lent)
        self.connections = _connected(parallel, dispatcher, key, first, network.dt)

    def write(self, new: NewValues, step: int) -> None:
        """Set values at a grid point, for what arrives from here on."""
        where = self._places(new.where)
        self._catch_up(step, None if new.synapses is None else where)
        for name, given in new.values.items():
            vector = self.values[name]
            if len(vector) < self.size and (given.ndim or new.synapses is not None):
                shared = vector[0]
                vector.resize(self.size).fill(shared)
            vector.as_numpy()[where if len(vector) == self.size else slice(None)] = new.chosen(given)

    def read(self, step: int) -> dict[str, Floats]:
        """Copies of all values at a grid point, in the order of the projection."""
        self._catch_up(step)
        where, arrays = self._places(slice(None)), {name: vector.as_numpy() for name, vector in self.values.items()}
        return {n: np.array(array[where] if array.size == self.size else array[0]) for n, array in arrays.items()}

    def _places(self, synapses: Any) -> Any:
        """Where synapses of the projection lie."""
        return synapses if self.places is None else self.places[synapses]

    def _catch_up(self, step: int, places: NDArray[Any] | None = None) -> None:
        """Have all synapses, or some, act on the spikes of the target that come before what arrives after ``step``."""
        if self.program.at_target:
            chosen = [] if places is None else [self.h.Vector(places.astype(np.float64))]
            self.dispatcher.catch_up(step, *chosen)


def integers(vector: Any) -> NDArray[np.uint32]:
    """The 32-bit integers that lie in a Vector, two in the place of a double."""
    return np.asarray(vector.as_numpy()).view(np.uint32)


def _connected(parallel: Any, dispatcher: Any, key: NDArray[np.int64], first: int, dt: float) -> list[Any]:
    """One NetCon for each source and delay; ``key`` holds both of each synapse, sorted."""
    begins = np.flatnonzero(np.r_[True, np.diff(key) != 0]) if key.size else np.empty(0, np.int64)
    gids = (key[begins] >> 32) + first
    # A cell announces its spike one step late. The quarter has the event delivered at the beginning of its
    # step and never at the end of the one before, with room on both sides for the rounding of NEURON's clock.
    delays = ((key[begins] & 0xFFFFFFFF) - 0.75) * dt
    bounds = np.append(begins, key.size).tolist()
    connect, connections = parallel.gid_connect, []
    for number, (gid, delay) in enumerate(zip(gids.tolist(), delays.tolist(), strict=True)):
        connection = connect(gid, dispatcher)
        connection.delay = delay
        connection.weight[0] = bounds[number]
        connection.weight[1] = bounds[number + 1]
        connections.append(connection)
    return connections
