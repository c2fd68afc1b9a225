"""Sampled variables of single cells, the simulators over each other, their difference below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from unisono.models.words import labelled
from unisono.validation.compare.excerpt import CellTrace, Excerpt
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import COMMON, INK, Figure, drawn, legend, lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


#: Samples from which on a line is drawn as pixels.
DENSE = 4000


def draw_values(axes: Axes, view: Excerpt, found: CellTrace) -> None:
    """The variable, the simulators over each other."""
    looks = lines(view.simulators)
    for name, values in found.values.items():
        axes.plot(found.times, values, rasterized=found.times.size > DENSE, **looks[name])
    axes.set_ylabel(labelled(found.variable, found.unit))


def trace(view: Excerpt, found: CellTrace) -> Figure:
    """A variable of one cell, the simulators over each other, their difference below."""
    names, times, of = list(found.values), found.times, found.values
    apart = {name: np.abs(values - of[names[0]]) for name, values in of.items()}
    dense = times.size > DENSE

    def draw(canvas: Canvas) -> None:
        top, bottom = canvas.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        looks = lines(view.simulators)
        draw_values(top, view, found)
        _differences(bottom, times, {name: apart[name] for name in names[1:]}, looks, dense)
        bottom.set(xlabel="time (ms)", xlim=(0, view.duration))
        bottom.set_ylabel(labelled("|difference|", found.unit).replace(" ", "\n"))
        for axes in (top, bottom):
            if view.first_divergence is not None:
                axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        legend(canvas, looks, titles=view.titles)

    label = view.labels[found.population]
    caption = f"Above: {found.variable}. Below: how far the others lie from {view.titles[names[0]]}, logarithmic."
    if any(not values.all() for name, values in apart.items() if name != names[0]):
        caption += " No line: equal in every bit."
    alt = f"{found.variable} of cell {found.cell} of {label} on {', '.join(names)}, and the differences."
    title = f"{found.variable} of cell {found.cell} of {label}"
    part = found.part
    rows = zip(times[part].tolist(), *(values[part].tolist() for values in of.values()), strict=True)
    data = download(title, ("time (ms)", *(f"{n} ({found.unit})" for n in names)), rows, times.size, "")
    return Figure(drawn(draw, 3.4), title, caption, alt, data)


def _differences(
    axes: Axes,
    times: NDArray[np.float64],
    apart: Mapping[str, NDArray[np.floating[Any]]],
    looks: Mapping[str, Any],
    dense: bool,
) -> None:
    """Absolute differences on a logarithmic axis: those of rounding and those of a spike are both seen."""
    axes.set_yscale("log")
    shown = {name: np.where(values > 0, values, np.nan) for name, values in apart.items()}
    if not any(np.isfinite(values).any() for values in shown.values()):
        axes.set_yticks([])
        axes.minorticks_off()
        axes.text(0.5, 0.5, "equal in every bit", transform=axes.transAxes, ha="center", va="center", color=COMMON)
        return
    for name, values in shown.items():
        axes.plot(times, values, rasterized=dense, **looks[name])
    axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.minorticks_off()
