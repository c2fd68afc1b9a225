"""A model at every point of a grid of options, on one simulator: measures, regimes, what theory predicts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent import futures
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource, file_of
from unisono.models.cards import Card, brief
from unisono.models.errors import UnisonoError, UnknownName
from unisono.models.words import labelled
from unisono.validation.ensembles.ensemble import Listener, cases_of, run_ensemble, silent
from unisono.validation.ensembles.rows import Row, Side
from unisono.validation.exploration.axes import Axis, Value, points_of
from unisono.validation.exploration.measures import (
    CHI,
    CORRELATION,
    CV,
    FREQUENCY,
    MEASURED,
    MODULATION,
    PREDICTED_CV,
    PREDICTED_FREQUENCY,
    PREDICTED_MODES,
    PREDICTED_RATE,
    RATE,
    SPIKES,
    UPPER_RATE,
)
from unisono.validation.exploration.regimes import REGIMES, SOURCE, UNKNOWN, Regime, regime_of
from unisono.validation.statistics.statistic import Statistic
from unisono.validation.statistics.statistics import TRANSIENT
from unisono.validation.tabular import Tabular
from unisono.validation.written import Written, plain

#: The measures of tables and maps, in their order.
MEASURES = (RATE, CV, CHI, CORRELATION, MODULATION, FREQUENCY, SPIKES)
PREDICTIONS = (PREDICTED_RATE, PREDICTED_CV, UPPER_RATE, PREDICTED_MODES, PREDICTED_FREQUENCY)

#: Measures of a table that is 80 columns wide, with their headings.
NARROW = {
    RATE: "rate\n(Hz)",
    CV: "CV",
    CHI: "chi",
    MODULATION: "mod.",
    FREQUENCY: "osc.\n(Hz)",
    PREDICTED_RATE: "theory\n(Hz)",
}


@dataclass(frozen=True, eq=False)
class Point:
    """One point of the grid.

    Attributes
    ----------
    values : mapping
        Of the options that are varied.
    figures : mapping of str to float or None
        By ``{statistic} of {population}``; None where it is not defined.
    regime : Regime
        Of the population that is shown.
    predicted : Regime or None
        By mean-field theory; None where it does not cover the model.
    error : str
        Why there is no result; empty where there is one.
    cached : bool
    """

    values: Mapping[str, Value]
    figures: Mapping[str, float | None]
    regime: Regime
    predicted: Regime | None = None
    error: str = ""
    cached: bool = False

    __repr__ = brief


@dataclass(frozen=True, eq=False, repr=False)
class Exploration(Written, Tabular):
    """What an exploration found.

    Attributes
    ----------
    model : str
    options : mapping
        Options that are the same everywhere.
    simulator : str
        With its settings.
    axes : tuple of Axis
        One or two.
    population : str
        The one that tables and maps show.
    transient : float
        Cut before the statistics, ms.
    points : tuple of Point
        The first axis varies fastest.
    statistics : tuple of Statistic
        Of one point: units, definitions and sources.
    """

    model: str
    options: Mapping[str, Any]
    simulator: str
    axes: tuple[Axis, ...]
    population: str
    transient: float
    points: tuple[Point, ...]
    statistics: tuple[Statistic, ...]

    def _card(self) -> Card:
        failed = sum(bool(point.error) for point in self.points)
        axes = " by ".join(f"{len(axis.values)} {axis.name}" for axis in self.axes)
        facts = (self.simulator, axes, *([f"{failed} failed"] if failed else []))
        names = [axis.name for axis in self.axes]
        rows = [
            (
                *(
                    f"{point.values[name]:g}" if isinstance(point.values[name], float) else str(point.values[name])
                    for name in names
                ),
                "failed" if point.error else point.regime.short,
                *("–" if (v := self.value(point, m)) is None else f"{v:.3g}" for m in self.measures),
            )
            for point in self.points
        ]
        columns = (*names, "regime", *(labelled(m, self.unit(m)) for m in self.measures))
        return Card("Exploration", f"of {self.model}", facts, columns=columns, rows=rows)

    @property
    def exit_status(self) -> int:
        """0: every point ran. 2: one failed."""
        return 2 if any(point.error for point in self.points) else 0

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures, and of the predictions where theory covers the model."""
        known = {key for point in self.points for key in point.figures}
        return tuple(name for name in (*MEASURES, *PREDICTIONS) if f"{name} of {self.population}" in known)

    def value(self, point: Point, measure: str) -> float | None:
        """A measure of the population that is shown; None where it is not defined."""
        return point.figures.get(f"{measure} of {self.population}")

    def unit(self, measure: str) -> str:
        """Unit of a measure."""
        return next((s.unit for s in self.statistics if s.name == measure), "")

    def grid(self, measure: str) -> NDArray[np.float64]:
        """A measure on the grid, shape (values of the second axis, or 1, values of the first); NaN: not defined."""
        values = [np.nan if (v := self.value(point, measure)) is None else v for point in self.points]
        return np.array(values, float).reshape(-1, len(self.axes[0].values))

    @property
    def regimes(self) -> tuple[Regime, ...]:
        """The regimes that occur, simulated or predicted, in the order of a legend."""
        found = {regime.name for point in self.points for regime in (point.regime, point.predicted) if regime}
        return tuple(regime for regime in REGIMES if regime.name in found)

    def to_dict(self) -> dict[str, Any]:
        """As plain data.

        Returns
        -------
        dict
            ``model``, ``options``, ``simulator``, ``population``, ``transient`` (ms);
            ``axes`` : list of ``name``, ``values``, ``unit``, ``meaning``.

            ``regimes`` : list of ``name``, ``short``, ``criterion``; ``source`` of the regimes.

            ``points`` : list of ``values`` (by option), ``regime`` and ``predicted`` (names; null where theory does not
            cover the model), ``figures`` (by ``{statistic} of {population}``, null where it is not defined), ``error``
            and ``cached``.

            ``definitions`` : by statistic its ``unit``, ``definition`` and ``source``.
        """
        return plain(  # type: ignore[no-any-return]
            {
                "model": self.model,
                "options": dict(self.options),
                "simulator": self.simulator,
                "population": self.population,
                "transient": self.transient,
                "axes": [asdict(axis) for axis in self.axes],
                "regimes": [asdict(regime) for regime in self.regimes],
                "source": SOURCE,
                "points": [
                    {
                        **vars(point),
                        "regime": point.regime.name,
                        "predicted": point.predicted and point.predicted.name,
                    }
                    for point in self.points
                ],
                "definitions": {
                    s.name: {"unit": s.unit, "definition": s.definition, "source": s.source} for s in self.statistics
                },
            }
        )

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """One row a point."""
        keys = list(dict.fromkeys(key for point in self.points for key in point.figures))
        rows = [
            (
                *point.values.values(),
                point.regime.name,
                point.predicted.name if point.predicted else "",
                *(point.figures.get(key) for key in keys),
                point.error,
            )
            for point in self.points
        ]
        return [*(axis.name for axis in self.axes), "regime", "predicted regime", *keys, "error"], rows


