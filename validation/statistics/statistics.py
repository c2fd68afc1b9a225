"""Statistics of a population's activity, by Elephant, each with its unit, definition and source.

The transient at the beginning is cut first. Silent cells are counted and never
dropped unseen; spike sources are input and left out. Trials are taken apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording
from unisono.models.network import Network
from unisono.models.registry import Registry, registry
from unisono.validation.statistics.activity import BIN as BIN
from unisono.validation.statistics.activity import SUBSET as SUBSET
from unisono.validation.statistics.activity import TRANSIENT as TRANSIENT
from unisono.validation.statistics.activity import Activity as Activity
from unisono.validation.statistics.activity import activity as activity
from unisono.validation.statistics.activity import transient_of as transient_of
from unisono.validation.statistics.statistic import LINEAR as LINEAR
from unisono.validation.statistics.statistic import LOG as LOG
from unisono.validation.statistics.statistic import Statistic as Statistic
from unisono.validation.statistics.weights import of_weights

#: Width of a window for the Fano factor, ms.
WINDOW = 100.0

#: Bin of the population rate for the spectrum, ms; its resolution and the highest frequency that counts, Hz.
RATE_BIN, RESOLUTION, HIGHEST = 1.0, 2.0, 200.0

ELEPHANT = "Elephant, Denker et al. (2018)"


@dataclass(frozen=True)
class Definition:
    """How a statistic is computed.

    Attributes
    ----------
    name, unit, scale, definition, source : str
        Of each :class:`Statistic`.
    compute : callable
        Gives the value (None where it is not defined) and the number of cells that entered it.
    """

    name: str
    unit: str
    scale: str
    definition: str
    source: str
    compute: Callable[[Activity], tuple[float | None, int]]

    def of(self, active: Activity, population: str, trial: int) -> Statistic:
        """The statistic of a population in a trial."""
        value, n_cells = self.compute(active)
        finite = value if value is not None and np.isfinite(value) else None
        silent = int((active.counts == 0).sum())
        return Statistic(
            population, trial, self.name, finite, self.unit, self.definition, self.source, n_cells, silent, self.scale
        )


def statistics_of(recording: Recording, network: Network, transient: float = TRANSIENT) -> tuple[Statistic, ...]:
    """Every statistic of every population that is no source, trial by trial, then of weights that spikes change."""
    of_activity = (
        definition.of(active, population.label, trial)
        for trial in range(len(recording.trials))
        for index, population in enumerate(network.populations)
        if not population.is_source
        for active in [activity(recording, index, trial, transient)]
        for definition in STATISTICS.values()
    )
    return (*of_activity, *of_weights(recording, network))


def firing_rates(active: Activity) -> NDArray[np.float64]:
    """Rate of every cell, Hz, shape (cells,); silent cells are zeros."""
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


def correlations(active: Activity) -> NDArray[np.float64]:
    """Pearson's coefficient of every pair of the cells that the statistic is computed for, shape (pairs,)."""
    counts = _varying(active)
    return _pearson(counts) if len(counts) > 1 else np.empty(0)


