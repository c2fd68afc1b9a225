"""The options of a library model: a dataclass whose fields carry their unit and meaning and check themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from operator import ge, gt, le
from typing import Any, Self

from unisono.models.errors import NetworkError, UnknownName
from unisono.models.registry import choose, unknown

Value = int | float | str

_BOUNDS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "least": (ge, "at least"),
    "above": (gt, "above"),
    "most": (le, "at most"),
}


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
    bounds = {"least": least, "above": above, "most": most}
    metadata = {"kind": type(default), "unit": unit, "meaning": meaning, "choices": choices, "bounds": bounds}
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
            value = _converted(entry.name, getattr(self, entry.name), entry.metadata["kind"])
            object.__setattr__(self, entry.name, value)
            if isinstance(value, str):
                choices = entry.metadata["choices"]
                if choices and value not in choices:
                    raise UnknownName(f"Option '{entry.name}' cannot be '{value}'.", choose(value, choices))
                continue
            for bound, (holds, words) in _BOUNDS.items():
                limit = entry.metadata["bounds"][bound]
                if limit is not None and not holds(value, limit):
                    raise NetworkError(f"Option '{entry.name}' must be {words} {limit:g}, not {value:g}.")
        delay, dt = getattr(self, "delay", None), getattr(self, "dt", 0.0)
        if delay is not None and delay < dt:
            raise NetworkError(f"Option 'delay' must be at least the time step of {dt:g} ms, not {delay:g}.")

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
                raise unknown("option", name, known)
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


@dataclass(frozen=True)
class StepOfCurrent(Options):
    """Options of a model whose cell gets a step of current; each gives its own values."""

    start: float = option(0.0, "ms", "begin of the step", least=0)
    stop: float = option(1.0, "ms", "end of the step", above=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start >= self.stop:
            raise NetworkError(f"Option 'start' is {self.start:g} ms; the step ends at {self.stop:g} ms.")
