"""The verdict on all simulators, from those on the pairs: for someone who reads nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unisono.adapters import registry
from unisono.adapters.runtime.results import Runs
from unisono.validation.compare.pair import Pair
from unisono.validation.verdict import Level, Verdict, weakest


def overall(runs: Runs, pairs: Sequence[Pair]) -> Verdict:
    """The weakest verdict of all pairs.

    Parameters
    ----------
    runs : Runs
        A run without a result makes it ``cannot tell``, unless a pair is different.
    pairs : sequence of Pair
    """
    done = [name for name, run in runs.items() if run.recording is not None]
    failed = [name for name in runs if name not in done]
    level = weakest(pair.verdict.level for pair in pairs)
    missing = f"{titles(failed)} gave no result" if failed else "it takes two simulators to compare"
    if not pairs:
        step = "" if failed else "Name another simulator with --on."
        return Verdict(Level.CANNOT_TELL, f"Nothing to compare: {missing}.", next_step=step)
    worst = next(pair for pair in pairs if pair.verdict.level is level)
    until = min(pair.identical_until_ms for pair in pairs)
    said = worst.verdict
    evidence = f"{worst.title}: {said.evidence}"
    if level is Level.IDENTICAL:
        evidence = f"On {titles(done)}: {said.evidence}"
    elif level is Level.UNTIL_TIE:
        evidence += " After a tie, the runs of a chaotic network drift apart, which is no error."
    if failed and level is not Level.DIFFERENT:
        evidence = f"No verdict on all: {missing}. {evidence}"
        return Verdict(Level.CANNOT_TELL, evidence, until_ms=until)
    return Verdict(level, evidence, said.cause, said.next_step, until)


def titles(names: Iterable[str]) -> str:
    """Simulators in a sentence."""
    found = [registry.title(name) for name in names]
    return "".join(found) if len(found) < 2 else f"{', '.join(found[:-1])} and {found[-1]}"
