"""Distance between the distributions over cells of two ensembles, with p-values from permuting runs.

Cells of one run are not independent, so a test over cells rejects a model against itself in most
pairs of runs. Permuting whole runs keeps what belongs together together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Permutations, and the seed that draws them.
PERMUTATIONS, SEED = 999, 20070401


@dataclass(frozen=True)
class Distance:
    """Distance of the distributions over cells, or synapses, of two sides.

    Attributes
    ----------
    quantity, population : str
        ``weight`` of a projection, or another quantity of a population.
    value : float
        Wasserstein distance, in the quantity's unit.
    p : float
        Of permuting runs: how often runs that are dealt out at random are as far apart.
    permutations : int
    """

    quantity: str
    population: str
    value: float
    p: float
    permutations: int


def wasserstein(
    quantity: str,
    population: str,
    a: Sequence[Sequence[float]],
    b: Sequence[Sequence[float]],
    permutations: int = PERMUTATIONS,
) -> Distance:
    """Wasserstein distance of two ensembles of distributions.

    The distance is the integral of the difference between the mean quantile functions of both sides, which is the
    Wasserstein-1 distance of their barycentres; the p-value that of a permutation test in which runs change sides.

    Parameters
    ----------
    quantity, population : str
    a, b : sequence of sequence of float, shape (runs, quantiles)
        Quantiles in equal steps from the smallest to the largest value, a run each.
    permutations : int

    Raises
    ------
    ValueError
        If a side has no run.
    """
    from scipy.integrate import trapezoid
    from scipy.stats import permutation_test

    if not len(a) or not len(b):
        raise ValueError("Both sides need a run.")
    every = np.concatenate([np.asarray(a, float), np.asarray(b, float)])

    def distance(one: object, other: object) -> float:
        gap = every[np.asarray(one, int)].mean(axis=0) - every[np.asarray(other, int)].mean(axis=0)
        return float(trapezoid(np.abs(gap), dx=1 / (every.shape[1] - 1)))

    runs = np.arange(len(every))
    if len(every) < 3:
        return Distance(quantity, population, distance(runs[: len(a)], runs[len(a) :]), 1.0, 0)
    found = permutation_test(
        (runs[: len(a)], runs[len(a) :]),
        distance,
        permutation_type="independent",
        vectorized=False,
        n_resamples=permutations,
        alternative="greater",
        rng=np.random.default_rng(SEED),
    )
    return Distance(quantity, population, float(found.statistic), float(found.pvalue), len(found.null_distribution))
