"""Statistics that see what global ones cannot: how far a run's curves are shifted against those of pilot runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.validation.statistics.curve import CLAMPED, CORRELOGRAM, HAZARD, PSP, Curve
from unisono.validation.statistics.statistics import Statistic

#: Names of the statistics.
DELAY_SHIFT, REFRACTORY_SHIFT, PSP_RATIO = "delay shift", "refractory shift", "PSP ratio"

#: Margin of equivalence of each, fixed beforehand: a quarter of a step; half of a change of 2 %.
MARGINS: Mapping[str, float] = {DELAY_SHIFT: 0.25, REFRACTORY_SHIFT: 0.25, PSP_RATIO: 0.01}

#: What the delay shift is "of".
CONNECTIONS = "connections"

#: Lags of the correlogram in which a shift is looked for, ms from arrival, and the fewest steps to either side.
EDGE, FEWEST = (-2.0, 8.0), 4

#: A template must stand this much above its own noise (ratio of powers).
CLEAR = 3.0

#: The size of a postsynaptic potential is taken up to where it first has this share of what it has at the end.
RISEN = 0.05


def templates_of(runs: Sequence[Sequence[Curve]]) -> tuple[Curve, ...]:
    """The mean curves of pilot runs, point by point; a curve that less than half of them have is left out.

    Correlograms and hazards are weighted with their counts, the others equally.
    """
    by_key: dict[str, list[Curve]] = {}
    for run in runs:
        for curve in run:
            by_key.setdefault(curve.key, []).append(curve)
    return tuple(
        _mean(curves)
        for curves in by_key.values()
        if 2 * len(curves) >= len(runs) and len({curve.y.size for curve in curves}) == 1
    )


def _mean(curves: Sequence[Curve]) -> Curve:
    counts = np.array([max(curve.count, 0) for curve in curves], float)
    weights = counts if curves[0].name in (CORRELOGRAM, HAZARD) and counts.sum() > 0 else None
    y = np.average([curve.y for curve in curves], axis=0, weights=weights)
    mean = replace(curves[0], y=y, count=int(counts.sum()), runs=len(curves))
    if mean.name != HAZARD:
        return mean
    # The rate of a network drifts more than its spikes' number tells: what that does to a hazard is measured.
    told = [found[0] for curve in curves if (found := _hazard_shift(curve, mean)) and found[0] is not None]
    return replace(mean, scatter=float(np.std(told, ddof=1)) if len(told) > 1 else 0.0)


def shifts(curves: Sequence[Curve], templates: Sequence[Curve]) -> tuple[Statistic, ...]:
    """Shifts and amplitudes of a run's curves against the templates.

    Parameters
    ----------
    curves : sequence of Curve
        Of one run (:func:`unisono.validation.statistics.curves.curves_of`).
    templates : sequence of Curve
        Of the pilot runs (:func:`templates_of`), which the run is none of.

    Returns
    -------
    tuple of Statistic
        ``delay shift`` of the connections and ``refractory shift`` of every population, in steps, and
        ``PSP ratio`` of the connections of each sign to a population of which potentials were recorded.
        The value is None where the run has no such curve (recorded cells are silent, the time step is another). A
        statistic is left out where the templates cannot tell: by their own counts or scatter, a single run's
        standard error is above the margin.
    """
    mine = {curve.key: curve for curve in curves}
    pairs = [(_alike(mine.get(template.key), template), template) for template in templates]
    return (*_delay(pairs), *_refractory_period(pairs), *_sizes(pairs))


_Pairs = list[tuple[Curve | None, Curve]]


def _alike(curve: Curve | None, template: Curve) -> Curve | None:
    """The curve if it has the template's points, as with another time step it has not."""
    same = curve is not None and curve.x.shape == template.x.shape and np.allclose(curve.x, template.x)
    return curve if same else None


def _statistic(name: str, of: str, value: float | None, unit: str, definition: str, source: str) -> Statistic:
    return Statistic(of, 0, name, value, unit, definition, source, 0, 0)


@dataclass(frozen=True)
class _Shape:
    """What is looked for in a curve: changes along the slope of a template that are no change of size, level or trend.

    Attributes
    ----------
    kept : bool array, shape (points,)
    slope : float64 array, shape (kept,)
        With the nuisance taken out.
    power, noise : float
        Of the slope, and what the template's own noise adds to it; both over the variance of a point in one run.
    variance : float
    """

    kept: NDArray[np.bool_]
    slope: NDArray[np.float64]
    power: float
    noise: float
    variance: float


