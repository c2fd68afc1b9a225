"""Plots of runs on Matplotlib's axes: rasters, rates, traces; what a report shows in pages, for scripts and notebooks.

Drawn with the report's colours and styles of lines, from the same excerpt of the recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np

from unisono.adapters.runtime.results import Runs
from unisono.models.errors import UnisonoError
from unisono.models.registry import unknown
from unisono.validation.compare.agreement import Agreement
from unisono.validation.compare.excerpt import CellTrace, Excerpt
from unisono.validation.report import distributions, rasters, traces
from unisono.validation.report.drawing import COMMON, INK, STYLE, WIDTH, colours, lines
from unisono.validation.statistics.characteristics import Characteristics

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from unisono.validation.statistics.distributions import RateOverTime

#: What can be drawn, with the height of a panel, inches.
KINDS = {"raster": 2.4, "rates": 1.5, "traces": 1.5}

#: Panels of rates and of traces where no axes are given.
PANELS = 3


def plot(runs: Runs, kinds: Sequence[str] = (), ax: Axes | Sequence[Axes] | None = None) -> list[Axes]:
    """Draw runs over each other; see :meth:`unisono.adapters.runtime.results.Runs.plot`."""
    return _plotted(runs, _view(runs), Characteristics(runs, {}, 0.0), kinds, ax)


def plot_agreement(
    agreement: Agreement, kinds: Sequence[str] = (), ax: Axes | Sequence[Axes] | None = None
) -> list[Axes]:
    """Draw what was compared, the first divergence marked."""
    view = agreement.excerpt or _view(agreement.runs)
    return _plotted(agreement.runs, view, agreement.characteristics, kinds, ax)


def _view(runs: Runs) -> Excerpt:
    done = {name: run for name, run in runs.items() if run.recording is not None and run.recording.trials}
    view = Excerpt(runs, ()) if done else None
    if view is None or not view.comparable:
        why = "no run has a result" if view is None else "the recordings have different shapes"
        raise UnisonoError(f"{runs.network.label} cannot be plotted: {why}.", "See the errors of the runs.")
    return view


def _plotted(
    runs: Runs, view: Excerpt, found: Characteristics, kinds: Sequence[str], ax: Axes | Sequence[Axes] | None
) -> list[Axes]:
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind of plot", kind, KINDS)
    panels = [panel for kind in kinds or KINDS for panel in _panels(kind, view, found)]
    if not panels:
        raise UnisonoError(
            f"{runs.network.label} has nothing to plot.", "Record spikes or v, and run it for some time."
        )
    given: list[Any] = [] if ax is None else list(np.ravel(np.asarray(ax, dtype=object)))
    if given and len(given) > len(panels):
        raise UnisonoError(f"{len(given)} axes are given for {len(panels)} panels.", "Give one for each panel.")
    # A first figure of pyplot makes a notebook's figures interactive, which the end of the context would undo.
    figure = None if given else _figure(panels)
    with matplotlib.rc_context(STYLE):
        axes = given if figure is None else _below_each_other(figure, panels)
        for one, (_, draw) in zip(axes, panels, strict=False):
            draw(one)
        axes[0].legend(*_labels(view), loc="lower left", bbox_to_anchor=(0, 1.02), ncols=4, borderaxespad=0)
    return axes


def _figure(panels: Sequence[tuple[str, Any]]) -> Figure:
    """A new figure, which pyplot shows."""
    from matplotlib import pyplot

    height = 0.8 + sum(KINDS[kind] for kind, _ in panels)
    return pyplot.figure(figsize=(1.4 * WIDTH, height), layout="constrained")


def _below_each_other(figure: Figure, panels: Sequence[tuple[str, Any]]) -> list[Any]:
    """Axes with one axis of time."""
    heights = [KINDS[kind] for kind, _ in panels]
    return list(figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0])


def _labels(view: Excerpt) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    looks = lines(view.simulators)
    handles = [Line2D([], [], **looks[name]) for name in view.simulators]
    return handles, [view.titles[name] for name in view.simulators]


def _panels(kind: str, view: Excerpt, found: Characteristics) -> list[tuple[str, Any]]:
    """What draws each panel of a kind on axes."""
    if kind == "raster":
        return [(kind, lambda axes: _raster(axes, view))] if view.raster else []
    if kind == "rates":
        return [(kind, lambda axes, rate=rate: _rate(axes, view, rate)) for rate in found.rates[:PANELS]]
    return [(kind, lambda axes, trace=trace: _trace(axes, view, trace)) for trace in view.traces[:PANELS]]


def _raster(axes: Axes, view: Excerpt) -> None:
    """Spikes of all simulators in grey; those that not all have as rings in colour, the first simulator's largest."""
    found = view.raster
    if found is None:
        return
    rasters.dots(axes, view, found.common, COMMON, rasters.size_for(found.common))
    palette, count = colours(view.simulators), sum(map(len, found.lone.values()))
    largest = max(4.0, min(8.0, 90.0 / (count + 1) ** 0.5))  # few are seen at a glance, many do not hide each other
    for place, (name, events) in enumerate(found.lone.items()):
        ring: dict[str, Any] = {"markersize": largest * 0.75**place, "markerfacecolor": "none"}
        axes.plot(events[:, 1] * view.dt, events[:, 0], "o", markeredgecolor=palette[name], rasterized=True, **ring)
    rasters.populations(axes, view, found)
    axes.set(ylim=(-0.5, len(found.rows) - 0.5), ylabel="cell (row)")
    _time(axes, view)


def _rate(axes: Axes, view: Excerpt, rate: RateOverTime) -> None:
    distributions.draw_rate(axes, view, rate)
    axes.set(title=rate.population, ylabel="rate (Hz)")
    _time(axes, view)


def _trace(axes: Axes, view: Excerpt, trace: CellTrace) -> None:
    traces.draw_values(axes, view, trace)
    axes.set(title=f"cell {trace.cell} of {view.labels[trace.population]}")
    _time(axes, view)


def _time(axes: Axes, view: Excerpt) -> None:
    axes.set(xlim=(0, view.duration), xlabel="time (ms)")
    axes.label_outer()
    if view.first_divergence is not None:
        axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
