"""The first zero of a polynomial on the unit interval, none overlooked.

A polynomial lies in the convex hull of its Bernstein coefficients and changes its sign
at most as often as they do (Farouki 2012, Comput Aided Geom Des 29, sects. 3.2, 3.4): where all
are negative there is no zero, where they change sign once there is one, and else the
interval is halved (de Casteljau), which is stable.
"""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Halvings after which what is left is taken for a zero if the polynomial ends above it.
DEEPEST = 50


@cache
def from_powers(degree: int) -> Floats:
    """Matrix from coefficients of powers to Bernstein coefficients, shape (degree + 1, degree + 1).

    Entries are between 0 and 1, so that nothing is lost where the coefficients of a Taylor series fall off.
    """
    size = degree + 1
    return np.array([[comb(j, i) / comb(degree, i) for i in range(size)] for j in range(size)])


@cache
def nodes(degree: int) -> Floats:
    """Points at which :func:`from_values` wants the polynomial, both ends included."""
    return (1 - np.cos(np.pi * np.arange(degree + 1) / degree)) / 2


@cache
def from_values(degree: int) -> Floats:
    """Matrix from the values at :func:`nodes` to Bernstein coefficients."""
    x = nodes(degree)[:, None]
    k = np.arange(degree + 1)
    binomials = np.array([comb(degree, int(i)) for i in k])
    return np.linalg.inv(binomials * x**k * (1 - x) ** (degree - k))


def first_rise(coefficients: Floats) -> tuple[float, float] | None:
    """An interval with the first zero of a polynomial that comes from below, and no other.

    Parameters
    ----------
    coefficients : float64 array, shape (degree + 1,)
        Bernstein coefficients on [0, 1]. The first is taken as 0 where it is above: the
        polynomial begins below zero or at it, by the caller's knowledge.

    Returns
    -------
    tuple of float, or None
        Bounds; None if the polynomial does not rise above zero.
    """
    if coefficients.max() < 0:
        return None
    coefficients = coefficients.copy()
    coefficients[0] = min(coefficients[0], 0.0)
    return _search(coefficients, 0.0, 1.0, DEEPEST)


def _search(b: Floats, low: float, high: float, depth: int) -> tuple[float, float] | None:
    if b.max() <= 0:
        return None
    signs = np.sign(b[b != 0])
    changes = np.count_nonzero(np.diff(signs))
    if signs[0] > 0 or (changes == 1 and signs[-1] > 0):
        return (low, low) if signs[0] > 0 else (low, high)
    if depth == 0:
        return (low, high) if b[-1] > 0 else None
    left, right = _halves(b)
    middle = (low + high) / 2
    return _search(left, low, middle, depth - 1) or _search(right, middle, high, depth - 1)


def _halves(b: Floats) -> tuple[Floats, Floats]:
    left, right = np.empty_like(b), np.empty_like(b)
    row = b
    for k in range(b.size):
        left[k], right[-1 - k] = row[0], row[-1]
        row = (row[1:] + row[:-1]) / 2
    return left, right
