"""What the report shows of synapses that change: weights before and after, learning windows, states compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from unisono.models.words import listed
from unisono.validation.report.distributions import height_of
from unisono.validation.report.downloads import Download, download
from unisono.validation.report.drawing import COMMON, FAINT, PALETTE, Figure, drawn, legend, lines
from unisono.validation.report.page import count
from unisono.validation.report.trajectories import chosen, trajectories

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.compare.pair import Pair
    from unisono.validation.compare.synapse_states import SynapseCheck
    from unisono.validation.statistics.learning_window import LearningWindow
    from unisono.validation.statistics.weight_distributions import WeightDistribution

#: Projections, or learning windows, with a panel.
PANELS = 6


def content(agreement: Agreement) -> dict[str, Any]:
    """``synapses`` (figures), ``synapse_notes`` (sentences), ``synapse_states`` (rows) and ``synapse_states_data``."""
    found = agreement.characteristics
    recordings = {name: run.recording for name, run in agreement.runs.items() if run.recording is not None}
    titles = agreement.runs.titles
    names, sampled = list(recordings), chosen(recordings, agreement.runs.network, found.trial)
    pairing = [w for w in found.learning_windows if w.change.any()]
    rows = [
        {"pair": f"{titles[pair.a]}, {titles[pair.b]}", "check": check, "synapse": _place(check)}
        for pair in agreement.pairs
        for check in pair.synapses
    ]
    return {
        "synapses": [
            *([weights(found.weights, names, _when(agreement, found.trial), titles)] if found.weights else []),
            *([trajectories(sampled, names, titles)] if sampled else []),
            *([windows(pairing)] if pairing else []),
        ],
        "synapse_notes": _notes(agreement),
        "synapse_states": rows,
        "synapse_states_data": _states(agreement.pairs) if rows else None,
    }


def _place(check: SynapseCheck) -> str:
    """Where the difference is largest: the synapse, and the cells at its ends."""
    return f"{check.synapse} ({check.pre} → {check.post})" if check.equal < check.synapses else "–"


def _when(agreement: Agreement, trial: int) -> str:
    return f"trial {trial + 1}" if len(agreement.runs.network.trials) > 1 else "the run"


def _notes(agreement: Agreement) -> list[str]:
    """What the figures and the table leave out."""
    found = agreement.characteristics
    notes = [
        f"One pair of spikes does not change the weights of {listed(w.projections)} ({w.synapse})."
        for w in found.learning_windows
        if not w.change.any()
    ]
    shown = max(len(found.weights), len(found.learning_windows))
    if shown > PANELS:
        notes.append(f"The figures show the first {PANELS} of {count(shown)} projections; the tables have all.")
    if found.weights and any(not pair.synapses for pair in agreement.pairs):
        notes.append("States of synapses are compared where all spikes of a pair are identical.")
    return notes


def weights(
    found: Sequence[WeightDistribution], names: Sequence[str], when: str, titles: Mapping[str, str] | None = None
) -> Figure:
    """Histograms of the weights before and after, a panel a projection, the simulators over each other.

    Parameters
    ----------
    found : sequence of WeightDistribution
    names : sequence of str
        All simulators of the report, so that each has its colour.
    when : str
        What lies between: the run, or a trial.
    titles : mapping of str to str, optional
        What to call a simulator, as ``nest:native``.
    """
    looks, shown = lines(names), found[:PANELS]

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axes, one in zip(rows, shown, strict=True):
            _histograms(axes, one, looks)
        legend(canvas, looks, [("before", COMMON)], titles=titles)

    table = (
        (one.projection, one.unit, float(low), float(high), int(one.before[i]), *(_height(one, n, i) for n in names))
        for one in found
        for i, (low, high) in enumerate(zip(one.edges[:-1], one.edges[1:], strict=True))
    )
    columns = ("projection", "unit", "from", "to", "before (synapses)", *(f"{n} (synapses)" for n in names))
    title = "Weights before and after"
    caption = f"Grey: weights before {when}. Coloured: after it, one line a simulator."
    if any(one.constant is not None for one in shown):
        caption += " A grey line: all weights are the same before."
    alt = f"Histograms of the weights of {listed([one.projection for one in shown])}, before and after {when}."
    uri = drawn(draw, height_of(len(shown)) + 0.25 * len(shown))
    return Figure(uri, title, caption, alt, download(title, columns, table))


def _histograms(axes: Axes, one: WeightDistribution, looks: Mapping[str, Mapping[str, Any]]) -> None:
    if one.constant is None:
        axes.stairs(one.before, one.edges, fill=True, color=FAINT)
        axes.stairs(one.before, one.edges, baseline=None, color=COMMON, linewidth=0.8)
    else:
        axes.axvline(one.constant, color=COMMON, linewidth=1.5)
    for name, heights in one.after.items():
        axes.stairs(heights, one.edges, baseline=None, **looks[name])
    axes.set(title=one.projection[:40], xlabel=f"weight ({one.unit})", ylabel="synapses")
    axes.set_ylim(bottom=0)


def _height(one: WeightDistribution, simulator: str, place: int) -> int | None:
    return int(one.after[simulator][place]) if simulator in one.after else None


def windows(found: Sequence[LearningWindow]) -> Figure:
    """How one pair of spikes changes the weight, a panel a rule."""
    shown = found[:PANELS]

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axes, one in zip(rows, shown, strict=True):
            for side in (one.lag_ms < 0, one.lag_ms > 0):
                axes.plot(one.lag_ms[side], one.change[side], color=PALETTE[0], linewidth=1.5)
            axes.plot(0.0, one.change[one.lag_ms == 0][0], color=PALETTE[0], marker="o", markersize=3)
            axes.axhline(0, color=FAINT, linewidth=0.7, zorder=0)
            axes.axvline(0, color=FAINT, linewidth=0.7, zorder=0)
            axes.set(title=_title(one), ylabel=f"change ({one.unit})")
            axes.set_xlabel("time from source's to target's spike (ms)")

    rows = (
        (listed(one.projections), one.synapse, one.unit, one.weight, float(lag), float(change))
        for one in found
        for lag, change in zip(one.lag_ms, one.change, strict=True)
    )
    columns = ("projections", "synapse model", "unit", "weight before", "time (ms)", "change of the weight")
    title = "Learning window"
    begins = "; ".join(f"{_title(one)} from {one.weight:.4g} {one.unit}" for one in shown)
    caption = (
        "How one pair of spikes changes the weight, by the time from the source's spike to the target's, as both reach "
        f"the synapse. The dot: both in one step. Computed from the rule: {begins}."
    )
    alt = f"Change of the weight by one pair of spikes, for {listed([_title(one) for one in shown])}."
    uri = drawn(draw, height_of(len(shown)) + 0.25 * len(shown) - 0.3)
    return Figure(uri, title, caption, alt, download(title, columns, rows))


def _title(one: LearningWindow) -> str:
    label = one.projections[0] if len(one.projections) == 1 else f"{len(one.projections)} projections"
    return f"{one.synapse}, {label}"[:50]


def _states(pairs: Sequence[Pair]) -> Download:
    of = ("projection", "trial", "state", "when", "unit", "synapses")
    columns = ("a", "b", *of, "equal in bits", "largest difference", "synapse", "from cell", "to cell")
    rows = (
        (
            *(pair.a, pair.b, c.projection, c.trial + 1, c.state),
            *("at the end" if c.time_ms is None else "samples", c.unit, c.synapses),
            *((None,) * 5 if c.missing else (c.equal, c.largest, c.synapse, c.pre, c.post)),
        )
        for pair in pairs
        for c in pair.synapses
    )
    return download("states of synapses", columns, rows)