def _slope(y: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """What a shift by one step to the right adds, shape (points,): minus the central difference.

    Regression on it gives exactly 1 for a curve that is shifted by one step, be it smooth, an edge or a peak: with
    r(k) the template's autocorrelation both products are (r(0) - r(2))/2.
    """
    return (np.roll(y, 1) - np.roll(y, -1)) / 2


def _shape(template: Curve) -> _Shape | None:
    """The edge of a correlogram; None where it has no pairs."""
    if not template.count or template.y.size < 2 * FEWEST + 3:
        return None
    dt = template.x[1] - template.x[0]
    first, last = min(EDGE[0], -FEWEST * dt), max(EDGE[1], FEWEST * dt)
    kept = (template.x > first - dt / 2) & (template.x < last + dt / 2)
    kept[[0, -1]] = False
    x, t = template.x[kept] / last, template.y[kept]
    # Changes of size, level and trend are no shift.
    nuisance = np.linalg.qr(np.array([t, np.ones(t.size), x]).T)[0]
    slope = _slope(template.y)[kept]
    slope = slope - nuisance @ (nuisance.T @ slope)
    # Counts are as good as Poisson's: the variance of a point is its height over what is expected of it.
    of_template = float(t.mean() * template.y.sum() / template.count)
    variance = of_template * template.runs
    if not variance:  # no pair within the edge
        return None
    noise = of_template / 2 * (t.size - nuisance.shape[1])
    return _Shape(kept, slope, float(slope @ slope) / variance, noise / variance, variance)


def _delay(pairs: _Pairs) -> Iterator[Statistic]:
    chosen = [(curve, t, s) for curve, t in pairs if t.name == CORRELOGRAM and (s := _shape(t)) is not None]
    power, noise = sum(s.power for *_, s in chosen), sum(s.noise for *_, s in chosen)
    # The template's own noise makes its slope look larger than it is, and the shift smaller.
    signal = power - noise
    if not chosen or signal <= CLEAR * noise or signal**-0.5 > MARGINS[DELAY_SHIFT]:
        return
    value: float | None = None
    if all(curve is not None and curve.count for curve, *_ in chosen):
        value = sum(
            float(s.slope @ (curve.y - t.y)[s.kept]) / s.variance for curve, t, s in chosen if curve is not None
        )
        value /= signal
    yield _statistic(
        DELAY_SHIFT,
        CONNECTIONS,
        value,
        "steps",
        "Shift of the cross-correlograms of excitatory and inhibitory connections against those of the pilot runs: "
        "regression of both on the slope of the template, with size, level and trend free; silent cells add nothing.",
        "docs/statistics.md",
    )


def _refractory_period(pairs: _Pairs) -> Iterator[Statistic]:
    by_potential = {template.population for _, template in pairs if template.name == CLAMPED}
    for curve, template in pairs:
        if template.name == CLAMPED:
            value = None if curve is None else float((curve.y - template.y).sum())
            how = "Steps for which the potential of the recorded cells stands still after a spike, less those of"
        elif template.name == HAZARD and template.population not in by_potential:
            told = _hazard_shift(curve, template)
            if told is None:
                continue
            value = told[0]
            how = "Shift of the hazard after a spike, regression on the slope of the template with size free, against"
        else:
            continue
        definition = f"{how} the pilot runs; cells with fewer than two spikes add nothing."
        yield _statistic(REFRACTORY_SHIFT, template.population, value, "steps", definition, "docs/statistics.md")


def _hazard_shift(curve: Curve | None, template: Curve) -> tuple[float | None] | None:
    """Shift of a hazard in steps, weighted by the cells that wait and the hazard; None: undecided."""
    if template.y.size < 20 or not template.count:
        return None
    step = (template.x[1] - template.x[0]) / 1000.0
    rate = template.y * step
    waiting = template.count / template.runs * np.concatenate([[1.0], np.cumprod(1 - np.minimum(rate, 1))[:-1]])
    # Only weights are smoothed: a smoothed slope would make a sharp onset, and so the shift, too small.
    smooth = np.convolve(rate, np.ones(9) / 9, "same")
    kept = (smooth > 0) & (waiting >= 1)
    kept[[0, -1]] = False
    if kept.sum() < 20:
        return None
    weight = np.sqrt(waiting[kept] / smooth[kept])
    size = rate[kept] * weight
    size = size / np.linalg.norm(size)
    slope = _slope(rate)[kept] * weight
    slope = slope - size * (size @ slope)
    # The slope is half a difference of two points, each with the variance 1/runs in these units.
    noise = kept.sum() / (2.0 * template.runs)
    signal = float(slope @ slope) - noise
    if signal <= CLEAR * noise or max(signal**-0.5, template.scatter) > MARGINS[REFRACTORY_SHIFT]:
        return None
    if curve is None:
        return (None,)
    change = (curve.y - template.y)[kept] * step * weight
    return (float(slope @ (change - size * (size @ change))) / signal,)


def _sizes(pairs: _Pairs) -> Iterator[Statistic]:
    for curve, template in pairs:
        if template.name != PSP:
            continue
        yield _statistic(
            PSP_RATIO,
            template.population,
            None if curve is None else _size(curve, template),
            "",
            "Size of the postsynaptic potential's rise against that of the pilot runs, moved by at most one step so "
            "that a delay is not taken for a size.",
            "docs/statistics.md",
        )


def _size(curve: Curve, template: Curve) -> float | None:
    """Size of a response against the template, by the shift of at most one step that fits best."""
    dt = template.x[1] - template.x[0]
    risen = np.flatnonzero(np.abs(template.y) >= RISEN * abs(template.y[-1]))
    if not risen.size:
        return None
    best: tuple[float, float] | None = None
    for shift in (0, 1, -1):
        moved = np.roll(template.y, shift)
        moved[:1] = 0.0
        kept = template.x < template.x[risen[0]] + (shift + 0.5) * dt
        # What fits is told by one point more on either side than what the size is taken from.
        near = template.x < template.x[risen[0]] + 2.5 * dt
        power = float(moved[kept] @ moved[kept])
        if power <= 0:
            continue
        size = float(curve.y[kept] @ moved[kept]) / power
        left = float(((curve.y - size * moved)[near] ** 2).sum())
        if best is None or left < best[0]:
            best = left, size
    return None if best is None else best[1]
