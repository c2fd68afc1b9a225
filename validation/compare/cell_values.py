"""What one cell has: its value of a parameter or state, and what a change gives it."""

from __future__ import annotations

from typing import Any

import numpy as np

from unisono.models.network import Change


def value_of(values: Any, cell: int) -> float:
    """The value of a cell, from an array of one a cell or a number for all of them."""
    return float(values[cell] if np.ndim(values) else values)


def changed(change: Change, cell: int) -> float | None:
    """What a change gives a cell; None where it does not reach the cell, the last where it names it twice."""
    if change.cells is None:
        return value_of(change.values, cell)
    at = np.flatnonzero(change.cells == cell)
    return value_of(change.values, int(at[-1])) if at.size else None
