"""Tables on terminals and in logs of any width: no number is cut."""

from __future__ import annotations

from rich.console import Console
from rich.measure import Measurement
from rich.segment import Segments
from rich.table import Table
from rich.text import Text


def show_table(console: Console, table: Table) -> None:
    """Print a table as wide as it needs to be in a log, and as wide as there is room on a terminal.

    Where there is no room for its numbers, each row is shown as a list: a line a cell.
    """
    if table.title is not None:  # of its own, since it may be longer than a row
        console.print(table.title, style="table.title")
        table.title = None
    for column in table.columns:
        column.overflow = "fold"
        column.no_wrap = column.no_wrap or column.justify == "right"
    widest = Measurement.get(console, console.options.update(max_width=10_000), table)
    if not console.is_terminal or widest.maximum <= console.width:
        # print() would bind it to the width of the console, 80 columns in a log
        whole = console.render(table, console.options.update(max_width=widest.maximum))
        console.print(Segments(whole), end="")
    elif _narrowest(console, table) <= console.width:
        console.print(table, soft_wrap=False)
    else:
        console.print(as_list(table), soft_wrap=False)


def as_list(table: Table) -> Table:
    """The rows of a table one below the other: its titles on the left, the cells of a row on the right."""
    found = Table(box=None, padding=(0, 1), show_header=False)
    found.add_column(style="dim", no_wrap=True)
    found.add_column(overflow="fold")
    columns = [[Text.from_markup(str(cell)) for cell in column.cells] for column in table.columns]
    for number, row in enumerate(zip(*columns, strict=True)):
        if number:
            found.add_row("", "")
        for column, cell in zip(table.columns, row, strict=True):
            if cell.plain:
                found.add_row(str(column.header), cell)
    return found


def _narrowest(console: Console, table: Table) -> int:
    """The width that leaves every number, and every word of the texts, in one piece."""
    options = console.options.update(max_width=10_000)
    padding = 2 + len(table.columns)  # collapsed between columns
    widths = 0
    for column in table.columns:
        cells = [Text.from_markup(str(cell)) for cell in (column.header, *column.cells)]
        found = [Measurement.get(console, options, cell) for cell in cells]
        widths += max(m.maximum if column.no_wrap else m.minimum for m in found)
    return widths + padding
