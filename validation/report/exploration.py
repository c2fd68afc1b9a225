"""The page of an exploration: a map of regimes, a map a measure, theory beside simulation, the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.words import listed
from unisono.validation.exploration.exploration import PREDICTIONS
from unisono.validation.exploration.measures import CV, PREDICTED_CV, PREDICTED_RATE, RATE, UPPER_RATE
from unisono.validation.exploration.regimes import REGIMES, SOURCE, Regime
from unisono.validation.report.downloads import Download, download
from unisono.validation.report.drawing import COMMON, PALETTE, Figure, drawn
from unisono.validation.report.page import number, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from unisono.validation.exploration.axes import Axis
    from unisono.validation.exploration.exploration import Exploration

#: Inches.
HEIGHT = 3.6

#: A colour a regime, by its short name.
COLOURS = dict(
    zip(
        (regime.short for regime in REGIMES),
        ("#ccd2da", PALETTE[1], PALETTE[4], PALETTE[0], PALETTE[5], PALETTE[2], "#fefefe"),
        strict=True,
    )
)

#: What is simulated, and what theory predicts of it.
PAIRS = ((RATE, PREDICTED_RATE), (CV, PREDICTED_CV))


def render(exploration: Exploration, command: str = "") -> str:
    """The exploration as HTML."""
    failed = sum(bool(point.error) for point in exploration.points)
    measures = [name for name in exploration.measures if name not in PREDICTIONS]
    data = _data(exploration)
    return rendered(
        "exploration.html",
        subject=exploration.model,
        look={"kind": "open" if failed else "plain", "sign": "", "heading": _heading(exploration)},
        summary=_summary(exploration, failed),
        facts=_facts(exploration),
        command=command,
        population=exploration.population,
        regimes=_regimes(exploration, data),
        legend=[
            (r, sum(p.regime == r for p in exploration.points), sum(p.predicted == r for p in exploration.points))
            for r in exploration.regimes
        ],
        predicted=any(point.predicted for point in exploration.points),
        regime_colours=COLOURS,
        source=SOURCE,
        maps=[_map(exploration, name, data) for name in measures],
        predictions=[_compared(exploration, pair, data) for pair in PAIRS if pair[1] in exploration.measures],
        data=data,
        columns=[*(axis.title for axis in exploration.axes), *(_title(exploration, n) for n in exploration.measures)],
        rows=_rows(exploration),
        statistics=exploration.statistics,
        options=", ".join(f"{name}={value}" for name, value in exploration.options.items()) or "defaults",
        simulator_name=exploration.simulator,
        transient=exploration.transient,
    )


def _heading(exploration: Exploration) -> str:
    return f"{exploration.model} by {_by(exploration)}"


def _summary(exploration: Exploration, failed: int) -> str:
    counts = Counter(point.regime.name for point in exploration.points)
    said = "; ".join(f"{name}: {points} point{'s' if points > 1 else ''}" for name, points in counts.most_common())
    end = f" {failed} points failed." if failed else ""
    return f"{said[:1].upper()}{said[1:]}.{end}"


def _facts(exploration: Exploration) -> list[tuple[str, str]]:
    facts = [("Points", str(len(exploration.points)))]
    facts += [(axis.title, f"{_said(axis.values[0])} to {_said(axis.values[-1])}") for axis in exploration.axes]
    return [*facts, ("Simulator", exploration.simulator), ("Population", exploration.population)]


def _said(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)


def _title(exploration: Exploration, measure: str) -> str:
    unit = exploration.unit(measure)
    return f"{measure} ({unit})" if unit else measure


def _rows(exploration: Exploration) -> list[dict[str, Any]]:
    return [
        {
            "cells": [
                *map(_said, point.values.values()),
                *(number(exploration.value(point, name), 3) for name in exploration.measures),
            ],
            "regime": point.regime.name,
            "predicted": point.predicted.name if point.predicted else "",
            "error": point.error,
        }
        for point in exploration.points
    ]


def _data(exploration: Exploration) -> Download:
    columns = [*(axis.title for axis in exploration.axes), "regime", "predicted regime"]
    columns += [_title(exploration, name) for name in exploration.measures]
    rows = (
        (
            *point.values.values(),
            point.regime.name,
            point.predicted and point.predicted.name,
            *(exploration.value(point, n) for n in exploration.measures),
        )
        for point in exploration.points
    )
    return download(f"exploration of {exploration.model}", columns, rows)


def _regimes(exploration: Exploration, data: Download) -> list[Figure]:
    """The map of regimes, and that of the predicted ones where theory covers the model."""
    figures = [
        _regime_map(exploration, [p.regime for p in exploration.points], "Simulated", "Each field is one run.", data)
    ]
    if any(point.predicted for point in exploration.points):
        predicted = [point.predicted or REGIMES[-1] for point in exploration.points]
        caption = "Mean-field theory: is the asynchronous state stable, and how irregular are spikes in it?"
        figures.append(_regime_map(exploration, predicted, "Predicted", caption, data))
    return figures


def _regime_map(exploration: Exploration, found: Sequence[Regime], title: str, caption: str, data: Download) -> Figure:
    def draw(canvas: Canvas) -> None:
        draw_regimes(canvas.subplots(), exploration.axes, found)

    height = HEIGHT if len(exploration.axes) > 1 else 1.6
    alt = f"{title} regime of {exploration.population} by {_by(exploration)}."
    return Figure(drawn(draw, height), title, caption, alt, data)


def _by(exploration: Exploration) -> str:
    return listed(axis.name for axis in exploration.axes)


def draw_regimes(axes: Axes, options: Sequence[Axis], found: Sequence[Regime]) -> None:
    """A field a point, in the colour of its regime, with its short name; the first option varies fastest."""
    from matplotlib.colors import ListedColormap

    width = len(options[0].values)
    grid = np.array([REGIMES.index(regime) for regime in found]).reshape(-1, width)
    colours = ListedColormap([COLOURS[regime.short] for regime in REGIMES])
    y = _edges(options[1]) if len(options) > 1 else np.array([0.0, 1.0])
    look: dict[str, Any] = {"vmin": -0.5, "vmax": len(REGIMES) - 0.5, "edgecolors": "white", "linewidth": 0.5}
    axes.pcolormesh(_edges(options[0]), y, grid, cmap=colours, **look)
    heights = options[1].positions if len(options) > 1 else (0.5,)
    for k, regime in enumerate(found):
        at = options[0].positions[k % width], heights[k // width]
        axes.text(
            *at,
            regime.short.replace(" ", "\n"),
            ha="center",
            va="center",
            fontsize=6.5,
            linespacing=0.9,
            color="#111111",
        )
    _label(axes, options)


def _edges(axis: Axis) -> NDArray[np.float64]:
    """Borders of the fields around the values of an axis: midway between neighbours."""
    at = np.array(axis.positions)
    if at.size == 1:
        return np.array([at[0] - 0.5, at[0] + 0.5])
    between = (at[1:] + at[:-1]) / 2
    return np.concatenate([[2 * at[0] - between[0]], between, [2 * at[-1] - between[-1]]])


def _label(axes: Axes, options: Sequence[Axis]) -> None:
    first, *others = options
    axes.set_xlabel(first.title)
    if not first.is_numeric:
        axes.set_xticks(first.positions, list(map(str, first.values)))
    if others:
        axes.set_ylabel(others[0].title)
        if not others[0].is_numeric:
            axes.set_yticks(others[0].positions, list(map(str, others[0].values)))
    else:
        axes.set_yticks([])


def _map(exploration: Exploration, measure: str, data: Download) -> Figure:
    """One measure: a map for two options, a line for one."""
    title = _title(exploration, measure)
    definition = next((s.definition for s in exploration.statistics if s.name == measure), "")
    draw = _drawing(exploration, [(title, exploration.grid(measure))], title)
    alt = f"{title} of {exploration.population} by {_by(exploration)}."
    return Figure(drawn(draw, HEIGHT), title[:1].upper() + title[1:], definition, alt, data)


def _compared(exploration: Exploration, pair: tuple[str, str], data: Download) -> Figure:
    """Simulation and theory of one measure, in one scale."""
    measure, predicted = pair
    grids = [("simulated", exploration.grid(measure)), ("mean field", exploration.grid(predicted))]
    if measure == RATE and UPPER_RATE in exploration.measures:
        upper = exploration.grid(UPPER_RATE)
        if np.isfinite(upper).any():
            grids.append(("mean field, upper state", upper))
    title = _title(exploration, measure)
    height = HEIGHT if len(exploration.axes) == 1 else 0.4 + 2.5 * len(grids)
    caption = "Simulated, and predicted for the asynchronous state. Beyond its stability the theory need not hold."
    alt = f"{title} of {exploration.population}, simulated and predicted, by {_by(exploration)}."
    return Figure(
        drawn(_drawing(exploration, grids, title), height), f"{title}: theory beside simulation", caption, alt, data
    )


def _drawing(
    exploration: Exploration, grids: list[tuple[str, NDArray[np.float64]]], title: str
) -> Callable[[Canvas], None]:
    if len(exploration.axes) == 1:
        return lambda canvas: _lines(canvas.subplots(), exploration, grids, title)
    return lambda canvas: _maps(canvas, exploration, grids, title)


def _lines(axes: Axes, exploration: Exploration, grids: list[tuple[str, NDArray[np.float64]]], title: str) -> None:
    styles = ({"color": PALETTE[0], "marker": "o", "markersize": 4}, {"color": PALETTE[1], "linestyle": "--"})
    for k, (name, grid) in enumerate(grids):
        style: dict[str, Any] = dict(styles[k]) if k < len(styles) else {"color": COMMON, "linestyle": ":"}
        axes.plot(exploration.axes[0].positions, grid[0], label=name, **style)
    _label(axes, exploration.axes)
    axes.yaxis.reset_ticks()
    axes.set_ylabel(title)
    if len(grids) > 1:
        axes.legend()


def _maps(canvas: Canvas, exploration: Exploration, grids: list[tuple[str, NDArray[np.float64]]], title: str) -> None:
    panels = canvas.subplots(len(grids), 1, sharex=True, squeeze=False)[:, 0]
    finite = np.concatenate([grid[np.isfinite(grid)] for _, grid in grids])
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    edges = [_edges(axis) for axis in exploration.axes]
    for axes, (name, grid) in zip(panels, grids, strict=True):
        image = axes.pcolormesh(edges[0], edges[1], grid, cmap="viridis", vmin=low, vmax=high)
        axes.set_facecolor("#f0f0f0")
        _label(axes, exploration.axes)
        if len(grids) > 1:
            axes.set_title(name)
    canvas.colorbar(image, ax=list(panels), label=title)
