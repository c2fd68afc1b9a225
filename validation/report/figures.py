"""The report's figures, as SVG that needs nothing else.

Every axis states its unit. Simulators keep their colour throughout, in a palette that
the colour-blind can tell apart, and lie over each other from thick to thin, so that
agreement shows as well as disagreement. Dense dots are drawn as pixels within the SVG.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure as Canvas
from numpy.typing import NDArray

from unisono.adapters.recording import Signal
from unisono.validation.report.selection import View
from unisono.validation.statistics import Activity, activity, firing_rates, isi_cvs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: After Okabe & Ito (2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK, FAINT, COMMON = "#1d2733", "#d5dbe3", "#5b6673"
WIDTH = 5.2

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "unisono",
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica Neue", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"],
    "font.size": 9.5,
    "axes.edgecolor": "#8a94a0",
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.formatter.useoffset": False,
    "xtick.color": "#56616e",
    "ytick.color": "#56616e",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "text.color": INK,
    "figure.dpi": 72,
    "figure.constrained_layout.use": True,
}


@dataclass(frozen=True)
class Figure:
    """A figure of the report: a data URI, its heading, its caption and its text for those who cannot see it."""

    uri: str
    title: str
    caption: str
    alt: str


def colours(simulators: Sequence[str]) -> dict[str, str]:
    """The colour of every simulator."""
    return {name: PALETTE[i % len(PALETTE)] for i, name in enumerate(simulators)}


def _drawn(draw: Callable[[Canvas], None], height: float) -> str:
    with matplotlib.rc_context(STYLE):
        canvas = Canvas(figsize=(WIDTH, height))
        draw(canvas)
        file = io.BytesIO()
        canvas.savefig(file, format="svg", dpi=220, metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()


def _lines(simulators: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Line styles from a pale band to a thin dashed line, so that lines that coincide all show."""
    looks: list[dict[str, Any]] = [
        {"linewidth": 4.0, "alpha": 0.35},
        {"linewidth": 1.5},
        {"linewidth": 1.3, "linestyle": (0, (2.5, 2.5))},
        {"linewidth": 1.0, "linestyle": (0, (1, 2))},
    ]
    alone: list[dict[str, Any]] = [{"linewidth": 1.3}]
    chosen = looks if len(simulators) > 1 else alone
    return {
        name: {"color": colour, **chosen[min(i, len(chosen) - 1)]}
        for i, (name, colour) in enumerate(colours(simulators).items())
    }


def _legend(canvas: Canvas, names: Mapping[str, str], extra: Sequence[tuple[str, str]] = (), marker: str = "") -> None:
    from matplotlib.lines import Line2D

    style: dict[str, Any] = {"marker": marker, "linestyle": "none", "markersize": 5} if marker else {"linewidth": 2.5}
    handles = [Line2D([], [], color=c, label=n, **style) for n, c in [*names.items(), *extra]]
    canvas.legend(handles=handles, loc="outside upper left", ncols=3, handlelength=1.2, columnspacing=1.2)


