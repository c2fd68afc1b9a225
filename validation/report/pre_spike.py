"""The figure of a first difference: how both potentials came to the threshold, and the input on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import COMMON, FAINT, INK, PALETTE, Figure, drawn, legend

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure as Canvas

    from unisono.validation.compare.first_difference import FirstDifference
    from unisono.validation.compare.pre_spike import PreSpike

#: The steps before the spike that are shown again, larger.
NEAR = 10


def pre_spike(
    difference: FirstDifference,
    palette: Mapping[str, str],
    units: Mapping[str, str],
    titles: Mapping[str, str] | None = None,
) -> Figure | None:
    """Potentials of both simulators and of the reference, the threshold, and the input below.

    Parameters
    ----------
    difference : FirstDifference
    palette : mapping of simulator to str
    units : mapping of receptor to str
        Of the weights.
    titles : mapping of str to str, optional
        What to call a simulator, as ``nest:native``.
    """
    shown = difference.explanation.pre_spike if difference.explanation else None
    if shown is None or shown.times.size < 2:
        return None

    looks = {name: _look(place, palette.get(name, INK)) for place, name in enumerate(shown.potentials)}

    def draw(canvas: Canvas) -> None:
        receptors = list(shown.inputs) or ["input"]
        grid = canvas.add_gridspec(2 + len(receptors), 1, height_ratios=(2.4, *(0.8 for _ in receptors), 2.0))
        top, near = canvas.add_subplot(grid[0]), canvas.add_subplot(grid[-1])
        _potentials(top, shown, looks, slice(None))
        top.set_title(f"the last {shown.times[-1] - shown.times[0]:.3g} ms")
        top.set_xlim(*_span(shown))
        for index, receptor in enumerate(receptors):
            axes = canvas.add_subplot(grid[1 + index], sharex=top)
            times, weights = shown.inputs.get(receptor, (np.empty(0), np.empty(0)))
            axes.vlines(times, 0, weights, color=PALETTE[(4, 5)[index % 2]], linewidth=1.2)
            axes.axhline(0, color=FAINT, linewidth=0.7)
            axes.set_title(f"input: {receptor}" if times.size else f"input: {receptor} (none arrived)", fontsize=8.5)
            axes.set_ylabel(units.get(receptor, "") or "weight")
            if not times.size:
                axes.set_yticks([])
        _potentials(near, shown, looks, slice(-NEAR - 1, None), markers=True)
        near.set_title("the last steps, enlarged")
        near.set_xlabel("time (ms)")
        extra = [("threshold", INK)] + ([("reference", COMMON)] if shown.reference.size else [])
        legend(canvas, looks, extra, titles=titles)

    height = 4.4 + 0.85 * max(1, len(shown.inputs))
    count = sum(times.size for times, _ in shown.inputs.values())
    caption = (
        f"Potential of cell {difference.cell} of '{difference.population}' up to the step in which "
        f"{difference.spiked} spikes and {difference.silent} does not, before the reset. Below, on the same "
        "time axis: each input that arrived, by receptor, as high as its weight; last, the last steps, enlarged."
    )
    alt = (
        f"Potentials of {' and '.join(shown.potentials)} against the threshold until {difference.time_ms:g} ms, "
        f"and {count} inputs."
    )
    title = f"How cell {difference.cell} reached the threshold"
    return Figure(drawn(draw, height), title, caption, alt, _data(shown))


def _span(shown: PreSpike) -> tuple[float, float]:
    margin = 0.02 * float(shown.times[-1] - shown.times[0])
    return float(shown.times[0]) - margin, float(shown.times[-1]) + margin


def _look(place: int, colour: str) -> dict[str, Any]:
    style: dict[str, Any] = {"linewidth": 1.3, "linestyle": (0, (3, 2))} if place else {"linewidth": 2.0}
    return {"color": colour, **style}


def _potentials(axes: Any, shown: PreSpike, looks: Mapping[str, Any], part: slice, markers: bool = False) -> None:
    times = shown.times[part]
    if shown.reference.size:
        kept = shown.reference_times >= times[0] - 1e-9
        axes.plot(shown.reference_times[kept], shown.reference[kept], color=COMMON, linewidth=5, alpha=0.3)
    for place, (name, values) in enumerate(shown.potentials.items()):
        marked = {"marker": "os"[place % 2], "markersize": 5.5 - 1.5 * place} if markers else {}
        axes.plot(times, values[part], **looks[name], **marked)
    axes.plot(times, shown.threshold[part], color=INK, linewidth=1.0)
    axes.axvline(shown.times[-1], color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.set_ylabel("potential (mV)")


def _data(shown: PreSpike) -> Any:
    reference = dict(zip(np.round(shown.reference_times, 9).tolist(), shown.reference.tolist(), strict=True))
    arrived: dict[str, dict[float, float]] = {}
    for receptor, (times, weights) in shown.inputs.items():
        sums = arrived.setdefault(receptor, {})
        for time, weight in zip(np.round(times, 9).tolist(), weights.tolist(), strict=True):
            sums[time] = sums.get(time, 0.0) + weight
    rows = [
        (
            time,
            *(float(values[i]) for values in shown.potentials.values()),
            reference.get(time),
            float(shown.threshold[i]),
            *(arrived[receptor].get(time, 0.0) for receptor in arrived),
        )
        for i, time in enumerate(np.round(shown.times, 9).tolist())
    ]
    columns = (
        "time (ms)",
        *(f"{name} (mV)" for name in shown.potentials),
        "reference (mV)",
        "threshold (mV)",
        *(f"input {receptor}" for receptor in arrived),
    )
    return download("first difference", columns, rows)
