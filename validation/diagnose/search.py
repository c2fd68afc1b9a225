"""The search for the cause of one simulator's first difference from a trusted baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import UnisonoError
from unisono.validation.compare.comparators import spike_keys
from unisono.validation.compare.first_difference import REFERENCE, Execute
from unisono.validation.diagnose import circuit as circuit
from unisono.validation.diagnose import one_synapse
from unisono.validation.diagnose.baseline import Baseline
from unisono.validation.diagnose.candidates import OF_RECORDINGS, OWN_NUMERICS, candidates, suggested, together
from unisono.validation.diagnose.cause import Cause, Deviation
from unisono.validation.diagnose.messages import Messages
from unisono.validation.diagnose.window import Window, whole_trial, window_of
from unisono.validation.faults.faults import AND, Fault, rerun_with_faults

#: At most so many errors are made at once.
MOST = 3

#: A proof needs so many spikes from the first difference on; an error that is kept while another is looked for must
#: give so many of them.
LEAST_SPIKES = 5

#: Largest share of spikes that can be lost for the rest to be taken for the same run.
LOST = 0.05

#: Findings on how the simulator computes, in part beyond what a baseline can imitate.
NUMERICAL = ("integrator", "precision", "membrane", "threshold", "initial value")

#: Errors that are of a network, not of its cells and synapses: the test circuit is not to have them.
NOT_ON_THE_CIRCUIT = ("connection", "spike")


@dataclass(frozen=True)
class Trial:
    """An error that was tried: up to which step it gives the spikes, None where to the end of the window."""

    fault: Fault
    until: int | None
    last: int
    made: tuple[Fault, ...] = ()

    @property
    def reached(self) -> int:
        """The last step up to which all spikes are the same."""
        return self.last if self.until is None else self.until - 1


class Search:
    """Looks for the cause of one simulator's first difference from a baseline.

    Parameters
    ----------
    runs : Runs
    suspect : str
    baseline : Baseline
    window : Window
        Around their first difference.
    of_baseline : TrialRecording
        What the baseline gave.
    place : tuple of two int
        Population and cell of the first difference.
    execute : callable, optional
    announce : callable
    made : sequence of Fault
        Errors that are known already: the baseline was run with them.
    """

    def __init__(
        self,
        runs: Runs,
        suspect: str,
        baseline: Baseline,
        window: Window,
        of_baseline: TrialRecording,
        place: tuple[int, int],
        execute: Execute | None,
        announce: Callable[[str], None],
        made: Sequence[Fault] = (),
    ) -> None:
        self.runs, self.suspect, self.baseline, self.window, self.place = runs, runs[suspect], baseline, window, place
        recording = self.suspect.recording
        if recording is None:
            raise UnisonoError(f"{suspect} gave no result.")
        self._mine, self._of_baseline = recording.trials[window.trial], of_baseline
        self._execute = rerun_with_faults(runs, execute)
        self._on_circuit = rerun_with_faults(runs, execute, but=NOT_ON_THE_CIRCUIT)
        self._announce, self._given = announce, execute
        self._made = tuple(made)
        self._messages = Messages(self.suspect.simulator, baseline.run.simulator, baseline.reason, runs.network.dt)
        #: The errors that give every spike of the window, once they are found.
        self.proof: Trial | None = None

    def cause(self) -> Cause | None:
        """The cause; None where none can be shown."""
        if (lost := self.lost_spikes()) is not None:
            return lost
        base = Trial(Fault("", "", "", ()), self.window.first, self.window.last)
        if self._made:
            return self._by_faults(base)
        for fault in OF_RECORDINGS:
            tried = replace(self._judged(fault, self._relabelled(fault)), made=(fault,))
            if self._proves(tried):
                return self._proven(tried, base)
        if (numerics := self._other_numerics(base)) is not None:
            return numerics
        return self._by_faults(base) or self._by_circuit(base)

    # -- what needs no simulation ------------------------------------------

    def lost_spikes(self) -> Cause | None:
        """Spikes that are missing in the recording alone: all others are the same to the end."""
        if self.baseline.alone or self._made:
            return None
        missing = extra = total = 0
        for index, population in enumerate(self.runs.network.populations):
            if not population.is_source:
                mine, theirs = (_keys(t, index) for t in (self._mine, self._of_baseline))
                missing += np.setdiff1d(theirs, mine).size
                extra += np.setdiff1d(mine, theirs).size
                total += theirs.size
        if extra or not missing or missing > LOST * total or self.window.spikes(self._mine) < LEAST_SPIKES:
            return None
        return self._messages.lost_spikes(missing, total, self.window.first - 1, self._last_of_trial())

    def _relabelled(self, fault: Fault) -> TrialRecording | None:
        recording = self.baseline.run.recording
        if recording is None:
            return None
        network = self.window.network if self.baseline.alone else self.runs.network
        changed = fault.recording(recording, network)
        return changed.trials[0 if self.baseline.alone else self.window.trial]

    # -- what is run ----------------------------------------------------------

    @cached_property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the test circuit shows of the simulator."""
        suspect = self.suspect.simulator
        self._announce(
            f"Cells of the model on a test circuit: {suspect}, {self.baseline.run.simulator} and the reference."
        )
        try:
            return circuit.examine(
                self.window.network, *self.place, self.suspect, self.baseline.run, self._on_circuit, REFERENCE
            )
        except UnisonoError as error:
            self._announce(f"The test circuit cannot be run: {error}")
            return ()

    def _other_numerics(self, base: Trial) -> Cause | None:
        """The simulator with the baseline's numerics, if it was run with others."""
        mine, theirs = self.suspect.settings, self.baseline.run.settings
        if (mine.numerics, mine.precision) == (theirs.numerics, theirs.precision):
            return None
        suspect = self.suspect.simulator
        self._announce(f"Running {suspect} with the numerics of {self.baseline.run.simulator}.")
        settings = replace(mine, numerics=theirs.numerics, precision=theirs.precision)
        try:
            run = self._execute(self.window.network, [suspect], settings)[suspect]
        except UnisonoError:
            return None
        if run.recording is None:
            return None
        if self.window.mismatch(run.recording.trials[0], self._of_baseline) is not None:
            return None
        sure = self.window.spikes(self._of_baseline) >= LEAST_SPIKES
        return self._messages.other_numerics(mine, theirs, base.reached, base.last, sure, self.deviations)

    def _by_faults(self, base: Trial) -> Cause | None:
        """Errors on the baseline, one after the other, each beside those that were kept."""
        made = [*self._made]
        best = base
        known = {m.name for m in made}
        hints = [*made, *(m for m in suggested(self.deviations) if m.name not in known)]
        of_hints = self._tried(hints) if len(hints) > max(1, len(made)) else None
        if of_hints is not None and self._proves(of_hints):
            return self._proven(of_hints, base)
        for _ in range(MOST):
            tries = [of_hints] if of_hints is not None else []
            for fault in self._in_order(made):
                tried = self._tried([*made, fault])
                if tried is None:
                    continue
                if self._proves(tried):
                    return self._proven(tried, base)
                tries.append(tried)
            farthest = max(tries, key=lambda t: t.reached, default=best)
            if self._gained(best, farthest) < LEAST_SPIKES:
                break
            best, made = farthest, [*farthest.made]
        return self._in_part(best, base)

    def _in_order(self, made: Sequence[Fault]) -> Iterator[Fault]:
        """What to try next: what the test circuit suggests, connections, one synapse, all else."""
        baseline = self.baseline.run
        names = [m.name for m in made]
        found = list(candidates(self.deviations, baseline.simulator, self.window.network, baseline.settings, names))
        yield from (m for m in found if m.name in self._hints)
        if self._cannot_be_shown:
            return
        yield from (m for m in found if m.kind == "connection" and m.name not in self._hints)
        if not made:
            yield from self._one_synapse()
        if self._same_engine and OWN_NUMERICS.name not in names:
            yield OWN_NUMERICS
        if not self.deviations:
            yield from (m for m in found if m.kind != "connection")

    @property
    def _cannot_be_shown(self) -> bool:
        """Whether the test circuit finds what no error on the baseline can imitate."""
        shown = suggested([f for f in self.deviations if f.kind in NUMERICAL])
        return not shown and any(f.kind in NUMERICAL for f in self.deviations)

    @property
    def _same_engine(self) -> bool:
        """Whether the baseline is an adapter for the same simulator, by way of PyNN."""
        suspect, baseline = (registry.get(run.simulator) for run in (self.suspect, self.baseline.run))
        return baseline.distribution in getattr(suspect, "beside", ())

    @property
    def _hints(self) -> set[str]:
        return {m.name for m in suggested(self.deviations)}

    def _one_synapse(self) -> Iterator[Fault]:
        """Single synapses of the cell of the first difference, if one gives it the potential that it has.

        Spikes alone would prove too little: one synapse can move a spike that rounding has moved.
        """
        self._announce(
            f"Sampling the cell of the first difference on {self.suspect.simulator} and {self.baseline.run.simulator}."
        )
        yield from one_synapse.fitting(
            self.window, self.place, self.suspect, self.baseline.run, self._of_baseline, self._execute
        )

    def _tried(self, faults: Sequence[Fault]) -> Trial | None:
        """What the baseline gives with errors; None where it cannot be run with them."""
        fault, baseline = together(faults), self.baseline.run
        self._announce(f"{baseline.simulator}, if {fault.cause}.")
        try:
            run = fault.run(self.window.network, [baseline.simulator], baseline.settings, execute=self._execute)
        except UnisonoError:
            return None
        recording = run[baseline.simulator].recording
        return replace(self._judged(fault, recording.trials[0] if recording else None), made=tuple(faults))

    # -- what it shows -------------------------------------------------------

    def _judged(self, fault: Fault, trial: TrialRecording | None) -> Trial:
        until = self.window.first if trial is None else self.window.mismatch(trial, self._mine)
        return Trial(fault, until, self.window.last)

    def _proves(self, tried: Trial) -> bool:
        return tried.until is None and self.window.spikes(self._mine) >= LEAST_SPIKES

    def _gained(self, before: Trial, after: Trial) -> int:
        """Spikes that are explained by the one and not by the other."""
        return self.window.spikes(self._mine, after.reached) - self.window.spikes(self._mine, before.reached)

    def followed(self, cause: Cause) -> Cause:
        """The cause held against the whole trial, and with what else differs later on.

        One more run of the whole trial on the baseline for each error.
        """
        proof, recording = self.proof, self.suspect.recording
        if proof is None or recording is None or self._last_of_trial() <= self.window.last:
            return cause
        whole = whole_trial(self.runs.network, self.window.trial, self.window.first)
        baseline = self.baseline.run
        self._announce(f"{baseline.simulator}, if {proof.fault.cause}, to the end of the trial.")
        try:
            run = proof.fault.run(whole.network, [baseline.simulator], baseline.settings, execute=self._execute)
        except UnisonoError:
            return cause
        if (of_baseline := run[baseline.simulator].recording) is None:
            return cause
        until = whole.mismatch(of_baseline.trials[0], self._mine)
        sure = replace(proof, until=until, last=whole.last)
        if until is not None and len(proof.made) < MOST:
            window = window_of(self.runs.network, self.window.trial, until, recording)
            place = whole.place(of_baseline.trials[0], self._mine, until)
            of_peer_then = of_baseline.trials[0]
            suspect = self.suspect.simulator
            later = Search(
                self.runs, suspect, self.baseline, window, of_peer_then, place, self._given, self._announce, proof.made
            )
            more = later.cause()
            if more is not None and later.proof is not None:
                return later.followed(replace(more, until_ms_before=cause.until_ms_before))
        return self._worded(sure, cause.until_ms_before or 0.0, whole)

    def _proven(self, tried: Trial, base: Trial) -> Cause:
        self.proof = tried
        return self._worded(tried, self._messages.ms(base.reached), self.window)

    def _worded(self, tried: Trial, before: float, window: Window) -> Cause:
        """The errors with which the baseline gives the spikes; ``before``: up to when it does without them, ms."""
        spikes = window.spikes(self._mine, tried.reached)
        whole = tried.until is None
        return self._messages.proven(tried.fault, before, tried.reached, whole, spikes, self._examined)

    def _in_part(self, best: Trial, base: Trial) -> Cause | None:
        """What explains a part of the window, if the test circuit shows the same."""
        if best is base or not self._hints >= set(best.fault.name.split(AND)):
            return None
        gained = self._gained(base, best)
        return self._messages.in_part(best.fault, base.reached, best.reached, gained, self.deviations)

    def _by_circuit(self, base: Trial) -> Cause | None:
        return self._messages.on_the_circuit(base.reached, self.deviations) if self.deviations else None

    @property
    def _examined(self) -> tuple[Deviation, ...]:
        """The deviations, if the test circuit was run; a proof does not need it."""
        found: tuple[Deviation, ...] = self.__dict__.get("deviations", ())
        return found

    def _last_of_trial(self) -> int:
        return self.runs.network.trials[self.window.trial].steps


def _keys(trial: TrialRecording, population: int) -> NDArray[np.int64]:
    return spike_keys(trial.spikes.get(population))
