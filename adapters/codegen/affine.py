"""Affine forms of expressions, and exact propagators of linear systems.

A linear system ``dx/dt = A x + b i + c`` with constant parameters and a current
``i`` that is held over a step has the exact solution ``x' = P x + R i + Q``; P, R
and Q are read off one matrix exponential of the augmented system
(Rotter & Diesmann 1999, Biol Cybern 81, eqs. 5-10), so no case needs a formula
of its own, equal time constants included.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.model import INJECTED, CellModel, names_in
from unisono.models.dynamics.expressions import evaluate

#: A float64 array of shape () or (cells,); NumPy's scalars count as the former.
Value = Any


class NotLinear(Exception):
    """The system has no exact propagator of this kind."""


@dataclass(frozen=True)
class Affine:
    """``constant + sum(coefficients[s] * s)``."""

    constant: Value
    coefficients: Mapping[str, Value]


def affine(tree: ast.expr, values: Mapping[str, Value], variables: frozenset[str]) -> Affine:
    """Write an expression as an affine form in ``variables``.

    Raises
    ------
    NotLinear
        If it is not affine in them.
    """
    match tree:
        case ast.Constant(value=int() | float() as value):
            return Affine(np.float64(value), {})
        case ast.Name(id=name):
            return Affine(np.float64(0), {name: np.float64(1)}) if name in variables else Affine(values[name], {})
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return affine(operand, values, variables)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _scaled(affine(operand, values, variables), np.float64(-1))
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, affine(left, values, variables), affine(right, values, variables))
        case ast.Call() if not names_in(tree) & variables:
            return Affine(evaluate(tree, values), {})
    raise NotLinear


def _scaled(form: Affine, factor: Any) -> Affine:
    return Affine(form.constant * factor, {n: c * factor for n, c in form.coefficients.items()})


def _combined(op: ast.operator, a: Affine, b: Affine) -> Affine:
    if isinstance(op, ast.Add | ast.Sub):
        b = b if isinstance(op, ast.Add) else _scaled(b, -1.0)
        names = [*a.coefficients, *(n for n in b.coefficients if n not in a.coefficients)]
        zero = np.float64(0)
        return Affine(
            a.constant + b.constant, {n: a.coefficients.get(n, zero) + b.coefficients.get(n, zero) for n in names}
        )
    if isinstance(op, ast.Mult) and not (a.coefficients and b.coefficients):
        return _scaled(a, b.constant) if not b.coefficients else _scaled(b, a.constant)
    if isinstance(op, ast.Div) and not b.coefficients:
        return Affine(a.constant / b.constant, {n: c / b.constant for n, c in a.coefficients.items()})
    if isinstance(op, ast.Pow) and not a.coefficients and not b.coefficients:
        return Affine(np.power(a.constant, b.constant), {})
    raise NotLinear


def linear_states(model: CellModel) -> tuple[str, ...]:
    """The states whose equations form a closed linear system.

    For a linear model these are all; for a conductance-based one its synaptic variables.
    A state that is clamped in the refractory period while another one depends on it is none of
    them: the propagators would let it move.
    """
    ones: dict[str, Any] = {name: np.float64(1) for name in model.parameters}
    inputs: dict[str, set[str]] = {}
    for equation in model.system:
        try:
            with np.errstate(all="ignore"):  # only the structure counts here
                inputs[equation.state] = set(affine(equation.tree, ones, variables(model)).coefficients)
        except NotLinear:
            continue
    for state in model.clamped & inputs.keys():
        if any(state in names_in(e.tree) for e in model.system if e.state != state):
            del inputs[state]
    while True:
        closed = {state: names for state, names in inputs.items() if names <= inputs.keys() | {INJECTED}}
        if len(closed) == len(inputs):
            return tuple(state for state in model.states if state in closed)
        inputs = closed


def variables(model: CellModel) -> frozenset[str]:
    """What an expression of a model may be affine in: its states and the injected current."""
    return frozenset(model.states) | {INJECTED}


def propagators(
    model: CellModel,
    values: Mapping[str, Value],
    dt: float,
    states: tuple[str, ...],
    prefix: str = "P",
    integrals: Mapping[str, ast.expr] | None = None,
) -> dict[str, Value]:
    """Coefficients of the exact step of a linear system of states.

    Parameters
    ----------
    model : CellModel
    values : mapping of str to float64 array, shape () or (cells,)
        The parameters.
    dt : float
        Time step, ms.
    states : tuple of str
        As :func:`linear_states` gives them.
    prefix : str
        ``P`` for the whole step; another one, as ``H``, also begins the names of the drives.
    integrals : mapping of str to expression
        Further rows, by names that no state has: the integral over the step of an expression that is affine in the
        states.

    Returns
    -------
    dict
        ``P__<state>__<other>``, ``R__<state>`` (injected current) and ``Q__<state>``
        (constant drive); those that are zero for all cells are left out.

    Raises
    ------
    NotLinear
        If the equations of the states are not linear.
    """
    forms = {e.state: affine(e.tree, values, variables(model)) for e in model.system if e.state in states}
    forms |= {name: affine(tree, values, variables(model)) for name, tree in (integrals or {}).items()}
    rows = [*states, *(integrals or {})]
    columns = [*rows, INJECTED, "1"]
    shape = np.broadcast_shapes(*(np.shape(v) for v in values.values()))
    matrix = np.zeros((*shape, len(columns), len(columns)))
    for row, state in enumerate(rows):
        for name, coefficient in forms[state].coefficients.items():
            matrix[..., row, columns.index(name)] = coefficient
        matrix[..., row, -1] = forms[state].constant
    step = expm(matrix * dt)
    result = {}
    for row, state in enumerate(rows):
        for column, name in enumerate(columns):
            entry = step[..., row, column]
            if np.any(entry) and name not in (integrals or {}):
                drive = "" if prefix == "P" else prefix
                special = {INJECTED: f"{drive}R__{state}", "1": f"{drive}Q__{state}"}
                result[special.get(name, f"{prefix}__{state}__{name}")] = entry
    return result


def expm(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrix exponential of a stack of small matrices, shape (..., n, n).

    Scaling and squaring around a Taylor series of order 18 with norm at most 1/2:
    the remainder is below 1e-22 (Moler & Van Loan 2003, SIAM Rev 45, method 3).
    NumPy alone, since it runs inside the workers; tested against scipy.linalg.expm.
    """
    norm = float(np.abs(matrix).sum(axis=-2).max(initial=0.0))
    squarings = max(0, int(np.ceil(np.log2(norm * 2)))) if norm > 0 else 0
    scaled = matrix / 2.0**squarings
    identity = np.eye(matrix.shape[-1])
    result = identity + scaled / 18
    for order in range(17, 0, -1):
        result = identity + product(scaled, result) / order
    for _ in range(squarings):
        result = product(result, result)
    return result


def product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Products of small matrices, shape (..., n, n), summed in their order.

    ``@`` rounds as the version of NumPy and the processor have it, and each simulator may have another NumPy.
    """
    total = a[..., :, :1] * b[..., :1, :]
    for k in range(1, a.shape[-1]):
        total = total + a[..., :, k : k + 1] * b[..., k : k + 1, :]
    return total
