"""How rates, intervals, irregularity and correlations are distributed over cells, and rates over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief
from unisono.validation.statistics.activity import Activity
from unisono.validation.statistics.statistics import correlations, firing_rates, isi_cvs

#: Bins of a histogram, and of one that is logarithmic.
BINS, LOG_BINS = 30, 40

#: A rate over time has at most about so many bins, none shorter than so many ms.
TIMES, SHORTEST_MS = 100, 5.0


@dataclass(frozen=True)
class Quantity:
    """What is distributed.

    Attributes
    ----------
    name, unit : str
    counted : str
        What the histogram counts: cells, pairs, or intervals.
    values : callable
        Of the activity of a population.
    log : bool
        Whether bins are equal on a logarithmic scale.
    """

    name: str
    unit: str
    counted: str
    values: Callable[[Activity], NDArray[Any]]
    log: bool = False


def intervals_of(active: Activity) -> NDArray[np.float64]:
    """All inter-spike intervals, ms."""
    gaps = active.intervals[0]
    return np.asarray(gaps[gaps > 0] * active.dt)


QUANTITIES = (
    Quantity("rate", "Hz", "cells", firing_rates),
    Quantity("inter-spike interval", "ms", "intervals", intervals_of, log=True),
    Quantity("CV of ISI", "", "cells", isi_cvs),
    Quantity("pairwise correlation", "", "pairs", correlations),
)


@dataclass(frozen=True, eq=False)
class Distribution:
    """The histogram of a quantity of a population, on every simulator in the same bins.

    Attributes
    ----------
    quantity : Quantity
    population : str
    edges : float64 array, shape (bins + 1,)
        Empty where there are too few spikes.
    counts : mapping of simulator to int64 array, shape (bins,)
    """

    quantity: Quantity
    population: str
    edges: NDArray[np.float64]
    counts: Mapping[str, NDArray[np.int64]]

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        q = self.quantity
        of = {"quantity": q.name, "unit": q.unit, "counted": q.counted, "population": self.population}
        return {**of, "edges": self.edges, "counts": dict(self.counts)}


@dataclass(frozen=True, eq=False)
class RateOverTime:
    """The mean rate of a population in bins of time.

    Attributes
    ----------
    population : str
    width : float
        Of a bin, ms.
    rates : mapping of simulator to float64 array, shape (bins,)
        Hz a cell.
    """

    population: str
    width: float
    rates: Mapping[str, NDArray[np.float64]]

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {"population": self.population, "bin_ms": self.width, "hz": dict(self.rates)}


def distribution_of(quantity: Quantity, population: str, active: Mapping[str, Activity]) -> Distribution:
    """How a quantity is distributed in a population.

    Parameters
    ----------
    quantity : Quantity
    population : str
    active : mapping of simulator to Activity
        Simulators with the same spikes may share one, which is then evaluated once.
    """
    known = {id(one): quantity.values(one) for one in active.values()}
    values = {name: known[id(one)] for name, one in active.items()}
    everything = np.concatenate(list(values.values()))
    if not everything.size:
        return Distribution(quantity, population, np.empty(0), {})
    edges = _edges(float(everything.min()), float(everything.max()), quantity.log)
    return Distribution(quantity, population, edges, {n: np.histogram(v, edges)[0] for n, v in values.items()})


def rate_over_time(population: str, active: Mapping[str, Activity]) -> RateOverTime:
    """The rate of a population over a trial; simulators with the same spikes may share an activity."""
    duration = next(iter(active.values())).seconds * 1000.0
    width = max(SHORTEST_MS, float(np.ceil(duration / TIMES)))
    known = {id(one): one.population_rate(width) for one in active.values()}
    return RateOverTime(population, width, {name: known[id(one)] for name, one in active.items()})


def _edges(low: float, high: float, log: bool) -> NDArray[np.float64]:
    """Edges that hold both ends; the last is a little higher, since all values can be the same."""
    if log:
        return np.asarray(np.geomspace(low, high * 1.001, LOG_BINS + 1))
    least = min(0.0, low)
    return np.asarray(np.linspace(least, high + 1e-3 * max(high - least, 1e-6), BINS + 1))
