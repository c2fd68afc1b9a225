"""Spikes of the targets that synapses have yet to see, carried out when one of the source arrives or values change.

A spike of the source acts at a synapse a dendritic delay late, when what it delivers arrives. A spike of the target
takes as long to get there; so all those that come before it are known by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.target import Bound, address_of
from unisono.adapters.codegen.synapse_decays import DecayTables
from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_step import SynapseProgram

Integers = NDArray[np.int32]


class History:
    """Spikes of a group: of each its step, and which spike of the same cell follows.

    Parameters
    ----------
    spikespace : int32 array
        The cells that spiked in this step; the last entry is their number.
    timestep : int64 array, shape (1,)
        Brian2's count of steps: the grid point at which the present step begins, or which lies between two steps.

    Attributes
    ----------
    timestep
    steps, following : int32 array
        By number of the spike; -1 for none that follows. A cell begins with one that is none, which has its number.
    addresses : uintp array, shape (2,)
        Of these arrays.
    """

    def __init__(self, spikespace: Integers, timestep: NDArray[Any]) -> None:
        self._spikespace, self.timestep = spikespace, timestep
        self._cells = cells = spikespace.size - 1
        self._count = np.array([cells])
        self._last = np.arange(cells, dtype=np.int32)
        self.steps, self.following = np.zeros(cells, np.int32), np.full(cells, -1, np.int32)
        self.addresses = np.zeros(2, np.uintp)
        self.make_room()

    def make_room(self, step: int = 0) -> None:
        """See that the spikes of a step can be kept."""
        needed = self._count.item() + self._cells
        if needed > self.steps.size:
            more = np.full(needed + 1024, -1, np.int32)
            self.steps, self.following = np.concatenate([self.steps, more]), np.concatenate([self.following, more])
            self.addresses[:] = [array.ctypes.data for array in (self.steps, self.following)]

    def note(self) -> None:
        """Note the spikes at the end of the present step."""
        begin, size = self._count.item(), self._spikespace.item(-1)
        cells, new = self._spikespace[:size], np.arange(begin, begin + size, dtype=np.int32)
        self.steps[new] = self.timestep + 1
        self.following[self._last[cells]] = new
        self._last[cells] = new
        self._count += size

    def compiled(self, function: Callable[[Any], None]) -> Bound:
        """The same in C++.

        Parameters
        ----------
        function : callable
            Compiled from :data:`~unisono.adapters.codegen.printers.brian2_targets.NOTING`.
        """
        size = np.array([self._cells])
        arrays = [self._spikespace, size, self._count, self.timestep, self._last, self.addresses]
        return Bound.to_arrays(function, arrays)


class CatchUp:
    """Has synapses catch up with spikes of their targets.

    Parameters
    ----------
    program : SynapseProgram
    values : mapping of str to float array, shape () or (synapses,)
        What is kept for the synapses, changed in place.
    targets : int32 array, shape (synapses,)
    dendritic : int32 array, shape () or (synapses,)
        Dendritic delays, steps.
    history : History
        Of the group of the targets.
    """

    def __init__(
        self,
        program: SynapseProgram,
        values: Mapping[str, NDArray[Any]],
        targets: Integers,
        dendritic: Integers,
        history: History,
    ) -> None:
        self._program, self._values, self._dendritic, self._history = program, values, dendritic, history
        #: By synapse, the last spike of its target that it has seen.
        self._seen = targets.astype(np.int32)

    def before_arrivals(self, synapses: Integers) -> None:
        """Catch up before spikes of the source that arrive at the end of the present step."""
        self._carry_out(synapses, arriving=True)

    def before_write(self, synapses: Integers) -> None:
        """Catch up before values change that spikes of the source are read with from the present grid point on."""
        self._carry_out(synapses, arriving=False)

    def written(self) -> None:
        """Values have changed."""

    def _carry_out(self, synapses: Integers, arriving: bool) -> None:
        """In NumPy; the steps of the spikes are those of Brian2's clock when they act."""
        synapses, history, found = np.unique(synapses), self._history, []
        until = history.timestep.item() + arriving
        delay = np.broadcast_to(self._dendritic, self._seen.shape)[synapses].astype(np.int64)
        while synapses.size:
            spikes = history.following[self._seen[synapses]]
            due = (spikes >= 0) & (history.steps[spikes] <= until - 2 * delay - (delay == 0) * arriving)
            synapses, delay, spikes = synapses[due], delay[due], spikes[due]
            self._seen[synapses] = spikes
            found.append(Events(synapses.astype(np.intp), history.steps[spikes] + 2 * delay - 1))
        none = Events(np.empty(0, np.intp), np.empty(0, np.int64))
        events = Events(*map(np.concatenate, zip(*[none, *found], strict=True)))
        replay(self._program, dict(self._values), none, events, np.asarray(False))


class Arrivals(CatchUp):
    """The same in C++, on the arrays as they lie in memory now; and what then arrives acts.

    Parameters
    ----------
    program, values, targets, dendritic, history
    function : callable
        Compiled from :func:`~unisono.adapters.codegen.printers.brian2_targets.arriving`.
    arrived : float array
        What arrives at each target in the present step.
    """

    def __init__(
        self,
        program: SynapseProgram,
        values: Mapping[str, NDArray[Any]],
        targets: Integers,
        dendritic: Integers,
        history: History,
        function: Callable[[Any], None],
        arrived: NDArray[Any],
    ) -> None:
        super().__init__(program, values, targets, dendritic, history)
        self._call, self._tables = np.zeros(2, np.int64), DecayTables(program)
        self._tables.fill(values)
        arrays = [self._call, history.timestep, self._call, history.addresses, targets, dendritic, self._seen, arrived]
        arrays += [self._tables.sizes, *self._tables.arrays, *(values[name] for name in program.values)]
        self._code = Bound.to_arrays(function, arrays)

    def written(self) -> None:
        """Bring the tables up to date."""
        self._tables.fill(self._values)

    def _carry_out(self, synapses: Integers, arriving: bool) -> None:
        if size := synapses.size:
            self._code.addresses[2] = address_of(synapses)
            self._call[0], self._call[1] = size, arriving
            self._code()
