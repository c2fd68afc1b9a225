"""Sampled variables of single cells, the simulators over each other, their difference below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from unisono.models.words import labelled
from unisono.validation.compare.excerpt import CellTrace, Excerpt
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import FAINT, INK, Figure, colours, drawn, legend, lines

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


def trace(view: Excerpt, found: CellTrace) -> Figure:
    """A variable of one cell, the simulators over each other, their difference below."""
    palette, names, times, of = colours(view.simulators), list(found.values), found.times, found.values
    dense = times.size > 4000

    def draw(canvas: Canvas) -> None:
        top, bottom = canvas.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        looks = lines(view.simulators)
        for name, values in of.items():
            top.plot(times, values, rasterized=dense, **looks[name])
        top.set_ylabel(labelled(found.variable, found.unit))
        for name in names[1:]:
            bottom.plot(times, of[name] - of[names[0]], color=palette[name], linewidth=1.0, rasterized=dense)
        if not any((np.abs(of[n] - of[names[0]]) > 0).any() for n in names[1:]):
            bottom.set_ylim(-1, 1)
        bottom.axhline(0, color=FAINT, linewidth=0.7, zorder=0)
        bottom.set(
            xlabel="time (ms)", ylabel=labelled("difference", found.unit).replace(" ", "\n"), xlim=(0, view.duration)
        )
        for axes in (top, bottom):
            if view.first_divergence is not None:
                axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        legend(canvas, {n: palette[n] for n in names})

    label = view.labels[found.population]
    caption = f"Above: {found.variable}. Below: the other simulators minus {names[0]}."
    alt = f"{found.variable} of cell {found.cell} of {label} on {', '.join(names)}, and the differences."
    title = f"{found.variable} of cell {found.cell} of {label}"
    part = found.part
    rows = zip(times[part].tolist(), *(values[part].tolist() for values in of.values()), strict=True)
    data = download(title, ("time (ms)", *(f"{n} ({found.unit})" for n in names)), rows, times.size, "")
    return Figure(drawn(draw, 3.4), title, caption, alt, data)
