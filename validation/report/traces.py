"""Sampled variables of single cells, the simulators over each other, their difference below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from unisono.adapters.contract.recording import Signal
from unisono.validation.report.downloads import LIMIT, download
from unisono.validation.report.drawing import FAINT, INK, Figure, colours, drawn, legend, lines
from unisono.validation.report.selection import View

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


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
        looks = lines(view.simulators)
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
            if view.first_divergence is not None:
                axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        legend(canvas, {n: palette[n] for n in names})

    label = view.labels[first.population]
    caption = f"Above: {first.variable}. Below: the other simulators minus {names[0]}."
    alt = f"{first.variable} of cell {cell} of {label} on {', '.join(names)}, and the differences."
    title = f"{first.variable} of cell {cell} of {label}"
    # Every sample around the first difference says more than every tenth of all.
    middle = 0 if view.first_divergence is None else int(np.searchsorted(times, view.first_divergence))
    begin = max(0, min(middle - LIMIT // 2, times.size - LIMIT))
    shown = slice(begin, begin + LIMIT)
    rows = zip(times[shown].tolist(), *(values[shown].tolist() for values in of.values()), strict=True)
    data = download(title, ("time (ms)", *(f"{n} ({first.unit})" for n in names)), rows, times.size, "")
    return Figure(drawn(draw, 3.4), title, caption, alt, data)
