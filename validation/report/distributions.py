"""Rates over time, and how rates, intervals, irregularity and correlations are distributed over cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import BAND, COMMON, Figure, colours, drawn, legend, lines
from unisono.validation.report.selection import View
from unisono.validation.statistics.activity import BIN, SUBSET, Activity
from unisono.validation.statistics.statistics import correlations, firing_rates, isi_cvs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

#: Lower and upper bound of a band (None where there is no bound), by label of a population.
Bounds = Mapping[str, tuple[float | None, float | None]]

NO_BANDS: Bounds = {}


def height_of(panels: int) -> float:
    """Inches of a figure of so many panels below each other."""
    return 0.7 + 1.45 * max(1.5, panels)


def _panels(view: View, draw: Callable[[Axes, int], None], xlabel: str, ylabel: str, band: bool = False) -> str:
    """A panel a population."""

    def all_of_them(canvas: Canvas) -> None:
        rows = canvas.subplots(len(view.populations), 1, sharex=True, squeeze=False)[:, 0]
        for axes, population in zip(rows, view.populations, strict=True):
            draw(axes, population)
            axes.set(title=view.labels[population], ylabel=ylabel)
        rows[-1].set_xlabel(xlabel)
        legend(canvas, colours(view.simulators), [("range in cortex", BAND)] if band else ())

    return drawn(all_of_them, height_of(len(view.populations)))


def rates_over_time(view: View) -> Figure:
    """Population rates in bins."""
    width = max(5.0, float(np.ceil(view.duration / 100)))
    looks = lines(view.simulators)
    rates: dict[tuple[int, str], NDArray[np.float64]] = {}
    for population in view.populations:
        for name in view.simulators:
            active = view.activity(name, population)
            counts = np.asarray(active.binned(width=width).sum(axis=0)).ravel()
            rates[population, name] = counts / active.size / (width / 1000.0)

    def draw(axes: Axes, population: int) -> None:
        for name in view.simulators:
            values = rates[population, name]
            axes.plot((np.arange(values.size) + 0.5) * width, values, **looks[name])
        axes.set(xlim=(0, view.duration))
        axes.set_ylim(bottom=0)

    rows = (
        (view.labels[p], float(i * width), *(float(rates[p, n][i]) for n in view.simulators))
        for p in view.populations
        for i in range(rates[p, view.simulators[0]].size)
    )
    data = download("rates over time", ("population", "begin (ms)", *(f"{n} (Hz)" for n in view.simulators)), rows)
    uri = _panels(view, draw, "time (ms)", "rate (Hz)")
    caption = f"Mean rate of each population in bins of {width:g} ms."
    alt = f"Population rates over {view.duration:g} ms, one line a simulator."
    return Figure(uri, "Rates over time", caption, alt, data)


def histogram(
    view: View,
    title: str,
    values: Callable[[Activity], NDArray[Any]],
    xlabel: str,
    caption: str,
    ylabel: str = "cells",
    log: bool = False,
    bands: Bounds = NO_BANDS,
) -> Figure:
    """Histograms of what each cell (or pair of cells) has, a panel a population."""
    looks = lines(view.simulators)
    counts: dict[int, tuple[NDArray[np.float64], dict[str, NDArray[np.int64]]]] = {}
    for population in view.populations:
        known: dict[int, NDArray[Any]] = {}
        of = {}
        for name in view.simulators:
            active = view.activity(name, population)
            if id(active) not in known:  # simulators with the same spikes share it
                known[id(active)] = values(active)
            of[name] = known[id(active)]
        everything = np.concatenate(list(of.values()))
        if everything.size:
            edges = _edges(float(everything.min()), float(everything.max()), log)
            counts[population] = edges, {name: np.histogram(v, edges)[0] for name, v in of.items()}

    def draw(axes: Axes, population: int) -> None:
        if population not in counts:
            axes.text(0.5, 0.5, "too few spikes", transform=axes.transAxes, ha="center", color=COMMON)
            return
        edges, by_name = counts[population]
        low, high = bands.get(view.labels[population], (None, None))
        if low is not None or high is not None:
            axes.axvspan(edges[0] if low is None else low, edges[-1] if high is None else high, color=BAND, linewidth=0)
        for name, heights in by_name.items():
            axes.stairs(heights, edges, baseline=None, **looks[name])
        axes.set_ylim(bottom=0)
        if log:
            axes.set_xscale("log")
            axes.minorticks_off()  # their labels would lie over each other, and take long

    rows = (
        (view.labels[p], float(edges[i]), float(edges[i + 1]), *(int(by_name[n][i]) for n in view.simulators))
        for p, (edges, by_name) in counts.items()
        for i in range(edges.size - 1)
    )
    data = download(title, ("population", "from", "to", *(f"{n} ({ylabel})" for n in view.simulators)), rows)
    uri = _panels(view, draw, xlabel, ylabel, any(v != (None, None) for v in bands.values()))
    if bands:
        caption += " Shaded: where the mean lies in cortex."
    return Figure(uri, title, caption, f"Histograms of {xlabel}, one line a simulator.", data)


def _edges(low: float, high: float, log: bool) -> NDArray[np.float64]:
    """Edges that hold both ends; the last is a little higher, since all values can be the same."""
    if log:
        return np.asarray(np.geomspace(low, high * 1.001, 41))
    least = min(0.0, low)
    return np.asarray(np.linspace(least, high + 1e-3 * max(high - least, 1e-6), 31))


def rate_distribution(view: View, bands: Bounds = NO_BANDS) -> Figure:
    """How the rates of cells are distributed."""
    caption = "How many cells fire at which rate."
    return histogram(view, "Firing rates", firing_rates, "rate (Hz)", caption, bands=bands)


def isi_distribution(view: View) -> Figure:
    """How inter-spike intervals are distributed."""

    def intervals(active: Activity) -> NDArray[Any]:
        gaps = active.intervals[0]
        return np.asarray(gaps[gaps > 0] * active.dt)

    caption = "Intervals between a cell's spikes, logarithmic in time."
    return histogram(view, "Inter-spike intervals", intervals, "interval (ms)", caption, "count", log=True)


def cv_distribution(view: View, bands: Bounds = NO_BANDS) -> Figure:
    """How the irregularity of cells is distributed."""
    caption = "How irregularly cells fire: 0 like a clock, 1 at random. Cells with at least three spikes."
    return histogram(view, "Irregularity", isi_cvs, "CV of ISI (no unit)", caption, bands=bands)


def correlation_distribution(view: View, bands: Bounds = NO_BANDS) -> Figure:
    """How the correlations of pairs of cells are distributed."""
    caption = (
        f"Correlation of the spike counts of pairs of cells in bins of {BIN:g} ms; at most {SUBSET} cells, "
        "drawn once for all runs; cells that never spike have none."
    )
    return histogram(view, "Correlations", correlations, "correlation (no unit)", caption, "pairs", bands=bands)
