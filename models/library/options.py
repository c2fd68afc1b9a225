"""The options of a library model: a dataclass whose fields carry their unit and meaning and check themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, Self

from unisono.models.errors import NetworkError, UnknownName

Value = int | float | str


def option(
    default: Value,
    unit: str,
    meaning: str,
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
) -> Any:
    """A field of an :class:`Options` class; its type is the type of its default.

    Parameters
    ----------
    default : int, float or str
    unit, meaning : str
    choices : tuple of str
        The values allowed; all where it is empty.
    least, most, above : float, optional
        Bounds; ``above`` is excluded.
    """
    metadata = {"unit": unit, "meaning": meaning, "choices": choices, "least": least, "above": above, "most": most}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Options:
    """Base of the options of a library model; values are converted and checked on construction.

    Raises
    ------
    NetworkError
        If a value has the wrong type or lies out of its bounds.
    UnknownName
        If a value is not among the choices.
    """

    def __post_init__(self) -> None:
        for entry in fields(self):
            bounds = dict(entry.metadata)
            value = _converted(entry.name, getattr(self, entry.name), type(entry.default))
            object.__setattr__(self, entry.name, value)
            if isinstance(value, str):
                if bounds["choices"] and value not in bounds["choices"]:
                    raise UnknownName(
                        f"Option '{entry.name}' cannot be '{value}'.", f"Choose from: {', '.join(bounds['choices'])}."
                    )
                continue
            for bound, broken, words in (
                ("least", lambda a, b: a < b, "at least"),
                ("above", lambda a, b: a <= b, "above"),
                ("most", lambda a, b: a > b, "at most"),
            ):
                if bounds[bound] is not None and broken(value, bounds[bound]):
                    raise NetworkError(f"Option '{entry.name}' must be {words} {bounds[bound]:g}, not {value:g}.")

    @classmethod
    def read(cls, given: Mapping[str, object]) -> Self:
        """The options with the given values in place of their defaults.

        Raises
        ------
        UnknownName
            If there is no option of a given name; the message lists the choices.
        """
        known = [entry.name for entry in fields(cls)]
        for name in given:
            if name not in known:
                raise UnknownName(f"There is no option '{name}'.", f"Available are: {', '.join(known)}.")
        return cls(**given)


def _converted(name: str, value: object, kind: type[Value]) -> Value:
    """The value as the option's type; text from a command line included."""
    if kind is str:
        return str(value)
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise NetworkError(f"Option '{name}' must be a number, not '{value}'.") from None
    if not isfinite(number):
        raise NetworkError(f"Option '{name}' must be a finite number, not '{value}'.")
    if kind is int:
        if number != int(number):
            raise NetworkError(f"Option '{name}' must be a whole number, not '{value}'.")
        return int(number)
    return number
