"""Spikes of a group and samples of a population, taken at the end of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Signal, Spikes
from unisono.models.network import RecordingRequest


class SpikeRecorder:
    """Spikes of a group.

    Parameters
    ----------
    spikespace : int32 array
        The cells that spiked in this step; the last entry is their number.
    populations : sequence of int
    first : int array, shape (populations + 1,)
        Where each population begins in the group, and where the last one ends.
    """

    def __init__(self, spikespace: NDArray[np.int32], populations: Sequence[int], first: NDArray[np.int64]) -> None:
        self._spikespace, self._populations, self._first = spikespace, tuple(populations), first
        self._cells: list[NDArray[np.int32]] = []
        self._steps: list[int] = []

    def record(self, step: int) -> None:
        """Note the spikes of the step that ended at a grid point."""
        if count := self._spikespace.item(-1):
            self._cells.append(self._spikespace[:count].copy())
            self._steps.append(step)

    def read(self) -> dict[int, Spikes]:
        """The spikes since the last call, by population."""
        cells = np.concatenate([np.empty(0, np.int32), *self._cells])
        steps = np.repeat(np.array(self._steps, np.int64), [c.size for c in self._cells])
        self._cells, self._steps = [], []
        owner = np.searchsorted(self._first, cells, "right") - 1
        found = {}
        for number, index in enumerate(self._populations):
            here = owner == number
            found[index] = Spikes.sorted(cells[here] - self._first[number], steps[here])
        return found


class Sampler:
    """Samples of a variable.

    Parameters
    ----------
    request : RecordingRequest
    unit : str
    state : float array, shape (cells of the population,)
        The variable's values, which the simulation changes in place.
    begin, until : int
        Grid points from which on it is sampled, and up to which room is made at once.
    """

    def __init__(self, request: RecordingRequest, unit: str, state: NDArray[Any], begin: int, until: int) -> None:
        self.interval = request.interval
        self._request, self._unit, self._state = request, unit, state
        self._cells = request.cells.astype(np.intp)
        self._values = np.empty((0, self._cells.size), state.dtype)
        self._rows = 0
        self.reserve(begin - 1, until)
        if begin % self.interval == 0:
            self.take()

    def reserve(self, step: int, until: int) -> None:
        """Make room for the samples of the grid points after ``step`` up to ``until``."""
        needed = self._rows + until // self.interval - step // self.interval
        if needed > len(self._values):
            larger = np.empty((max(needed, 2 * self._rows), self._cells.size), self._state.dtype)
            larger[: self._rows] = self._values[: self._rows]
            self._values = larger

    def take(self) -> None:
        """Sample now."""
        np.take(self._state, self._cells, out=self._values[self._rows])
        self._rows += 1

    def read(self) -> Signal:
        """The samples since the last call, in double precision whatever they were computed in."""
        values = self._values[: self._rows].astype(np.float64, copy=False)
        self._values, self._rows = np.empty((0, self._cells.size), self._state.dtype), 0
        r = self._request
        return Signal(r.population, r.variable, self._unit, r.cells, r.interval, values)
