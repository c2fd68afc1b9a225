"""Values of parsed expressions over NumPy arrays, without executing text."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

_OPERATORS = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}


def evaluate(tree: ast.expr, values: Mapping[str, Any]) -> Any:
    """Value of an expression that :func:`unisono.models.equations.parse_expression` accepted."""
    match tree:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=op, operand=operand):
            inner = evaluate(operand, values)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](evaluate(left, values), evaluate(right, values))
        case ast.Call(func=ast.Name(id="exp"), args=[argument]):
            return np.exp(evaluate(argument, values))
    raise TypeError(f"cannot evaluate {ast.unparse(tree)}")
