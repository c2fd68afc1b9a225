"""The report's figures of activity, traces and curves, and the verdict on cortex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unisono.validation.compare.excerpt import Excerpt
from unisono.validation.report import distributions, rasters, spectra, traces
from unisono.validation.report.drawing import Figure
from unisono.validation.report.page import number
from unisono.validation.statistics.curve import CORRELOGRAM, SPECTRUM
from unisono.validation.statistics.distributions import QUANTITIES
from unisono.validation.statistics.plausibility import bands_of, kinds_of
from unisono.validation.statistics.templates import DELAY_SHIFT, MARGINS

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.validation.compare.agreement import Agreement
    from unisono.validation.statistics.characteristics import Characteristics

SHAPES = "The recordings have different shapes; there is nothing to plot."


def content(agreement: Agreement) -> dict[str, Any]:
    """``activity``, ``traces``, ``curves`` (lists of figures), ``note``, ``plausible``, ``predictions``."""
    nothing: dict[str, Any] = {
        "activity": [],
        "traces": [],
        "curves": [],
        "note": "",
        "plausible": None,
        "predictions": None,
    }
    if not any(run.recording is not None and run.recording.trials for run in agreement.runs.values()):
        return nothing
    nothing["plausible"] = _plausible(agreement)
    nothing["predictions"] = _predictions(agreement)
    view = agreement.excerpt
    if view is None:
        return nothing | {"note": SHAPES}
    notes = []
    if view.trials > 1:
        notes.append(f"The figures show trial {view.trial + 1} of {view.trials}.")
    if len(view.populations) > distributions.POPULATIONS:
        notes.append(f"Rates and intervals are plotted for the first {distributions.POPULATIONS} populations.")
    return nothing | {
        "activity": _activity(view, agreement),
        "traces": [traces.trace(view, found) for found in view.traces],
        "curves": _curves(agreement),
        "note": " ".join(notes),
    }


def overview(agreement: Agreement) -> list[Figure]:
    """Raster, the first divergence where there is one, and rates over time: for pages that show no more."""
    view = agreement.excerpt
    if view is None or view.raster is None:
        return []
    drawn = [
        rasters.raster(view, view.raster),
        rasters.close_up(view, view.close_up) if view.close_up else None,
        distributions.rates_over_time(view, agreement.characteristics.rates),
    ]
    return [figure for figure in drawn if figure is not None]


def _activity(view: Excerpt, agreement: Agreement) -> list[Figure]:
    if view.raster is None:
        return []
    network, found = agreement.runs.network, agreement.characteristics
    drawn = [
        rasters.raster(view, view.raster),
        rasters.close_up(view, view.close_up) if view.close_up else None,
        rasters.density(view, view.density) if view.density else None,
        distributions.rates_over_time(view, found.rates),
        *(
            distributions.histogram(view, quantity, found.distributions, _bounds(network, quantity.name))
            for quantity in QUANTITIES
        ),
    ]
    return [figure for figure in drawn if figure is not None]


def _bounds(network: Network, statistic: str) -> dict[str, tuple[float | None, float | None]]:
    """The band of each population by its label."""
    return {
        label: (band.low, band.high)
        for label, kind in kinds_of(network).items()
        for band in bands_of(network, statistic, label, kind)
    }


def _curves(agreement: Agreement) -> list[Figure]:
    found = agreement.characteristics
    curves = {agreement.runs.titles[name]: of for name, of in found.curves.items()}
    return spectra.figures_of(curves, {CORRELOGRAM: _shift(found), SPECTRUM: _rhythms(found)})


def _rhythms(found: Characteristics) -> str:
    """The largest peak of each population's spectrum and how sharp it is, of the first simulator."""
    said = ", ".join(
        f"{one.population} {number(one.frequency, 3)} Hz (Q {number(one.q, 2)})"
        for one in found.rhythms[: spectra.PANELS]
    )
    return (
        f"Peaks: {said}. Q is the frequency over the width at half the power; below 2 a peak is broad." if said else ""
    )


def _shift(found: Characteristics) -> str:
    """How far the correlograms are shifted against those of the first simulator."""
    if not found.delay_shifts:
        return ""
    base = next(iter(found.curves))
    said = ", ".join(f"{name} {number(round(value, 2))}" for name, value in found.delay_shifts.items())
    return (
        f"Delay shift against {base}, in steps: {said} (one run each; an ensemble tests it, margin "
        f"{MARGINS[DELAY_SHIFT]:g})."
    )


def _plausible(agreement: Agreement) -> dict[str, Any] | None:
    """The verdict on cortex, of the first simulator that has statistics."""
    for name, found in agreement.characteristics.plausibility.items():
        return {"verdict": found.verdict, "rows": found.rows, "simulator": name}
    return None


def _predictions(agreement: Agreement) -> dict[str, Any] | None:
    """What mean-field theory says, beside the first simulator that has statistics."""
    rows = agreement.characteristics.predictions
    return {"rows": rows, "simulator": next(iter(agreement.statistics))} if rows else None
