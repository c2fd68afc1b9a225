"""Spikes and currents from outside, as GeNN takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import CurrentInput, SpikeInput


@dataclass(frozen=True)
class Trains:
    """The spikes of a source population, all those of a cell behind each other.

    Attributes
    ----------
    steps : uint32 array, shape (spikes,)
        Grid points, sorted for each cell; one that fires several times in a step is listed as often.
    bounds : uint32 array, shape (cells + 1,)
        Where the spikes of each cell begin.
    most : int
        The largest number of spikes of a cell in a step.
    first : uint32 array, shape (cells,)
        Spikes at grid point 0, which come first.
    """

    steps: NDArray[np.uint32]
    bounds: NDArray[np.uint32]
    most: int
    first: NDArray[np.uint32]

    @staticmethod
    def of(size: int, inputs: Sequence[SpikeInput], last: int) -> Trains:
        """The spikes of a population of ``size`` cells up to the step ``last``."""
        counts = [np.broadcast_to(i.counts, i.cells.shape) for i in inputs]
        none = np.empty(0, np.int64)
        cells = np.concatenate([none, *(np.repeat(i.cells, n) for i, n in zip(inputs, counts, strict=True))])
        steps = np.concatenate([none, *(np.repeat(i.steps, n) for i, n in zip(inputs, counts, strict=True))])
        kept = steps <= last
        cells, steps = cells[kept], steps[kept]
        order = np.lexsort((steps, cells))
        cells, steps = cells[order], steps[order]
        begins = np.flatnonzero(np.r_[True, (np.diff(cells) != 0) | (np.diff(steps) != 0)]) if cells.size else none
        return Trains(
            steps=steps.astype(np.uint32),
            bounds=np.searchsorted(cells, np.arange(size + 1)).astype(np.uint32),
            most=int(np.diff(np.r_[begins, cells.size]).max(initial=0)),
            first=np.bincount(cells[steps == 0], minlength=size).astype(np.uint32),
        )


class Currents:
    """The sum of all currents into each cell of a population.

    Attributes
    ----------
    changes : list of int
        Steps at which a sum changes.
    """

    def __init__(self, inputs: Sequence[CurrentInput], size: int) -> None:
        self._size = size
        self._amplitudes = np.zeros(len(inputs))
        self._cells = np.concatenate([c.cells for c in inputs]).astype(np.intp)
        self._input_of_cell = np.repeat(np.arange(len(inputs)), [c.cells.size for c in inputs])
        times = np.concatenate([c.steps for c in inputs])
        order = np.argsort(times, kind="stable")
        self._changed = np.repeat(np.arange(len(inputs)), [c.steps.size for c in inputs])[order]
        self._values = np.concatenate([c.amplitudes for c in inputs])[order]
        changes, begins = np.unique(times[order], return_index=True)
        self.changes: list[int] = changes.tolist()
        bounds = [*begins.tolist(), times.size]
        self._spans = {step: slice(*bounds[i : i + 2]) for i, step in enumerate(self.changes)}

    def at(self, step: int) -> NDArray[np.float64]:
        """The sums from a step of :attr:`changes` on, shape (cells,), nA."""
        span = self._spans[step]
        self._amplitudes[self._changed[span]] = self._values[span]
        weights = self._amplitudes[self._input_of_cell]
        return np.asarray(np.bincount(self._cells, weights, minlength=self._size), np.float64)
