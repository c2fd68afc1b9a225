"""The figure of a network: populations as circles, projections as arrows, in colours of their signs."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle, FancyArrowPatch

from unisono.validation.description.description import Arrow, Description, Node
from unisono.validation.report.drawing import COMMON, INK, PALETTE, STYLE, WIDTH, legend, save_canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {1: PALETTE[0], -1: PALETTE[1], 0: COMMON}
_KINDS = {"excitatory": PALETTE[0], "inhibitory": PALETTE[1], "source": "#8a94a0", "": COMMON}

#: Radius of a population, and how far an arrow bends.
_RADIUS, _BEND = 0.36, 0.16


def draw(description: Description) -> Canvas:
    """Cells on a circle, sources outside of it; width of an arrow by the logarithm of its synapses."""
    with matplotlib.rc_context(STYLE):
        places = _places(description.nodes)
        wide, high = (max(x) - min(x) + 2.4 for x in zip(*places, strict=True))
        canvas = Canvas(figsize=(WIDTH, min(6.0, 0.4 + WIDTH * high / max(wide, 3.6))))
        ax = canvas.subplots()
        for arrow in description.arrows:
            _arrow(ax, arrow, places)
        for node, place in zip(description.nodes, places, strict=True):
            ax.add_patch(Circle(place, _RADIUS, facecolor="white", edgecolor=_KINDS[node.kind], linewidth=2, zorder=3))
            size = f"{node.size:,}"
            ax.annotate(
                f"{_short(node.label)}\n{size}", place, ha="center", va="center", fontsize=7.5, color=INK, zorder=4
            )
        ax.set_aspect("equal")
        ax.set_axis_off()
        ax.autoscale_view()
        ax.margins(0.12)
        shown = {"excites": PALETTE[0], "inhibits": PALETTE[1], "spike source": _KINDS["source"]}
        legend(canvas, shown, [("dashed: plastic", COMMON)] if any(a.plastic for a in description.arrows) else [])
        return canvas


def _places(nodes: tuple[Node, ...]) -> list[tuple[float, float]]:
    cells = [i for i, node in enumerate(nodes) if node.kind != "source"]
    sources = [i for i, node in enumerate(nodes) if node.kind == "source"]
    ring = 0.0 if len(cells) == 1 else max(1.0, 0.45 * len(cells) / math.pi * 2)
    places: dict[int, tuple[float, float]] = {}
    for order, index in enumerate(cells):
        angle = math.pi * (1 - 2 * order / max(1, len(cells)))
        places[index] = (ring * math.cos(angle), ring * math.sin(angle))
    for order, index in enumerate(sources):
        places[index] = ((order - (len(sources) - 1) / 2) * 1.3, ring + 1.6)
    return [places[i] for i in range(len(nodes))]


def _arrow(ax: Axes, arrow: Arrow, places: list[tuple[float, float]]) -> None:
    start, end = places[arrow.start], places[arrow.end]
    width = 0.6 + 0.35 * math.log10(1 + arrow.synapses)
    look: Any = {
        "color": _COLOURS[arrow.sign],
        "linewidth": width,
        "linestyle": "--" if arrow.plastic else "-",
        "zorder": 2,
    }
    if arrow.start == arrow.end:
        outward = math.atan2(start[1], start[0]) if any(start) else -math.pi / 2
        a, b = (
            (start[0] + _RADIUS * math.cos(outward + turn), start[1] + _RADIUS * math.sin(outward + turn))
            for turn in (0.6, -0.6)
        )
        ax.add_patch(FancyArrowPatch(a, b, connectionstyle="arc3,rad=-1.6", arrowstyle="-|>", mutation_scale=9, **look))
        return
    ax.add_patch(
        FancyArrowPatch(
            *_shortened(start, end),
            connectionstyle=f"arc3,rad={_BEND}",
            arrowstyle="-|>",
            mutation_scale=9,
            shrinkA=0,
            shrinkB=0,
            **look,
        )
    )


def _shortened(start: tuple[float, float], end: tuple[float, float]) -> tuple[tuple[float, float], tuple[float, float]]:
    """From the edge of one circle to that of the other, turned a little to the side that the arrow bends to."""
    angle = math.atan2(end[1] - start[1], end[0] - start[0])
    turn = 2 * _BEND
    begin = (start[0] + _RADIUS * math.cos(angle - turn), start[1] + _RADIUS * math.sin(angle - turn))
    last = (end[0] - _RADIUS * math.cos(angle + turn), end[1] - _RADIUS * math.sin(angle + turn))
    return begin, last


def _short(label: str) -> str:
    """A label that fits into a circle, as plain text for Matplotlib."""
    text = label if len(label) <= 14 else label[:13] + "…"
    return text.replace("$", r"\$")


def save_figure(description: Description, path: str | Path) -> None:
    """Write the figure (.svg, .pdf, .png).

    Raises
    ------
    OutputError
        If the file format is not supported, or the file cannot be written.
    """
    save_canvas(partial(draw, description), path)
