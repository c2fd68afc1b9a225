"""Gamma process: a renewal process whose intervals are gamma distributed."""

from __future__ import annotations

from functools import partial

import numpy as np
import scipy  # its parts are loaded when they are first used

from unisono.models.inputs.common import Events, Floats, RenewalWindow, events, renewals

#: Below this survival probability the hazard stands in for it; any drawn waiting time still fits above 1e-308.
TINY = 1e-280
#: Terms of the continued fraction; it is used at ages above 600 only, where it converges to rounding error.
TERMS = 60


def spikes(shape: Floats, scale: Floats, window: RenewalWindow) -> Events:
    """Spikes of all cells.

    Parameters
    ----------
    shape : float64 array, shape (size,)
        Shape of the gamma distribution; 1 is a Poisson process, larger ones are more regular.
    scale : float64 array, shape (size,)
        Scale of the gamma distribution, in steps: the mean interval is ``shape * scale``.
    window : RenewalWindow
    """
    cells, steps = [], []
    for cell, rng in window.streams():
        alpha, unit = float(shape[cell]), float(scale[cell])
        first, last = int(window.first[cell]), float(window.last[cell])
        if np.isnan(last):
            last = first - unit * equilibrium_age(rng, alpha)
        age = (first - last) / unit
        wait = float(age_after(np.array([alpha]), np.array([age]), np.array([rng.standard_exponential()]))[0]) - age
        draw = partial(_gamma, rng, alpha, unit)
        found, final = renewals(first + unit * max(wait, 0.0), draw, alpha * unit, int(window.stop[cell]))
        window.last[cell] = final if found.size else last
        steps.append(found)
        cells.append(np.full(found.size, cell))
    return events(cells, steps)


def _gamma(rng: np.random.RandomState, shape: float, scale: float, number: int) -> Floats:
    return scale * rng.standard_gamma(shape, number)


def equilibrium_age(rng: np.random.RandomState, shape: float) -> float:
    """Time since the last spike in equilibrium, in scales: a uniform part of an interval weighted by its length.

    Intervals weighted by their length have the shape ``shape + 1``: Cox (1962), Renewal Theory, section 5.4.
    """
    return float(rng.random_sample() * rng.standard_gamma(shape + 1.0))


def cumulative_hazard(shape: Floats, begin: Floats, end: Floats) -> Floats:
    """The hazard between two ages, in scales, integrated: -log of the probability of no spike between them."""
    gammaincc = scipy.special.gammaincc
    before, after = gammaincc(shape, begin), gammaincc(shape, end)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(before) - np.log(after)
    late = before <= TINY
    if late.any():
        found[late] = _late_hazard(shape[late], begin[late]) * (end[late] - begin[late])
    return np.asarray(found, np.float64)


def age_after(shape: Floats, age: Floats, hazard: Floats) -> Floats:
    """Age, in scales, up to which the hazard from ``age`` on integrates to the given number."""
    survival = scipy.special.gammaincc(shape, age)
    found = scipy.special.gammainccinv(shape, survival * np.exp(-hazard))
    late = survival <= TINY
    if late.any():
        found[late] = age[late] + hazard[late] / _late_hazard(shape[late], age[late])
    return np.asarray(np.maximum(found, age), np.float64)


def _late_hazard(shape: Floats, age: Floats) -> Floats:
    """The hazard long after a spike, where it is as good as constant.

    Continued fraction of the incomplete gamma function, Abramowitz & Stegun 6.5.31, as in Numerical Recipes 6.2.7:
    Gamma(a, x) = x**a * exp(-x) / (x + 1 - a - 1*(1 - a) / (x + 3 - a - 2*(2 - a) / (...))).
    """
    fraction = age + (2 * TERMS + 1) - shape
    for k in range(TERMS, 0, -1):
        fraction = age + (2 * k - 1) - shape - k * (k - shape) / fraction
    return fraction / age
