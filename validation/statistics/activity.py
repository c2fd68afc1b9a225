"""Spikes of one population after the transient, in the forms that statistics need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Spikes

#: Cut at the beginning, ms, where the run is long enough.
TRANSIENT = 500.0

#: Width of a bin for correlation and synchrony, ms.
BIN = 5.0

#: Cells for which the costly statistics are computed, and the seed that draws them.
SUBSET, SUBSET_SEED = 200, 20070401


@dataclass(frozen=True, eq=False)
class Activity:
    """Spikes of one population after the transient.

    A spike at step ``s`` ends the step that began at ``s - 1``, so those of ``start < s <= stop`` count.
    """

    spikes: Spikes
    size: int
    start: int
    stop: int
    dt: float

    @property
    def seconds(self) -> float:
        """Duration that is left."""
        return (self.stop - self.start) * self.dt / 1000.0

    @cached_property
    def by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Spike steps, sorted by cell, and where each cell's begin (one entry more than there are cells)."""
        first, last = np.searchsorted(self.spikes.steps, [self.start, self.stop], side="right")
        cells, steps = self.spikes.cells[first:last], self.spikes.steps[first:last]
        # Steps are sorted: a stable sort by cell is enough, and by radix where indices have 16 bits.
        order = np.argsort(cells.astype(np.uint16) if self.size <= 1 << 16 else cells, kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=self.size))])
        return steps[order], bounds.astype(np.int64)

    @property
    def is_empty(self) -> bool:
        """Whether no time is left."""
        return self.stop <= self.start

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of spikes of each cell."""
        return np.diff(self.by_cell[1])

    @cached_property
    def subset(self) -> NDArray[np.int64]:
        """Cells for the costly statistics: the same in every run."""
        if self.size <= SUBSET:
            return np.arange(self.size)
        return np.sort(np.random.RandomState(SUBSET_SEED).permutation(self.size)[:SUBSET])

    @cached_property
    def intervals(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """All inter-spike intervals in steps, sorted by cell, and where each cell's begin."""
        steps, bounds = self.by_cell
        gaps = np.diff(steps)
        inside = np.ones(gaps.size, bool)
        between = bounds[1:-1][(bounds[1:-1] > 0) & (bounds[1:-1] < steps.size)]
        inside[between - 1] = False
        return gaps[inside], np.concatenate([[0], np.cumsum(np.maximum(self.counts - 1, 0))])

    @cached_property
    def all_binned(self) -> Any:
        """Sparse matrix of spike counts of all cells in bins of :data:`BIN`."""
        return self.binned()

    def population_rate(self, width: float) -> NDArray[np.float64]:
        """Rate of the whole population in whole bins of ``width`` ms, Hz a cell, shape (bins,)."""
        per_bin = max(1, round(width / self.dt))
        bins = (self.stop - self.start) // per_bin
        at = (self.by_cell[0] - self.start - 1) // per_bin
        return np.bincount(at, minlength=bins)[:bins] / (self.size * per_bin * self.dt / 1000.0)

    def binned(self, cells: NDArray[np.int64] | None = None, width: float = BIN) -> Any:
        """Sparse matrix of spike counts, cells by whole bins of ``width`` ms."""
        from scipy.sparse import csr_matrix

        steps, _ = self.by_cell
        per_bin = max(1, round(width / self.dt))
        bins = (self.stop - self.start) // per_bin
        row = np.repeat(np.arange(self.size), self.counts)
        column = (steps - self.start - 1) // per_bin
        keep = column < bins
        shape = (self.size, bins)
        matrix = csr_matrix((np.ones(int(keep.sum()), np.int64), (row[keep], column[keep])), shape=shape)
        return matrix if cells is None else matrix[cells]


def transient_of(duration: float, transient: float = TRANSIENT) -> float:
    """The transient cut from a run, ms: at most half of it."""
    return min(transient, duration / 2)


def activity(recording: Recording, population: int, trial: int, transient: float = TRANSIENT) -> Activity:
    """A population's spikes in one trial, without the transient."""
    recorded = recording.trials[trial]
    spikes = recorded.spikes.get(population, Spikes(np.empty(0, np.uint32), np.empty(0, np.int64)))
    start = int(transient_of(recorded.steps * recording.dt, transient) / recording.dt + 1e-9)
    return Activity(spikes, recording.sizes[population], start, recorded.steps, recording.dt)
