"""One time step of a cell model as a small program, the same for every simulator.

Each adapter only prints it in its language. In matched numerics the equations choose the method: linear systems get
their exact propagators (``exact``); a membrane that is affine in itself exponential collocation, if its
conductances decay (``collocation``), or else the implicit Lobatto IIIC method (``lobatto``); what remains the
classical Runge-Kutta method (``rk4``). All of these have order four, with exact values of the linear states, and are
stable under any load. ``euler`` is the forward Euler method for all, whose error is O(dt^2) per step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.affine import linear_states, propagators
from unisono.adapters.codegen.collocation import collocates, collocation, integrals, membrane_of
from unisono.adapters.codegen.lobatto import lobatto
from unisono.adapters.codegen.poisson import poisson_input
from unisono.adapters.codegen.program import (
    INVERSE,
    LENGTH,
    Assignment,
    StepProgram,
    clamped,
    finished,
    propagated,
    slope,
    structure,
    without_division,
)
from unisono.adapters.codegen.runge_kutta import runge_kutta
from unisono.models.cells.model import CellModel
from unisono.models.grid import to_steps

#: Methods of order four, which take parts of a step, by decreasing demands on the equations.
ORDER_FOUR = ("collocation", "lobatto", "rk4")

#: All methods whose error at a time step is stated.
METHODS = ("exact", *ORDER_FOUR, "euler")


@lru_cache(maxsize=256)
def step_program(model: CellModel, substeps: int = 1, method: str = ORDER_FOUR[0]) -> StepProgram:
    """The step of a model.

    Parameters
    ----------
    model : CellModel
    substeps : int
        Parts in which the step is taken, see :func:`~unisono.adapters.codegen.substeps.substeps_of`; an exact step has
        no need of them, and Euler's is taken whole.
    method : str
        ``euler``, or the first of :data:`ORDER_FOUR` to be tried: the first is taken that the equations allow.
    """
    program = _integration(model, substeps, method)
    if not model.poisson:
        return program
    ended = finished(model, program.method, program.instructions, program.coefficients, poisson_input(model))
    return replace(ended, substeps=program.substeps)


def _integration(model: CellModel, substeps: int, method: str) -> StepProgram:
    """The step without what ends it."""
    if method == "euler":
        return _euler(model)
    linear, membrane = linear_states(model), membrane_of(model)
    if linear == model.states:
        return _exact(model)
    if membrane and method == "collocation" and collocates(model):
        program = collocation(model, membrane)
    elif membrane and method != "rk4":
        program = lobatto(model, membrane)
    else:
        program = runge_kutta(model, linear)
    return replace(program, substeps=substeps)


def _exact(model: CellModel) -> StepProgram:
    """All states from the values before the step; independent decays need no temporary."""
    names = structure(model, model.states)
    first, last = [], []
    for state in model.states:
        total = propagated(state, model.states, names)
        if total == f"P__{state}__{state}*{state}" and state not in model.clamped:
            last.append(Assignment(state, total))
            continue
        total = clamped(model, state, total)
        first.append(Assignment(f"{state}__next", total))
        last.append(Assignment(state, f"{state}__next"))
    return finished(model, "exact", (*first, *last), names)


def _euler(model: CellModel) -> StepProgram:
    """``x + dt*dx/dt`` for all states, from the values before the step."""
    slopes = {e.state: slope(e, without_division(e.tree, model)) for e in model.system}
    moves = [Assignment(f"k1__{state}", f"{LENGTH}*({text})") for state, text in slopes.items()]
    return finished(model, "euler", [*moves, *(Assignment(s, f"{s} + k1__{s}") for s in slopes)], ())


def coefficient_values(
    program: StepProgram, values: Mapping[str, NDArray[Any]], dt: float
) -> dict[str, NDArray[np.float64]]:
    """Values of the program's coefficients, shape () or (cells,) each.

    Homogeneous ones come out with shape (), so that a simulator can hold them as constants.
    """
    model = program.model
    states = () if program.method == "euler" else linear_states(model)
    dt = dt / program.substeps
    found: dict[str, Any] = {LENGTH: np.float64(dt)}
    for name in program.coefficients:
        if name.startswith(INVERSE):
            found[name] = 1.0 / np.asarray(values[name.removeprefix(INVERSE)])
    membrane = membrane_of(model) if program.method == "collocation" else None
    sums = integrals(membrane) if membrane else {}
    if states or sums:
        found |= propagators(model, values, dt, states, "P", sums)
        if program.method in ORDER_FOUR:
            found |= propagators(model, values, dt / 2, states, "H", sums)
    return {name: _constant(found.get(name, np.float64(0))) for name in program.coefficients}


def _constant(value: Any) -> Any:
    """One value of shape () where all are the same."""
    same = not np.ndim(value) or (value == value.flat[0]).all()
    return np.float64(np.ravel(value)[0]) if same else value


def refractory_steps(model: CellModel, values: Mapping[str, NDArray[Any]], dt: float) -> NDArray[np.int64]:
    """Steps for which clamped states stand still after a spike."""
    if not model.refractory:
        return np.zeros((), np.int64)
    return to_steps(values[model.refractory], dt)
