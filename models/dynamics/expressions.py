"""Arithmetic as text: parsed with Python's own grammar, never executed.

An expression consists of numbers, names, ``+ - * / **`` and the functions below.
Here it is parsed, its names are found and replaced, and its value is computed
over NumPy arrays.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np


def _exprel(x: Any) -> Any:
    """``(exp(x) - 1)/x``, and its limit 1 at x = 0."""
    x = np.asarray(x, np.float64)
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, np.expm1(safe) / safe)


#: Trials that binomial() counts successes in at most: the probability of none, at least 2**-1000, is a number.
MOST_TRIALS = 1000


def _binomial(trials: Any, probability: Any, chance: Any, power: Callable[..., Any] = np.power) -> Any:
    """Successes among so many trials: the fewest that are so many, or fewer, with a probability of at least ``chance``.

    The cumulated probabilities are summed for the rarer outcome. What is beyond :data:`MOST_TRIALS` is NaN.
    """
    values = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (trials, probability, chance)))
    n, p, chance = values
    rare = np.maximum(0.0, np.minimum(p, 1.0 - p))
    asked = np.where(p > 0.5, 1.0 - chance, chance)
    part = power(1.0 - rare, n)
    total, count = part, np.where(n > MOST_TRIALS, np.nan, 0.0)
    while (more := (total < asked) & (count < n)).any():
        part = part * ((n - count) / (count + 1.0) * (rare / (1.0 - rare)))
        count = np.where(more, count + 1.0, count)
        total = np.where(more, total + part, total)
    return np.where(p > 0.5, n - count, count)


#: Functions an expression may call, with the number of their arguments; every code generator knows these.
FUNCTIONS: dict[str, tuple[int, Callable[..., Any]]] = {
    "exp": (1, np.exp),
    "log": (1, np.log),
    "sqrt": (1, np.sqrt),
    "abs": (1, np.abs),
    "floor": (1, np.floor),
    "tanh": (1, np.tanh),
    "cosh": (1, np.cosh),
    "sinh": (1, np.sinh),
    "exprel": (1, _exprel),
    "min": (2, np.minimum),
    "max": (2, np.maximum),
    "mod": (2, np.fmod),
    "binomial": (3, _binomial),
}

#: Those that only the statements of synapses may call.
OF_SYNAPSES = frozenset({"binomial"})


def _each(function: Callable[..., float], arguments: int = 1) -> Callable[..., Any]:
    """A function of the C library for arrays; NumPy's own may differ from it in the last bit."""

    def one(*values: float) -> float:
        try:
            return function(*values)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.nan

    found: Any = np.frompyfunc(one, arguments, 1)

    def of_different(values: Any) -> Any:
        """Each different argument is computed once: those of decays are whole numbers of steps."""
        given = np.asarray(values, np.float64)
        bits, which = np.unique(np.ascontiguousarray(given).view(np.int64), return_inverse=True)
        return np.asarray(found(bits.view(np.float64)), np.float64)[which].reshape(given.shape)

    return of_different if arguments == 1 else lambda *values: np.asarray(found(*values), np.float64)


_EXPM1_OF_C = _each(math.expm1)


def _exprel_of_c(x: Any) -> Any:
    x = np.asarray(x, np.float64)
    safe = np.where(x == 0, 1.0, x)
    return np.where(x == 0, 1.0, _EXPM1_OF_C(safe) / safe)


#: The same functions with the bits of the C library, which simulators call; several times slower.
_OF_C: dict[str, Callable[..., Any]] = {
    "exp": _each(math.exp),
    "log": _each(math.log),
    "tanh": _each(math.tanh),
    "cosh": _each(math.cosh),
    "sinh": _each(math.sinh),
    "exprel": _exprel_of_c,
}
_POWER_OF_C = _each(math.pow, 2)
_OF_C["binomial"] = partial(_binomial, power=_POWER_OF_C)

_OPERATORS: dict[type[ast.operator] | type[ast.cmpop], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}


class NotAnExpression(Exception):
    """The text is no expression; ``start`` and ``end`` are the place in it."""

    def __init__(self, reason: str, start: int, end: int) -> None:
        super().__init__(reason)
        self.start, self.end = start, end


def parse_expression(text: str, comparison: bool = False) -> ast.expr:
    """Parse arithmetic; all numbers become floats.

    Parameters
    ----------
    text : str
    comparison : bool
        Whether it must be one comparison, ``a >= b`` or ``a > b``, of two expressions.

    Raises
    ------
    NotAnExpression
        If it is anything else.
    """
    try:
        return _parsed(text, comparison)
    except SyntaxError as error:
        start = max(0, (error.offset or 1) - 1)
        raise NotAnExpression(f"this cannot be read ({error.msg})", start, start + 1) from None
    except (RecursionError, MemoryError, ValueError):
        raise NotAnExpression("this cannot be read", 0, len(text)) from None


