"""Values in words: numbers with units, and how values are distributed over cells or synapses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.models.words import with_unit

#: Signs of units.
_SIGNS = {"uS": "µS", "um": "µm", "um2": "µm²", "uA/cm2": "µA/cm²", "uF/cm2": "µF/cm²", "mS/cm2": "mS/cm²", "1": ""}


def sign_of_unit(unit: str) -> str:
    """A unit as papers write it; empty for a number without one."""
    return _SIGNS.get(unit, unit)


def number(value: float, unit: str = "") -> str:
    """A number with its unit."""
    return with_unit(value, sign_of_unit(unit), 6)


def spread(values: NDArray[np.float64], unit: str = "") -> str:
    """One value, or mean, standard deviation and range of many."""
    array = np.asarray(values, np.float64)
    if not array.size:
        return "–"
    low, high = float(array.min()), float(array.max())
    if low == high:
        return number(low, unit)
    mean, deviation = float(array.mean()), float(array.std())
    return f"{mean:.4g} ± {deviation:.3g} ({low:.4g} to {high:.4g}) {sign_of_unit(unit)}".rstrip()


def count(value: int, singular: str, plural: str = "") -> str:
    """``1 cell``, ``4,000 cells``."""
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"
