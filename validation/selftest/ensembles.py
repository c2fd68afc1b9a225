"""Fire drills of the tier of equivalence: ensembles with a deliberate error against ensembles without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from unisono.models.errors import SimulatorFailed
from unisono.validation.ensembles.ensemble import cases_of, run_ensemble
from unisono.validation.ensembles.equivalence import CANNOT_TELL, DIFFERENT, EQUIVALENT, judge
from unisono.validation.ensembles.margins import Figures, Margins
from unisono.validation.ensembles.pilots import piloted, shifted
from unisono.validation.ensembles.rows import Case, Row, Side, Table
from unisono.validation.faults.faults import EQUIVALENT as TIER
from unisono.validation.faults.faults import Mutant, can_run
from unisono.validation.selftest.detection import Detection, Entry, Quiet
from unisono.validation.selftest.selftest import Drill, label_of, versions_of
from unisono.validation.statistics.curve import Curve

#: Draws of runs from the ensembles for each rate, and the seed that draws them.
DRAWS, DRAW_SEED = 200, 20070401

#: Runs of a mutant over those that a draw takes, so that draws differ.
SPARE = 1.25


@dataclass(frozen=True, eq=False)
class Ensembles:
    """Pilot runs, what they fix, and the runs of the simulators as they are.

    Attributes
    ----------
    margins : Margins
    templates : tuple of Curve
    base : list of mapping
        Figures of the runs without a mutant, twice as many as a side has.
    runs, mutated : int
        Runs of a draw without a mutant, and with it.
    """

    margins: Margins
    templates: tuple[Curve, ...]
    base: list[Figures]
    runs: int
    mutated: int


def drill_equivalent(drill: Drill, runs: int | None, mutated: int, pilot: int) -> Detection:
    """Whether the tier of equivalence sees each mutant on each simulator.

    Margins come from pilot runs. Of an ensemble without a mutant, twice as large as one side, random halves are
    held against each other (A/A), and random draws against draws of the ensemble with the mutant. Draws share runs and
    are not independent: the interval of a share that is found with them is too narrow. A simulator on which
    the mutant gives the very spikes that it gives on the first needs no ensemble of its own.

    Parameters
    ----------
    drill : Drill
    runs : int, optional
        Runs a side without a mutant; as many as the margins need where it is not given.
    mutated : int
        Runs a side with one: a difference beyond the margin takes fewer runs than its absence.
    pilot : int
        Pilot runs.

    Raises
    ------
    UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If a run fails without a mutant.
    """
    first, begin = drill.simulators[0], drill.seeds[0]
    ensembles = _ensembles(drill, first, begin, runs, mutated, pilot)
    entries: list[Entry] = []
    start = begin + pilot + 2 * ensembles.runs
    for mutant in drill.mutants:
        entries += _entries(drill, mutant, ensembles, start)
        told = ", ".join(f"{e.simulator} {e.caught}/{e.runs}" for e in entries[-len(drill.simulators) :])
        claimed = "" if TIER in mutant.claimed_by else " (not claimed)"
        drill.announce(f"equivalent: {mutant.name}{claimed}: {told}")
    protocol = {
        "equivalent": {
            "runs": ensembles.runs,
            "runs_with_mutant": mutated,
            "pilot_runs": pilot,
            "first_seed": begin,
            "draws": DRAWS,
            "margins": [asdict(margin) for margin in ensembles.margins.tested],
            "left_out": dict(ensembles.margins.left_out),
            "note": ensembles.margins.note,
        }
    }
    quiet = (_halves(ensembles, first),)
    return Detection(label_of(drill.source), drill.simulators, tuple(entries), quiet, versions_of(drill), protocol)


def _ensembles(drill: Drill, name: str, begin: int, runs: int | None, mutated: int, pilot: int) -> Ensembles:
    def run(cases: Sequence[Case]) -> Table:
        return Table(tuple(_carried_out(drill, cases, "pilot runs")))

    side = Side(name)
    _, templates, margins = piloted(run, side, (), range(begin, begin + pilot))
    size = runs or margins.runs
    drill.announce(f"equivalent: {len(margins.tested)} statistics, {size} runs a side")
    cases = cases_of([side], range(begin + pilot, begin + pilot + 2 * size))
    rows = _carried_out(drill, cases, "runs without a mutant")
    return Ensembles(margins, templates, _figures(rows, templates), size, mutated)


def _carried_out(drill: Drill, cases: Sequence[Case], what: str) -> list[Row]:
    drill.announce(f"equivalent: {len(cases)} {what} on {cases[0].side.simulator}")
    table = run_ensemble(drill.source, cases, plan=drill.plan, executor=f"local:{max(1, drill.plan.jobs)}")
    for row in table.failed:
        raise SimulatorFailed(f"{row.case.side.label}, seed {row.case.seed}: {row.error}")
    return list(table.rows)


def _figures(rows: Sequence[Row], templates: Sequence[Curve]) -> list[Figures]:
    return [shifted(row, templates).figures for row in rows]


def _halves(ensembles: Ensembles, simulator: str) -> Quiet:
    """The verdicts on random halves of the runs without a mutant."""
    rng = np.random.RandomState(DRAW_SEED)
    verdicts = []
    for _ in range(DRAWS):
        order = rng.permutation(len(ensembles.base))
        one, other = ([ensembles.base[i] for i in half] for half in np.split(order, [ensembles.runs]))
        verdicts.append(judge("one half", "the other", one, other, ensembles.margins.tested).verdict)
    equivalent, different, open_ = (verdicts.count(verdict) for verdict in (EQUIVALENT, DIFFERENT, CANNOT_TELL))
    return Quiet((simulator, simulator), TIER, equivalent, different, open_, DRAWS)


def _entries(drill: Drill, mutant: Mutant, ensembles: Ensembles, start: int) -> list[Entry]:
    """The mutant on each simulator."""
    network = drill.source.network(seed=start)
    found: list[Entry] = []
    ran: dict[str, Entry] = {}
    for name in drill.simulators:
        if refused := can_run(mutant, name, network):
            found.append(Entry(mutant.name, name, TIER, note=refused))
            continue
        digest = _carried_out(drill, cases_of([Side(name, mutant=mutant.name)], [start]), mutant.name)[0].digest
        if digest in ran:
            like = ran[digest]
            note = like.note or f"the runs of {like.simulator}: with seed {start} every spike is the same"
            found.append(Entry(mutant.name, name, TIER, like.caught, like.runs, note=note))
            continue
        entry = Entry(mutant.name, name, TIER, _caught(drill, name, mutant, ensembles, start), DRAWS)
        ran[digest] = entry
        found.append(entry)
    return found


def _caught(drill: Drill, simulator: str, mutant: Mutant, ensembles: Ensembles, start: int) -> int:
    """Draws in which the ensemble with the mutant is called different."""
    seeds = range(start, start + round(SPARE * ensembles.mutated))
    rows = _carried_out(drill, cases_of([Side(simulator, mutant=mutant.name)], seeds), f"runs with {mutant.name}")
    mutated = _figures(rows, ensembles.templates)
    rng = np.random.RandomState(DRAW_SEED)
    caught = 0
    for _ in range(DRAWS):
        base = [ensembles.base[i] for i in rng.permutation(len(ensembles.base))[: ensembles.runs]]
        other = [mutated[i] for i in rng.permutation(len(mutated))[: ensembles.mutated]]
        caught += judge("base", mutant.name, base, other, ensembles.margins.tested).verdict == DIFFERENT
    return caught
