"""Numbers with their units as text."""

from __future__ import annotations


def quantity(value: float, unit: str, digits: int = 2) -> str:
    """A number with its unit; a number without one stands alone."""
    return f"{value:.{digits}g} {unit}".removesuffix(" 1").rstrip()


def labelled(name: str, unit: str) -> str:
    """A name with its unit in brackets, as axes and tables have it."""
    return name if unit in ("", "1") else f"{name} ({unit})"
