"""Parameters of your own models as text: a number and its unit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from unisono.models.dynamics.model import Equation, Parameter
from unisono.models.errors import ModelError

#: A number, and the unit behind it: ``10 ms``, ``0.04/ms``, ``-65 mV``.
_QUANTITY = re.compile(
    r"\s*(?P<number>[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)\s*(?P<unit>\D.*|1\s*|1\s*/.*)?$", re.IGNORECASE
)

#: Characters of a quantity; the time that the pattern takes grows faster than the text.
LONGEST_QUANTITY = 200

#: What a parameter may be given as.
Quantity = str | tuple[float, str] | Parameter


def is_quantity(text: str) -> bool:
    """Whether a text begins with a number."""
    return _QUANTITY.match(text[:LONGEST_QUANTITY]) is not None


def quantity(where: str, text: str) -> tuple[float, str]:
    """A number and its unit.

    Raises
    ------
    ModelError
        If the text is something else; ``where`` says of what.
    """
    match = _QUANTITY.match(text) if len(text) <= LONGEST_QUANTITY else None
    if match is None:
        raise ModelError(f"{where}: '{text[:LONGEST_QUANTITY]}' is not a number with a unit.", "Write it as '10 ms'.")
    unit = (match["unit"] or "").strip()
    if not unit:
        raise ModelError(f"{where}: the unit of '{text}' is missing.", "Write it as '10 ms'; one without is (10, '1').")
    return float(match["number"]), f"1{unit}" if unit.startswith("/") else unit


def parameter(where: str, value: Quantity) -> Parameter:
    """A parameter from what was given for it.

    Raises
    ------
    ModelError
        If its unit is missing.
    """
    match value:
        case Parameter():
            return value
        case str():
            return Parameter(*quantity(where, value))
        case (int() | float() as number, str() as unit):
            return Parameter(float(number), unit)
    raise ModelError(
        f"{where}: the unit of {value!r} is missing.",
        "Write it as '10 ms' or (10.0, 'ms'); one without is (10.0, '1').",
    )


def with_time_constants(parameters: Mapping[str, Parameter], system: Iterable[Equation]) -> dict[str, Parameter]:
    """The parameters; times that the equations divide by must be above zero."""
    divisors = {
        node.right.id
        for equation in system
        for node in ast.walk(equation.tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and isinstance(node.right, ast.Name)
    }
    return {
        name: replace(p, positive=p.positive or (p.unit == "ms" and name in divisors)) for name, p in parameters.items()
    }
