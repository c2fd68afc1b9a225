"""Curves of a run: spectra, cross-correlograms over known connections, and what else it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.validation.report.distributions import height_of
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import FAINT, Figure, drawn, legend, lines
from unisono.validation.statistics.curve import CORRELOGRAM, SPECTRUM

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from unisono.validation.statistics.curve import Curve

#: Panels of a figure.
PANELS = 6

READ = {
    SPECTRUM: "Power of the population's rate by frequency; a peak is a rhythm.",
    CORRELOGRAM: "Spikes of the target around a spike of the source, over the known connections: it rises, or falls, "
    "one delay after the source's spike. A shift along the axis is a shift of the delay.",
}

Curves = Mapping[str, Sequence["Curve"]]


def figures_of(curves: Curves, notes: Mapping[str, str] | None = None) -> list[Figure]:
    """A figure for every kind of curve, the sides over each other, a panel a population.

    Parameters
    ----------
    curves : mapping of str to sequence of Curve
        By side.
    notes : mapping of str to str, optional
        What to say below a kind of curve.
    """
    kinds = dict.fromkeys(curve.name for of in curves.values() for curve in of)
    said = notes or {}
    return [
        figure(kind, {side: [c for c in of if c.name == kind] for side, of in curves.items()}, said.get(kind, ""))
        for kind in kinds
    ]


def figure(kind: str, curves: Curves, note: str = "") -> Figure:
    """One kind of curve."""
    populations = list(dict.fromkeys(c.population for of in curves.values() for c in of))[:PANELS]
    looks = lines(list(curves))
    first = next(c for of in curves.values() for c in of)

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(populations), 1, sharex=True, squeeze=False)[:, 0]
        for axes, population in zip(rows, populations, strict=True):
            for side, of in curves.items():
                for curve in (c for c in of if c.population == population):
                    axes.plot(curve.x, curve.y, **looks[side])
            # Half a figure's height has no room for more.
            axes.set(title=population[:40], ylabel=axis(kind, first.y_unit))
            if first.x.size and first.x[0] < 0 < first.x[-1]:
                axes.axvline(0, color=FAINT, linewidth=0.7, zorder=0)
            _logarithmic(axes, kind, curves, population)
        rows[-1].set_xlabel("frequency (Hz)" if first.x_unit == "Hz" else f"time ({first.x_unit})")
        legend(canvas, looks)

    title = kind[0].upper() + kind[1:]
    data = download(title, ("side", "population", *columns(first)), _rows(curves))
    caption = " ".join(filter(None, (READ.get(kind, first.definition), note)))
    alt = f"{title} of {', '.join(populations)}, one line a side."
    return Figure(drawn(draw, height_of(len(populations))), title, caption, alt, data)


def columns(curve: Curve) -> tuple[str, str]:
    """Headings of both columns of a curve."""
    y = f"{curve.name} ({curve.y_unit})" if curve.y_unit else curve.name
    return f"x ({curve.x_unit})" if curve.x_unit else "x", y


def axis(kind: str, unit: str) -> str:
    """A label that is short enough for a panel."""
    short = {SPECTRUM: "power", CORRELOGRAM: "correlogram"}.get(kind, kind.split()[0])
    return f"{short}\n({unit or 'no unit'})"


def _logarithmic(axes: Any, kind: str, curves: Curves, population: str) -> None:
    values = [c.y for of in curves.values() for c in of if c.population == population]
    positive = np.concatenate([y[y > 0] for y in values] or [np.empty(0)])
    if kind == SPECTRUM and positive.size:
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(float(positive.min()), float(positive.max()) * 1e-6))
        axes.minorticks_off()


def _rows(curves: Curves) -> Any:
    return (
        (side, curve.population, float(x), float(y))
        for side, of in curves.items()
        for curve in of
        for x, y in zip(curve.x, curve.y, strict=True)
    )
