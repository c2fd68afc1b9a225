"""What all pages share: the shell, how numbers are set, and how a verdict looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from unisono.models.words import listed
from unisono.validation.verdict import outcome_of


def look_of(word: str) -> dict[str, str]:
    """Class, sign and heading of a verdict; an unknown one is open."""
    outcome = outcome_of(word)
    return {"kind": outcome.css, "sign": outcome.sign, "heading": word[:1].upper() + word[1:]}


def rendered(template: str, **content: Any) -> str:
    """A page from one of the templates of this folder.

    Parameters
    ----------
    template : str
    content : anything
        Every page needs ``look`` (see :func:`look_of`), ``subject``, ``summary``, ``facts`` (pairs of name and
        value) and ``command``.
    """
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "count": count,
        "spread": spread,
        "prose": prose,
        "look": look_of,
        "listed": listed,
    }
    css = Markup((here / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(**{"css": css, "colours": {}, **content})


def count(value: int | None) -> str:
    """A whole number with its thousands apart."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


_POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 6) -> str:
    """A number for reading: a true minus, powers of ten as such."""
    return "–" if value is None else prose(f"{value:.{digits}g}")


def prose(text: str) -> str:
    """Text with its numbers set for reading."""
    text = re.sub(r"(?<=\d) (?=(ms|mV|nA|uS|nF)\b)", "\u00a0", text)
    text = re.sub(r"(?<=\d)e([+-]?\d+)", lambda m: f"·10{str(int(m[1])).translate(_POWERS)}", text)
    return re.sub(r"(?<![\w.-])-(?=\d)", "−", text)


def spread(values: Any) -> str:
    """One value, or the mean and range of an array."""
    array = np.asarray(values)
    if not array.ndim:
        return number(float(array))
    if not array.size:
        return "–"
    return f"{number(float(array.mean()), 4)} ({number(float(array.min()), 4)} to {number(float(array.max()), 4)})"


def versions_of(versions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Packages and their versions, as pairs."""
    return [(str(name), str(version)) for name, version in versions.items()]
