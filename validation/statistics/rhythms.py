"""Rhythms: the largest peak of a spectrum, and how sharp it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unisono.validation.statistics.curve import SPECTRUM, Curve


@dataclass(frozen=True)
class Rhythm:
    """The largest peak of a population's spectrum.

    Attributes
    ----------
    population : str
    frequency : float
        Hz.
    q : float
        Frequency over the full width at half the power.
    """

    population: str
    frequency: float
    q: float

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def rhythms_of(curves: Iterable[Curve]) -> tuple[Rhythm, ...]:
    """The rhythm of every spectrum whose largest peak lies inside it and has both of its sides."""
    found = (_rhythm(curve) for curve in curves if curve.name == SPECTRUM)
    return tuple(rhythm for rhythm in found if rhythm is not None)


def _rhythm(curve: Curve) -> Rhythm | None:
    if curve.y.size < 3 or not curve.y.max() > 0:
        return None
    top, half = int(curve.y.argmax()), float(curve.y.max()) / 2
    low = np.flatnonzero(curve.y[:top] < half)
    high = np.flatnonzero(curve.y[top:] < half)
    if not low.size or not high.size:
        return None
    left, right = int(low[-1]), top + int(high[0])
    width = _crossing(curve, right - 1, right, half) - _crossing(curve, left, left + 1, half)
    return Rhythm(curve.population, float(curve.x[top]), float(curve.x[top]) / width)


def _crossing(curve: Curve, a: int, b: int, level: float) -> float:
    """Where a line between two points of a curve crosses a level."""
    part = (level - float(curve.y[a])) / (float(curve.y[b]) - float(curve.y[a]))
    return float(curve.x[a]) + part * float(curve.x[b] - curve.x[a])