def _parsed(text: str, comparison: bool) -> ast.expr:
    tree = ast.parse(text, mode="eval").body
    if comparison:
        if not (isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Gt | ast.GtE)):
            raise NotAnExpression("a threshold is one comparison, as v >= v_thresh", 0, len(text))
        _check(tree.left)
        _check(tree.comparators[0])
    else:
        _check(tree)
    floats: ast.expr = _Floats().visit(tree)
    return floats


class _Floats(ast.NodeTransformer):
    """Numbers as floats: 1/2 is a half in every language."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.copy_location(ast.Constant(float(node.value)), node)  # type: ignore[arg-type]


def _check(tree: ast.expr) -> None:
    """Refuse everything that is no arithmetic."""
    for node in _subexpressions(tree):
        match node:
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow()) | ast.Name():
                continue
            case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
                continue
            case ast.Constant(value=int() | float() as value) if type(value) is not bool and abs(value) < 1e300:
                continue
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                number = FUNCTIONS[name][0]
                if len(arguments) == number and not any(isinstance(a, ast.Starred) for a in arguments):
                    continue
                raise _refused(node, f"{name}() takes {number} argument{'s' if number > 1 else ''}")
            case ast.Call():
                known = ", ".join(FUNCTIONS)
                raise _refused(node, f"'{ast.unparse(node.func)}' is not a known function (known are {known})")
        raise _refused(node, f"'{ast.unparse(node)}' is not arithmetic")


def _subexpressions(tree: ast.expr) -> list[ast.expr]:
    """The expression and all it consists of, names of functions left out."""
    found = [tree]
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr) and not (isinstance(tree, ast.Call) and child is tree.func):
            found += _subexpressions(child)
    return found


def _refused(node: ast.expr, reason: str) -> NotAnExpression:
    return NotAnExpression(reason, node.col_offset, node.end_col_offset or node.col_offset + 1)


def names_in(tree: ast.AST) -> set[str]:
    """Names of the symbols in an expression, functions left out."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - FUNCTIONS.keys()


def copied(tree: ast.expr) -> ast.expr:
    """A copy of an expression or comparison, whose nodes may be changed; several times as fast as ``deepcopy``."""
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            return ast.BinOp(copied(left), op, copied(right))
        case ast.UnaryOp(op=op, operand=operand):
            return ast.UnaryOp(op, copied(operand))
        case ast.Call(func=function, args=arguments):
            return ast.Call(copied(function), [copied(a) for a in arguments], [])
        case ast.Compare(left=left, ops=operators, comparators=others):
            return ast.Compare(copied(left), operators, [copied(other) for other in others])
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Constant(value=value):
            return ast.Constant(value)
    raise TypeError(f"cannot copy {ast.unparse(tree)}")


def substituted(tree: ast.expr, replacements: Mapping[str, ast.expr]) -> ast.expr:
    """A copy of the expression with names replaced by expressions."""
    return _Substitution(replacements).visit(copied(tree))  # type: ignore[no-any-return]


class _Substitution(ast.NodeTransformer):
    def __init__(self, replacements: Mapping[str, ast.expr]) -> None:
        self.replacements = replacements

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.replacements.get(node.id, node)


def without(tree: ast.expr, ones: frozenset[str]) -> ast.expr:
    """A copy of the expression without symbols that stand for the number 1 (names of units)."""
    return _Removal(ones).visit(copied(tree))  # type: ignore[no-any-return]


class _Removal(ast.NodeTransformer):
    def __init__(self, ones: frozenset[str]) -> None:
        self.ones = ones

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Constant(1.0) if node.id in self.ones else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        units = isinstance(node.right, ast.Name) and node.right.id in self.ones
        if units and isinstance(node.op, ast.Mult | ast.Div):
            return self.visit(node.left)  # type: ignore[no-any-return]
        self.generic_visit(node)
        match node:
            case ast.BinOp(left=ast.Constant(value=1.0), op=ast.Mult(), right=right):
                return right
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div(), right=ast.Constant(value=1.0)):
                return left
            case ast.BinOp(left=ast.Constant(value=1.0), op=ast.Pow()):
                return ast.Constant(1.0)
        return node


def evaluate(tree: ast.expr, values: Mapping[str, Any], as_in_c: bool = False) -> Any:
    """Value of an expression over NumPy arrays.

    Parameters
    ----------
    tree : ast.expr
        As :func:`parse_expression` accepts it.
    values : mapping of str to number or array
        Of all symbols in it.
    as_in_c : bool
        Whether the functions have the bits of the C library, where NumPy's differ in the last one.
    """
    match tree:
        case ast.Constant(value=value):
            return np.float64(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=op, operand=operand):
            inner = evaluate(operand, values, as_in_c)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            operator = _POWER_OF_C if as_in_c and isinstance(op, ast.Pow) else _OPERATORS[type(op)]
            return operator(evaluate(left, values, as_in_c), evaluate(right, values, as_in_c))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            function = FUNCTIONS[name][1]
            if as_in_c:
                function = _OF_C.get(name, function)
            return function(*(evaluate(a, values, as_in_c) for a in arguments))
    raise TypeError(f"cannot evaluate {ast.unparse(tree)}")
