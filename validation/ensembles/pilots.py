"""Pilot runs: what fixes margins and templates, and what the runs of a side have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unisono.models.errors import UnisonoError
from unisono.validation.ensembles.margins import CHANGE, FEWEST, Margins, margins_of
from unisono.validation.ensembles.rows import Case, Row, RunTable, Side
from unisono.validation.faults.faults import AND
from unisono.validation.statistics.curve import Curve
from unisono.validation.statistics.statistics import Statistic
from unisono.validation.statistics.templates import MARGINS, shifts, templates_of

#: Pilot seeds that all sides run: do they give the same spikes?
PAIRED = 3


def piloted(
    run: Callable[[Sequence[Case]], RunTable], base: Side, others: Sequence[Side], seeds: Sequence[int]
) -> tuple[RunTable, tuple[Curve, ...], Margins]:
    """Run the pilots, and find templates and margins.

    Parameters
    ----------
    run : callable
        Carries out an ensemble.
    base : Side
        Runs on all seeds, as it is and with weights 2 % larger.
    others : sequence of Side
        Run on the first few seeds, the same as the base.
    seeds : sequence of int

    Returns
    -------
    pilots : RunTable
    templates : tuple of Curve
        Mean curves of the base.
    margins : Margins

    Raises
    ------
    UnisonoError
        If all runs of a side fail, or too many of the base.
    """
    changed = replace(base, fault=AND.join(filter(None, (base.fault, CHANGE))), name=f"{base.label} ({CHANGE})")
    few = seeds[:PAIRED]
    pilots = run([Case(s, seed) for seed in few for s in (base, *others)])
    for side in (base, *others):
        if not pilots.of(side):
            raise UnisonoError(f"No pilot run on {side.label} gave a result. {pilots.failed[0].error}")
    pilots += run([Case(s, seed) for seed in seeds for s in (base, changed) if s is changed or seed not in few])
    runs = pilots.of(base)
    if len(runs) < FEWEST:
        raise UnisonoError(f"Only {len(runs)} pilot runs on {base.label} gave a result. {pilots.failed[0].error}")
    without = {row.case.seed: templates_of([o.curves for o in runs if o is not row]) for row in runs}
    shifted_runs = [shifted(row, without[row.case.seed]) for row in runs]
    figures = {
        row.case.seed: shifted(row, without[row.case.seed]).figures
        for row in pilots.of(changed)
        if row.case.seed in without
    }
    margins = margins_of(
        _kinds(shifted_runs),
        [row.figures for row in shifted_runs],
        [figures.get(row.case.seed, {}) for row in runs] if figures else [],
        MARGINS,
    )
    return pilots, templates_of([row.curves for row in runs]), margins


def shifted(row: Row, templates: Sequence[Curve]) -> Row:
    """The row with the statistics that need templates."""
    return row if row.error else replace(row, statistics=(*row.statistics, *shifts(row.curves, templates)))


def _kinds(rows: Sequence[Row]) -> list[Statistic]:
    """One of each statistic."""
    return list({statistic.key: statistic for row in rows for statistic in row.statistics}.values())


def mean_curves(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Mean and standard deviation over runs of each curve that all of them have, as plain data."""
    found = []
    for first in rows[0].curves if rows else ():
        same = [c.y for row in rows for c in row.curves if c.key == first.key and c.y.shape == first.y.shape]
        if len(same) < len(rows):
            continue
        found.append(
            {
                "name": first.name,
                "population": first.population,
                "x": first.x,
                "y": np.mean(same, axis=0),
                "sd": np.std(same, axis=0, ddof=1) if len(same) > 1 else np.zeros(first.y.shape),
                "x_unit": first.x_unit,
                "y_unit": first.y_unit,
                "definition": first.definition,
                "source": first.source,
                "runs": len(same),
            }
        )
    return found


def mean_distributions(rows: Sequence[Row]) -> dict[str, Any]:
    """Mean quantile function over the runs that have one, by quantity and population."""
    keys = dict.fromkeys(key for row in rows for key in row.distributions)
    return {key: np.mean([r.distributions[key] for r in rows if key in r.distributions], axis=0) for key in keys}
