"""Two simulators compared: the verdict, and what it was seen by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from unisono.adapters import registry
from unisono.adapters.runtime.results import Runs
from unisono.models.cards import brief
from unisono.models.words import with_unit
from unisono.validation.compare.allowance import SignalCheck, SignalExaminer
from unisono.validation.compare.comparators import Mismatch, first_mismatch, shape_difference
from unisono.validation.compare.first_difference import Examiner, FirstDifference, unexamined
from unisono.validation.compare.signals import TraceDifference, trace_differences
from unisono.validation.compare.synapse_states import SynapseCheck, synapse_checks
from unisono.validation.verdict import Level, Outcome, Verdict

if TYPE_CHECKING:
    from unisono.validation.diagnose.cause import Cause, Search

#: What to do where nothing was compared, and where signals could not be judged.
DRIVE = "Record v, or drive the cells so that they spike."
MEASURE = "Install SciPy, which the reference needs to measure numerical errors, or use matched numerics on both."


@dataclass(frozen=True)
class Pair:
    """Two simulators compared.

    Attributes
    ----------
    a, b : str
    level : Level
        As the comparison has it; see :attr:`verdict`.
    evidence : str
        What it was seen by.
    spikes_a, spikes_b : int
    identical_until_ms : float
        Simulated time, all trials in a row, up to which all spikes are identical.
    first_difference : FirstDifference or None
    traces : tuple of TraceDifference
    signals : tuple of SignalCheck
        What numerical errors allow of recorded signals while all spikes are identical.
    cause : Cause or None
        Why they differ, where that could be shown.
    next_step : str
    search : Search or None
        How a cause was looked for; None where it was not.
    synapses : tuple of SynapseCheck
        States of synapses at the end, where all spikes are identical.
    """

    a: str
    b: str
    level: Level
    evidence: str
    spikes_a: int
    spikes_b: int
    identical_until_ms: float
    first_difference: FirstDifference | None = None
    traces: tuple[TraceDifference, ...] = ()
    signals: tuple[SignalCheck, ...] = ()
    cause: Cause | None = None
    next_step: str = ""
    search: Search | None = None
    synapses: tuple[SynapseCheck, ...] = ()

    __repr__ = brief

    @property
    def title(self) -> str:
        """Both simulators, as in a sentence."""
        return f"{registry.title(self.a)} and {registry.title(self.b)}"

    @property
    def verdict(self) -> Verdict:
        """Level, evidence and cause, or how far one was looked for; a difference that has a cause is no tie."""
        level = Level.DIFFERENT if self.cause and self.level is Level.NOT_EXAMINED else self.level
        cause = self.cause.sentence if self.cause else ""
        looked = self.search.sentence if self.search and not cause else ""
        evidence = " ".join(filter(None, (self.evidence, looked)))
        return Verdict(level, evidence, cause, self.next_step, self.identical_until_ms)

    @property
    def agrees(self) -> bool:
        """Whether every spike and signal is the same, or is so up to a tie."""
        return self.verdict.outcome is Outcome.AGREE

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        verdict = self.verdict
        if self.first_difference is not None:
            difference: dict[str, Any] | None = self.first_difference.to_dict()
        else:
            difference = {"text": self.evidence} if verdict.level is Level.DIFFERENT else None
        return {
            "a": self.a,
            "b": self.b,
            **verdict.to_dict(),
            "spikes_a": self.spikes_a,
            "spikes_b": self.spikes_b,
            "identical_until_ms": self.identical_until_ms,
            "first_difference": difference,
            "signals": [check.to_dict() for check in self.signals],
            "synapses": [check.to_dict() for check in self.synapses],
            "cause": self.cause.to_dict() if self.cause else None,
            "search": self.search.to_dict() if self.search else None,
        }


@dataclass(frozen=True)
class Spikewise:
    """Two simulators, what keeps them from being compared, and their first mismatch."""

    a: str
    b: str
    obstacle: str
    mismatch: Mismatch | None


def spikewise(runs: Runs, a: str, b: str) -> Spikewise:
    """Compare the spikes of two simulators."""
    one, other = runs[a].recording, runs[b].recording
    if one is None or other is None:
        return Spikewise(a, b, "A run has no result", None)
    prints = [runs[name].provenance.get("fingerprint") for name in (a, b)]
    if None not in prints and prints[0] != prints[1]:
        return Spikewise(a, b, "They ran different networks: the fingerprints differ", None)
    obstacle = shape_difference(one, other)
    return Spikewise(a, b, obstacle, None if obstacle else first_mismatch(one, other, runs.network))


class PairJudge:
    """Judges pairs; simulators that differ at the same spike share its examination.

    Parameters
    ----------
    runs : Runs
    spikewise : sequence of Spikewise
        Of all pairs.
    examiner : Examiner or None
        None: first differences are not examined.
    signals : SignalExaminer
    """

    def __init__(
        self, runs: Runs, found: Sequence[Spikewise], examiner: Examiner | None, signals: SignalExaminer
    ) -> None:
        self.runs, self._found, self._examiner, self._signals = runs, found, examiner, signals

    def pair(self, found: Spikewise) -> Pair:
        """The verdict on two simulators."""
        a, b, at = found.a, found.b, found.mismatch
        one, other = self.runs[a].recording, self.runs[b].recording
        spikes = self.runs[a].spike_count or 0, self.runs[b].spike_count or 0
        if one is None or other is None or found.obstacle:
            return Pair(a, b, Level.DIFFERENT, f"{found.obstacle}.", *spikes, 0.0)
        network = self.runs.network
        traces = trace_differences(one, other, network, at)
        steps = [t.steps for t in one.trials]
        if at is None:
            until = round(sum(steps) * network.dt, 9)
            states = tuple(synapse_checks(one, other, network))
            return self._same_spikes(Pair(a, b, Level.IDENTICAL, "", *spikes, until, None, traces, synapses=states))
        until = round(max(0, sum(steps[: at.trial]) + at.step - 1) * network.dt, 9)
        difference = self._examined(a, b, at)
        level, evidence = Level.NOT_EXAMINED, str(difference)
        if difference.explanation is not None:
            level = Level.UNTIL_TIE if difference.is_tie else Level.DIFFERENT
        # Where it is no tie, they differ whatever their signals were before.
        checks = self._checks(traces, a, b) if difference.is_tie else ()
        states = tuple(synapse_checks(one, other, network, (at.trial, at.step)))
        judged: tuple[SynapseCheck | SignalCheck, ...] = (*states, *checks)
        wrong = next((check for check in judged if check.agrees is False), None)
        if wrong is not None:
            level, evidence = Level.DIFFERENT, f"{evidence} But before it, {wrong}"
        return Pair(a, b, level, evidence, *spikes, until, difference, traces, checks, synapses=states)

    def _same_spikes(self, pair: Pair) -> Pair:
        """The verdict where no spike differs: signals decide, and there must be something to compare."""
        broken = next((t for t in pair.traces if not t.comparable), None)
        if broken is not None:
            what = broken.missing or f"{broken.not_numbers} samples are not numbers"
            evidence = f"{_spikes(pair)}, but '{broken.variable}' of '{broken.population}' cannot be compared: {what}."
            return replace(pair, level=Level.DIFFERENT, evidence=evidence)
        checks = self._checks(pair.traces, pair.a, pair.b)
        pair = replace(pair, signals=checks)
        # A weight that differs makes the signals differ: it is named first.
        shown = (check for check in pair.synapses if not check.is_hidden)
        judged: tuple[SynapseCheck | SignalCheck, ...] = (*shown, *checks)
        for agrees, level in ((False, Level.DIFFERENT), (None, Level.CANNOT_TELL)):
            found = next((check for check in judged if check.agrees is agrees), None)
            if found is not None:
                step = MEASURE if agrees is None and found in checks else ""
                return replace(pair, level=level, evidence=f"{_spikes(pair)}, but {found}", next_step=step)
        if not pair.spikes_a and not checks:
            sources = not self.runs.network.neurons
            why = "the network has spike sources only" if sources else "no cell spiked and no signal was recorded"
            step = "Add cells." if sources else DRIVE
            return replace(pair, level=Level.CANNOT_TELL, evidence=f"Nothing to compare: {why}.", next_step=step)
        return replace(pair, evidence=f"{_spikes(pair)}{_signals(checks)}{_states(pair.synapses)}.")

    def _checks(self, traces: Sequence[TraceDifference], a: str, b: str) -> tuple[SignalCheck, ...]:
        found = (self._signals.check(trace, a, b) for trace in traces)
        return tuple(check for check in found if check is not None)

    def _examined(self, a: str, b: str, at: Mismatch) -> FirstDifference:
        """The first difference of two simulators, examined together with the others that differ there."""
        if self._examiner is None:
            return unexamined(self.runs.network, at, *((a, b) if at.in_first else (b, a)))
        same = [(f.a, f.b) for f in self._found if f.mismatch is not None and _place(f.mismatch) == _place(at)]
        return self._examiner.examine(at, a, b, sorted({name for pair in same for name in pair} - {a, b}))


def _place(mismatch: Mismatch) -> tuple[int, int, int, int]:
    return mismatch.trial, mismatch.step, mismatch.population, mismatch.cell


def _spikes(pair: Pair) -> str:
    if not pair.spikes_a:
        return "No cell spikes"
    return f"All {pair.spikes_a:,} spikes lie in the same steps" if pair.spikes_a > 1 else "The only spike is the same"


def _states(checks: Sequence[SynapseCheck]) -> str:
    """What was compared of synapses, by state."""
    found = []
    for name in dict.fromkeys(check.state for check in checks):
        mine = [check for check in checks if check.state == name and not check.is_hidden]
        if not mine:
            found.append(f"{name} of synapses is shown by one of the two alone")
            continue
        synapses = sum(check.synapses for check in mine if check.time_ms is None)
        largest = max(check.largest for check in mine)
        found.append(f"{name} of {synapses:,} synapses {_said(largest, mine[0].unit)}")
    return f"; {', '.join(found)}" if found else ""


def _signals(checks: Sequence[SignalCheck]) -> str:
    """What was compared of signals, by variable."""
    by_variable: dict[tuple[str, str], float] = {}
    for check in checks:
        key = check.trace.variable, check.trace.unit
        by_variable[key] = max(by_variable.get(key, 0.0), check.difference)
    found = ", ".join(f"{variable} {_said(largest, unit)}" for (variable, unit), largest in by_variable.items())
    return f"; {found}" if found else ""


def _said(largest: float, unit: str) -> str:
    return f"differs by at most {with_unit(largest, unit)}" if largest else "is equal bit by bit"
