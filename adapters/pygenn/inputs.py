"""Spikes and currents from outside, as GeNN takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import CurrentInput, SpikeInput

#: Later than any step.
NEVER = 2**62


@dataclass(frozen=True)
class Trains:
    """The spikes of a source population, all those of a cell behind each other.

    Attributes
    ----------
    steps : uint32 array, shape (spikes,)
        Grid points, sorted for each cell; one that fires several times in a step is listed as often.
    bounds : uint32 array, shape (cells + 1,)
        Where the spikes of each cell begin.
    """

    steps: NDArray[np.uint32]
    bounds: NDArray[np.uint32]

    @staticmethod
    def of(size: int, inputs: Sequence[SpikeInput], last: int = NEVER) -> Trains:
        """The spikes of a population of ``size`` cells up to the step ``last``."""
        counts = [np.broadcast_to(i.counts, i.cells.shape) for i in inputs]
        none = np.empty(0, np.int64)
        cells = np.concatenate([none, *(np.repeat(i.cells, n) for i, n in zip(inputs, counts, strict=True))])
        steps = np.concatenate([none, *(np.repeat(i.steps, n) for i, n in zip(inputs, counts, strict=True))])
        kept = steps <= last
        return Trains._sorted(size, cells[kept], steps[kept])

    @staticmethod
    def _sorted(size: int, cells: NDArray[Any], steps: NDArray[Any]) -> Trains:
        order = np.lexsort((steps, cells))
        bounds = np.searchsorted(cells[order], np.arange(size + 1)).astype(np.uint32)
        return Trains(steps[order].astype(np.uint32), bounds)

    @property
    def cells(self) -> NDArray[np.intp]:
        """The cell of each spike."""
        return np.repeat(np.arange(self.bounds.size - 1), np.diff(self.bounds))

    @property
    def most(self) -> int:
        """The largest number of spikes of a cell in a step."""
        begins = np.flatnonzero(np.r_[True, (np.diff(self.cells) != 0) | (np.diff(self.steps) != 0)])
        return int(np.diff(np.r_[begins, self.steps.size]).max(initial=0))

    @property
    def first(self) -> NDArray[np.uint32]:
        """Spikes of each cell at grid point 0, which come first."""
        return np.bincount(self.cells[self.steps == 0], minlength=self.bounds.size - 1).astype(np.uint32)

    def joined(self, inputs: Sequence[SpikeInput], after: int) -> Trains:
        """What is left of them after a step, and further spikes."""
        more, left = Trains.of(self.bounds.size - 1, inputs), self.steps > after
        cells = np.concatenate([self.cells[left], more.cells])
        return Trains._sorted(self.bounds.size - 1, cells, np.concatenate([self.steps[left], more.steps]))


class Currents:
    """The sum of all currents into each cell of a population; each injection has a number.

    Attributes
    ----------
    next_change : int
        The step at which a sum changes next.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._numbers = np.empty(0, np.intp)
        self._cells_of: dict[int, NDArray[Any]] = {}
        self._amplitudes = np.empty(0)
        self._cells = self._input_of_cell = np.empty(0, np.intp)
        self._steps = self._changed = np.empty(0, np.intp)
        self._values = np.empty(0)
        self._look_ahead(0)

    def feed(self, inputs: Mapping[int, CurrentInput]) -> None:
        """Add changes of amplitudes, by the number of the injection."""
        if not inputs:
            return
        self._number({number: c.cells for number, c in inputs.items() if number not in self._cells_of})
        ahead = slice(self._done, None)
        steps = np.concatenate([self._steps[ahead], *(c.steps for c in inputs.values())])
        numbers = np.repeat(np.array([*inputs], np.intp), [c.steps.size for c in inputs.values()])
        order = np.argsort(steps, kind="stable")
        self._steps = steps[order]
        self._changed = np.concatenate([self._changed[ahead], np.searchsorted(self._numbers, numbers)])[order]
        self._values = np.concatenate([self._values[ahead], *(c.amplitudes for c in inputs.values())])[order]
        self._look_ahead(0)

    def _number(self, cells: Mapping[int, NDArray[Any]]) -> None:
        """Give further injections their places: sums are taken in the order of the numbers."""
        if not cells:
            return
        self._cells_of |= cells
        numbers = np.array(sorted(self._cells_of), np.intp)
        places = np.searchsorted(numbers, self._numbers)
        amplitudes = np.zeros(numbers.size)
        amplitudes[places] = self._amplitudes
        self._numbers, self._amplitudes, self._changed = numbers, amplitudes, places[self._changed]
        ordered = [self._cells_of[number] for number in numbers.tolist()]
        self._cells = np.concatenate(ordered).astype(np.intp)
        self._input_of_cell = np.repeat(np.arange(numbers.size), [c.size for c in ordered])

    def _look_ahead(self, done: int) -> None:
        self._done = done
        self.next_change = int(self._steps[done]) if done < self._steps.size else NEVER

    def changes(self, until: int) -> NDArray[np.intp]:
        """Steps before ``until`` at which a sum will change."""
        return np.unique(self._steps[self._done : np.searchsorted(self._steps, until)])

    def at(self, step: int) -> NDArray[np.float64]:
        """The sums from a step on, shape (cells,), nA."""
        end = int(np.searchsorted(self._steps, step, side="right"))
        due = slice(self._done, end)
        self._amplitudes[self._changed[due]] = self._values[due]
        self._look_ahead(end)
        weights = self._amplitudes[self._input_of_cell]
        return np.asarray(np.bincount(self._cells, weights, minlength=self._size), np.float64)
