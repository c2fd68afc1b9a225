"""Linear systems: the matrix of ``d(x, i_inj, 1)/dt``, read off the equations."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import evaluate

#: Shape (cells, columns): coefficients of an expression in the states, ``i_inj`` and 1.
Row = NDArray[np.float64]


def columns(model: CellModel) -> tuple[str, ...]:
    """Names of the columns: the states, ``i_inj``, ``1``."""
    return (*model.states, INJECTED, "1")


def linear_system(
    model: CellModel, parameters: Mapping[str, NDArray[np.float64]], cells: int
) -> NDArray[np.float64] | None:
    """Matrix A of ``dy/dt = A y``, ``y = (states, i_inj, 1)``, in the order of the model's states.

    Returns
    -------
    float64 array, shape (cells, states + 2, states + 2), or None
        None if the equations are not linear with these parameters.
    """
    names = columns(model)
    matrix = np.zeros((cells, len(names), len(names)))
    for index, equation in enumerate(model.system):
        row = coefficients(equation.tree, names, parameters, cells)
        if row is None:
            return None
        matrix[:, index] = row
    return matrix


def coefficients(
    tree: ast.expr, names: Sequence[str], parameters: Mapping[str, NDArray[np.float64]], cells: int
) -> Row | None:
    """Coefficients of an expression in the columns ``names``; None if it is not linear."""
    with np.errstate(all="ignore"):
        row = _row(tree, list(names), parameters, cells)
    return row if row is not None and np.isfinite(row).all() else None


def _row(tree: ast.expr, names: list[str], parameters: Mapping[str, Any], cells: int) -> Row | None:
    unit = np.zeros((cells, len(names)))
    match tree:
        case ast.Name(id=name) if name in names:
            unit[:, names.index(name)] = 1.0
            return unit
        case ast.Name() | ast.Constant():
            unit[:, -1] = evaluate(tree, parameters)
            return unit
        case ast.UnaryOp(op=op, operand=operand):
            inner = _row(operand, names, parameters, cells)
            return inner if inner is None or isinstance(op, ast.UAdd) else -inner
        case ast.BinOp(left=left, op=op, right=right):
            a, b = (_row(part, names, parameters, cells) for part in (left, right))
            return None if a is None or b is None else _combined(op, a, b)
        case ast.Call(func=function, args=arguments):
            rows = [_row(part, names, parameters, cells) for part in arguments]
            if any(row is None or not _constant(row) for row in rows):
                return None
            numbers = {f"argument{k}": row[:, -1] for k, row in enumerate(rows) if row is not None}
            call = ast.Call(function, [ast.Name(name, ast.Load()) for name in numbers], [])
            unit[:, -1] = evaluate(call, numbers)
            return unit
    return None


def _combined(op: ast.operator, a: Row, b: Row) -> Row | None:
    if isinstance(op, ast.Add | ast.Sub):
        return a + b if isinstance(op, ast.Add) else a - b
    if isinstance(op, ast.Mult) and (_constant(a) or _constant(b)):
        return a[:, -1:] * b if _constant(a) else a * b[:, -1:]
    if isinstance(op, ast.Div) and _constant(b):
        return a / b[:, -1:]
    if isinstance(op, ast.Pow) and _constant(a) and _constant(b):
        power = np.zeros_like(a)
        power[:, -1] = a[:, -1] ** b[:, -1]
        return power
    return None


def _constant(row: Row) -> bool:
    return not row[:, :-1].any()
