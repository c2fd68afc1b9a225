"""The name of an integrator, read off its own samples: which one-step map leads from each to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.model import INJECTED, CellModel, names_in
from unisono.models.dynamics.expressions import evaluate

#: Largest distance of a step from what the method would do, mV: single precision leaves more, another method, too.
EXACTLY_MV = 1e-9

#: By which the slope of a right-hand side is measured, mV; leaky cells are linear in v.
DIFFERENCE_MV = 1e-3

Floats = NDArray[np.float64]


def method_of(
    model: CellModel, parameters: Mapping[str, float], states: Mapping[str, Floats], cell: int, dt: float
) -> str:
    """The method that made the potentials of a cell; empty where it is none of those known.

    Parameters
    ----------
    model : CellModel
    parameters : mapping of str to float
    states : mapping of str to float64 array, shape (samples, cells)
        Sampled at every step.
    cell : int
    dt : float
        ms
    """
    equation = next(e for e in model.system if e.state == "v")
    if not names_in(equation.tree) & set(model.states) <= states.keys():
        return ""
    sampled = {name: values[:, cell] for name, values in states.items()}
    v, others = sampled["v"], {name: values for name, values in sampled.items() if name != "v"}
    before = {name: values[:-1] for name, values in others.items()}
    after = {name: values[1:] for name, values in others.items()}

    def slope(of_v: Floats, rest: Mapping[str, Floats]) -> Floats:
        value = evaluate(equation.tree, {**parameters, INJECTED: 0.0, **rest, "v": of_v})
        return np.broadcast_to(np.asarray(value, np.float64), of_v.shape)

    for name, step in _METHODS.items():
        for rest in (before, after):
            if float(np.abs(v[1:] - step(v[:-1], v[1:], partial(slope, rest=rest), dt)).max()) <= EXACTLY_MV:
                return name
    return ""


_Slope = Callable[[Floats], Floats]


def _forward_euler(v: Floats, new: Floats, slope: _Slope, dt: float) -> Floats:
    return v + dt * slope(v)


def _backward_euler(v: Floats, new: Floats, slope: _Slope, dt: float) -> Floats:
    return v + dt * slope(new)


def _crank_nicolson(v: Floats, new: Floats, slope: _Slope, dt: float) -> Floats:
    return v + dt / 2 * (slope(v) + slope(new))


def _exponential_euler(v: Floats, new: Floats, slope: _Slope, dt: float) -> Floats:
    rate = (slope(v + DIFFERENCE_MV) - slope(v - DIFFERENCE_MV)) / (2 * DIFFERENCE_MV)
    with np.errstate(divide="ignore", invalid="ignore"):
        return v + np.where(rate == 0, dt, np.expm1(rate * dt) / rate) * slope(v)


_METHODS: Mapping[str, Callable[[Floats, Floats, _Slope, float], Floats]] = {
    "the forward Euler method": _forward_euler,
    "the backward Euler method": _backward_euler,
    "the Crank-Nicolson method": _crank_nicolson,
    "the exponential Euler method": _exponential_euler,
}
