"""Figures' data as CSV within the page, so that the one file is all there is to keep.

A page stays small: a table holds at most :data:`LIMIT` lines, and says so where there are more.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

#: Lines of a table: some 200 kB.
LIMIT = 8000


@dataclass(frozen=True)
class Download:
    """A table to be saved from the page.

    Attributes
    ----------
    name : str
        Of the file.
    uri : str
        ``data:`` URI with the content.
    note : str
        How much of the data it has; empty where it has all.
    """

    name: str
    uri: str
    note: str = ""


def download(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    total: int | None = None,
    part: str = "the first ",
) -> Download:
    """A table as CSV.

    Parameters
    ----------
    title : str
        The name of the file is made from it.
    columns : sequence of str
        With units in parentheses.
    rows : iterable of sequences
        What is not defined is None, and empty in the file.
    total : int, optional
        How many rows there would be; counted where it is not given.
    part : str
        Which of the lines are kept, where there are more.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    kept = iter(rows)
    count = 0
    for row in islice(kept, LIMIT):
        writer.writerow([_cell(value) for value in row])
        count += 1
    more = total if total is not None else count + sum(1 for _ in kept)
    note = f"{part}{count:,} of {more:,} lines; all data: unisono run -o FOLDER" if more > count else ""
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "data"
    uri = "data:text/csv;charset=utf-8," + quote(text.getvalue(), safe=",:;.-+_()'*/")
    return Download(f"{name[:60]}.csv", uri, note)


def _cell(value: Any) -> Any:
    """Twelve digits: what is drawn has fewer, and 0.1 * 3 reads as 0.3."""
    return f"{value:.12g}" if isinstance(value, float) else value
