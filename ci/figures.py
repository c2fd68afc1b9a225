"""Figures of the gate's page: activity of the first model that is not met, and statistics against the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unisono.adapters.registry import title
from unisono.ci.answer import Answer
from unisono.ci.baseline import BaselineChange
from unisono.ci.result import Gate, ModelResult
from unisono.models.words import listed
from unisono.validation.report import activities
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import COMMON, FAINT, PALETTE, Figure, drawn, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

#: Changes in percent up to which the axis is linear; beyond, it is logarithmic.
LINEAR = 10.0

#: Statistics that are drawn, those with the largest changes.
LARGEST = 20


def activity(gate: Gate) -> tuple[str, list[Figure]]:
    """The first model that has an answer to look at, and its raster and rates; no name where all are met."""
    for model in gate.models:
        if model.answer is not Answer.MET and model.agreement is not None:
            return model.name, activities.overview(model.agreement)
    return "", []


def against_baseline(model: ModelResult) -> Figure | None:
    """Relative changes of statistics, a row for each and a colour for each group of simulators that share them."""
    changes = [change for change in model.changes if change.relative is not None]
    changes = sorted(changes, key=lambda change: -abs(change.relative or 0.0))[:LARGEST][::-1]
    if not changes:
        return None
    names = list(dict.fromkeys(change.name for change in changes))
    groups = list(dict.fromkeys(change.on for change in changes))
    colours = {on: PALETTE[place % len(PALETTE)] for place, on in enumerate(groups)}

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        axes.axvline(0.0, color=COMMON, linewidth=1.0)
        for change in changes:
            row = names.index(change.name) + 0.18 * (groups.index(change.on) - (len(groups) - 1) / 2)
            axes.plot([0.0, _percent(change)], [row, row], color=colours[change.on], linewidth=2.0)
            axes.plot(_percent(change), row, "o", color=colours[change.on], markersize=5)
        axes.set_xscale("symlog", linthresh=LINEAR)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+,g}" if value else "0")
        axes.grid(axis="x", color=FAINT, linewidth=0.6)
        axes.margins(x=0.08)
        axes.set(yticks=range(len(names)), yticklabels=names, xlabel="change against the baseline (%)")
        legend(canvas, {_group(on): colour for on, colour in colours.items()}, marker="o")

    rows = [(c.name, _group(c.on), c.before, c.now, _percent(c)) for c in changes[::-1]]
    largest = changes[-1]
    caption = f"The largest change: {largest.name}, {_percent(largest):+.3g} % on {_group(largest.on)}."
    return Figure(
        drawn(draw, 1.2 + 0.28 * len(names)),
        "Baseline against now",
        f"{caption} The axis is linear up to ±{LINEAR:g} %, logarithmic beyond.",
        f"Relative changes of {len(names)} statistics against the baseline. {caption}",
        download("baseline", ("statistic", "simulators", "baseline", "now", "change (%)"), rows),
    )


def _percent(change: BaselineChange) -> float:
    return 100.0 * (change.relative or 0.0)


def _group(on: tuple[str, ...]) -> str:
    return listed(map(title, on))