def explore(
    source: ModelSource,
    axes: Sequence[Axis],
    *,
    side: Side | None = None,
    population: str = "",
    transient: float = TRANSIENT,
    executor: Executor | None = None,
    pool: str | futures.Executor = "local:1",
    listener: Listener = silent,
) -> Exploration:
    """Run a model at every point of a grid; finished points are cached.

    Parameters
    ----------
    source : ModelSource
        A library model, or a script with ``{name}`` in its arguments for what is varied.
    axes : sequence of Axis
        One or two.
    side : Side, optional
        Simulator and settings; NEST by default.
    population : str
        Label of the population that regimes are named for; the largest by default.
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    executor : Executor, optional
    pool : str or concurrent.futures.Executor
        See :func:`unisono.validation.ensembles.pools.pool_of`.
    listener : callable
        Called with each finished run, the number of those that are done and of all.

    Raises
    ------
    UnknownName
        If there is no such option, simulator or population.
    NetworkError
        If a value is out of the bounds of its option.
    UnisonoError
        If no point gave a result.
    """
    side = side or Side("nest")
    points = points_of(axes)
    axes = described(source, axes, points)
    table = run_ensemble(
        source,
        cases_of([side], parameters=points),
        transient=transient,
        executor=executor,
        pool=pool,
        listener=listener,
        measure=MEASURED,
    )
    if not any(row.statistics for row in table.rows):
        raise UnisonoError(f"No point of the exploration gave a result: {table.rows[0].error}")
    shown, statistics = _population(table.rows, population)
    found = tuple(_point(row, shown) for row in table.rows)
    return Exploration(source.label, dict(source.options), side.label, tuple(axes), shown, transient, found, statistics)


def described(source: ModelSource, axes: Sequence[Axis], points: Sequence[Mapping[str, Value]]) -> tuple[Axis, ...]:
    """The axes with units and meanings of their options, every point checked before anything starts.

    Raises
    ------
    UnknownName
        If there is no such option, or a script has no place for it.
    NetworkError
        If a value is out of the bounds of its option.
    """
    from unisono.models.library import LIBRARY

    if source.model not in LIBRARY:
        file_of(source.model)
        source.check_varied([axis.name for axis in axes])
        return tuple(axes)
    model = LIBRARY[source.model]
    for values in points:
        model.options.read({**source.options, **values})
    known = {name: (unit, meaning) for name, _, unit, meaning in model.describe()}
    return tuple(replace(axis, unit=known[axis.name][0], meaning=known[axis.name][1]) for axis in axes)


def _population(rows: Sequence[Row], asked: str) -> tuple[str, tuple[Statistic, ...]]:
    """The population that is shown, and its statistics at one point."""
    statistics = max((row.statistics for row in rows), key=len)
    sizes = {s.population: s.n_cells for s in statistics if s.name == RATE}
    if asked and asked not in sizes:
        raise UnknownName(f"Unknown population '{asked}'.", f"Choose one of: {', '.join(sizes)}.")
    shown = asked or max(sizes, key=lambda label: sizes[label])
    return shown, tuple(s for s in statistics if s.population == shown and s.trial == 0)


def _point(row: Row, population: str) -> Point:
    figures = row.figures

    def of(measure: str) -> float | None:
        return figures.get(f"{measure} of {population}")

    regime = UNKNOWN if row.error else regime_of(of(RATE), of(CV), of(MODULATION), of(FREQUENCY), of(SPIKES))
    modes, predicted = of(PREDICTED_MODES), None
    if modes is not None:
        modulation = math.inf if modes else 0.0
        predicted = regime_of(of(PREDICTED_RATE), of(PREDICTED_CV), modulation, of(PREDICTED_FREQUENCY))
    return Point(dict(row.case.parameters), figures, regime, predicted, row.error, row.cached)
