"""Expressions as mathematics: LaTeX for papers, MathML for pages.

One walk over the parsed expression, two notations; nothing is rearranged, so that what is printed is what is computed.
"""

from __future__ import annotations

import ast
from html import escape
from typing import ClassVar, Protocol

_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi psi omega Delta Gamma"
)
_LETTERS = dict(zip(_NAMES.split(), "αβγδεζηθκλμνξρστφχψωΔΓ", strict=True))

#: How strongly a form binds: sums, what begins with a sign, products, powers, fractions, what never needs brackets.
SUM, SIGNED, PRODUCT, POWER, FRACTION, WHOLE = range(1, 7)

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


class Notation(Protocol):
    """A language of formulas."""

    def number(self, text: str) -> str:
        """A number."""

    def symbol(self, letter: str, index: str) -> str:
        """A name and its index, which may be empty."""

    def row(self, *parts: str) -> str:
        """Parts beside each other."""

    def sign(self, text: str) -> str:
        """One of ``+ - * = ( ) | , <-`` and the signs of comparisons."""

    def fraction(self, above: str, below: str) -> str:
        """One expression over another."""

    def power(self, base: str, exponent: str) -> str:
        """A power."""

    def root(self, inside: str) -> str:
        """A square root."""

    def function(self, name: str) -> str:
        """The name of a function."""


class Latex:
    """Formulas as LaTeX, for its mathematical mode."""

    SIGNS: ClassVar = {"*": r"\,", "<-": r"\gets ", ">=": r"\geq ", "(": r"\left(", ")": r"\right)", "|": "|"}
    KNOWN = ("exp", "log", "min", "max", "tanh", "cosh", "sinh")

    def number(self, text: str) -> str:
        """A number."""
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def symbol(self, letter: str, index: str) -> str:
        """A name and its index."""
        name = "\\" + letter if letter in _LETTERS else letter if len(letter) == 1 else rf"\mathit{{{letter}}}"
        return name + (rf"_{{\mathrm{{{index}}}}}" if index else "")

    def row(self, *parts: str) -> str:
        """Parts beside each other."""
        return " ".join(parts)

    def sign(self, text: str) -> str:
        """A sign."""
        return self.SIGNS.get(text, text)

    def fraction(self, above: str, below: str) -> str:
        """One expression over another."""
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: str) -> str:
        """A power."""
        return f"{{{base}}}^{{{exponent}}}"

    def root(self, inside: str) -> str:
        """A square root."""
        return rf"\sqrt{{{inside}}}"

    def function(self, name: str) -> str:
        """The name of a function."""
        return rf"\{name}" if name in self.KNOWN else rf"\operatorname{{{name}}}"


class MathML:
    """Formulas as MathML, which browsers set by themselves."""

    SIGNS: ClassVar = {"*": "\u2062", "-": "−", "<-": "←", ">=": "≥"}

    def number(self, text: str) -> str:
        """A number."""
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return f"<mn>{escape(mantissa)}</mn>"
        return f"<mn>{mantissa}</mn><mo>·</mo><msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"

    def symbol(self, letter: str, index: str) -> str:
        """A name and its index."""
        name = f"<mi>{escape(_LETTERS.get(letter, letter))}</mi>"
        return f"<msub>{name}<mtext>{escape(index)}</mtext></msub>" if index else name

    def row(self, *parts: str) -> str:
        """Parts beside each other."""
        return f"<mrow>{''.join(parts)}</mrow>"

    def sign(self, text: str) -> str:
        """A sign."""
        return f"<mo>{escape(self.SIGNS.get(text, text))}</mo>"

    def fraction(self, above: str, below: str) -> str:
        """One expression over another."""
        return f"<mfrac>{above}{below}</mfrac>"

    def power(self, base: str, exponent: str) -> str:
        """A power."""
        return f"<msup>{base}{exponent}</msup>"

    def root(self, inside: str) -> str:
        """A square root."""
        return f"<msqrt>{inside}</msqrt>"

    def function(self, name: str) -> str:
        """The name of a function."""
        return f"<mi>{escape(name)}</mi>"


LATEX, MATHML = Latex(), MathML()


def formula(tree: ast.expr, notation: Notation) -> str:
    """An expression, or a comparison of two, as mathematics.

    Parameters
    ----------
    tree : ast.expr
        Of :func:`unisono.models.dynamics.expressions.parse_expression`.
    notation : Notation
    """
    return _written(tree, notation)[0]


def symbol(name: str, notation: Notation) -> str:
    """A name: what comes before its first underscore, and the rest as its index."""
    letter, _, index = name.partition("_")
    return notation.symbol(letter, index.replace("_", ",")) if letter else notation.symbol(name, "")


def _written(tree: ast.expr, notation: Notation) -> tuple[str, int]:
    """An expression, and how strongly its outermost form binds."""
    match tree:
        case ast.Constant(value=float(value)):
            return notation.number(f"{value:g}"), WHOLE
        case ast.Name(id=name):
            return symbol(name, notation), WHOLE
        case ast.UnaryOp(operand=operand):
            return notation.row(notation.sign("-"), _inside(operand, PRODUCT, notation)), SIGNED
        case ast.BinOp(left=left, op=operator, right=right):
            return _operation(left, _OPERATORS[type(operator)], right, notation)
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            sign = notation.sign(">=" if isinstance(operator, ast.GtE) else ">")
            return notation.row(formula(left, notation), sign, formula(right, notation)), SUM
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments, notation), WHOLE
        case _:
            raise TypeError(f"{ast.dump(tree)} is no part of an expression.")


def _operation(left: ast.expr, operator: str, right: ast.expr, notation: Notation) -> tuple[str, int]:
    if operator == "/":
        return notation.fraction(formula(left, notation), formula(right, notation)), FRACTION
    if operator == "**":
        return notation.power(_inside(left, WHOLE, notation), formula(right, notation)), POWER
    least = SIGNED if operator == "*" else SUM
    sides = _inside(left, least, notation), _inside(right, PRODUCT, notation)
    binds = min(PRODUCT, _written(left, notation)[1]) if operator == "*" else SUM
    return notation.row(sides[0], notation.sign(operator), sides[1]), max(binds, least)


def _call(name: str, arguments: list[ast.expr], notation: Notation) -> str:
    inside = [formula(argument, notation) for argument in arguments]
    if name == "sqrt":
        return notation.root(inside[0])
    if name == "abs":
        return notation.row(notation.sign("|"), inside[0], notation.sign("|"))
    listed = inside[0] if len(inside) == 1 else notation.row(inside[0], notation.sign(","), inside[1])
    return notation.row(notation.function(name), notation.sign("("), listed, notation.sign(")"))


def _inside(tree: ast.expr, needed: int, notation: Notation) -> str:
    """An expression as a part of a form, in brackets where it binds less than the form does."""
    text, binds = _written(tree, notation)
    return text if binds >= needed else notation.row(notation.sign("("), text, notation.sign(")"))
