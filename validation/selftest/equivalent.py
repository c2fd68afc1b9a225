"""Self-test of the tier of equivalence: ensembles with an injected fault against ensembles without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from unisono.models.errors import SimulatorFailed
from unisono.validation.ensembles.ensemble import cases_of, run_ensemble
from unisono.validation.ensembles.equivalence import CANNOT_TELL, DIFFERENT, EQUIVALENT, judge
from unisono.validation.ensembles.margins import Figures, Margins
from unisono.validation.ensembles.pilots import piloted, shifted
from unisono.validation.ensembles.rows import Case, Row, RunTable, Side
from unisono.validation.faults.faults import EQUIVALENT as TIER
from unisono.validation.faults.faults import Fault, can_run
from unisono.validation.selftest.detection import Detection, DetectionRate, FaultFree
from unisono.validation.selftest.selftest import Selftest, label_of, versions_of
from unisono.validation.statistics.curve import Curve

#: Draws of runs from the ensembles for each rate, and the seed that draws them.
DRAWS, DRAW_SEED = 200, 20070401

#: Runs of a fault over those that a draw takes, so that draws differ.
SPARE = 1.25


@dataclass(frozen=True, eq=False)
class Ensembles:
    """Pilot runs, what they fix, and the runs of the simulators as they are.

    Attributes
    ----------
    margins : Margins
    templates : tuple of Curve
    base : list of mapping
        Figures of the runs without a fault, twice as many as a side has.
    runs, faulty : int
        Runs of a draw without a fault, and with it.
    """

    margins: Margins
    templates: tuple[Curve, ...]
    base: list[Figures]
    runs: int
    faulty: int


def selftest_equivalent(selftest: Selftest, runs: int | None, faulty: int, pilot: int) -> Detection:
    """Whether the tier of equivalence sees each fault on each simulator.

    Margins come from pilot runs. Of an ensemble without a fault, twice as large as one side, random halves are
    compared with each other (A/A), and random draws against draws of the ensemble with the fault. Draws share runs and
    are not independent: the interval of a share that is found with them is too narrow. A simulator on which
    the fault gives the very spikes that it gives on the first needs no ensemble of its own.

    Parameters
    ----------
    selftest : Selftest
    runs : int, optional
        Runs a side without a fault; as many as the margins need where it is not given.
    faulty : int
        Runs a side with one: a difference beyond the margin takes fewer runs than its absence.
    pilot : int
        Pilot runs.

    Raises
    ------
    UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If a run fails without a fault.
    """
    first, begin = selftest.simulators[0], selftest.seeds[0]
    ensembles = _ensembles(selftest, first, begin, runs, faulty, pilot)
    rates: list[DetectionRate] = []
    start = begin + pilot + 2 * ensembles.runs
    for fault in selftest.faults:
        rates += _rates(selftest, fault, ensembles, start)
        told = ", ".join(f"{e.simulator} {e.caught}/{e.runs}" for e in rates[-len(selftest.simulators) :])
        claimed = "" if TIER in fault.claimed_by else " (not claimed)"
        selftest.announce(f"equivalent: {fault.name}{claimed}: {told}")
    protocol = {
        "equivalent": {
            "runs": ensembles.runs,
            "runs_with_fault": faulty,
            "pilot_runs": pilot,
            "first_seed": begin,
            "draws": DRAWS,
            "margins": [asdict(margin) for margin in ensembles.margins.tested],
            "left_out": dict(ensembles.margins.left_out),
            "note": ensembles.margins.note,
        }
    }
    fault_free = (_halves(ensembles, first),)
    return Detection(
        label_of(selftest.source), selftest.simulators, tuple(rates), fault_free, versions_of(selftest), protocol
    )


def _ensembles(selftest: Selftest, name: str, begin: int, runs: int | None, faulty: int, pilot: int) -> Ensembles:
    def run(cases: Sequence[Case]) -> RunTable:
        return RunTable(tuple(_carried_out(selftest, cases, "pilot runs")))

    side = Side(name)
    _, templates, margins = piloted(run, side, (), range(begin, begin + pilot))
    size = runs or margins.runs
    selftest.announce(f"equivalent: {len(margins.tested)} statistics, {size} runs a side")
    cases = cases_of([side], range(begin + pilot, begin + pilot + 2 * size))
    rows = _carried_out(selftest, cases, "runs without a fault")
    return Ensembles(margins, templates, _figures(rows, templates), size, faulty)


def _carried_out(selftest: Selftest, cases: Sequence[Case], what: str) -> list[Row]:
    selftest.announce(f"equivalent: {len(cases)} {what} on {cases[0].side.simulator}")
    pool = f"local:{max(1, selftest.executor.jobs)}"
    table = run_ensemble(selftest.source, cases, executor=selftest.executor, pool=pool)
    for row in table.failed:
        raise SimulatorFailed(f"{row.case.side.label}, seed {row.case.seed}: {row.error}")
    return list(table.rows)


def _figures(rows: Sequence[Row], templates: Sequence[Curve]) -> list[Figures]:
    return [shifted(row, templates).figures for row in rows]


def _halves(ensembles: Ensembles, simulator: str) -> FaultFree:
    """The verdicts on random halves of the runs without a fault."""
    rng = np.random.RandomState(DRAW_SEED)
    verdicts = []
    for _ in range(DRAWS):
        order = rng.permutation(len(ensembles.base))
        one, other = ([ensembles.base[i] for i in half] for half in np.split(order, [ensembles.runs]))
        verdicts.append(judge("one half", "the other", one, other, ensembles.margins.tested).verdict)
    equivalent, different, open_ = (verdicts.count(verdict) for verdict in (EQUIVALENT, DIFFERENT, CANNOT_TELL))
    return FaultFree((simulator, simulator), TIER, equivalent, different, open_, DRAWS)


def _rates(selftest: Selftest, fault: Fault, ensembles: Ensembles, start: int) -> list[DetectionRate]:
    """The fault on each simulator."""
    network = selftest.source.network(seed=start)
    found: list[DetectionRate] = []
    ran: dict[str, DetectionRate] = {}
    for name in selftest.simulators:
        if refused := can_run(fault, name, network):
            found.append(DetectionRate(fault.name, name, TIER, note=refused))
            continue
        digest = _carried_out(selftest, cases_of([Side(name, fault=fault.name)], [start]), fault.name)[0].digest
        if digest in ran:
            like = ran[digest]
            note = like.note or f"the runs of {like.simulator}: with seed {start} every spike is the same"
            found.append(DetectionRate(fault.name, name, TIER, like.caught, like.runs, note=note))
            continue
        rate = DetectionRate(fault.name, name, TIER, _caught(selftest, name, fault, ensembles, start), DRAWS)
        ran[digest] = rate
        found.append(rate)
    return found


def _caught(selftest: Selftest, simulator: str, fault: Fault, ensembles: Ensembles, start: int) -> int:
    """Draws in which the ensemble with the fault is called different."""
    seeds = range(start, start + round(SPARE * ensembles.faulty))
    rows = _carried_out(selftest, cases_of([Side(simulator, fault=fault.name)], seeds), f"runs with {fault.name}")
    faulty = _figures(rows, ensembles.templates)
    rng = np.random.RandomState(DRAW_SEED)
    caught = 0
    for _ in range(DRAWS):
        base = [ensembles.base[i] for i in rng.permutation(len(ensembles.base))[: ensembles.runs]]
        other = [faulty[i] for i in rng.permutation(len(faulty))[: ensembles.faulty]]
        caught += judge("base", fault.name, base, other, ensembles.margins.tested).verdict == DIFFERENT
    return caught
