"""The figure and the page of a convergence measurement."""

from __future__ import annotations

from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from unisono.models.errors import OutputError
from unisono.models.files import written_whole
from unisono.validation.orders import Convergence, Order, table_rows
from unisono.validation.report.figures import COMMON, PALETTE, STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Endings of a path that Matplotlib draws.
FORMATS = ("svg", "pdf", "png")

TITLES = ("simulator", "quantity", "measured order", "stated order", "error at the smallest step", "verdict", "")

STYLESHEET = (
    "body{font:15px/1.5 Helvetica,Arial,sans-serif;color:#1d2733;max-width:60em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}th,td{text-align:left;padding:.2em .9em .2em 0;border-bottom:1px solid #d5dbe3}"
    ".wrong{color:#a3261f;font-weight:bold}code{background:#f2f4f7;padding:.1em .3em}svg{max-width:100%;height:auto}"
)


def draw(convergence: Convergence) -> Figure:
    """A panel a quantity: errors, the line of the stated order, the floor, the largest step."""
    panels: dict[tuple[str, str, str], list[Order]] = {}
    for order in convergence.orders:
        panels.setdefault((order.population, order.quantity, order.unit), []).append(order)
    simulators = list(dict.fromkeys(order.simulator for order in convergence.orders))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(4.6 * len(panels), 3.8))
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, ((population, quantity, unit), orders) in zip(axes, panels.items(), strict=True):
            _panel(ax, orders, simulators, convergence.time_step[1])
            ax.set_title(f"{population}: {'spike times' if quantity == 'spikes' else quantity}")
            ax.set_ylabel(f"largest error ({unit})")
        return figure


def _panel(ax: Axes, orders: list[Order], simulators: list[str], largest: float) -> None:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    for order in orders:
        shown = [(p.length, p.error) for p in order.points if p.error]
        place = simulators.index(order.simulator)
        measured = "" if order.measured is None else f", order {order.measured:.2f}"
        ax.plot(
            *zip(*shown, strict=True) if shown else ((), ()),
            "o-",
            color=PALETTE[place % len(PALETTE)],
            linewidth=3.2 / (1 + place),
            markersize=7 / (1 + place / 2),
            label=f"{order.simulator}{measured}",
        )
    stated = next((order for order in orders if order.stated is not None and any(p.used for p in order.points)), None)
    if stated is not None and stated.stated is not None:
        used = [p for p in stated.points if p.used and p.error is not None]
        x = np.array([p.length for p in used])
        middle = np.exp(np.mean(np.log([p.error or 1.0 for p in used]) - stated.stated * np.log(x)))
        ax.plot(x, middle * x**stated.stated, "--", color=COMMON, linewidth=1, label=f"stated order {stated.stated:g}")
    lengths = [p.length for order in orders for p in order.points]
    floor = [(p.length, p.floor) for p in orders[0].points]
    ax.plot(*zip(*floor, strict=True), color=COMMON, linewidth=0.8, linestyle=":", label="rounding")
    if min(lengths) < largest < max(lengths):
        ax.axvline(largest, color=COMMON, linewidth=0.8, linestyle=":")
        ax.annotate(f"largest step {largest:g} ms", (largest, 1), (-3, -12), "data", color=COMMON)
    substeps = any(p.length != p.step for order in orders for p in order.points)
    ax.set_xlabel("Runge-Kutta step (ms)" if substeps else "time step (ms)")
    ax.legend()


def save_figure(convergence: Convergence, path: Path) -> None:
    """Write the figure.

    Raises
    ------
    OutputError
        If the ending is none that can be drawn, or the file cannot be written.
    """
    form = path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise OutputError(f"A figure cannot be written to '{path}'.", f"Its name ends with: .{', .'.join(FORMATS)}.")
    content = _rendered(convergence, form)
    with written_whole(path, len(content)) as temporary:
        temporary.write_bytes(content)


def _rendered(convergence: Convergence, form: str) -> bytes:
    buffer = BytesIO()
    with matplotlib.rc_context(STYLE):
        draw(convergence).savefig(buffer, format=form, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


def save_html(convergence: Convergence, path: Path, command: str = "") -> None:
    """Write the table and the figure as one page.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    rows = "".join(
        f'<tr class="{escape(row[5])}">' + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in table_rows(convergence)
    )
    figure = _rendered(convergence, "svg").decode()
    recommended, largest = convergence.time_step
    versions = ", ".join(f"{name} {version}" for name, version in convergence.versions.items())
    title = f"Convergence of {escape(convergence.model)}"
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLESHEET}</style><h1>{title}: {convergence.verdict}</h1>"
        f"<p>{convergence.cells} cells, {convergence.duration:g} ms; errors against the reference off the grid. "
        f"Time step of the model: recommended {recommended:g} ms, largest {largest:g} ms. {escape(versions)}.</p>"
        f"<table><tr>{''.join(f'<th>{name}</th>' for name in TITLES)}</tr>{rows}</table>"
        f"{figure[figure.index('<svg') :]}"
        + (f"<p><code>{escape(command)}</code></p>" if command else "")
        + f"<p>Network {convergence.fingerprint[:12]}</p></html>\n"
    )
    with written_whole(path, len(page)) as temporary:
        temporary.write_text(page)
