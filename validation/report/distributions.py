"""Rates over time, and how rates, intervals, irregularity and correlations are distributed over cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from unisono.validation.compare.excerpt import Excerpt
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import BAND, COMMON, Figure, drawn, legend, lines
from unisono.validation.statistics.activity import BIN, SUBSET

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from unisono.validation.statistics.distributions import Distribution, Quantity, RateOverTime

#: Lower and upper bound of a band (None where there is no bound), by label of a population.
Bounds = Mapping[str, tuple[float | None, float | None]]

#: Title of the figure of a quantity, label of its axis, and what to see in it.
FIGURES = {
    "rate": ("Firing rates", "rate (Hz)", "How many cells fire at which rate."),
    "inter-spike interval": (
        "Inter-spike intervals",
        "interval (ms)",
        "Intervals between a cell's spikes, logarithmic in time.",
    ),
    "CV of ISI": (
        "Irregularity",
        "CV of ISI (no unit)",
        "How irregularly cells fire: 0 like a clock, 1 at random. Cells with at least three spikes.",
    ),
    "pairwise correlation": (
        "Correlations",
        "correlation (no unit)",
        f"Correlation of the spike counts of pairs of cells in bins of {BIN:g} ms; at most {SUBSET} cells, "
        "drawn once for all runs; cells that never spike have none.",
    ),
}


#: Populations with a panel of their own.
POPULATIONS = 6


def _shown(view: Excerpt) -> tuple[int, ...]:
    return view.populations[:POPULATIONS]


def height_of(panels: int) -> float:
    """Inches of a figure of so many panels below each other."""
    return 0.7 + 1.45 * max(1.5, panels)


def _panels(view: Excerpt, draw: Callable[[Axes, int], None], xlabel: str, ylabel: str, band: bool = False) -> str:
    """A panel a population."""

    def all_of_them(canvas: Canvas) -> None:
        rows = canvas.subplots(len(_shown(view)), 1, sharex=True, squeeze=False)[:, 0]
        for axes, population in zip(rows, _shown(view), strict=True):
            draw(axes, population)
            axes.set(title=view.labels[population], ylabel=ylabel)
        rows[-1].set_xlabel(xlabel)
        extra = [("range in cortex", BAND)] if band else ()
        legend(canvas, lines(view.simulators), extra, titles=view.titles)

    return drawn(all_of_them, height_of(len(_shown(view))))


def rates_over_time(view: Excerpt, rates: Sequence[RateOverTime]) -> Figure | None:
    """Population rates in bins."""
    by_label = {rate.population: rate for rate in rates}
    shown = [view.labels[population] for population in _shown(view)]
    if not by_label:
        return None
    width = rates[0].width

    def draw(axes: Axes, population: int) -> None:
        draw_rate(axes, view, by_label[view.labels[population]])

    rows = (
        (label, i * width, *(float(by_label[label].rates[n][i]) for n in view.simulators))
        for label in shown
        for i in range(by_label[label].rates[view.simulators[0]].size)
    )
    data = download("rates over time", ("population", "begin (ms)", *(f"{n} (Hz)" for n in view.simulators)), rows)
    uri = _panels(view, draw, "time (ms)", "rate (Hz)")
    caption = f"Mean rate of each population in bins of {width:g} ms."
    alt = f"Population rates over {view.duration:g} ms, one line a simulator."
    return Figure(uri, "Rates over time", caption, alt, data)


def draw_rate(axes: Axes, view: Excerpt, rate: RateOverTime) -> None:
    """The rate of a population, one line a simulator."""
    looks = lines(view.simulators)
    for name, values in rate.rates.items():
        axes.plot([(i + 0.5) * rate.width for i in range(values.size)], values, **looks[name])
    axes.set(xlim=(0, view.duration))
    axes.set_ylim(bottom=0)


def histogram(view: Excerpt, quantity: Quantity, distributions: Sequence[Distribution], bands: Bounds) -> Figure | None:
    """Histograms of what each cell (or pair of cells) has, a panel a population."""
    of_quantity = {d.population: d for d in distributions if d.quantity is quantity}
    if not of_quantity:
        return None
    title, xlabel, caption = FIGURES[quantity.name]
    ylabel = "count" if quantity.counted == "intervals" else quantity.counted
    looks = lines(view.simulators)

    def draw(axes: Axes, population: int) -> None:
        found = of_quantity[view.labels[population]]
        if not found.edges.size:
            axes.text(0.5, 0.5, "too few spikes", transform=axes.transAxes, ha="center", color=COMMON)
            return
        low, high = bands.get(found.population, (None, None))
        if low is not None or high is not None:
            first, last = found.edges[[0, -1]]
            axes.axvspan(first if low is None else low, last if high is None else high, color=BAND, linewidth=0)
        for name, heights in found.counts.items():
            axes.stairs(heights, found.edges, baseline=None, **looks[name])
        axes.set_ylim(bottom=0)
        if quantity.log:
            axes.set_xscale("log")
            axes.minorticks_off()  # their labels would lie over each other, and take long

    rows = (
        (found.population, float(low), float(high), *(int(found.counts[n][i]) for n in view.simulators))
        for found in (of_quantity[view.labels[population]] for population in _shown(view))
        for i, (low, high) in enumerate(zip(found.edges[:-1], found.edges[1:], strict=True))
    )
    data = download(title, ("population", "from", "to", *(f"{n} ({ylabel})" for n in view.simulators)), rows)
    uri = _panels(view, draw, xlabel, ylabel, any(band != (None, None) for band in bands.values()))
    if bands:
        caption += " Shaded: where the mean lies in cortex."
    return Figure(uri, title, caption, f"Histograms of {xlabel}, one line a simulator.", data)
