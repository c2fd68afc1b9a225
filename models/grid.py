"""The grid of the time step: the one rule by which times become steps.

A time belongs to the nearest grid point, and one that lies midway between two to the later one: ``floor(t/dt + 1/2)``.
So times that lie equally far off the grid move equally far, and two times that are whole steps apart stay so: pulses of
one length last the same number of steps wherever they begin. Rounding halves to even, as ``round`` and ``numpy.rint``
do, keeps neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Part of a step by which a time may miss the middle of a step and count as the middle: decimal numbers such as 0.35
#: and sums of them are not exact in binary. It exceeds their error for as many steps as a run can have.
TOLERANCE = 1e-6

#: Beyond any step of a run, and exact as a float.
_LIMIT = 2.0**40


def to_steps(times: ArrayLike, dt: float) -> NDArray[np.int64]:
    """The grid points that times belong to.

    Parameters
    ----------
    times : array_like
        In ms; infinite ones become a number of steps that no run reaches.
    dt : float
        Time step, ms.

    Returns
    -------
    int64 array
        Of the shape of ``times``.
    """
    ratio = np.clip(np.asarray(times, np.float64) / dt, -_LIMIT, _LIMIT)
    return np.floor(ratio + 0.5 + TOLERANCE).astype(np.int64)


def to_step(time: float, dt: float) -> int:
    """The grid point that one time belongs to, as :func:`to_steps`."""
    return int(to_steps(time, dt))


def off_grid(times: ArrayLike, dt: float) -> NDArray[Any]:
    """How far times move when they become steps, ms, each with its sign; 0 for those on the grid.

    Parameters
    ----------
    times : array_like
        Finite times, ms.
    dt : float
        Time step, ms.
    """
    ratio = np.asarray(times, np.float64) / dt
    moved = np.clip(np.floor(ratio + 0.5 + TOLERANCE), -_LIMIT, _LIMIT) - ratio
    return np.where((np.abs(moved) > TOLERANCE) & (np.abs(ratio) < _LIMIT), moved * dt, 0.0)
