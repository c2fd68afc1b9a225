"""The report's figures of activity, traces and curves, and the verdict on cortex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unisono.validation.report import distributions, rasters, spectra, traces
from unisono.validation.report.drawing import Figure
from unisono.validation.report.page import number
from unisono.validation.report.selection import View
from unisono.validation.statistics.curve import CORRELOGRAM, Curve
from unisono.validation.statistics.curves import curves_of
from unisono.validation.statistics.plausibility import BANDS, kinds_of, plausible
from unisono.validation.statistics.templates import DELAY_SHIFT, MARGINS, shifts, templates_of

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.validation.compare.agreement import Agreement

#: Plots of single cells' variables.
TRACES = 6

SHAPES = "The recordings have different shapes; there is nothing to plot."


def content(agreement: Agreement) -> dict[str, Any]:
    """``activity``, ``traces``, ``curves`` (lists of figures), ``note``, ``plausible``."""
    nothing: dict[str, Any] = {"activity": [], "traces": [], "curves": [], "note": "", "plausible": None}
    if not any(run.recording is not None and run.recording.trials for run in agreement.runs.values()):
        return nothing
    nothing["plausible"] = _plausible(agreement)
    view = View(agreement)
    if not view.comparable:
        return nothing | {"note": SHAPES}
    notes = []
    if view.trials > 1:
        notes.append(f"The figures show trial {view.trial + 1} of {view.trials}.")
    if len(view.populations) < len(view.all_populations):
        notes.append(f"Rates and intervals are plotted for the first {len(view.populations)} populations.")
    return nothing | {
        "activity": _activity(view, agreement.runs.network),
        "traces": list(traces.traces(view, TRACES)) if view.steps else [],
        "curves": _curves(view, agreement),
        "note": " ".join(notes),
    }


def _activity(view: View, network: Network) -> list[Figure]:
    if not view.all_populations or not view.steps:
        return []
    bands = {name: _bounds(network, name) for name in ("rate", "CV of ISI", "pairwise correlation")}
    drawn = [
        rasters.raster(view),
        rasters.close_up(view),
        rasters.density(view),
        distributions.rates_over_time(view),
        distributions.rate_distribution(view, bands["rate"]),
        distributions.isi_distribution(view),
        distributions.cv_distribution(view, bands["CV of ISI"]),
        distributions.correlation_distribution(view, bands["pairwise correlation"]),
    ]
    return [figure for figure in drawn if figure is not None]


def _bounds(network: Network, statistic: str) -> dict[str, tuple[float | None, float | None]]:
    """The band of each population by its label."""
    return {
        label: (band.low, band.high)
        for label, kind in kinds_of(network).items()
        for band in BANDS
        if band.statistic == statistic and band.kind in ("", kind)
    }


def _curves(view: View, agreement: Agreement) -> list[Figure]:
    known: dict[str, tuple[Curve, ...]] = {}
    curves = {}
    network, transient = agreement.runs.network, agreement.transient
    for name in view.simulators:
        twin = view.twin(name) if view.trials == 1 else name
        if twin not in known:
            known[twin] = curves_of(view.recordings[twin], network, transient)
        curves[name] = known[twin]
    said = _shift(curves) if len(known) > 1 else ""
    return spectra.figures_of(curves, {CORRELOGRAM: said})


def _shift(curves: dict[str, tuple[Curve, ...]]) -> str:
    """How far the correlograms are shifted against those of the first simulator."""
    base, *others = curves
    templates = templates_of([curves[base]])
    found = []
    for other in others:
        value = next((s.value for s in shifts(curves[other], templates) if s.name == DELAY_SHIFT), None)
        if value is not None:
            found.append(f"{other} {number(round(value, 2))}")
    if not found:
        return ""
    return (
        f"Delay shift against {base}, in steps: {', '.join(found)} (one run each; an ensemble tests it, margin "
        f"{MARGINS[DELAY_SHIFT]:g})."
    )


def _plausible(agreement: Agreement) -> dict[str, Any] | None:
    """The verdict on cortex, of the first simulator that has statistics."""
    for name, statistics in agreement.statistics.items():
        found = plausible(statistics, agreement.runs.network)
        if found.rows:
            return {"verdict": found.verdict, "rows": found.rows, "simulator": name}
    return None
