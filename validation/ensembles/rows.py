"""The runs of an ensemble as one table: what was run, and the figures of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from unisono.adapters.contract import Settings
from unisono.models.cards import brief
from unisono.validation.statistics.curve import Curve
from unisono.validation.statistics.statistics import Statistic
from unisono.validation.tabular import Tabular


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison: a simulator, its settings and, in a self-test, a fault.

    Attributes
    ----------
    simulator : str
    settings : Settings
    fault : str
        Name of a fault (:data:`unisono.validation.faults.faults.FAULTS`); empty for none. A name, since faults
        themselves cannot be sent to another process.
    name : str
        Shown instead of what is derived from the others.
    """

    simulator: str
    settings: Settings = field(default_factory=Settings)
    fault: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """Simulator, and what differs from the default: ``nest``, ``brian2:native``, ``nest (weights + 2 %)``."""
        return self.name or self.settings.name_of(self.simulator) + (f" ({self.fault})" if self.fault else "")

    @staticmethod
    def parse(text: str, settings: Settings | None = None) -> Side:
        """A side as it is written on the command line: ``simulator``, ``simulator:native``, ``simulator:single``.

        Parameters
        ----------
        text : str
        settings : Settings, optional
            What is not said in the text.

        Raises
        ------
        UnknownName
            If what follows a colon is neither a kind of numerics nor a precision.
        """
        return Side(*(settings or Settings()).named(text))


@dataclass(frozen=True, eq=False)
class Case:
    """One run that is asked for.

    Attributes
    ----------
    side : Side
    seed : int, optional
        None: the model's own.
    dt : float, optional
        Time step, ms. None: the model's own.
    parameters : mapping
        Other options of the model that differ from those of its source.
    """

    side: Side
    seed: int | None = None
    dt: float | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = brief

    @property
    def varied(self) -> dict[str, Any]:
        """What the model is loaded with."""
        chosen = {"seed": self.seed, "dt": self.dt}
        return {**self.parameters, **{name: value for name, value in chosen.items() if value is not None}}

    def to_dict(self) -> dict[str, Any]:
        """As plain data: its side in words and in parts, ``seed``, ``dt``, ``parameters``."""
        settings = self.side.settings
        return {
            "side": self.side.label,
            "simulator": self.side.simulator,
            "numerics": settings.numerics,
            "precision": settings.precision,
            "fault": self.side.fault,
            "seed": self.seed,
            "dt": self.dt,
            "parameters": dict(self.parameters),
        }


@dataclass(frozen=True, eq=False)
class Row:
    """One run: plain data, so that it travels between processes and lies in a file.

    Attributes
    ----------
    case : Case
    statistics : tuple of Statistic
        Of all trials.
    curves : tuple of Curve
    distributions : mapping of str to tuple of float
        Over the cells of a run, by ``{quantity} of {population}``: quantiles from the smallest to the largest value.
    digest : str
        Of all spikes: equal where every spike is the same.
    fingerprint : str
        Of the network (without the fault).
    error : str
        Why there is no result; empty where there is one.
    cached : bool
        Whether it came from the cache.
    """

    case: Case
    statistics: tuple[Statistic, ...] = ()
    curves: tuple[Curve, ...] = ()
    distributions: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    digest: str = ""
    fingerprint: str = ""
    error: str = ""
    cached: bool = False

    __repr__ = brief

    @property
    def side(self) -> str:
        """Label of its side."""
        return self.case.side.label

    @property
    def figures(self) -> dict[str, float | None]:
        """The run's value of each statistic by ``{statistic} of {population}``: the mean over its trials.

        None where it is not defined in one of them.
        """
        return figures_of(self.statistics)

    def content(self) -> dict[str, Any]:
        """All but the case, as plain data."""
        return {
            "statistics": [asdict(s) for s in self.statistics],
            "curves": [{**asdict(c), "x": c.x.tolist(), "y": c.y.tolist()} for c in self.curves],
            "distributions": {key: list(values) for key, values in self.distributions.items()},
            "digest": self.digest,
            "fingerprint": self.fingerprint,
        }

    @staticmethod
    def read(case: Case, content: Mapping[str, Any]) -> Row:
        """The row of a cached run from its content."""
        curves = ({**c, "x": np.asarray(c["x"], float), "y": np.asarray(c["y"], float)} for c in content["curves"])
        return Row(
            case,
            tuple(Statistic(**s) for s in content["statistics"]),
            tuple(Curve(**c) for c in curves),
            {key: tuple(values) for key, values in content["distributions"].items()},
            content["digest"],
            content["fingerprint"],
            cached=True,
        )


def figures_of(statistics: Sequence[Statistic]) -> dict[str, float | None]:
    """The mean over trials of each statistic, by its key; None where it is not defined in one of them."""
    by_key: dict[str, list[float | None]] = {}
    for statistic in statistics:
        by_key.setdefault(statistic.key, []).append(statistic.value)
    found: dict[str, float | None] = {}
    for key, values in by_key.items():
        defined = [value for value in values if value is not None]
        found[key] = float(np.mean(defined)) if len(defined) == len(values) else None
    return found


@dataclass(frozen=True, eq=False)
class RunTable(Tabular):
    """All runs of an ensemble, in the order in which they were asked for."""

    rows: tuple[Row, ...]

    __repr__ = brief

    def of(self, side: Side) -> tuple[Row, ...]:
        """The rows of one side that have a result."""
        return tuple(row for row in self.rows if row.side == side.label and not row.error)

    @property
    def failed(self) -> tuple[Row, ...]:
        """The rows without a result."""
        return tuple(row for row in self.rows if row.error)

    def to_dicts(self) -> list[dict[str, Any]]:
        """One mapping a run: what was run, ``error``, ``digest``, ``cached`` and ``figures``."""
        return [
            {
                **row.case.to_dict(),
                "error": row.error,
                "digest": row.digest,
                "cached": row.cached,
                "figures": row.figures,
            }
            for row in self.rows
        ]

    def __add__(self, other: RunTable) -> RunTable:
        return RunTable((*self.rows, *other.rows))

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """One row a run."""
        flat = []
        for row in self.rows:
            asked = row.case.to_dict()
            parameters = asked.pop("parameters")
            flat.append({**asked, **parameters, "error": row.error, "digest": row.digest, **row.figures})
        columns = list(dict.fromkeys(name for row in flat for name in row))
        return columns, [[row.get(name) for name in columns] for row in flat]
