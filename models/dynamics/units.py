"""Units of equations: what may be added to what.

PyNN's units are coherent: a nF times mV per ms is a nA, a uS times mV is a nA.
So numbers need no conversion as long as units fit, and that is all that is checked.
A unit is a product of powers of base units and a power of ten; units that
differ in the power of ten alone do not fit, since nothing is converted silently.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

#: What all units are made of; ``receptor`` is what a weight has, the unit of the state that it is added to.
BASE = ("ms", "mV", "nA", "um", "mM", "receptor")

_NUMBERS = "a number", "numbers"

_NONE = (Fraction(0),) * len(BASE)


@dataclass(frozen=True)
class Unit:
    """``10**scale`` times the product of the base units to their powers."""

    powers: tuple[Fraction, ...] = _NONE
    scale: Fraction = Fraction(0)

    def __mul__(self, other: Unit) -> Unit:
        powers = tuple(a + b for a, b in zip(self.powers, other.powers, strict=True))
        return Unit(powers, self.scale + other.scale)

    def __pow__(self, exponent: Fraction | int) -> Unit:
        return Unit(tuple(p * exponent for p in self.powers), self.scale * exponent)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __str__(self) -> str:
        """The unit as one of the known ones, or as a product of base units."""
        for name, unit in UNITS.items():
            if unit == self:
                return name
        powers = sorted(zip(self.powers, BASE, strict=True), key=lambda entry: entry[0] < 0)
        text = f"10**{self.scale}" if self.scale else ""
        for power, name in powers:
            sign = "/" if power < 0 else "*" * bool(text)
            if power:
                text = (text or "1" * (power < 0)) + sign + name + (f"**{abs(power)}" if abs(power) != 1 else "")
        return text


DIMENSIONLESS = Unit()


def _base(name: str, scale: int = 0) -> Unit:
    return Unit(tuple(Fraction(int(b == name)) for b in BASE), Fraction(scale))


def _known() -> dict[str, Unit]:
    ms, mv, na, um, mm, receptor = (_base(name) for name in BASE)
    ten = Unit(scale=Fraction(1))
    table = {"1": DIMENSIONLESS, "ms": ms, "mV": mv, "nA": na, "um": um, "mM": mm, "receptor": receptor}
    table |= {"s": ms * ten**3, "us": ms * ten**-3, "kHz": ms**-1, "Hz": ms**-1 * ten**-3}
    table |= {"V": mv * ten**3, "uV": mv * ten**-3}
    table |= {"pA": na * ten**-3, "uA": na * ten**3, "mA": na * ten**6}
    farad, siemens = na * ms / mv, na / mv
    table |= {"nF": farad, "pF": farad * ten**-3, "uF": farad * ten**3}
    table |= {"uS": siemens, "pS": siemens * ten**-6, "nS": siemens * ten**-3, "mS": siemens * ten**3}
    table |= {"MOhm": siemens**-1, "GOhm": siemens**-1 * ten**3, "kOhm": siemens**-1 * ten**-3}
    table |= {"um2": um**2, "mm2": um**2 * ten**6, "cm2": um**2 * ten**8, "uM": mm * ten**-3}
    return table


#: The units that may be named. Coherent are ms, mV, nA, nF, uS, MOhm, kHz, um, um2 and mM.
UNITS: dict[str, Unit] = _known()


@cache
def parse_unit(text: str) -> Unit:
    """The unit that a text such as ``mV/ms`` or ``mS/cm2`` names; an empty text is ``1``.

    Raises
    ------
    ValueError
        With the part that is no unit.
    """
    text = text.strip()
    if not text:
        return DIMENSIONLESS
    try:
        return _unit(ast.parse(text, mode="eval").body)
    except SyntaxError:
        raise ValueError(text) from None


def _unit(tree: ast.expr) -> Unit:
    match tree:
        case ast.Constant(value=1):
            return DIMENSIONLESS
        case ast.Name(id=name) if name in UNITS:
            return UNITS[name]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _unit(left) * _unit(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _unit(left) / _unit(right)
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() as exponent)):
            return _unit(left) ** exponent
    raise ValueError(ast.unparse(tree))


class UnitMismatch(Exception):
    """Units that do not fit; ``node`` is the place in the expression."""

    def __init__(self, node: ast.expr, reason: str) -> None:
        super().__init__(reason)
        self.node = node


def unit_of(tree: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    """Unit of an expression; None for the number 0, which fits any.

    Parameters
    ----------
    tree : ast.expr
        As :func:`unisono.models.dynamics.expressions.parse_expression` accepts it.
    units : mapping of str to Unit
        Of all symbols in it.

    Raises
    ------
    UnitMismatch
        Where units do not fit.
    """
    match tree:
        case ast.Constant(value=value):
            return None if value == 0 else DIMENSIONLESS
        case ast.Name(id=name):
            return units[name]
        case ast.UnaryOp(operand=operand):
            return unit_of(operand, units)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(left, right, units)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
            a, b = unit_of(left, units), unit_of(right, units)
            if a is None or b is None:
                return None
            return a * b if isinstance(op, ast.Mult) else a / b
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            return _same([left, right], units, tree)
        case ast.Call(func=ast.Name(id="min" | "max" | "mod"), args=arguments):
            return _same(arguments, units, tree)
        case ast.Call(func=ast.Name(id="abs"), args=[argument]):
            return unit_of(argument, units)
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            inner = unit_of(argument, units)
            return None if inner is None else inner ** Fraction(1, 2)
        case ast.Call(func=ast.Name(id=function), args=arguments):
            for argument in arguments:
                _plain(argument, units, f"{function}() takes {_NUMBERS[len(arguments) > 1]} without unit")
            return DIMENSIONLESS
    raise TypeError(f"no unit of {ast.unparse(tree)}")


def _same(trees: list[ast.expr], units: Mapping[str, Unit], whole: ast.expr) -> Unit | None:
    found = [(tree, unit_of(tree, units)) for tree in trees]
    known = [(tree, unit) for tree, unit in found if unit is not None]
    for tree, unit in known[1:]:
        if unit != known[0][1]:
            doing = "added to" if isinstance(whole, ast.BinOp) else "compared with"
            raise UnitMismatch(tree, f"{_describe(tree, unit)} cannot be {doing} {_describe(*known[0])}")
    return known[0][1] if known else None


def _describe(tree: ast.expr, unit: Unit) -> str:
    return f"'{ast.unparse(tree)}' ({unit})"


def _plain(tree: ast.expr, units: Mapping[str, Unit], what: str) -> Unit:
    unit = unit_of(tree, units)
    if unit is not None and unit != DIMENSIONLESS:
        raise UnitMismatch(tree, f"{what}, and {_describe(tree, unit)} has one")
    return DIMENSIONLESS


def _power(base: ast.expr, exponent: ast.expr, units: Mapping[str, Unit]) -> Unit | None:
    unit = unit_of(base, units)
    _plain(exponent, units, "an exponent is a number without unit")
    if unit is None or unit == DIMENSIONLESS:
        return DIMENSIONLESS
    try:
        number = ast.literal_eval(exponent)
    except ValueError:
        raise UnitMismatch(exponent, f"the exponent of {_describe(base, unit)} must be a plain number") from None
    return unit ** Fraction(number).limit_denominator(100)
