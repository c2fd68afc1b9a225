"""Statistics of several runs as one table: by simulator, in a line, as a card, as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from unisono.adapters.runtime.results import Runs
from unisono.models.cards import Card, Carded, counted
from unisono.models.words import labelled
from unisono.validation.statistics.activity import TRANSIENT
from unisono.validation.statistics.statistic import Statistic
from unisono.validation.statistics.statistics import statistics_of
from unisono.validation.tabular import Tabular

#: Columns of the table after the simulator: fields of :class:`Statistic`.
COLUMNS = ("population", "trial", "name", "value", "unit", "n_cells", "silent")


class Statistics(Carded, Tabular, Mapping[str, tuple[Statistic, ...]]):
    """Statistics by simulator; as a table, one row a statistic of a simulator.

    Parameters
    ----------
    by_simulator : mapping of str to tuple of Statistic
    """

    def __init__(self, by_simulator: Mapping[str, tuple[Statistic, ...]]) -> None:
        self._by_simulator = dict(by_simulator)

    def __getitem__(self, simulator: str) -> tuple[Statistic, ...]:
        return self._by_simulator[simulator]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_simulator)

    def __len__(self) -> int:
        return len(self._by_simulator)

    @property
    def _rows(self) -> dict[tuple[str, int, str, str], dict[str, str]]:
        """Of each population, trial, statistic and unit the values by simulator."""
        rows: dict[tuple[str, int, str, str], dict[str, str]] = {}
        for simulator, statistics in self.items():
            for s in statistics:
                value = "–" if s.value is None else f"{s.value:.4g}"
                rows.setdefault((s.population, s.trial, s.name, s.unit), {})[simulator] = value
        return rows

    def _card(self) -> Card:
        found = self._rows
        populations = ", ".join(dict.fromkeys(population for population, *_ in found))
        several = any(trial for _, trial, _, _ in found)
        rows = [
            (population, *([f"{trial}"] if several else []), labelled(name, unit), *(values.get(n, "") for n in self))
            for (population, trial, name, unit), values in found.items()
        ]
        columns = ("population", *(["trial"] if several else []), "statistic", *self)
        facts = (", ".join(self), counted(len(found), "value"))
        return Card("Statistics", f"of {populations}", facts, columns=columns, rows=rows)

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        rows = [
            (simulator, *(getattr(one, name) for name in COLUMNS))
            for simulator, statistics in self.items()
            for one in statistics
        ]
        return ("simulator", *COLUMNS), rows


def statistics_of_runs(runs: Runs, transient: float = TRANSIENT) -> Statistics:
    """The statistics of every run that has a result.

    Parameters
    ----------
    runs : Runs
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    """
    return Statistics(
        {
            name: statistics_of(run.recording, runs.network, transient)
            for name, run in runs.items()
            if run.recording is not None
        }
    )
