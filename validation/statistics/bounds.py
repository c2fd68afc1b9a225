"""Bounds of a statistic, both included; None on a side where there is none."""

from __future__ import annotations


def contains(low: float | None, high: float | None, value: float) -> bool:
    """Whether a value lies within."""
    return (low is None or value >= low) and (high is None or value <= high)


def in_words(low: float | None, high: float | None) -> str:
    """``1 to 10``, ``at least 1``, ``at most 10``, ``any``."""
    if low is None:
        return "any" if high is None else f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"