def spectrum(
    active: Activity, highest: float = HIGHEST, width: float = RATE_BIN
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies, Hz, and power spectral density, Hz²/Hz, of the population's rate by Welch's method.

    Segments of half a second that overlap by half, Hann's window; shorter ones where the run is
    shorter than two of them. The frequency 0 is left out. Empty where nothing spikes.

    Parameters
    ----------
    active : Activity
    highest : float
        Frequencies up to this one, Hz.
    width : float
        Of the bins of the rate, ms.
    """
    from elephant.spectral import welch_psd

    rate = np.empty(0) if active.is_empty else active.population_rate(width)
    if rate.size < 64 or not rate.any():
        return np.empty(0), np.empty(0)
    sampled = 1000.0 / (max(1, round(width / active.dt)) * active.dt)
    length = min(round(sampled / RESOLUTION), rate.size // 2)
    frequencies, density = welch_psd(rate, len_segment=length, fs=sampled)
    kept = (frequencies > 0) & (frequencies <= highest)
    return np.asarray(frequencies)[kept], np.asarray(density)[kept]


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


def _rate_spread(active: Activity) -> tuple[float | None, int]:
    return (float(firing_rates(active).std()), active.size) if active.seconds else (None, 0)


def _cv(active: Activity) -> tuple[float | None, int]:
    values = isi_cvs(active)
    return (float(values.mean()) if values.size else None), values.size


def _lv(active: Activity) -> tuple[float | None, int]:
    from elephant.statistics import lv

    gaps, bounds = active.intervals
    cells = np.flatnonzero(np.diff(bounds) >= 2)
    values = [lv(gaps[bounds[c] : bounds[c + 1]]) for c in cells]
    return (float(np.mean(values)) if values else None), len(values)


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
    counts = _varying(active)
    return (float(_pearson(counts).mean()) if len(counts) > 1 else None), len(counts)


def _varying(active: Activity) -> NDArray[np.int64]:
    """Binned spike counts, shape (cells, bins), of those of the subset that do not spike equally often in all bins."""
    counts: NDArray[np.int64] = active.all_binned[active.subset].toarray()
    return counts[counts.std(axis=1) > 0] if counts.shape[1] > 1 else counts[:0]


def _pearson(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Pearson's coefficient of every pair of two cells or more, shape (pairs,)."""
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Elephant uses what Quantities has deprecated
        binned = BinnedSpikeTrain(counts, bin_size=BIN * pq.ms, t_start=0 * pq.ms)
        coefficients = np.asarray(correlation_coefficient(binned))
    return np.asarray(coefficients[np.triu_indices(len(counts), 1)])


def _chi(active: Activity) -> tuple[float | None, int]:
    matrix = active.all_binned
    if matrix.shape[1] < 2 or not matrix.nnz:
        return None, active.size
    mean_square = np.asarray(matrix.multiply(matrix).mean(axis=1)).ravel()
    variance = (mean_square - np.asarray(matrix.mean(axis=1)).ravel() ** 2).mean()
    population = np.asarray(matrix.mean(axis=0)).ravel().var()
    return (float(np.sqrt(population / variance)) if variance > 0 else None), active.size


def _centroid(active: Activity) -> tuple[float | None, int]:
    frequencies, density = spectrum(active)
    total = float(density.sum())
    return (float(frequencies @ density) / total if total > 0 else None), active.size


def peak_of(active: Activity, highest: float = HIGHEST, width: float = RATE_BIN) -> tuple[float | None, int]:
    """Frequency of the largest power, Hz, and the number of cells; parameters as of :func:`spectrum`."""
    frequencies, density = spectrum(active, highest, width)
    if not density.size or density.max() <= 0:
        return None, active.size
    top = int(density.argmax())
    if not 0 < top < density.size - 1:
        return float(frequencies[top]), active.size
    # The parabola through the three highest points, so that the peak is not bound to the resolution.
    below, at, above = density[top - 1 : top + 2]
    bend = below - 2 * at + above
    offset = 0.5 * (below - above) / bend if bend < 0 else 0.0
    return float(frequencies[top] + offset * (frequencies[1] - frequencies[0])), active.size


_WELCH = f"{ELEPHANT}; Welch (1967)"
_OF_RATE = f"the population's rate in bins of {RATE_BIN:g} ms, by Welch's method, up to {HIGHEST:g} Hz"

#: By name, in the order of tables.
STATISTICS: Registry[Definition] = registry(
    "statistic",
    Definition("rate", "Hz", LOG, "Spikes a cell and second; silent cells count as zero.", ELEPHANT, _rate),
    Definition(
        "SD of rates",
        "Hz",
        LINEAR,
        "Standard deviation over the cells of their rates; silent cells count as zero.",
        "Roxin et al. (2011)",
        _rate_spread,
    ),
    Definition(
        "CV of ISI",
        "",
        LINEAR,
        "Standard deviation over mean of a cell's inter-spike intervals; mean of the cells with at least three "
        "spikes, so that silent cells have none.",
        f"{ELEPHANT}; Softky & Koch (1993)",
        _cv,
    ),
    Definition(
        "LV",
        "",
        LINEAR,
        "Local variation: three times the mean of ((I1 - I2)/(I1 + I2))² over a cell's neighbouring inter-spike "
        "intervals; mean of the cells with at least three spikes, so that silent cells have none.",
        f"{ELEPHANT}; Shinomoto et al. (2003)",
        _lv,
    ),
    Definition(
        "Fano factor",
        "",
        LOG,
        f"Variance over mean of a cell's spike counts in windows of {WINDOW:g} ms; mean of the cells that spike, "
        f"of at most {SUBSET} drawn once for all runs.",
        f"{ELEPHANT}; Nawrot et al. (2008)",
        _fano,
    ),
    Definition(
        "pairwise correlation",
        "",
        LINEAR,
        f"Pearson's coefficient of the spike counts in bins of {BIN:g} ms; mean over all pairs of the cells that "
        f"spike, of at most {SUBSET} drawn once for all runs.",
        f"{ELEPHANT}; Grün & Rotter (2010)",
        _correlation,
    ),
    Definition(
        "chi",
        "",
        LINEAR,
        "Population synchrony: standard deviation over time of the mean spike count, over the root of the mean of the "
        f"cells' variances; bins of {BIN:g} ms, all cells, also silent ones. 0: asynchronous, 1: fully synchronous.",
        "Golomb & Rinzel (1994); Golomb (2007)",
        _chi,
    ),
    Definition(
        "spectral centroid",
        "Hz",
        LINEAR,
        f"Mean frequency, weighted with the power of {_OF_RATE}; all cells, silent ones included.",
        _WELCH,
        _centroid,
    ),
    Definition(
        "spectral peak",
        "Hz",
        LINEAR,
        f"Frequency of the largest power of {_OF_RATE}; all cells, silent ones included.",
        _WELCH,
        peak_of,
    ),
)
