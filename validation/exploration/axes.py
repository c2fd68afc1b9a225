"""What an exploration varies: options and their values, as they are written on the command line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from unisono.models.errors import UsageError

Value = float | str

#: Points of one exploration.
MOST_POINTS = 1000

#: How an axis is written.
FORM = "Write NAME=FIRST:LAST:STEP, as in g=3:8:0.5, or NAME=VALUE,VALUE, as in n=1000,4000."


@dataclass(frozen=True)
class Axis:
    """An option and its values.

    Attributes
    ----------
    name : str
    values : tuple of float, or of str
    unit, meaning : str
        Of a library model's option; empty for a placeholder of a script.
    """

    name: str
    values: tuple[Value, ...]
    unit: str = ""
    meaning: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether the values are numbers."""
        return not any(isinstance(value, str) for value in self.values)

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values of a numeric axis.

        Raises
        ------
        UsageError
            If one is not a number.
        """
        for value in self.values:
            if isinstance(value, str):
                raise UsageError(f"A value of '{self.name}' must be a number, not '{value}'.")
        return tuple(float(value) for value in self.values)

    @property
    def positions(self) -> tuple[float, ...]:
        """Where the values lie on an axis: the numbers themselves, or 0, 1, 2 for words."""
        return tuple(float(v) if self.is_numeric else float(k) for k, v in enumerate(self.values))

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


def parse_axis(text: str) -> Axis:
    """An axis as it is written: ``g=3:8:0.5``, ``n=1000,4000``, ``current=dc,ac``.

    Raises
    ------
    UsageError
        If it is of another form, or its range is empty, endless or too long.
    """
    name, _, values = text.partition("=")
    if not name or not values.strip():
        raise UsageError(f"'{text}' names no option with its values.", FORM)
    if ":" in values:
        return Axis(name, _range(name, values, text))
    found = tuple(_value(part.strip()) for part in values.split(",") if part.strip())
    axis = Axis(name, found if not any(isinstance(v, str) for v in found) else tuple(map(_word, found)))
    if len(set(axis.values)) < len(axis.values):
        raise UsageError(f"'{text}' has a value twice.", "Give each value once.")
    return axis


def _word(value: Value) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _value(text: str) -> Value:
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _range(name: str, values: str, text: str) -> tuple[float, ...]:
    """Values from first to last; in decimal, so that 0.9 + 0.1 is 1."""
    try:
        first, last, step = (Decimal(part.strip()) for part in values.split(":"))
    except (ValueError, InvalidOperation):
        raise UsageError(f"'{text}' is not a range.", FORM) from None
    if not (first.is_finite() and last.is_finite() and step.is_finite()):
        raise UsageError(f"'{text}' is not a finite range.", FORM)
    if step == 0 or (last - first) / step < 0:
        raise UsageError(
            f"The range of '{name}' does not lead from {first} to {last} in steps of {step}.",
            "The step has the sign of the difference, and is not 0.",
        )
    number = int((last - first) / step) + 1
    check_number(number)
    return tuple(float(first + k * step) for k in range(number))


def check_number(points: int) -> None:
    """Refuse more points than one exploration may have.

    Raises
    ------
    UsageError
    """
    if points > MOST_POINTS:
        raise UsageError(
            f"The exploration has {points:,} points, and may have {MOST_POINTS:,}.",
            "Take longer steps, or fewer values.",
        )


def parse_axes(texts: Sequence[str], given: Mapping[str, object]) -> tuple[Axis, ...]:
    """One axis or two, as they are written.

    Parameters
    ----------
    texts : sequence of str
    given : mapping
        Options that are set to one value.

    Raises
    ------
    UsageError
        If there are none or too many, or an option is varied twice or also set.
    """
    axes = tuple(parse_axis(text) for text in texts)
    check_axes(axes, given)
    return axes


def check_axes(axes: Sequence[Axis], given: Mapping[str, object]) -> None:
    """Check that axes can be explored together; parameters as of :func:`parse_axes`.

    Raises
    ------
    UsageError
    """
    if not 1 <= len(axes) <= 2:
        raise UsageError(f"An exploration varies one option or two, not {len(axes)}.", FORM)
    names = [axis.name for axis in axes]
    if len(set(names)) < len(names):
        raise UsageError(f"'{names[0]}' is varied twice.", "Vary two different options.")
    for name in names:
        if name in given:
            raise UsageError(f"'{name}' is both set and varied.", f"Set '{name}' or vary it.")
    check_number(math.prod(len(axis.values) for axis in axes))


def points_of(axes: Sequence[Axis]) -> list[dict[str, Value]]:
    """Every combination, the first axis varying fastest."""
    backwards = list(reversed(axes))
    return [
        {axis.name: value for axis, value in reversed(list(zip(backwards, values, strict=True)))}
        for values in product(*(axis.values for axis in backwards))
    ]
