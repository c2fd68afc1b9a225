"""Errors of the potential on the test circuit: integrator, membrane, synapse, weight, precision.

Errors are measured at two time steps, so that a method of finite order does not look like another model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.validation.circuit.deviation import Deviation
from unisono.validation.circuit.measured import FLOOR_MV, Measured, begins
from unisono.validation.circuit.methods import method_of
from unisono.validation.circuit.network import FIRST

#: An error is one of this simulator if it is so many times that of the baseline.
LARGER = 10.0

#: The smallest order of an integrator that is distinguished from an error of the model, whose order is 0.
LEAST_ORDER = 0.5

#: Share of an error of weight or shape that may remain when the shape is scaled, for it to be one of weight.
SCALED = 0.1


def precision(mine: Measured, right: Measured) -> Deviation | None:
    """Single precision: no potential has more digits than that."""
    v = mine.v[1:, 0]
    if not np.array_equal(v, v.astype(np.float32)) or np.array_equal(v, right.v[1:, 0]):
        return None
    if np.unique(v).size < 10:
        return None
    error = float(np.abs(v - right.v[1:, 0]).max())
    text = f"all values of v are numbers of single precision; they are off by up to {error:.2g} mV"
    return Deviation("precision", error, 0.0, "mV", text)


def errors(
    mine: Measured,
    right: Measured,
    normal: Measured,
    finer: Callable[[], tuple[Measured, Measured]],
    known: Sequence[str],
) -> Iterator[Deviation]:
    """What is left of errors in the potential when steps are accounted for: integrator, membrane, synapse, weight."""
    circuit = mine.circuit
    floor = 1e-3 if "precision" in known else FLOOR_MV
    alone = _error(mine.v[:, 0], right.v[:, 0])
    if alone > max(floor, LARGER * _error(normal.v[:, 0], right.v[:, 0])):
        half, half_right = finer()
        yield _of_order("without any input", alone, _error(half.v[:, 0], half_right.v[:, 0]), mine, 0, "membrane")
        return
    for index, given in enumerate(circuit.given):
        a, b = _aligned(mine, right, index)
        error = _error(a, b)
        usual = _error(normal.response(index), right.response(index))
        if error <= max(floor, LARGER * usual):
            continue
        half, half_right = finer()
        what = f"in the response to one {given.receptor} spike"
        deviation = _of_order(what, error, _error(*_aligned(half, half_right, index)), mine, FIRST + index, "synapse")
        if deviation.kind == "integrator":
            yield deviation
            return
        yield _scaled(a, b, given.receptor, mine.circuit.dt) or deviation


def _error(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    size = min(a.size, b.size)
    return float(np.abs(a[:size] - b[:size]).max()) if size else 0.0


def _aligned(mine: Measured, right: Measured, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two responses from where they begin."""
    a, b = mine.response(index), right.response(index)
    starts = [begins(x, 0) for x in (a, b)]
    if starts[0] is None or starts[1] is None:
        return a, b
    size = min(a.size - starts[0], b.size - starts[1])
    return a[starts[0] :][:size], b[starts[1] :][:size]


def _of_order(what: str, error: float, half: float, mine: Measured, cell: int, otherwise: str) -> Deviation:
    """An error that falls with the time step is the integrator's; one that does not is the model's."""
    order = math.log2(error / half) if half > 0 else math.inf
    text = f"v is off by {error:.2g} mV {what}"
    if order < LEAST_ORDER:
        return Deviation(otherwise, error, 0.0, "mV", f"{text}, and as much with half the time step")
    name = method_of(mine.circuit.model, mine.circuit.parameters(cell), mine.states, cell, mine.circuit.dt)
    called = f": {name}" if name else f": an integrator of order {order:.1f}"
    return Deviation("integrator", error, 0.0, "mV", f"{text}; with half the time step by {half:.2g} mV{called}")


def _scaled(a: NDArray[np.float64], b: NDArray[np.float64], receptor: str, dt: float) -> Deviation | None:
    """A response of the right shape and the wrong size, or of another shape."""
    factor = float(a @ b / (b @ b))
    if _error(a, factor * b) <= SCALED * _error(a, b):
        text = f"the response to one {receptor} spike is {abs(factor - 1) * 100:.3g} % "
        return Deviation(f"weight of {receptor}", factor, 1.0, "", text + ("larger" if factor > 1 else "smaller"))
    peaks = [int(np.abs(x).argmax()) for x in (a, b)]
    heights = [float(x[peak]) for x, peak in zip((a, b), peaks, strict=True)]
    text = (
        f"the response to one {receptor} spike peaks with {heights[0]:.3g} mV after {peaks[0] * dt:.3g} ms "
        f"instead of {heights[1]:.3g} mV after {peaks[1] * dt:.3g} ms"
    )
    return Deviation("synapse", peaks[0] * dt, peaks[1] * dt, "ms", text)
