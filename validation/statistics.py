"""Statistics of a population's activity, by Elephant, each with its unit, definition and source.

The transient at the beginning is cut first. Silent cells are counted and never
dropped unseen; spike sources are input and left out. Trials are taken apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.recording import Recording, Spikes
from unisono.models.network import Network

#: Cut at the beginning, ms, where the run is long enough.
TRANSIENT = 500.0

#: Width of a bin for correlation and synchrony, and of a window for the Fano factor, ms.
BIN, WINDOW = 5.0, 100.0

#: Cells for which the costly statistics are computed, and the seed that draws them.
SUBSET, SUBSET_SEED = 200, 20070401

ELEPHANT = "Elephant, Denker et al. (2018)"


@dataclass(frozen=True)
class Statistic:
    """One figure of one population in one trial.

    Attributes
    ----------
    population : str
    trial : int
    name : str
    value : float or None
        None where it is not defined, as the CV of cells that never spike.
    unit : str
        Empty where it has none.
    definition, source : str
    n_cells : int
        Cells that entered the figure.
    silent : int
        Cells of the population without a spike after the transient.
    scale : str
        ``linear`` or ``log``: on which scale two simulators are held against each other.
    """

    population: str
    trial: int
    name: str
    value: float | None
    unit: str
    definition: str
    source: str
    n_cells: int
    silent: int
    scale: str = "linear"

    @property
    def key(self) -> str:
        """Name and population."""
        return f"{self.name} of {self.population}"


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
        inside = (self.spikes.steps > self.start) & (self.spikes.steps <= self.stop)
        cells, steps = self.spikes.cells[inside].astype(np.int64), self.spikes.steps[inside]
        order = np.lexsort((steps, cells))
        bounds = np.concatenate([[0], np.cumsum(np.bincount(cells, minlength=self.size))])
        return steps[order], bounds.astype(np.int64)

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


def statistics_of(recording: Recording, network: Network, transient: float = TRANSIENT) -> tuple[Statistic, ...]:
    """Every statistic of every population that is no source, trial by trial."""
    return tuple(
        statistic
        for trial in range(len(recording.trials))
        for index, population in enumerate(network.populations)
        if not population.is_source
        for statistic in _of_population(activity(recording, index, trial, transient), population.label, trial)
    )


def _of_population(active: Activity, label: str, trial: int) -> Iterator[Statistic]:
    silent = int((active.counts == 0).sum())
    for name, unit, definition, source, compute in STATISTICS:
        value, n_cells = compute(active)
        finite = value is not None and np.isfinite(value)
        yield Statistic(label, trial, name, value if finite else None, unit, definition, source, n_cells, silent)


def firing_rates(active: Activity) -> NDArray[np.float64]:
    """Rate of every cell, Hz; silent cells are zeros."""
    return active.counts / active.seconds if active.seconds else np.zeros(active.size)


def isi_cvs(active: Activity) -> NDArray[np.float64]:
    """CV of the inter-spike intervals of every cell with at least three spikes."""
    from elephant.statistics import cv

    steps, bounds = active.by_cell
    counts = active.counts
    # Cells with equally many spikes make one matrix: Elephant is called once for all of them.
    values = [
        cv(np.diff(steps[bounds[:-1][counts == n][:, None] + np.arange(n)], axis=1).astype(float), axis=1)
        for n in np.unique(counts[counts >= 3])
    ]
    return np.concatenate(values) if values else np.empty(0)


def _rate(active: Activity) -> tuple[float | None, int]:
    from elephant.statistics import mean_firing_rate

    steps = active.by_cell[0]
    if not active.seconds:
        return None, 0
    if not steps.size:  # Elephant takes no empty train
        return 0.0, active.size
    # Times in steps are whole numbers: no spike at an edge is lost to rounding.
    pooled = mean_firing_rate(steps, t_start=active.start, t_stop=active.stop)
    return float(pooled) / active.size / (active.dt / 1000.0), active.size


def _cv(active: Activity) -> tuple[float | None, int]:
    values = isi_cvs(active)
    return (float(values.mean()) if values.size else None), values.size


def _fano(active: Activity) -> tuple[float | None, int]:
    from elephant.statistics import fanofactor

    steps, bounds = active.by_cell
    per_window = max(1, round(WINDOW / active.dt))
    edges = active.start + per_window * np.arange((active.stop - active.start) // per_window + 1)
    if edges.size < 3:
        return None, 0
    values = []
    for cell in active.subset:
        train = steps[bounds[cell] : bounds[cell + 1]]
        windows = np.split(train, np.searchsorted(train, edges, side="right"))[1:-1]
        values.append(fanofactor(windows))
    defined = np.array(values)[np.isfinite(values)]
    return (float(defined.mean()) if defined.size else None), defined.size


def _correlation(active: Activity) -> tuple[float | None, int]:
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient

    counts = active.binned(active.subset).toarray()
    if counts.shape[1] < 2:
        return None, 0
    # A cell that never spikes, or equally often in all bins, has no correlation.
    counts = counts[counts.std(axis=1) > 0]
    if len(counts) < 2:
        return None, len(counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Elephant uses what Quantities has deprecated
        binned = BinnedSpikeTrain(counts, bin_size=BIN * pq.ms, t_start=active.start * active.dt * pq.ms)
        coefficients = np.asarray(correlation_coefficient(binned))
    return float(coefficients[np.triu_indices(len(counts), 1)].mean()), len(counts)


def _chi(active: Activity) -> tuple[float | None, int]:
    matrix = active.binned()
    if matrix.shape[1] < 2 or not matrix.nnz:
        return None, active.size
    mean_square = np.asarray(matrix.multiply(matrix).mean(axis=1)).ravel()
    variance = (mean_square - np.asarray(matrix.mean(axis=1)).ravel() ** 2).mean()
    population = np.asarray(matrix.mean(axis=0)).ravel().var()
    return (float(np.sqrt(population / variance)) if variance > 0 else None), active.size


_Compute = Callable[[Activity], tuple[float | None, int]]

#: Name, unit, definition, source, function.
STATISTICS: tuple[tuple[str, str, str, str, _Compute], ...] = (
    ("rate", "Hz", "Spikes a cell and second; silent cells count as zero.", ELEPHANT, _rate),
    (
        "CV of ISI",
        "",
        "Standard deviation over mean of a cell's inter-spike intervals; mean of the cells with at least three spikes.",
        f"{ELEPHANT}; Softky & Koch (1993)",
        _cv,
    ),
    (
        "Fano factor",
        "",
        f"Variance over mean of a cell's spike counts in windows of {WINDOW:g} ms; mean of the cells that spike, "
        f"of at most {SUBSET} drawn once for all runs.",
        f"{ELEPHANT}; Nawrot et al. (2008)",
        _fano,
    ),
    (
        "pairwise correlation",
        "",
        f"Pearson's coefficient of the spike counts in bins of {BIN:g} ms; mean over all pairs of the cells that "
        f"spike, of at most {SUBSET} drawn once for all runs.",
        f"{ELEPHANT}; Grün & Rotter (2010)",
        _correlation,
    ),
    (
        "chi",
        "",
        "Population synchrony: standard deviation over time of the mean spike count, over the root of the mean of the "
        f"cells' variances; bins of {BIN:g} ms, all cells. 0: asynchronous, 1: fully synchronous.",
        "Golomb & Rinzel (1994); Golomb (2007)",
        _chi,
    ),
)
