"""A study of equivalence: pilot runs, margins and number of runs, the runs, the verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.adapters.execution import Plan
from unisono.adapters.loading import ModelSource
from unisono.models.files import written_whole
from unisono.validation.curves import Curve
from unisono.validation.equivalence import CANNOT_TELL, DIFFERENT, EQUIVALENT, Equivalence, Margin
from unisono.validation.rows import Row, Side, Table
from unisono.validation.statistics import TRANSIENT

__all__ = ["Protocol", "Side", "Study", "study"]


@dataclass(frozen=True)
class Protocol:
    """What was fixed before the runs that are tested.

    Attributes
    ----------
    model : str
    options : mapping
    transient : float
        Cut before the statistics, ms.
    base : str
        The side the others are held against.
    sides : mapping of str to mapping
        By label: ``simulator``, ``settings``, ``mutant``.
    pilot_seeds : tuple of int
    seeds : mapping of str to tuple of int
        Of the runs that are tested, by side; none is used twice.
    runs : int
        Runs a side; no run is added after the result is seen.
    rule : str
        How that number was found.
    alpha, power : float
    margins : tuple of Margin
    left_out : mapping of str to str
        Statistics that cannot be tested, with the reason.
    notes : tuple of str
    """

    model: str
    options: Mapping[str, Any]
    transient: float
    base: str
    sides: Mapping[str, Mapping[str, Any]]
    pilot_seeds: tuple[int, ...]
    seeds: Mapping[str, tuple[int, ...]]
    runs: int
    rule: str
    alpha: float
    power: float
    margins: tuple[Margin, ...]
    left_out: Mapping[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Study:
    """What a study found.

    Attributes
    ----------
    protocol : Protocol
    pairs : tuple of Equivalence
        The base against each of the other sides.
    table : Table
        The runs that are tested.
    pilots : Table
    templates : tuple of Curve
        Mean curves of the pilot runs.
    """

    protocol: Protocol
    pairs: tuple[Equivalence, ...]
    table: Table
    pilots: Table
    templates: tuple[Curve, ...] = ()

    @property
    def verdict(self) -> str:
        """The weakest verdict of all pairs."""
        verdicts = {pair.verdict for pair in self.pairs}
        if DIFFERENT in verdicts:
            return DIFFERENT
        return EQUIVALENT if verdicts == {EQUIVALENT} else CANNOT_TELL

    @property
    def exit_status(self) -> int:
        """0: equivalent. 1: different. 2: it cannot be told."""
        return (EQUIVALENT, DIFFERENT, CANNOT_TELL).index(self.verdict)

    def to_dict(self) -> dict[str, Any]:
        """As plain data.

        Returns
        -------
        dict
            ``verdict`` : str

            ``protocol`` : the fields of :class:`Protocol`; ``margins`` a list of the fields of :class:`Margin`.

            ``pairs`` : list of ``a``, ``b``, ``verdict``, ``reason``, ``needed`` (runs a side that would tell, or null),
            ``identical_pilots``, ``paired_pilots``, ``distances`` (list of ``quantity``, ``population``, ``value``,
            ``p``, ``permutations``) and ``rows``, one a statistic: ``statistic``, ``population``, ``unit``,
            ``definition``, ``source``, ``scale`` (linear or log: all that follows is on it), ``margin``,
            ``margin_rule``, ``n_a``, ``n_b``, ``undefined_a``, ``undefined_b``, ``mean_a``, ``mean_b``, ``sd_a``,
            ``sd_b``, ``difference`` (b - a), ``low``, ``high`` (90 % interval), ``p_equivalent``, ``p_different``,
            ``verdict``, ``needed``, ``note``.

            ``runs`` and ``pilots`` : list of ``side``, ``simulator``, ``numerics``, ``precision``, ``mutant``, ``seed``,
            ``dt``, ``digest``, ``error`` and ``figures`` (mapping of ``{statistic} of {population}`` to a number in
            the statistic's unit, not its logarithm, or null), ``cached``.

            ``curves`` : by label of a side, list of ``name``, ``population``, ``x``, ``y``, ``sd`` (over runs),
            ``x_unit``, ``y_unit``, ``definition``, ``source``, ``runs``: the mean over the runs that are tested.

            ``distributions`` : by label of a side, mapping of ``{quantity} of {population}`` to quantiles (of the mean
            quantile function over the runs), from the smallest to the largest value in equal steps.
        """
        raise NotImplementedError

    def to_json(self, path: str | Path | None = None) -> str:
        """All of it as JSON, also written to a file if a path is given."""
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n"
        if path is not None:
            with written_whole(Path(path)) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return text

    def to_csv(self, path: str | Path | None = None) -> str:
        """The table of the runs that are tested, one line a run, also written to a file if a path is given."""
        text = self.table.to_csv()
        if path is not None:
            with written_whole(Path(path)) as temporary:
                temporary.write_text(text, encoding="utf-8")
        return text

    def to_html(self, path: str | Path, command: str = "") -> None:
        """Write the report as one HTML file, whole or not at all."""
        from unisono.validation.report.study import render

        with written_whole(Path(path)) as temporary:
            temporary.write_text(render(self, command), encoding="utf-8")


def study(
    source: ModelSource,
    sides: Sequence[Side],
    *,
    base: str | None = None,
    runs: int | None = None,
    pilot: int = 20,
    first_seed: int = 1,
    transient: float = TRANSIENT,
    plan: Plan | None = None,
    executor: str | Executor = "local:1",
    announce: Callable[[str], None] = lambda line: None,
    listener: Callable[[Row, int, int], None] = lambda row, done, total: None,
) -> Study:
    """Hold one side against each of the others."""
    raise NotImplementedError
