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
from unisono.models.words import labelled
from unisono.validation.compare.agreement import Agreement
from unisono.validation.compare.excerpt import Excerpt
from unisono.validation.report.drawing import COMMON, FAINT, INK, STYLE, WIDTH, colours, lines
from unisono.validation.statistics.characteristics import Characteristics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
    with matplotlib.rc_context(STYLE):
        axes: list[Any] = given or _figure(panels)
        for one, (_, draw) in zip(axes, panels, strict=False):
            draw(one)
        axes[0].legend(*_labels(runs, view), loc="lower left", bbox_to_anchor=(0, 1.02), ncols=4, borderaxespad=0)
    return axes


def _figure(panels: Sequence[tuple[str, Any]]) -> list[Any]:
    """New axes below each other, with one axis of time; pyplot shows them."""
    from matplotlib import pyplot

    heights = [KINDS[kind] for kind, _ in panels]
    _, axes = pyplot.subplots(
        len(panels), 1, sharex=True, squeeze=False, figsize=(1.4 * WIDTH, 0.8 + sum(heights)), height_ratios=heights
    )
    return list(axes[:, 0])


def _labels(runs: Runs, view: Excerpt) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    looks = lines(view.simulators)
    handles = [Line2D([], [], **looks[name]) for name in view.simulators]
    return handles, [runs[name].name for name in view.simulators]


def _panels(kind: str, view: Excerpt, found: Characteristics) -> list[tuple[str, Any]]:
    """What draws each panel of a kind on axes."""
    if kind == "raster":
        return [(kind, lambda axes: _raster(axes, view))] if view.raster else []
    if kind == "rates":
        return [(kind, lambda axes, rate=rate: _rates(axes, view, rate)) for rate in found.rates[:PANELS]]
    return [(kind, lambda axes, trace=trace: _trace(axes, view, trace)) for trace in view.traces[:PANELS]]


def _raster(axes: Axes, view: Excerpt) -> None:
    """Spikes of all simulators in grey; those that not all have as rings in colour, the first simulator's largest."""
    found = view.raster
    if found is None:
        return
    size = max(0.8, min(3.0, 150.0 / (len(found.common) + 1) ** 0.5))
    look: dict[str, Any] = {"linestyle": "none", "marker": "o", "rasterized": True}
    dots = {**look, "color": COMMON, "markersize": size, "markeredgewidth": 0}
    axes.plot(found.common[:, 1] * view.dt, found.common[:, 0], **dots)
    palette = colours(view.simulators)
    for place, (name, events) in enumerate(found.lone.items()):
        ring = {**look, "markersize": max(3.0, 8.0 - 1.6 * place), "markerfacecolor": "none"}
        axes.plot(events[:, 1] * view.dt, events[:, 0], markeredgecolor=palette[name], **ring)
    first: dict[int, int] = {}
    for row, (population, _) in enumerate(found.rows):
        first.setdefault(population, row)
    for row in first.values():
        axes.axhline(row - 0.5, color=FAINT, linewidth=0.7)
    axes.set_yticks(list(first.values()), [view.labels[population][:16] for population in first], va="bottom")
    axes.set(ylim=(-0.5, len(found.rows) - 0.5))
    _time(axes, view)


def _rates(axes: Axes, view: Excerpt, rate: Any) -> None:
    looks = lines(view.simulators)
    for name, values in rate.rates.items():
        axes.plot([(i + 0.5) * rate.width for i in range(values.size)], values, **looks[name])
    axes.set(title=rate.population, ylabel="rate (Hz)")
    axes.set_ylim(bottom=0)
    _time(axes, view)


def _trace(axes: Axes, view: Excerpt, trace: Any) -> None:
    looks = lines(view.simulators)
    for name, values in trace.values.items():
        axes.plot(trace.times, values, rasterized=trace.times.size > 4000, **looks[name])
    axes.set(title=f"cell {trace.cell} of {view.labels[trace.population]}", ylabel=labelled(trace.variable, trace.unit))
    _time(axes, view)


def _time(axes: Axes, view: Excerpt) -> None:
    axes.set(xlim=(0, view.duration), xlabel="time (ms)")
    axes.label_outer()
    if view.first_divergence is not None:
        axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
