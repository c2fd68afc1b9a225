"""Whether runs of one network agree: the verdict for every pair of simulators, and for all."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from unisono.adapters.runtime.results import PHASES, Runs
from unisono.models.files import save_text
from unisono.validation.compare.comparators import (
    Mismatch,
    TraceDifference,
    first_mismatch,
    shape_difference,
    trace_differences,
)
from unisono.validation.compare.first_difference import Examiner, Execute, FirstDifference, unexamined
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.causes import Announce, Causes
from unisono.validation.faults.faults import rerun_with_faults
from unisono.validation.statistics.statistics import TRANSIENT, Statistic, statistics_of

IDENTICAL = "identical"
IDENTICAL_UNTIL = "identical until t*"
DIFFERENT = "different"
CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Pair:
    """Two simulators held against each other.

    Attributes
    ----------
    a, b : str
    verdict : str
        ``identical``: every spike in the same step. ``identical until t*``: so up to a first
        difference that is a tie at the threshold, or was not examined. ``different``: the first
        difference is no tie, or the two cannot be held against each other at all.
    reason : str
        What there is to say beyond the verdict.
    spikes_a, spikes_b : int
    identical_until_ms : float
        Simulated time, all trials in a row, up to which all spikes are identical.
    first_difference : FirstDifference or None
    traces : tuple of TraceDifference
    cause : Cause or None
        Why they differ, where that could be shown.
    """

    a: str
    b: str
    verdict: str
    reason: str
    spikes_a: int
    spikes_b: int
    identical_until_ms: float
    first_difference: FirstDifference | None = None
    traces: tuple[TraceDifference, ...] = ()
    cause: Cause | None = None

    @property
    def agrees(self) -> bool:
        """Whether every spike is the same, or is so up to a tie."""
        if self.verdict == IDENTICAL_UNTIL:
            return self.first_difference is not None and self.first_difference.is_tie
        return self.verdict == IDENTICAL

    def describe(self) -> str:
        """Verdict and reason in a line."""
        return f"{self.verdict}. {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        if self.first_difference is not None:
            difference: dict[str, Any] | None = self.first_difference.to_dict()
        else:
            difference = {"text": self.reason} if self.verdict == DIFFERENT else None
        return {
            "a": self.a,
            "b": self.b,
            "verdict": self.verdict,
            "spikes_a": self.spikes_a,
            "spikes_b": self.spikes_b,
            "identical_until_ms": self.identical_until_ms,
            "first_difference": difference,
            "cause": self.cause.to_dict() if self.cause else None,
        }


@dataclass(frozen=True, eq=False)
class Agreement:
    """What a comparison found.

    Attributes
    ----------
    runs : Runs
    pairs : tuple of Pair
        All pairs of the simulators that gave a result.
    statistics : mapping of str to tuple of Statistic
        By simulator.
    transient : float
        What was asked to be cut before the statistics, ms.
    """

    runs: Runs
    pairs: tuple[Pair, ...]
    statistics: Mapping[str, tuple[Statistic, ...]]
    transient: float = TRANSIENT

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the network."""
        known = (run.provenance.get("fingerprint") for run in self.runs.values())
        return str(next((f for f in known if f), None) or self.runs.network.fingerprint)

    @property
    def failed(self) -> tuple[str, ...]:
        """Simulators that gave no result."""
        return tuple(name for name, run in self.runs.items() if run.recording is None)

    @property
    def verdict(self) -> str:
        """The weakest verdict of all pairs; ``cannot tell`` where a run is missing."""
        verdicts = {pair.verdict for pair in self.pairs}
        if DIFFERENT in verdicts:
            return DIFFERENT
        if self.failed or not self.pairs:
            return CANNOT_TELL
        return IDENTICAL_UNTIL if IDENTICAL_UNTIL in verdicts else IDENTICAL

    @property
    def exit_status(self) -> int:
        """0: they agree. 1: they disagree. 2: it could not be told."""
        if any(not pair.agrees for pair in self.pairs):
            return 1
        return 2 if self.failed or not self.pairs else 0

    def to_dict(self) -> dict[str, Any]:
        """As plain data: ``model``, ``runs``, ``pairs``, ``statistics``, ``verdict``."""
        network = self.runs.network
        data = {
            "model": {
                "name": network.label,
                "fingerprint": self.fingerprint,
                "neurons": network.neurons,
                "synapses": network.synapses,
                "duration_ms": round(network.duration, 9),
                "dt_ms": network.dt,
            },
            "runs": {name: _run_dict(self.runs, name) for name in self.runs},
            "pairs": [pair.to_dict() for pair in self.pairs],
            "statistics": {
                "transient_ms": self.transient,
                "populations": {name: [asdict(s) for s in values] for name, values in self.statistics.items()},
                "traces": [{"a": p.a, "b": p.b, **asdict(t)} for p in self.pairs for t in p.traces],
            },
            "verdict": self.verdict,
        }
        return _strict(data)  # type: ignore[no-any-return]

    def to_json(self, path: str | Path) -> None:
        """Write the comparison as JSON, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        save_text(path, json.dumps(self.to_dict(), indent=1, allow_nan=False) + "\n")

    def to_html(self, path: str | Path, command: str = "", history: Sequence[Mapping[str, Any]] = ()) -> None:
        """Write the report as one HTML file that needs nothing else, whole or not at all.

        Parameters
        ----------
        path : str or Path
        command : str, optional
            The command that makes the comparison again, for the report to show.
        history : sequence of mapping, optional
            Former entries of a baseline, the oldest first.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        from unisono.validation.report.html import render

        save_text(path, render(self, command, history))

    def to_junit(self, path: str | Path) -> None:
        """Write JUnit XML, a test case for every pair of simulators, whole or not at all.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        from unisono.validation.report.junit import render

        save_text(path, render(self))


def compare(
    runs: Runs,
    *,
    transient: float = TRANSIENT,
    explain: bool = True,
    execute: Execute | None = None,
    announce: Announce = lambda line: None,
) -> Agreement:
    """Hold all runs of a network against each other.

    Parameters
    ----------
    runs : Runs
    transient : float
        Cut before the statistics, ms; at most half of a trial is.
    explain : bool
        Whether first differences are examined and their causes looked for, which runs the network again up
        to there, and injected faults a little beyond.
    execute : callable, optional
        What runs the network for that; by default :func:`unisono.adapters.runtime.executor.run`.
    announce : callable
        Told what is run to find a cause.

    Returns
    -------
    Agreement
    """
    done = [name for name, run in runs.items() if run.recording is not None]
    examiner = Examiner(runs, rerun_with_faults(runs, execute)) if explain else None
    causes = Causes(runs, execute, announce) if explain else None
    compared = [_compared(runs, a, b) for a, b in combinations(done, 2)]
    pairs = tuple(_pair(runs, examiner, causes, compared, *entry) for entry in compared)
    statistics = {
        name: statistics_of(recording, runs.network, transient)
        for name in done
        if (recording := runs[name].recording) is not None
    }
    return Agreement(runs, pairs, statistics, transient)


_Compared = tuple[str, str, str, Mismatch | None]


def _compared(runs: Runs, a: str, b: str) -> _Compared:
    """Two simulators, what keeps them from being compared, and their first mismatch."""
    one, other = runs[a].recording, runs[b].recording
    if one is None or other is None:
        return a, b, "a run has no result", None
    prints = [runs[name].provenance.get("fingerprint") for name in (a, b)]
    if None not in prints and prints[0] != prints[1]:
        return a, b, "they ran different networks: the fingerprints differ", None
    obstacle = shape_difference(one, other)
    return a, b, obstacle, None if obstacle else first_mismatch(one, other, runs.network)


def _pair(
    runs: Runs,
    examiner: Examiner | None,
    causes: Causes | None,
    compared: list[_Compared],
    a: str,
    b: str,
    obstacle: str,
    at: Mismatch | None,
) -> Pair:
    one, other = runs[a].recording, runs[b].recording
    spikes = runs[a].spike_count or 0, runs[b].spike_count or 0
    if one is None or other is None or obstacle:
        return Pair(a, b, DIFFERENT, f"{obstacle}.", *spikes, 0.0)
    network = runs.network
    traces = trace_differences(one, other, network, at)
    steps = [t.steps for t in one.trials]
    if at is None:
        broken = next((t for t in traces if not t.comparable), None)
        until = round(sum(steps) * network.dt, 9)
        if broken is None:
            return Pair(a, b, IDENTICAL, "Every spike lies in the same step.", *spikes, until, None, traces)
        what = broken.missing or f"{broken.not_numbers} samples are not numbers"
        reason = f"Every spike lies in the same step, but '{broken.variable}' of '{broken.population}' differs: {what}."
        return Pair(a, b, DIFFERENT, reason, *spikes, until, None, traces)
    until = round(max(0, sum(steps[: at.trial]) + at.step - 1) * network.dt, 9)
    difference = _examined(runs, examiner, compared, a, b, at)
    cause = causes.find(a, b, difference) if causes else None
    refuted = difference.explanation is not None and not difference.is_tie
    verdict = DIFFERENT if refuted or cause is not None else IDENTICAL_UNTIL
    reason = f"{difference} Cause: {cause.sentence}" if cause else str(difference)
    return Pair(a, b, verdict, reason, *spikes, until, difference, traces, cause)


def _examined(
    runs: Runs, examiner: Examiner | None, compared: list[_Compared], a: str, b: str, at: Mismatch
) -> FirstDifference:
    """The first difference of two simulators, examined together with the others that differ there."""
    if examiner is None:
        return unexamined(runs.network, at, *((a, b) if at.in_first else (b, a)))
    place = (at.trial, at.step, at.population, at.cell)
    same = [(x, y) for x, y, _, m in compared if m and (m.trial, m.step, m.population, m.cell) == place]
    return examiner.examine(at, a, b, sorted({name for pair in same for name in pair} - {a, b}))


def _run_dict(runs: Runs, name: str) -> dict[str, Any]:
    run = runs[name]
    seconds = run.provenance.get("seconds", {})
    data: dict[str, Any] = {
        "status": run.status,
        "version": run.provenance.get("version"),
        "spikes": run.spike_count,
        "seconds": {phase: seconds[phase] for phase in PHASES if phase in seconds},
        "peak_rss_mb": run.provenance.get("peak_rss_mb"),
    }
    return data if run.error is None else {**data, "error": str(run.error)}


def _strict(value: Any) -> Any:
    """JSON knows no NaN and no infinity: they become null."""
    if isinstance(value, Mapping):
        return {str(k): _strict(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
