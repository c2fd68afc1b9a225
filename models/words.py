"""Names and numbers as parts of sentences."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    every = list(names)
    return "".join(every) if len(every) < 2 else f"{', '.join(every[:-1])} and {every[-1]}"


def with_unit(value: float, unit: str, digits: int = 2) -> str:
    """A number with its unit; a number without one stands alone."""
    return f"{value:.{digits}g} {unit}".removesuffix(" 1").rstrip()


def labelled(name: str, unit: str) -> str:
    """A name with its unit in brackets, as axes and tables have it."""
    return name if unit in ("", "1") else f"{name} ({unit})"
