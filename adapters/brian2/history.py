"""Spikes of the targets that synapses have yet to see, carried out when one of the source arrives or values change.

A spike of the source acts at a synapse a dendritic delay late, when what it delivers arrives. A spike of the target
takes as long to get there; so all those that come before it are known by then.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_step import LAST_POST, SynapseProgram

Integers = NDArray[np.int32]


class History:
    """Spikes of a group: of each its step, and which spike of the same cell came before.

    Parameters
    ----------
    spikespace : int32 array
        The cells that spiked in this step; the last entry is their number.
    timestep : int array, shape (1,)
        Brian2's count of steps, which shows the grid point at which a step begins.

    Attributes
    ----------
    addresses : uintp array, shape (3,)
        Of the number of the last spike of each cell, the steps, and the numbers of the spikes before; -1 for none.
    """

    def __init__(self, spikespace: Integers, timestep: NDArray[Any]) -> None:
        self._spikespace, self._timestep = spikespace, timestep
        self.last = np.full(spikespace.size - 1, -1, np.int32)
        self.steps, self.previous = np.empty(1024, np.int32), np.empty(1024, np.int32)
        self._count = 0
        self.addresses = np.zeros(3, np.uintp)
        self._locate()

    @property
    def step(self) -> int:
        """The grid point at which the present step begins, or which lies between two steps."""
        return int(self._timestep[0])

    def note(self) -> None:
        """Note the spikes at the end of the present step."""
        size = int(self._spikespace[-1])
        if not size:
            return
        begin, end = self._count, self._count + size
        if end > self.steps.size:
            more = np.empty(max(end, self.steps.size), np.int32)
            self.steps, self.previous = np.concatenate([self.steps, more]), np.concatenate([self.previous, more])
            self._locate()
        cells = self._spikespace[:size]
        self.steps[begin:end] = self.step + 1
        self.previous[begin:end] = self.last[cells]
        self.last[cells] = np.arange(begin, end)
        self._count = end

    def _locate(self) -> None:
        self.addresses[:] = [array.ctypes.data for array in (self.last, self.steps, self.previous)]


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
        self._program, self._targets, self._dendritic, self._history = program, targets, dendritic, history
        self._values = {name: values[name] for name in program.known_at_target}

    def before_arrivals(self, synapses: Integers) -> None:
        """Catch up before spikes of the source that arrive at the end of the present step."""
        if synapses.size:
            self._carry_out(synapses, self._history.step + 1, arriving=True)

    def before_write(self, synapses: Integers) -> None:
        """Catch up before values change that spikes of the source are read with from the present grid point on."""
        self._carry_out(synapses, self._history.step, arriving=False)

    def _carry_out(self, synapses: Integers, until: int, arriving: bool) -> None:
        """In NumPy; the steps of the spikes are those of Brian2's clock when they act."""
        synapses, history = np.unique(synapses), self._history
        spikes, found = history.last[self._targets[synapses]], []
        seen = self._values[LAST_POST]
        while (some := spikes >= 0).any():
            synapses, spikes = synapses[some], spikes[some]
            delay = self._dendritic[synapses if self._dendritic.ndim else ()].astype(np.int64)
            steps = history.steps[spikes].astype(np.int64)
            now = steps + 2 * delay - 1
            new = now > seen[synapses]
            due = new & (steps <= until - 2 * delay - (delay == 0) * arriving)
            found.append(Events(synapses[due].astype(np.intp), now[due]))
            spikes = np.where(new, history.previous[spikes], -1)
        none = Events(np.empty(0, np.intp), np.empty(0, np.int64))
        events = Events(*map(np.concatenate, zip(*[none, *found], strict=True)))
        replay(self._program, self._values, none, events, np.asarray(False))


class CompiledCatchUp(CatchUp):
    """The same in C++, on the arrays as they lie in memory now.

    Parameters
    ----------
    program, values, targets, dendritic, history
    function : callable
        Compiled from :func:`~unisono.adapters.codegen.printers.brian2_targets.catching_up`.
    """

    def __init__(
        self,
        program: SynapseProgram,
        values: Mapping[str, NDArray[Any]],
        targets: Integers,
        dendritic: Integers,
        history: History,
        function: Callable[[Any], None],
    ) -> None:
        super().__init__(program, values, targets, dendritic, history)
        self._call = np.zeros(3, np.int64)
        arrays: list[NDArray[Any]] = [self._history.addresses, self._targets, self._dendritic, *self._values.values()]
        addresses = [self._call.ctypes.data, 0, *(array.ctypes.data for array in arrays)]
        self._table = np.array(addresses, np.uintp)
        self._function, self._address = function, ctypes.c_void_p(self._table.ctypes.data)

    def _carry_out(self, synapses: Integers, until: int, arriving: bool) -> None:
        self._table[1] = synapses.__array_interface__["data"][0]
        self._call[:] = synapses.size, until, arriving
        self._function(self._address)
