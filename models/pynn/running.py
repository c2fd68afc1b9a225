"""``run`` and ``run_until``, with callbacks, as PyNN's backends offer them, on the grid of the time step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from unisono.models.errors import CaptureError
from unisono.models.grid import to_step
from unisono.models.pynn.capture import Capture
from unisono.models.pynn.simulator import simulator

#: Called with the present time, ms; returns the time of its next call.
Callback = Callable[[float], float]


def run_until(time_point: float, callbacks: Sequence[Callback] | None = None) -> float:
    """Advance the simulation.

    Parameters
    ----------
    time_point : float
        Up to when, ms.
    callbacks : sequence of callable, optional
        Each is called with the present time and returns the time, ms, at which it is to be called next. The first
        calls come at the beginning. Each is called at most once a step.

    Returns
    -------
    float
        The time reached, ms.

    Raises
    ------
    ValueError
        If ``time_point`` lies in the past.
    CaptureError
        If a callback returns a time that is not after its call.
    """
    state = simulator.state
    if time_point - state.t < -state.dt / 2:  # floating-point error is allowed
        raise ValueError(f"Time {time_point:g} is in the past (current time {state.t:g})")
    if not callbacks:
        state.run_until(time_point)
        return state.t
    end = state.steps(time_point)
    due = [(_next(state, callback, end), callback) for callback in callbacks]
    while state.step < end:
        first = min(step for step, _ in due)
        state.run_until(time_point if first >= end else state.time(first))
        # as in PyNN, what is due next is called at the end, too
        due = [(_next(state, c, end), c) if step == first else (step, c) for step, c in due]
    return state.t


def run(simtime: float, callbacks: Sequence[Callback] | None = None) -> float:
    """Advance the simulation by ``simtime`` ms; see :func:`run_until`."""
    return run_until(simulator.state.t + simtime, callbacks)


def _next(state: Capture, callback: Callback, end: int) -> int:
    """Call a callback; the grid point of its next call."""
    now = state.t
    time: Any = callback(now)
    name = getattr(callback, "__name__", type(callback).__name__)
    if not isinstance(time, (int, float)) and not hasattr(time, "__float__"):
        raise CaptureError(
            f"The callback '{name}' returned {time!r} at {now:g} ms.", "Return the time of its next call, ms."
        )
    if math.isnan(time) or (time <= now + 1e-9 and state.step < end):
        raise CaptureError(
            f"The callback '{name}' returned {time:g} ms at {now:g} ms, so that it would be called without end.",
            "Return a later time than that of the call.",
        )
    return max(to_step(float(time), state.dt), state.step + 1)
