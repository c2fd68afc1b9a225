"""Spikes as dots: all simulators in one plot, a close-up of the first difference, and all cells as an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.validation.compare.excerpt import CloseUp, Density, Excerpt, Raster, Steps
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import COMMON, FAINT, INK, STRIPE, Figure, colours, drawn, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


def raster(view: Excerpt, found: Raster) -> Figure:
    """Spikes of all simulators; where some differ, a panel for each, so that none hides another's."""
    common, lone = found.common, found.lone
    count = sum(len(events) for events in lone.values())
    apart = bool(count) and len(view.simulators) > 1
    panels: list[tuple[str, Steps]] = [(name, lone[name]) for name in view.simulators] if apart else [("", common[:0])]
    palette = colours(view.simulators)

    def draw(canvas: Canvas) -> None:
        every = canvas.subplots(len(panels), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, (name, mine) in zip(every, panels, strict=True):
            dots(axes, view, common, COMMON, size_for(common))
            dots(axes, view, mine, palette.get(name, COMMON), 3.2)
            populations(axes, view, found)
            if view.first_divergence is not None:
                axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            axes.set(xlim=(0, view.duration), ylim=(-0.5, len(found.rows) - 0.5), ylabel="cell (row)")
            if name:
                axes.set_title(f"{view.titles[name]}: {len(mine):,} of {len(common) + len(mine):,} spikes not on all")
        if view.first_divergence is not None and not apart:
            every[0].text(view.first_divergence, len(found.rows), " first divergence", va="bottom", fontsize=9)
        every[-1].set_xlabel("time (ms)")
        everyone = [("on all simulators" if view.simulators[1:] else view.titles[view.simulators[0]], COMMON)]
        legend(canvas, {}, everyone, marker="o")

    what = f"{len(found.rows):,} of {view.cells:,} cells, drawn evenly" if len(found.rows) < view.cells else "all cells"
    caption = f"Spikes of {what}. Grey: the same on every simulator."
    if apart:
        caption += " Colour: spikes of this simulator that at least one other does not have. Dashed: first divergence."
    elif view.simulators[1:]:
        caption += " No spike differs."
    alt = f"Raster plot of {len(common):,} spikes that all simulators have and {count:,} that not all have."
    events = [(row, step, "all") for row, step in common.tolist()]
    events += [(row, step, name) for name, rest in lone.items() for row, step in rest.tolist()]
    events.sort(key=lambda e: (e[1], e[0]))
    rows = (
        (view.labels[found.rows[row][0]], found.rows[row][1], float(step * view.dt), name) for row, step, name in events
    )
    data = download("spikes", ("population", "cell", "time (ms)", "simulator"), rows, len(events))
    return Figure(drawn(draw, 0.8 + 2.2 * len(panels) if apart else 4.0), "Spikes", caption, alt, data)


def dots(axes: Axes, view: Excerpt, events: Steps, colour: str, size: float) -> None:
    """Spikes as dots of a size in points."""
    look: dict[str, Any] = {"color": colour, "markersize": size, "markeredgewidth": 0, "rasterized": True}
    axes.plot(events[:, 1] * view.dt, events[:, 0], ".", **look)


def size_for(events: Steps) -> float:
    """A size of dots that keeps so many spikes apart, points."""
    return float(max(0.6, min(3.0, 150.0 / np.sqrt(len(events) + 1))))


def populations(axes: Axes, view: Excerpt, found: Raster) -> None:
    """A line below each population, and its label where it has room."""
    free = 0.0
    for population in view.populations:
        edge = next(i for i, row in enumerate(found.rows) if row[0] == population)
        axes.axhline(edge - 0.5, color=FAINT, linewidth=0.7)
        if edge >= free:  # labels of small populations would lie over each other
            place = axes.get_yaxis_transform()
            axes.text(1.01, edge, view.labels[population][:16], transform=place, fontsize=8.5, va="bottom")
            free = edge + len(found.rows) / 12


def density(view: Excerpt, found: Density) -> Figure:
    """Spikes of all cells as an image."""
    counts, lone, edges, width = found.means, found.differing, found.edges, found.width
    peak = float(np.percentile(counts[counts > 0], 99)) if counts.any() else 1.0

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(1 + bool(lone.any()), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        images = [(rows[0], counts, "Greys", peak, "all spikes")]
        if lone.any():
            most = max(1.0, float(lone.max()))
            images.append((rows[1], lone.astype(float), "Oranges", most, "spikes that not all have"))
        for axes, image, cmap, top, title in images:
            shown = axes.imshow(
                image, aspect="auto", origin="lower", cmap=cmap, vmin=0, vmax=top, interpolation="nearest",
                extent=(0, view.duration, 0, len(image)),
            )  # fmt: skip
            bar = canvas.colorbar(shown, ax=axes, pad=0.01, fraction=0.05)
            bar.ax.tick_params(labelsize=7.5)
            axes.set(title=title, ylabel="cells")
            free = 0.0
            places, names = [], []
            for edge, label in edges:
                axes.axhline(edge, color=FAINT, linewidth=0.7)
                if edge >= free:
                    places.append(edge)
                    names.append(label[:14])
                    free = edge + len(image) / 12
            axes.set_yticks(places, names, fontsize=7.5, va="bottom")
            if view.first_divergence is not None:
                axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
        rows[-1].set_xlabel("time (ms)")

    height = 3.0 if not lone.any() else 5.2
    caption = (
        f"All {view.cells:,} cells: a row of the image is a group of neighbouring cells, a column {width:.3g} ms; "
        "darkness is the mean number of spikes. "
    )
    caption += "Below: spikes that at least one simulator has not." if lone.any() else "No spike differs."
    alt = f"Image of the spikes of {view.cells:,} cells in groups over {view.duration:g} ms."
    filled = np.argwhere(counts + lone).tolist()
    cells = ((r, float(c * width), float(counts[r, c]), int(lone[r, c])) for r, c in filled)
    columns = ("row of cells", "begin (ms)", "mean spikes", "spikes that differ")
    data = download("density of spikes", columns, cells, len(filled))
    return Figure(drawn(draw, height), "All cells", caption, alt, data)


def close_up(view: Excerpt, found: CloseUp) -> Figure:
    """A few cells over a short time: a lane for every simulator in every row."""
    begin, end, rows = found.begin, found.end, found.rows
    palette, lanes = colours(view.simulators), len(view.simulators)

    def draw(canvas: Canvas) -> None:
        axes = canvas.subplots()
        for row in range(len(rows)):
            if row % 2:
                axes.axhspan(row - 0.5, row + 0.5, color=STRIPE, linewidth=0)
            for lane, name in enumerate(view.simulators):
                steps = found.spikes[name][row]
                low = row + 0.42 - 0.84 * (lane + 1) / lanes
                axes.vlines(steps * view.dt, low, low + 0.84 / lanes, color=palette[name], linewidth=1.6)
        if view.first_divergence is not None:
            at = rows.index(view.first_cell) if view.first_cell in rows else 0
            axes.axvline(view.first_divergence, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
            axes.plot(view.first_divergence, at, "o", markersize=13, markerfacecolor="none", markeredgecolor=INK)
            axes.text(view.first_divergence, len(rows) - 0.5, " first divergence", va="bottom", fontsize=9)
        labels = [f"{view.labels[p][:12]} {c}" for p, c in rows]
        axes.set_yticks(range(len(rows)), labels, fontsize=7.5)
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(begin, end), ylim=(-0.5, len(rows) - 0.5), xlabel="time (ms)")
        legend(canvas, palette, marker="s", titles=view.titles)

    where = "around the first difference (circle)" if view.first_divergence is not None else "where cells spike"
    caption = f"{len(rows)} cells {where}. Each simulator has a lane in a cell's row; equal spikes stand in line."
    alt = f"Spikes of {len(rows)} cells from {begin:g} to {end:g} ms, one lane a simulator."
    shown = (
        (view.labels[p], c, float(step * view.dt), name)
        for name in view.simulators
        for (p, c), steps in zip(rows, found.spikes[name], strict=True)
        for step in steps.tolist()
    )
    data = download("close-up", ("population", "cell", "time (ms)", "simulator"), shown)
    return Figure(drawn(draw, 4.0), "Close-up", caption, alt, data)
