"""Expressions as Python functions of the state, with the parameters put in.

Built from the parsed tree, a closure a node; what depends on parameters alone is
computed once. Numbers are floats for a single cell and arrays for many.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unisono.models.dynamics.expressions import FUNCTIONS

#: A function of the values of the variables, in their order.
Function = Callable[[Any], Any]


def _exp(x: float) -> float:
    """``exp`` that gives infinity where ``math.exp`` gives up, as NumPy does: a ``min`` around it may bound it."""
    return math.exp(x) if x < 709.0 else math.inf


def _exprel(x: float) -> float:
    return 1.0 if x == 0 else math.expm1(x) / x if x < 709.0 else math.inf


_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(frozen=True)
class Arithmetic:
    """Operators and functions over one kind of number."""

    number: Callable[[Any], Any]
    operators: Mapping[type[ast.AST], Callable[..., Any]]
    functions: Mapping[str, Callable[..., Any]]


SCALARS = Arithmetic(
    float,
    {**_OPERATORS, ast.Pow: math.pow},
    {
        "exp": _exp,
        "log": math.log,
        "sqrt": math.sqrt,
        "abs": abs,
        "floor": math.floor,
        "tanh": math.tanh,
        "cosh": math.cosh,
        "sinh": math.sinh,
        "exprel": _exprel,
        "min": min,
        "max": max,
        "mod": math.fmod,
    },
)
ARRAYS = Arithmetic(
    np.float64,
    {**_OPERATORS, ast.Pow: np.power},
    {name: function for name, (_, function) in FUNCTIONS.items()},
)


def function(
    tree: ast.expr, constants: Mapping[str, Any], variables: Sequence[str], arithmetic: Arithmetic = SCALARS
) -> Function:
    """The expression as a function of the variables.

    Parameters
    ----------
    tree : ast.expr
        As :func:`unisono.models.dynamics.expressions.parse_expression` gives it, comparisons included.
    constants : mapping of str to number or array
    variables : sequence of str
        In the order in which the function takes their values.
    arithmetic : Arithmetic
    """
    found, constant = _built(tree, constants, list(variables), arithmetic)
    return (lambda values: found) if constant else found


def _built(
    node: ast.expr, constants: Mapping[str, Any], variables: list[str], arithmetic: Arithmetic
) -> tuple[Any, bool]:
    """The value of a subtree and True, or a function and False."""
    match node:
        case ast.Constant(value=value):
            return arithmetic.number(value), True
        case ast.Name(id=name) if name in variables:
            return operator.itemgetter(variables.index(name)), False
        case ast.Name(id=name):
            return constants[name], True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _applied(operator.neg, [_built(operand, constants, variables, arithmetic)])
        case ast.UnaryOp(operand=operand):
            return _built(operand, constants, variables, arithmetic)
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            parts = [_built(part, constants, variables, arithmetic) for part in (left, right)]
            return _applied(arithmetic.operators[type(op)], parts)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            parts = [_built(part, constants, variables, arithmetic) for part in arguments]
            return _applied(arithmetic.functions[name], parts)
    raise TypeError(f"cannot evaluate {ast.unparse(node)}")


def _applied(call: Callable[..., Any], parts: list[tuple[Any, bool]]) -> tuple[Any, bool]:
    """An operation on parts that are values or functions."""
    match parts:
        case [(a, True)]:
            return call(a), True
        case [(a, False)]:
            return (lambda values: call(a(values))), False
        case [(a, True), (b, True)]:
            return call(a, b), True
        case [(a, True), (b, False)]:
            return (lambda values: call(a, b(values))), False
        case [(a, False), (b, True)]:
            return (lambda values: call(a(values), b)), False
        case [(a, False), (b, False)]:
            return (lambda values: call(a(values), b(values))), False
    raise TypeError("an operation has one or two parts")
