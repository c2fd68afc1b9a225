"""Cells and synapses in NEURON: point processes in one section, events that stand for many synapses."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl import CellMechanism
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.codegen.substeps import refuse_other_step
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
        #: What the mechanism has been given, and whether parameters have changed since.
        self.constants: dict[str, Floats] = {}
        self.stale = True

    def create(self, h: Any, segment: Any) -> Any:
        """Make the point processes; returns the Vector of their inboxes, cell by cell."""
        make = getattr(h, self.mechanism.name)
        self.processes = [make(segment) for _ in range(self.size)]
        inputs = len(self.model.arrivals)
        inboxes = h.Vector(self.size * inputs)
        for cell, process in enumerate(self.processes):
            process.borrow(inboxes, cell * inputs)
        self.settle()
        return inboxes

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
    values : mapping of str to float64 array, shape () or (synapses,)
        What it borrows, in this order.
    network : Network
    projection : Projection
    inboxes : hoc Vector
        Of the target cells.
    first : int
        NEURON's number of the first source cell.
    common : collection of str
        The values that all synapses share.
    fixed : bool
        Whether no value will be set again.
    """

    def __init__(
        self,
        h: Any,
        parallel: Any,
        dispatcher: Any,
        values: Mapping[str, Floats],
        network: Network,
        projection: Projection,
        inboxes: Any,
        first: int,
        common: Collection[str],
        fixed: bool,
    ) -> None:
        delay = np.broadcast_to(projection.delay, projection.size)
        key = projection.pre.astype(np.int64) << 32 | delay
        order = None
        if projection.size and (np.diff(key) < 0).any():
            order = np.argsort(key, kind="stable")
            key = key[order]
        model = network.populations[projection.post_population].model
        self.targets = h.Vector((projection.size + 1) // 2)
        self.values = {name: h.Vector(1 if name in common else projection.size) for name in values}
        flat = self.targets.as_numpy().view(np.uint32)[: projection.size]
        flat[:] = projection.post if order is None else projection.post[order]
        flat *= len(model.arrivals)
        flat += model.inputs[projection.receptor]
        for name, given in values.items():
            self.values[name].as_numpy()[:] = given if order is None or not given.ndim else given[order]
        #: Where each synapse of the projection lies; None where it is the same, or not needed again.
        self.places = None if fixed or order is None else np.argsort(order)
        self.dispatcher = dispatcher
        dispatcher.borrow(self.targets, *self.values.values(), inboxes)
        self.connections = _connected(parallel, dispatcher, key, first, network.dt)

    def write(self, new: NewValues) -> None:
        """Set values, for what arrives from here on."""
        where = new.where if self.places is None else self.places[new.where]
        for name, given in new.values.items():
            self.values[name].as_numpy()[where] = new.chosen(given)


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
