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
from unisono.validation.report.drawing import PALETTE
from unisono.validation.verdict import outcome_of


def look_of(word: str) -> dict[str, str]:
    """Class, sign and heading of a verdict; an unknown one is open."""
    outcome = outcome_of(word)
    return {"kind": outcome.css, "sign": outcome.sign, "heading": word[:1].upper() + word[1:]}


def rendered(template: str, folder: Path | None = None, **content: Any) -> str:
    """A page from a template of this folder, or of another one that extends them.

    Parameters
    ----------
    template : str
    folder : Path, optional
        Where it is looked for first.
    content : anything
        Every page needs ``look`` (see :func:`look_of`), ``subject``, ``summary``, ``facts`` (pairs of name and
        value) and ``command``. ``story`` has what to read first below the summary: mappings with ``label``, ``text``
        and ``command``. ``colours`` and ``run_titles`` are those of simulators, by the names that templates use.
    """
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader([folder or here, here]),
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
        "contents": contents,
        "scoped": scoped,
        "css_colour": css_colour,
    }
    css = Markup((here / "report.css").read_text(encoding="utf-8"))
    return environment.get_template(template).render(
        **{"css": css, "colours": {}, "run_titles": {}, "story": (), **content}
    )


def contents(body: str) -> list[tuple[str, Markup]]:
    """Place and title of every section of a page, in order."""
    return [(match["open"] or match["folded"], Markup(match["title"])) for match in _SECTION.finditer(body)]


_SECTION = re.compile(
    r'(<section id="(?P<open>[^"]+)">\s*)?<h2>(?P<title>[^\n]*?)</h2>([^\n]*</summary>\s*<div id="(?P<folded>[^"]+)">)?'
)


def scoped(table: str) -> Markup:
    """The rows of a table with a scope for each heading: of a column in its head, of a row below."""
    head, end, rows = table.rpartition("</thead>")
    parts = (_HEADING.sub('<th scope="col"', head), end, _HEADING.sub('<th scope="row"', rows))
    return Markup("".join(parts))


_HEADING = re.compile(r"<th(?=[ >])(?! scope)")


def css_colour(colour: str) -> str:
    """A colour of the palette as the variable of the style sheet, which follows the reader's light or dark mode."""
    return f"var(--c{PALETTE.index(colour)})" if colour in PALETTE else colour


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
