"""The figure and the page of a convergence measurement."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure as Canvas

from unisono.models.words import listed
from unisono.validation.convergence.orders import WRONG, Convergence, Order, table_rows
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import (
    COMMON,
    PALETTE,
    STYLE,
    WIDTH,
    Figure,
    as_uri,
    colours,
    content_of,
    save_canvas,
)
from unisono.validation.report.page import count, look_of, number, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Errors this many times above rounding are drawn without it.
FAR = 30

TITLES = ("simulator", "quantity", "measured order", "stated order", "error at the smallest step", "verdict", "reason")


def draw(convergence: Convergence, stacked: bool = False) -> Canvas:
    """A panel a quantity: errors, the line of the stated order, the floor, the largest step.

    Parameters
    ----------
    convergence : Convergence
    stacked : bool
        Panels below each other, as narrow as the figures of a page.
    """
    panels: dict[tuple[str, str, str], list[Order]] = {}
    for order in convergence.orders:
        panels.setdefault((order.population, order.quantity, order.unit), []).append(order)
    simulators = list(dict.fromkeys(order.simulator for order in convergence.orders))
    with matplotlib.rc_context(STYLE):
        figure = Canvas(figsize=(WIDTH, 3.6 * len(panels)) if stacked else (4.6 * len(panels), 3.8))
        shape = (len(panels), 1) if stacked else (1, len(panels))
        axes = figure.subplots(*shape, squeeze=False).ravel()
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
    errors = [p.error for o in orders for p in o.points if p.error]
    if errors and min(errors) > FAR * max(p.floor for p in orders[0].points):
        _enlarged(ax, errors, lengths, max(p.floor for p in orders[0].points))
    else:
        ax.plot(*zip(*floor, strict=True), color=COMMON, linewidth=0.8, linestyle=":", label="rounding")
    if min(lengths) < largest < max(lengths):
        ax.axvline(largest, color=COMMON, linewidth=0.8, linestyle=":")
        ax.annotate(f"largest step {largest:g} ms", (largest, 1), (-3, -12), "data", color=COMMON)
    substeps = any(p.length != p.step for order in orders for p in order.points)
    ax.set_xlabel("substep (ms)" if substeps else "time step (ms)")
    ax.legend()


def _enlarged(ax: Axes, errors: list[float], lengths: list[float], floor: float) -> None:
    """Axes of the errors alone: to draw rounding far below them would flatten all slopes; decades are equally long."""
    low, high = min(errors), max(errors)
    ax.set_ylim(low / 2, high * 2)
    said = f"rounding: below {number(floor, 2)}"
    ax.annotate(said, (0.98, 0.02), xycoords="axes fraction", ha="right", va="bottom", color=COMMON, fontsize=8)
    wide, tall = np.log2(max(lengths) / min(lengths)), np.log2(high / low)
    if wide and 0.4 < tall / wide < 1.6:
        ax.set_aspect(np.log2(10), adjustable="box", anchor="W")  # the scales count octaves and decades


def save_figure(convergence: Convergence, path: Path) -> None:
    """Write the figure (.svg, .pdf, .png).

    Raises
    ------
    OutputError
        If the file format is not supported, or the file cannot be written.
    """
    save_canvas(partial(draw, convergence), path)


def render(convergence: Convergence, command: str = "") -> str:
    """The table and the figure as HTML."""
    recommended, largest = convergence.time_step
    return rendered(
        "convergence.html",
        subject=convergence.model,
        look=look_of(convergence.verdict) | {"heading": f"Convergence: {convergence.verdict}"},
        summary=_summary(convergence),
        facts=[
            ("Cells", count(convergence.cells)),
            ("Simulated", f"{number(convergence.duration)}\u00a0ms"),
            ("Recommended step", f"{number(recommended)}\u00a0ms"),
            ("Largest step", f"{number(largest)}\u00a0ms"),
            ("Simulators", str(len({order.simulator for order in convergence.orders}))),
        ],
        command=command,
        colours=colours(list(dict.fromkeys(order.simulator for order in convergence.orders))),
        columns=TITLES,
        rows=table_rows(convergence),
        figure=_figure(convergence),
        fingerprint=convergence.fingerprint,
        versions=", ".join(f"{name} {version}" for name, version in convergence.versions.items()),
    )


def _summary(convergence: Convergence) -> str:
    if convergence.exit_status == 1:
        wrong = dict.fromkeys(o.simulator for o in convergence.orders if o.verdict == WRONG)
        return f"Errors on {listed(wrong)} do not fall with the time step as the method states."
    if convergence.exit_status == 2:
        return "Not every order could be measured."
    return "On every simulator errors fall with the time step as the method states, or are rounding."


def _figure(convergence: Convergence) -> Figure:
    rows = [
        (o.simulator, o.population, o.quantity, p.step, p.length, p.error, p.floor, int(p.used))
        for o in convergence.orders
        for p in o.points
    ]
    columns = ("simulator", "population", "quantity", "time step (ms)", "length (ms)", "error", "floor", "used")
    quantities = dict.fromkeys(order.quantity for order in convergence.orders)
    return Figure(
        as_uri(content_of(draw(convergence, stacked=True), "svg")),
        "Largest error by time step",
        "Both axes are logarithmic, so an order is a slope; dashed: the slope that the method states. Where only one "
        "order is seen, decades of both axes are equally long: order 1 rises at 45 degrees.",
        f"Errors of {listed(quantities)} against the time step, one line a simulator.",
        download(f"convergence of {convergence.model}", columns, rows),
    )
