"""Figures of an ensemble: differences against their margins, the runs of every side, distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.models.synapses.model import WEIGHT
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import BAND, FAINT, INK, Figure, colours, drawn, legend, lines
from unisono.validation.verdict import Outcome, outcome_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

#: Colour and marker of a verdict, by what it comes to.
MARKS = {Outcome.AGREE: ("#00674f", "o"), Outcome.DISAGREE: ("#a63d00", "X"), Outcome.OPEN: ("#7a5200", "D")}

#: Farther from zero than this, in margins, an interval is drawn at the edge.
EDGE = 3.0


def intervals(pair: Mapping[str, Any]) -> Figure | None:
    """The difference of every statistic with its interval, in units of its margin."""
    rows = [r for r in pair["rows"] if r["difference"] is not None and r["margin"]]
    if not rows:
        return None

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        axes.axvspan(-1, 1, color=BAND, linewidth=0)
        axes.axvline(0, color=FAINT, linewidth=0.8)
        for place, row in enumerate(reversed(rows)):
            colour, marker = MARKS[outcome_of(row["verdict"])]
            ends = (row[k] for k in ("low", "difference", "high"))
            low, middle, high = (np.nan if end is None else end / row["margin"] for end in ends)
            axes.plot(np.clip([low, high], -EDGE, EDGE), [place, place], color=colour, linewidth=1.6)
            axes.plot(np.clip(middle, -EDGE, EDGE), place, marker, color=colour, markersize=5)
            if abs(middle) > EDGE:
                side = 1 if middle > 0 else -1
                text = f"{middle:.0f}"
                axes.annotate(text, (side * EDGE, place), (-8 * side, 4), "data", "offset points", fontsize=7.5,
                              ha="right" if side > 0 else "left")  # fmt: skip
        names = [f"{r['statistic']}, {r['population']}"[:34] for r in reversed(rows)]
        axes.set_yticks(range(len(rows)), names, fontsize=7.5)
        axes.set(xlim=(-EDGE - 0.15, EDGE + 0.15), ylim=(-0.7, len(rows) - 0.3), xlabel="difference (in margins)")
        known = dict.fromkeys(r["verdict"] for r in rows)
        legend(canvas, {v: MARKS[outcome_of(v)][0] for v in known}, [("margin", BAND)], marker="o")

    keys = ("statistic", "population", "unit", "scale", "margin", "difference", "low", "high", "verdict")
    data = download(f"{pair['a']} and {pair['b']}", keys, [[r[k] for k in keys] for r in pair["rows"]])
    caption = (
        f"{pair['b']} minus {pair['a']}, mean over runs with its 90 % interval, in units of the margin. Within the "
        f"band: equivalent. Beyond {EDGE:g} margins a point stands at the edge, with its value."
    )
    alt = f"Differences of {len(rows)} statistics of {pair['a']} and {pair['b']} against their margins."
    return Figure(drawn(draw, 0.9 + 0.22 * max(4, len(rows))), "Differences against their margins", caption, alt, data)


def runs_of_statistics(data: Mapping[str, Any]) -> list[Figure]:
    """For every statistic, the runs of every side as dots, a panel a population."""
    tested: dict[str, list[Mapping[str, Any]]] = {}
    for margin in data["protocol"]["margins"]:
        tested.setdefault(margin["statistic"], []).append(margin)
    return [_runs(data, name, margins) for name, margins in tested.items()]


def _runs(data: Mapping[str, Any], statistic: str, margins: Sequence[Mapping[str, Any]]) -> Figure:
    sides, base = list(data["protocol"]["sides"]), data["protocol"]["base"]
    palette = colours(sides)
    margins = margins[:6]
    values = {
        (side, m["population"]): _values(data, side, f"{statistic} of {m['population']}")
        for side in sides
        for m in margins
    }

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(margins), 1, sharex=True, squeeze=False)[:, 0]
        for axes, margin in zip(rows, margins, strict=True):
            middle = values[base, margin["population"]]
            if middle.size:
                axes.axvspan(*_band(middle, margin), color=BAND, linewidth=0)
            for place, side in enumerate(reversed(sides)):
                shown = values[side, margin["population"]]
                # Even spread instead of chance: the same page for the same data.
                offset = ((np.arange(shown.size) * 0.618) % 1 - 0.5) * 0.5
                axes.plot(shown, place + offset, "o", color=palette[side], markersize=4, alpha=0.6, markeredgewidth=0)
                if shown.size:
                    axes.vlines(shown.mean(), place - 0.38, place + 0.38, color=INK, linewidth=1.6)
            axes.set_yticks(range(len(sides)), [s[:26] for s in reversed(sides)], fontsize=7.5)
            axes.set(title=margin["population"][:40], ylim=(-0.6, len(sides) - 0.4))
        rows[-1].set_xlabel(f"{statistic} ({margins[0]['unit'] or 'no unit'})")

    verdicts = [
        f"{pair['b']} of {row['population']}: {row['verdict']}"
        for pair in data["pairs"]
        for row in pair["rows"]
        if row["statistic"] == statistic
    ]
    lines_of = (
        (run["side"], run["seed"], m["population"], run["figures"].get(f"{statistic} of {m['population']}"))
        for run in data["runs"]
        for m in margins
    )
    table = download(f"runs {statistic}", ("side", "seed", "population", statistic), lines_of)
    height = 0.6 + len(margins) * (0.55 + 0.28 * len(sides))
    caption = f"Against {base}: {'; '.join(verdicts)}." if verdicts else "Not tested."
    alt = f"{statistic} of every run, a row of dots a side; {caption}"
    return Figure(drawn(draw, height), statistic[0].upper() + statistic[1:], caption, alt, table)


def _band(values: Any, margin: Mapping[str, Any]) -> tuple[float, float]:
    """The mean of the base with its margin on either side, on the scale of the axis."""
    width = margin["value"]
    if margin["scale"] == "log":
        middle = float(np.exp(np.log(values[values > 0]).mean())) if (values > 0).any() else 0.0
        return middle * float(np.exp(-width)), middle * float(np.exp(width))
    return float(values.mean()) - width, float(values.mean()) + width


def _values(data: Mapping[str, Any], side: str, key: str) -> Any:
    found = (run["figures"].get(key) for run in data["runs"] if run["side"] == side)
    return np.array([value for value in found if value is not None], float)


def distributions(data: Mapping[str, Any], sides: Sequence[str]) -> list[Figure]:
    """The mean distribution over cells, or synapses, of every quantity, a panel a population or projection."""
    by_side = {side: data["distributions"].get(side, {}) for side in sides}
    by_quantity: dict[str, list[str]] = {}
    for key in dict.fromkeys(key for of in by_side.values() for key in of):
        by_quantity.setdefault(key.rpartition(" of ")[0], []).append(key)
    return [_distribution(quantity, keys[:6], by_side) for quantity, keys in by_quantity.items()]


def _distribution(quantity: str, keys: Sequence[str], by_side: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    looks = lines(list(by_side))

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(keys), 1, sharex=True, squeeze=False)[:, 0]
        for axes, key in zip(rows, keys, strict=True):
            for side, of in by_side.items():
                if values := of.get(key):
                    axes.plot(values, np.linspace(0, 1, len(values)), **looks[side])
            axes.set(title=key.rpartition(" of ")[2][:40], ylabel="share", ylim=(0, 1))
        rows[-1].set_xlabel(quantity)
        legend(canvas, looks)

    rows = (
        (side, key, i / max(1, len(of[key]) - 1), float(value))
        for side, of in by_side.items()
        for key in keys
        if key in of
        for i, value in enumerate(of[key])
    )
    table = download(f"distribution {quantity}", ("side", "quantity", "share", "value"), rows)
    title = quantity[0].upper() + quantity[1:]
    height = 0.7 + 1.45 * max(1.5, len(keys))
    counted = "synapses" if quantity == WEIGHT else "cells"
    caption = f"Share of {counted} with at most this {quantity}."
    return Figure(drawn(draw, height), title, caption, f"Distributions of {quantity}, one line a side.", table)
