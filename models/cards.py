"""What a result says of itself: one line in a shell, a small card in a notebook.

A :class:`Card` is data; a class that derives from :class:`Carded` gives one and gets both forms. Other dataclasses
with arrays or long texts take :func:`brief` as their ``__repr__``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

#: Characters of a line, and of a text or container within it; rows of a card's table.
LINE, PART, ROWS = 160, 40, 12

#: Colours of the report's verdicts, with white letters on them: legible on light and dark pages.
COLOURS = {"agree": "#00674f", "disagree": "#a63d00", "open": "#7a5200"}

#: Colours of text and lines derive from the notebook's own text, so that a card follows its theme.
STYLE = """<style>
.unisono-card { display: inline-block; max-width: 100%; padding: 10px 14px; overflow-x: auto; text-align: left;
  border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 8px;
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.unisono-card .head { font-weight: 600; } .unisono-card .kind { font-weight: 400; }
.unisono-card .tag { display: inline-block; margin-left: 8px; padding: 0 9px; border-radius: 99px; font-size: 13px;
  color: #fff; }
.unisono-card .soft { color: color-mix(in srgb, currentColor 75%, transparent); font-size: 13px; }
.unisono-card table { margin: 6px 0 0; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
.unisono-card th, .unisono-card td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top;
  background: none; border: 0; white-space: pre-line; }
.unisono-card thead th { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); }
.unisono-card td.n, .unisono-card th.n { text-align: right; white-space: nowrap; }
</style>"""


@dataclass(frozen=True)
class Card:
    """What is shown of an object.

    Attributes
    ----------
    kind : str
        Its class.
    name : str
        What it is of; empty where that says nothing.
    facts : sequence of str
        Short phrases, the most important first.
    verdict, outcome : str
        A verdict, and what it comes to: ``agree``, ``disagree`` or ``open``; empty where there is no verdict.
    text : str
        Sentences below the heading of a card.
    columns : sequence of str
    rows : sequence of sequence of str
        A table, only in a card; of a long one the first :data:`ROWS` rows are shown.
    """

    kind: str
    name: str = ""
    facts: Sequence[str] = ()
    verdict: str = ""
    outcome: str = ""
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()

    @property
    def line(self) -> str:
        """All but text and table, in one line."""
        head = " ".join(filter(None, (self.kind, self.name)))
        rest = ", ".join(filter(None, (self.verdict, *self.facts)))
        return f"<{cut(f'{head}: {rest}' if rest else head, LINE)}>"

    @property
    def html(self) -> str:
        """A card in HTML; all text is escaped."""
        colour = COLOURS.get(self.outcome, "#56616e")
        tag = f'<span class="tag" style="background:{colour}">{_safe(self.verdict)}</span>' if self.verdict else ""
        facts = f'<div class="soft">{_safe(" · ".join(self.facts))}</div>' if self.facts else ""
        return (
            f'{STYLE}<div class="unisono-card"><div class="head"><span class="kind">{_safe(self.kind)}</span> '
            f"{_safe(self.name)}{tag}</div>{facts}"
            f"{f'<div>{_safe(self.text)}</div>' if self.text else ''}{self._table()}</div>"
        )

    def _table(self) -> str:
        if not self.rows:
            return ""
        shown = [[str(cell) for cell in row] for row in self.rows[:ROWS]]
        right = [all(_is_number(row[i]) for row in shown) for i in range(len(self.columns))]
        head = "".join(_cell("th", text, n) for text, n in zip(self.columns, right, strict=True))
        body = "".join(
            f"<tr>{''.join(_cell('td', text, n) for text, n in zip(row, right, strict=True))}</tr>" for row in shown
        )
        more = len(self.rows) - len(shown)
        rest = f'<div class="soft">and {more:,} more</div>' if more else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


class Carded(ABC):
    """An object with a card: its line is the object's ``repr``, and a notebook shows it in HTML.

    A dataclass that derives from this is decorated with ``repr=False``.
    """

    @abstractmethod
    def _card(self) -> Card:
        """What is shown of it; quick, since shells and debuggers ask for it without being asked."""

    def __repr__(self) -> str:
        return self._card().line

    def _repr_html_(self) -> str:
        return self._card().html


def brief(self: Any) -> str:
    """The ``repr`` of a dataclass in one line: arrays by shape, containers by length, long texts cut."""
    values = ((field.name, getattr(self, field.name)) for field in fields(self) if field.repr)
    shown = ", ".join(f"{name}={_brief(value)}" for name, value in values)
    return f"{type(self).__name__}({cut(shown, LINE)})"


def cut(text: str, length: int) -> str:
    """A text in one line of printable characters, cut at a length."""
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def counted(count: int, what: str) -> str:
    """A number with what it counts: ``1 spike``, ``1,200 cells``."""
    return f"{count:,} {what if count == 1 else what + 's'}"


def _brief(value: Any) -> str:
    if isinstance(value, (np.ndarray, np.generic)):
        return f"{value.dtype}{list(value.shape)}" if value.ndim else f"{value.item()}"
    if isinstance(value, str):
        return repr(cut(value, PART))
    if isinstance(value, Mapping):
        return _few(value, "{", "}", (f"{key!r}: {_brief(inner)}" for key, inner in value.items()))
    if isinstance(value, (tuple, list)):
        return _few(value, "(", ")", map(_brief, value))
    return cut(repr(value), PART)


def _few(value: Any, begin: str, end: str, parts: Iterable[str]) -> str:
    """A container in full where it is short; else how many it has."""
    if len(value) <= 4:
        text = f"{begin}{', '.join(parts)}{end}"
        if len(text) <= PART:
            return text
    return f"{begin}{len(value):,} entries{end}"


def _safe(text: str) -> str:
    """Text for HTML, without characters that no browser shows."""
    from html import escape  # every worker imports this file, and none shows a card

    return escape("".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text))


def _cell(name: str, text: str, number: bool) -> str:
    return f"<{name}{' class=n' if number else ''}>{_safe(text)}</{name}>"


def _is_number(text: str) -> bool:
    """Whether a column of such texts is set flush right."""
    return not text.strip("–") or text.lstrip("−-+").replace(",", "")[:1].isdigit()
