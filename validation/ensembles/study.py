"""A study of equivalence: pilot runs, margins and number of runs, the runs, the verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.models.cards import Card, brief
from unisono.models.errors import UnisonoError, UnknownName, UsageError
from unisono.models.synapses.model import WEIGHT
from unisono.validation.ensembles.ensemble import QUANTITIES, Listener, describe, run_ensemble, silent
from unisono.validation.ensembles.equivalence import Equivalence, judge
from unisono.validation.ensembles.margins import (
    ALPHA,
    CHANGE,
    DESIGN_POWER,
    ENOUGH,
    FEWEST,
    Margin,
    Margins,
    said_of_left_out,
)
from unisono.validation.ensembles.permutation import wasserstein
from unisono.validation.ensembles.pilots import mean_curves, mean_distributions, piloted, shifted
from unisono.validation.ensembles.rows import Case, RunTable, Side
from unisono.validation.statistics.curve import Curve
from unisono.validation.statistics.statistics import TRANSIENT
from unisono.validation.tabular import Tabular
from unisono.validation.verdict import Level, weakest
from unisono.validation.written import Written, plain

#: Pilot seeds: with fewer the runs that they call for are more, with more the pilots themselves are.
PILOT = ENOUGH

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
        The reference side, with which the others are compared.
    sides : mapping of str to mapping
        By label: ``simulator``, ``settings``, ``fault``.
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

    __repr__ = brief

    def lines(self) -> list[str]:
        """In words."""
        used = sorted(seed for chosen in self.seeds.values() for seed in chosen)
        return [
            f"Plan: {self.runs} runs a side, seeds {used[0]} to {used[-1]} in turn; {self.rule}",
            *self.notes,
            *([said_of_left_out(self.left_out)] if self.left_out else []),
        ]

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return plain({**asdict(self), "margins": [vars(m) for m in self.margins]})  # type: ignore[no-any-return]


@dataclass(frozen=True, eq=False, repr=False)
class Study(Written, Tabular):
    """What a study found.

    Attributes
    ----------
    protocol : Protocol
    pairs : tuple of Equivalence
        The base against each of the other sides.
    table : RunTable
        The runs that are tested.
    pilots : RunTable
    templates : tuple of Curve
        Mean curves of the pilot runs.
    """

    protocol: Protocol
    pairs: tuple[Equivalence, ...]
    table: RunTable
    pilots: RunTable
    templates: tuple[Curve, ...] = ()

    def _card(self) -> Card:
        facts = (", ".join(self.protocol.sides), f"{self.protocol.runs} runs a side")
        rows = [(f"{pair.a} and {pair.b}", pair.verdict.value, pair.reason) for pair in self.pairs]
        name, columns = f"of {self.protocol.model}", ("sides", "verdict", "reason")
        return Card("Study", name, facts, self.verdict.value, self.verdict.outcome.css, columns=columns, rows=rows)

    @property
    def verdict(self) -> Level:
        """The weakest verdict of all pairs."""
        return weakest(pair.verdict for pair in self.pairs)

    @property
    def exit_status(self) -> int:
        """0: equivalent. 1: different. 2: undecided."""
        return int(self.verdict.outcome)

    def to_dict(self) -> dict[str, Any]:
        """As plain data.

        Returns
        -------
        dict
            ``verdict`` : str

            ``protocol`` : the fields of :class:`Protocol`; ``margins`` a list of the fields of :class:`Margin`.

            ``pairs`` : list of ``a``, ``b``, ``verdict``, ``reason``, ``needed`` (runs a side that would tell, or
            null), ``identical_pilots``, ``paired_pilots``, ``distances`` (list of ``quantity``, ``population``,
            ``value``, ``p``, ``permutations``) and ``rows``, one a statistic: ``statistic``, ``population``, ``unit``,
            ``definition``, ``source``, ``scale`` (linear or log: all that follows is on it), ``margin``,
            ``margin_rule``, ``n_a``, ``n_b``, ``undefined_a``, ``undefined_b``, ``mean_a``, ``mean_b``, ``sd_a``,
            ``sd_b``, ``difference`` (b - a), ``low``, ``high`` (90 % interval), ``p_equivalent``, ``p_different``,
            ``verdict``, ``needed``, ``note``.

            ``runs`` and ``pilots`` : list of ``side``, ``simulator``, ``numerics``, ``precision``, ``fault``,
            ``seed``, ``dt``, ``parameters``, ``error``, ``digest``, ``cached`` and ``figures`` (mapping of
            ``{statistic} of {population}`` to a number in the statistic's unit, not its logarithm, or null).

            ``curves`` : by label of a side, list of ``name``, ``population``, ``x``, ``y``, ``sd`` (over runs),
            ``x_unit``, ``y_unit``, ``definition``, ``source``, ``runs``: the mean over the runs that are tested.

            ``distributions`` : by label of a side, mapping of ``{quantity} of {population}`` to quantiles (of the mean
            quantile function over the runs), from the smallest to the largest value in equal steps.
        """
        sides = self.protocol.sides
        rows = {label: [row for row in self.table.rows if row.side == label and not row.error] for label in sides}
        data = {
            "verdict": self.verdict,
            "protocol": self.protocol.to_dict(),
            "pairs": [pair.to_dict() for pair in self.pairs],
            "runs": self.table.to_dicts(),
            "pilots": self.pilots.to_dicts(),
            "curves": {label: mean_curves(found) for label, found in rows.items()},
            "distributions": {label: mean_distributions(found) for label, found in rows.items()},
        }
        return plain(data)  # type: ignore[no-any-return]

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """One row a run that is tested."""
        return self.table._table()


def study(
    source: ModelSource,
    sides: Sequence[Side],
    *,
    base: str | None = None,
    runs: int | None = None,
    pilot: int = PILOT,
    first_seed: int = 1,
    transient: float = TRANSIENT,
    executor: Executor | None = None,
    pool: str | futures.Executor = "local:1",
    announce: Callable[[str], None] = silent,
    listener: Listener = silent,
    planned: Callable[[Protocol], None] = silent,
) -> Study:
    """Compare a reference side with each of the others: pilot runs, protocol, runs, verdict.

    Parameters
    ----------
    source : ModelSource
        A library model, or a script with ``{seed}`` in its arguments.
    sides : sequence of Side
        At least two.
    base : str, optional
        Label of the reference side; the first by default.
    runs : int, optional
        Runs a side; by default as many as the statistics need for the power :data:`DESIGN_POWER`.
    pilot, first_seed : int
        Number of pilot seeds, none of which is used again, and the first of them.
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    executor : Executor, optional
    pool : str or concurrent.futures.Executor
        See :func:`unisono.validation.ensembles.pools.pool_of`.
    announce, listener, planned : callable
        Called with what comes next, with each finished run, and with the protocol before the runs that are tested.

    Raises
    ------
    UnknownName, SimulatorNotInstalled, OutputError
        As :func:`unisono.validation.ensembles.ensemble.run_ensemble`.
    UnisonoError
        If fewer than two different sides are given, or the pilot runs of a side all fail.
    """
    first = _checked(source, sides, base, runs, pilot)
    others = [side for side in sides if side is not first]
    run = partial(run_ensemble, source, transient=transient, executor=executor, pool=pool, listener=listener)
    seeds = tuple(range(first_seed, first_seed + pilot))
    announce(f"Pilot runs: {pilot} seeds from {first_seed} on {first.label}, also with {CHANGE}")
    pilots, templates, margins = piloted(run, first, others, seeds)
    protocol = _protocol(source, first, others, seeds, margins, runs, transient)
    for line in protocol.lines():
        announce(line)
    planned(protocol)
    table = _tested(run, sides, protocol, templates)
    pairs = tuple(_compared(first, other, protocol, table, pilots) for other in others)
    return Study(protocol, pairs, table, pilots, templates)


def _checked(source: ModelSource, sides: Sequence[Side], base: str | None, runs: int | None, pilot: int) -> Side:
    """The base, if all that is asked for makes sense."""
    labels = [side.label for side in sides]
    if len(sides) < 2 or len({*labels}) < len(labels):
        raise UsageError(
            f"An ensemble compares two or more different sides, not '{', '.join(labels)}'.",
            "Name simulators, or one simulator with different numerics, as in nest,nest:native.",
        )
    if base is not None and base not in labels:
        raise UnknownName(f"Unknown side '{base}'.", f"Choose one of: {', '.join(labels)}.")
    if pilot < FEWEST or (runs is not None and runs < FEWEST):
        raise UnisonoError(f"At least {FEWEST} pilot seeds and {FEWEST} runs a side are needed.")
    if source.model.endswith(".h5"):
        raise UnisonoError(
            "An ensemble needs a network for every seed, but a network file holds one.",
            "Give the script or the library model that it was made from.",
        )
    return sides[labels.index(base)] if base is not None else sides[0]


def _protocol(
    source: ModelSource,
    base: Side,
    others: Sequence[Side],
    pilots: tuple[int, ...],
    margins: Margins,
    runs: int | None,
    transient: float,
) -> Protocol:
    """What is fixed. Seeds are dealt out in turn, so that more runs would not change whose the first ones are."""
    n = margins.runs if runs is None else runs
    sides = (base, *others)
    begin = pilots[-1] + 1
    seeds = {side.label: tuple(begin + i * len(sides) + k for i in range(n)) for k, side in enumerate(sides)}
    needed = f"{margins.runs} runs a side give a power of {DESIGN_POWER:.0%} for {len(margins.tested)} statistics"
    options = dict(source.options)
    if source.number is not None:
        options["network"] = source.number
    if source.args:
        options["arguments"] = list(source.args)
    return Protocol(
        source.model,
        options,
        transient,
        base.label,
        {side.label: describe(side) for side in sides},
        pilots,
        seeds,
        n,
        needed if runs is None else f"given; {needed}",
        ALPHA,
        DESIGN_POWER,
        margins.tested,
        margins.left_out,
        (margins.note,),
    )


def _tested(
    run: Callable[[Sequence[Case]], RunTable], sides: Sequence[Side], protocol: Protocol, templates: Sequence[Curve]
) -> RunTable:
    """The runs of all sides, as the protocol says."""
    named = {side.label: side for side in sides}
    table = run([Case(named[label], seed) for label, chosen in protocol.seeds.items() for seed in chosen])
    return RunTable(tuple(shifted(row, templates) for row in table.rows))


def _compared(base: Side, other: Side, protocol: Protocol, table: RunTable, pilots: RunTable) -> Equivalence:
    """One pair: tests, distances of distributions, and whether the spikes were the same anyway."""
    a, b = table.of(base), table.of(other)
    failed = sum(row.side in (base.label, other.label) for row in table.failed)
    found = judge(
        base.label, other.label, [r.figures for r in a], [r.figures for r in b], protocol.margins, failed=failed
    )
    digests = {row.case.seed: row.digest for row in pilots.of(base)}
    paired = [row for row in pilots.of(other) if row.case.seed in digests]
    same = sum(row.digest == digests[row.case.seed] for row in paired)
    common = [key for key in (a[0].distributions if a and b else ()) if all(key in r.distributions for r in (*a, *b))]
    distances = tuple(
        wasserstein(
            quantity,
            key.removeprefix(f"{quantity} of "),
            [row.distributions[key] for row in a],
            [row.distributions[key] for row in b],
        )
        for quantity in (*QUANTITIES, WEIGHT)
        for key in common
        if key.startswith(f"{quantity} of ")
    )
    reason = found.reason
    if protocol.left_out:
        reason += f" {said_of_left_out(protocol.left_out)}"
    if paired and same == len(paired):
        reason += f" On the {same} pilot seeds that ran on both, every spike was the same: they are identical there."
    return replace(found, reason=reason, distances=distances, identical_pilots=same, paired_pilots=len(paired))
