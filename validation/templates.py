"""Statistics that see what global ones cannot: how far a run's curves are shifted against those of pilot runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unisono.validation.curves import Curve
from unisono.validation.statistics import Statistic

#: Names of the statistics.
DELAY_SHIFT, REFRACTORY_SHIFT, PSP_RATIO = "delay shift", "refractory shift", "PSP ratio"

#: Margin of equivalence of each, fixed beforehand: a quarter of a step; half of a change of 2 %.
MARGINS: Mapping[str, float] = {DELAY_SHIFT: 0.25, REFRACTORY_SHIFT: 0.25, PSP_RATIO: 0.01}


def templates_of(runs: Sequence[Sequence[Curve]]) -> tuple[Curve, ...]:
    """The mean curves of pilot runs, point by point; a curve that not every run has is left out."""
    return ()


def shifts(curves: Sequence[Curve], templates: Sequence[Curve]) -> tuple[Statistic, ...]:
    """Shifts and amplitudes of a run's curves against the templates."""
    return ()
