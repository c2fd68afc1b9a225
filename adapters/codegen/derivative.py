"""Derivatives of expressions: how fast a state of a cell moves back to where it tends to."""

from __future__ import annotations

import ast

from unisono.models.dynamics.expressions import names_in


def derivative(tree: ast.expr, name: str) -> ast.expr | None:
    """The derivative of an expression by one of its symbols; None where that is zero.

    An estimate where a function has no plain derivative: ``exprel`` grows by less than itself; the slopes of
    ``min``, ``max``, ``abs`` and ``mod`` are those of what they are given.
    """
    match tree:
        case ast.Name(id=symbol):
            return ast.Constant(1.0) if symbol == name else None
        case ast.UnaryOp(op=op, operand=operand):
            inner = derivative(operand, name)
            return negative(inner) if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            second = derivative(right, name)
            return _sum(derivative(left, name), second if isinstance(op, ast.Add) else negative(second))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _sum(_product(derivative(left, name), right), _product(left, derivative(right, name)))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            moved = _product(ast.BinOp(tree, ast.Div(), right), derivative(right, name))
            return _sum(_quotient(derivative(left, name), right), negative(moved))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            outer = ast.BinOp(right, ast.Mult(), _power(left, right))
            moved = _product(ast.BinOp(tree, ast.Mult(), _call("log", left)), derivative(right, name))
            return _sum(_product(outer, derivative(left, name)), moved)
        case ast.Call(func=ast.Name(id="floor")):
            return None
        case ast.Call(func=ast.Name(id=function), args=[argument]):
            return _of_function(tree, function, argument, derivative(argument, name))
        case ast.Call(args=[first, second]):
            return _sum(derivative(first, name), derivative(second, name))
    return None


def is_affine(tree: ast.expr, name: str) -> bool:
    """Whether an expression is a constant plus a multiple of the symbol."""
    if any(isinstance(node, ast.Call) and name in names_in(node) for node in ast.walk(tree)):
        return False
    inner = derivative(tree, name)
    return inner is None or name not in names_in(inner)


def negative(tree: ast.expr | None) -> ast.expr | None:
    """The expression with the other sign."""
    match tree:
        case None:
            return None
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return operand
    return ast.UnaryOp(ast.USub(), tree)


def _of_function(tree: ast.Call, function: str, argument: ast.expr, inner: ast.expr | None) -> ast.expr | None:
    one = ast.Constant(1.0)
    outer: dict[str, ast.expr] = {
        "exp": tree,
        "exprel": tree,
        "log": ast.BinOp(one, ast.Div(), argument),
        "sqrt": ast.BinOp(ast.Constant(0.5), ast.Div(), tree),
        "abs": one,
        "tanh": ast.BinOp(one, ast.Sub(), ast.BinOp(tree, ast.Mult(), tree)),
        "cosh": _call("sinh", argument),
        "sinh": _call("cosh", argument),
    }
    return _product(outer[function], inner)


def _call(name: str, argument: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), [argument], [])


def _power(base: ast.expr, exponent: ast.expr) -> ast.expr:
    """``base**(exponent - 1)``."""
    if isinstance(exponent, ast.Constant) and isinstance(exponent.value, float):
        lower = exponent.value - 1.0
        return base if lower == 1.0 else ast.BinOp(base, ast.Pow(), ast.Constant(lower))
    return ast.BinOp(base, ast.Pow(), ast.BinOp(exponent, ast.Sub(), ast.Constant(1.0)))


def _sum(a: ast.expr | None, b: ast.expr | None) -> ast.expr | None:
    match a, b:
        case (None, _):
            return b
        case (_, None):
            return a
        case (ast.UnaryOp(op=ast.USub(), operand=x), ast.UnaryOp(op=ast.USub(), operand=y)):
            return ast.UnaryOp(ast.USub(), ast.BinOp(x, ast.Add(), y))
        case (_, ast.UnaryOp(op=ast.USub(), operand=y)) if a is not None:
            return ast.BinOp(a, ast.Sub(), y)
        case (ast.UnaryOp(op=ast.USub(), operand=x), _) if b is not None:
            return ast.BinOp(b, ast.Sub(), x)
    assert a is not None and b is not None
    return ast.BinOp(a, ast.Add(), b)


def _product(a: ast.expr | None, b: ast.expr | None) -> ast.expr | None:
    match a, b:
        case (None, _) | (_, None):
            return None
        case (ast.UnaryOp(op=ast.USub(), operand=x), _):
            return negative(_product(x, b))
        case (_, ast.UnaryOp(op=ast.USub(), operand=y)):
            return negative(_product(a, y))
        case (ast.Constant(value=1.0), _):
            return b
        case (_, ast.Constant(value=1.0)):
            return a
    assert a is not None and b is not None
    return ast.BinOp(a, ast.Mult(), b)


def _quotient(a: ast.expr | None, b: ast.expr) -> ast.expr | None:
    match a:
        case None:
            return None
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return negative(_quotient(x, b))
    return ast.BinOp(a, ast.Div(), b)
