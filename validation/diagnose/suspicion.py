"""What a hypothesis may look at and run: a suspect, a baseline, and their first difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from unisono.adapters import registry
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.circuit.examine import examine
from unisono.validation.compare.first_difference import REFERENCE
from unisono.validation.diagnose.baseline import Baseline
from unisono.validation.diagnose.candidates import OWN_NUMERICS, beside, runnable, suggested, together
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.messages import Messages
from unisono.validation.diagnose.window import Window
from unisono.validation.faults.faults import Fault
from unisono.validation.runner import Runner

#: A proof needs so many spikes from the first difference on; a fault that is kept while another is looked for must
#: give so many of them.
LEAST_SPIKES = 5

#: Deviations of how the simulator computes, in part beyond what a baseline can imitate.
NUMERICAL = ("integrator", "precision", "membrane", "threshold", "initial value")

#: Told what is tried next.
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Attempt:
    """Faults that were injected into the baseline, and how far it then gives the spikes of the suspect.

    Attributes
    ----------
    faults : tuple of Fault
    until : int or None
        The first step with another spike; None where all are the same to the end of the window.
    last : int
        The last step of the window.
    """

    faults: tuple[Fault, ...]
    until: int | None
    last: int

    @property
    def reached(self) -> int:
        """The last step up to which all spikes are the same."""
        return self.last if self.until is None else self.until - 1


@dataclass(eq=False)
class Suspicion:
    """The first difference of one simulator, the suspect, from another one, the baseline.

    Attributes
    ----------
    runs : Runs
        Of all simulators.
    suspect : Run
    baseline : Baseline
    window : Window
        Around their first difference.
    of_baseline : TrialRecording
        What the baseline gave.
    place : tuple of two int
        Population and cell of the first difference.
    executor : Runner
        Runs networks with the faults that the runs were made with.
    circuit_executor : Runner
        The same without faults of connections and recordings, for the test circuit.
    announce : callable
        Told what is tried next.
    made : tuple of Fault
        Faults that are known already: the baseline was run with them.
    attempts : list of Attempt
        Those that were made so far.
    proof : Attempt or None
        The one that gives every spike of the window, once it is found.
    """

    runs: Runs
    suspect: Run
    baseline: Baseline
    window: Window
    of_baseline: TrialRecording
    place: tuple[int, int]
    executor: Runner
    circuit_executor: Runner
    announce: Announce = lambda line: None
    made: tuple[Fault, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    proof: Attempt | None = None

    @cached_property
    def mine(self) -> TrialRecording:
        """What the suspect gave.

        Raises
        ------
        UnisonoError
            If it gave no result.
        """
        return self.suspect.recorded.trials[self.window.trial]

    @property
    def trial_steps(self) -> int:
        """Steps of the whole trial."""
        return self.runs.network.trials[self.window.trial].steps

    @property
    def messages(self) -> Messages:
        """Puts causes into words."""
        baseline = self.baseline
        return Messages(self.suspect.simulator, baseline.run.simulator, baseline.reason, self.runs.network.dt)

    @property
    def base(self) -> Attempt:
        """The baseline as it is."""
        return Attempt(self.made, self.window.first, self.window.last)

    # -- what is measured ----------------------------------------------------

    @cached_property
    def deviations(self) -> tuple[Deviation, ...]:
        """What the test circuit shows of the suspect; it is run when it is first asked for."""
        suspect, baseline = self.suspect, self.baseline.run
        self.announce(
            f"Test circuit: cells of the model on {suspect.simulator}, {baseline.simulator} and the reference."
        )
        try:
            return examine(self.window.network, *self.place, suspect, baseline, self.circuit_executor, REFERENCE)
        except UnisonoError as error:
            self.announce(f"The test circuit cannot be run: {error}")
            return ()

    @property
    def measured(self) -> tuple[Deviation, ...]:
        """The deviations, if the test circuit was run; a proof does not need it."""
        found: tuple[Deviation, ...] = self.__dict__.get("deviations", ())
        return found

    @property
    def is_beyond_faults(self) -> bool:
        """Whether the suspect computes otherwise in a way that no fault of the baseline can imitate."""
        numerical = [deviation for deviation in self.deviations if deviation.kind in NUMERICAL]
        return bool(numerical) and not suggested(numerical)

    # -- what can be tried ---------------------------------------------------

    @cached_property
    def hints(self) -> tuple[Fault, ...]:
        """The faults that the test circuit suggests and the baseline can be run with."""
        names = {fault.name for fault in suggested(self.deviations)}
        return beside(self.made, [fault for fault in self._runnable if fault.name in names])

    @cached_property
    def others(self) -> tuple[Fault, ...]:
        """All other faults that the baseline can be run with, the likely ones first."""
        names = {fault.name for fault in self.hints}
        return beside(self.made, [fault for fault in self._runnable if fault.name not in names])

    @cached_property
    def _runnable(self) -> tuple[Fault, ...]:
        run = self.baseline.run
        return runnable(suggested(self.deviations), run.simulator, self.window.network, run.settings)

    @property
    def own_numerics(self) -> tuple[Fault, ...]:
        """The numerics of the engine itself, where the baseline is an adapter for the suspect's own engine."""
        suspect, baseline = (registry.get(run.simulator) for run in (self.suspect, self.baseline.run))
        same = baseline.distribution in getattr(suspect, "beside", ())
        return beside(self.made, [OWN_NUMERICS]) if same else ()

    # -- what is run -----------------------------------------------------------

    def attempt(self, faults: Sequence[Fault]) -> Attempt | None:
        """Run the baseline with faults; None where it cannot be run with them.

        Parameters
        ----------
        faults : sequence of Fault
            All of them, those that are known already included.
        """
        fault, baseline = together(faults), self.baseline.run
        self.announce(f"{baseline.simulator}, if {fault.cause}.")
        try:
            run = fault.run(self.window.network, [baseline.simulator], baseline.settings, self.executor)
        except UnisonoError:
            return None
        recording = run[baseline.simulator].recording
        found = self.judged(faults, recording.trials[0] if recording else None)
        self.attempts.append(found)
        return found

    def judged(self, faults: Sequence[Fault], trial: TrialRecording | None) -> Attempt:
        """How far a trial gives the spikes of the suspect."""
        until = self.window.first if trial is None else self.window.mismatch(trial, self.mine)
        return Attempt(tuple(faults), until, self.window.last)

    def first_proof(self, faults: Iterable[Fault]) -> Cause | None:
        """The first of several faults that, beside those that are known, gives every spike of the suspect."""
        for fault in faults:
            attempt = self.attempt((*self.made, fault))
            if attempt is not None and self.proves(attempt):
                return self.proven(attempt)
        return None

    # -- what it shows ---------------------------------------------------------

    def proves(self, attempt: Attempt) -> bool:
        """Whether every spike of the window is the same, and there are enough of them."""
        return attempt.until is None and self.window.spikes(self.mine) >= LEAST_SPIKES

    def gained(self, before: Attempt, after: Attempt) -> int:
        """Spikes that are explained by the one and not by the other."""
        return self.window.spikes(self.mine, after.reached) - self.window.spikes(self.mine, before.reached)

    def proven(self, attempt: Attempt) -> Cause:
        """The faults with which the baseline gives the spikes, as a cause."""
        self.proof = attempt
        return self.worded(attempt, self.messages.ms(self.base.reached), self.window)

    def worded(self, attempt: Attempt, before: float, window: Window) -> Cause:
        """A cause as far as a window shows it; ``before``: up to when the baseline gives the spikes as it is, ms."""
        spikes = window.spikes(self.mine, attempt.reached)
        fault, whole = together(attempt.faults), attempt.until is None
        return self.messages.proven(fault, before, attempt.reached, whole, spikes, self.measured)

    def continued(self, window: Window, of_baseline: TrialRecording, place: tuple[int, int]) -> Suspicion:
        """The same suspicion at a later difference, with the faults that are known by now."""
        made = self.proof.faults if self.proof else self.made
        return replace(self, window=window, of_baseline=of_baseline, place=place, made=made, attempts=[], proof=None)