def raster(view: View) -> Figure:
    """Spikes of all simulators in one plot; those that not all of them have, in colour."""
    common, lone = view.common_and_lone()
    palette = colours(view.simulators)

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        dots = max(0.6, min(3.0, 150.0 / np.sqrt(len(common) + 1)))
        axes.plot(
            common[:, 1] * view.dt, common[:, 0], ".", color=COMMON, markersize=dots, markeredgewidth=0, rasterized=True
        )
        for name, events in lone.items():
            axes.plot(
                events[:, 1] * view.dt,
                events[:, 0],
                ".",
                color=palette[name],
                markersize=max(2.5, dots * 1.5),
                markeredgewidth=0,
                rasterized=True,
            )
        free = 0.0
        for edge, label in view.bands():
            axes.axhline(edge - 0.5, color=FAINT, linewidth=0.7)
            if edge >= free:  # labels of small populations would lie over each other
                axes.text(1.01, edge, label[:16], transform=axes.get_yaxis_transform(), fontsize=8.5, va="bottom")
                free = edge + len(view.rows) / 20
        if view.t_star is not None:
            axes.axvline(view.t_star, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            axes.text(view.t_star, len(view.rows), " t*", va="bottom", fontsize=9)
        axes.set(xlim=(0, view.duration), ylim=(-0.5, len(view.rows) - 0.5), xlabel="time (ms)", ylabel="cell (row)")
        everyone = [("on all simulators" if view.simulators[1:] else view.simulators[0], COMMON)]
        shown = {n: palette[n] for n, events in lone.items() if len(events)} if view.simulators[1:] else {}
        _legend(canvas, {f"only on {n}": c for n, c in shown.items()}, everyone, marker="o")

    count = sum(len(events) for events in lone.values())
    what = (
        f"{len(view.rows):,} of {view.cells:,} cells, drawn evenly" if len(view.rows) < view.cells else "all cells"
    )
    caption = f"Spikes of {what}. Grey: the same on every simulator. Colour: missing on at least one."
    if not count and view.simulators[1:]:
        caption += " No spike is in colour: there is no difference."
    alt = f"Raster plot of {len(common):,} spikes that all simulators have and {count:,} that not all have."
    return Figure(_drawn(draw, 4.0), "Spikes", caption, alt)


def close_up(view: View) -> Figure | None:
    """A few cells over a short time: a lane for every simulator in every row."""
    begin, end, rows = view.window()
    if not rows:
        return None
    palette, lanes = colours(view.simulators), len(view.simulators)

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for row, (population, cell) in enumerate(rows):
            if row % 2:
                axes.axhspan(row - 0.5, row + 0.5, color="#f3f5f8", linewidth=0)
            for lane, name in enumerate(view.simulators):
                steps = view.spikes_of(name, population, cell)
                low = row + 0.42 - 0.84 * (lane + 1) / lanes
                axes.vlines(steps * view.dt, low, low + 0.84 / lanes, color=palette[name], linewidth=1.6)
        if view.t_star is not None:
            at = rows.index(view.first_cell) if view.first_cell in rows else 0
            axes.axvline(view.t_star, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            axes.plot(view.t_star, at, "o", markersize=13, markerfacecolor="none", markeredgecolor=INK)
            axes.text(view.t_star, len(rows) - 0.5, " t*", va="bottom", fontsize=9)
        labels = [f"{view.labels[p][:12]} {c}" for p, c in rows]
        axes.set_yticks(range(len(rows)), labels, fontsize=7.5)
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(begin, end), ylim=(-0.5, len(rows) - 0.5), xlabel="time (ms)")
        _legend(canvas, palette, marker="s")

    where = "around the first difference (circle)" if view.t_star is not None else "where cells spike"
    caption = f"{len(rows)} cells {where}. Each simulator has a lane in a cell's row; equal spikes stand in line."
    alt = f"Spikes of {len(rows)} cells from {begin:g} to {end:g} ms, one lane a simulator."
    return Figure(_drawn(draw, 4.0), "Close-up", caption, alt)


def _per_population(
    view: View, draw: Callable[[Axes, Mapping[str, Activity]], None], xlabel: str, ylabel: str
) -> Callable[[Canvas], None]:
    def all_of_them(canvas: Canvas) -> None:
        rows = canvas.subplots(len(view.populations), 1, sharex=True, squeeze=False)[:, 0]
        for axes, population in zip(rows, view.populations, strict=True):
            draw(axes, {n: activity(view.recordings[n], population, view.trial, 0.0) for n in view.simulators})
            axes.set(title=view.labels[population], ylabel=ylabel)
        rows[-1].set_xlabel(xlabel)
        _legend(canvas, colours(view.simulators))

    return all_of_them


def _height(view: View) -> float:
    return 0.7 + 1.45 * max(1.5, len(view.populations))


def rates_over_time(view: View) -> Figure:
    """Population rates in bins."""
    width = max(5.0, float(np.ceil(view.duration / 100)))
    looks = _lines(view.simulators)

    def draw(axes: Axes, active: Mapping[str, Activity]) -> None:
        for name, a in active.items():
            counts = np.asarray(a.binned(width=width).sum(axis=0)).ravel()
            middles = (np.arange(counts.size) + 0.5) * width
            axes.plot(middles, counts / a.size / (width / 1000.0), **looks[name])
        axes.set(xlim=(0, view.duration))
        axes.set_ylim(bottom=0)

    uri = _drawn(_per_population(view, draw, "time (ms)", "rate (Hz)"), _height(view))
    caption = f"Mean rate of each population in bins of {width:g} ms."
    return Figure(uri, "Rates over time", caption, f"Population rates over {view.duration:g} ms, one line a simulator.")


def _histograms(view: View, values: Callable[[Activity], NDArray[Any]], log: bool) -> Any:
    looks = _lines(view.simulators)

    def draw(axes: Axes, active: Mapping[str, Activity]) -> None:
        of = {name: values(a) for name, a in active.items()}
        everything = np.concatenate(list(of.values()))
        if not everything.size:
            axes.text(0.5, 0.5, "too few spikes", transform=axes.transAxes, ha="center", color=COMMON)
            return
        low, high = float(everything.min()), float(everything.max())
        edges = np.geomspace(low, high * 1.001, 41) if log else np.linspace(0, max(high, 1e-9) * 1.001, 31)
        for name, v in of.items():
            axes.stairs(np.histogram(v, edges)[0], edges, baseline=None, **looks[name])
        if log:
            axes.set_xscale("log")

    return draw


def rate_distribution(view: View) -> Figure:
    """How the rates of cells are distributed."""
    draw = _histograms(view, firing_rates, log=False)
    uri = _drawn(_per_population(view, draw, "rate (Hz)", "cells"), _height(view))
    return Figure(uri, "Firing rates", "How many cells fire at which rate.", "Histograms of the cells' firing rates.")


def isi_distribution(view: View) -> Figure:
    """How inter-spike intervals are distributed."""

    def intervals(active: Activity) -> NDArray[Any]:
        steps, bounds = active.by_cell
        inner = np.ones(max(0, steps.size - 1), bool)
        inner[bounds[1:-1][(bounds[1:-1] > 0) & (bounds[1:-1] < steps.size)] - 1] = False
        between = np.diff(steps)[inner]
        return np.asarray(between[between > 0] * active.dt)

    uri = _drawn(_per_population(view, _histograms(view, intervals, log=True), "interval (ms)", "count"), _height(view))
    caption = "Intervals between a cell's spikes, logarithmic in time."
    return Figure(uri, "Inter-spike intervals", caption, "Histograms of the inter-spike intervals.")


def cv_distribution(view: View) -> Figure:
    """How the irregularity of cells is distributed."""
    draw = _histograms(view, isi_cvs, log=False)
    uri = _drawn(_per_population(view, draw, "CV of ISI (no unit)", "cells"), _height(view))
    caption = "How irregularly cells fire: 0 like a clock, 1 at random. Cells with at least three spikes."
    return Figure(uri, "Irregularity", caption, "Histograms of the coefficient of variation of the cells' intervals.")


def traces(view: View, limit: int) -> Iterator[Figure]:
    """Sampled variables of single cells, the simulators over each other, their difference below."""
    for signals, cell in view.signals(limit):
        yield _trace(view, signals, cell)


def _trace(view: View, signals: Mapping[str, Signal], cell: int) -> Figure:
    palette, names = colours(view.simulators), list(signals)
    first = signals[names[0]]
    times = np.arange(len(first.values)) * first.interval * view.dt
    of = {n: s.values[:, int(np.flatnonzero(s.cells == cell)[0])] for n, s in signals.items()}
    dense = times.size > 4000

    def draw(canvas: Canvas) -> None:
        top, bottom = canvas.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        looks = _lines(view.simulators)
        for name, values in of.items():
            top.plot(times, values, rasterized=dense, **looks[name])
        top.set_ylabel(f"{first.variable} ({first.unit})")
        for name in names[1:]:
            bottom.plot(times, of[name] - of[names[0]], color=palette[name], linewidth=1.0, rasterized=dense)
        if not any((np.abs(of[n] - of[names[0]]) > 0).any() for n in names[1:]):
            bottom.set_ylim(-1, 1)
        bottom.axhline(0, color=FAINT, linewidth=0.7, zorder=0)
        bottom.set(xlabel="time (ms)", ylabel=f"difference\n({first.unit})", xlim=(0, view.duration))
        for axes in (top, bottom):
            if view.t_star is not None:
                axes.axvline(view.t_star, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        _legend(canvas, {n: palette[n] for n in names})

    label = view.labels[first.population]
    caption = f"Above: {first.variable}. Below: the other simulators minus {names[0]}."
    alt = f"{first.variable} of cell {cell} of {label} on {', '.join(names)}, and the differences."
    return Figure(_drawn(draw, 3.4), f"{first.variable} of cell {cell} of {label}", caption, alt)
