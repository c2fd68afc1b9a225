"""The search for the causes of what a comparison found.

Of two simulators that differ, each is compared with a trusted baseline
(:mod:`unisono.validation.diagnose.baseline`), and the hypotheses about their difference
(:mod:`unisono.validation.diagnose.hypotheses`) are tested one after the other until one explains it. What is proven
around the first difference is then checked over the whole trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from unisono.adapters import registry
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.validation.compare.agreement import Agreement
from unisono.validation.compare.comparators import first_mismatch, spike_keys
from unisono.validation.compare.first_difference import FirstDifference
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose import lost_spikes
from unisono.validation.diagnose.baseline import Baseline, baseline_of
from unisono.validation.diagnose.budget import SECONDS, Budget, BudgetSpent, Limited
from unisono.validation.diagnose.candidates import together
from unisono.validation.diagnose.cause import Cause, Search, both
from unisono.validation.diagnose.hypotheses import HYPOTHESES, Listed
from unisono.validation.diagnose.several_faults import MOST
from unisono.validation.diagnose.suspicion import Announce, Suspicion
from unisono.validation.diagnose.weights import WeightSearch
from unisono.validation.diagnose.window import Window, whole_trial, window_of
from unisono.validation.faults.faults import rerun_with_faults
from unisono.validation.runner import Runner

#: Faults that are of a network or a recording, not of cells and synapses: the test circuit is not to have them.
NOT_ON_THE_CIRCUIT = ("connection", "spike")


def _silent(line: str) -> None:
    """Announce nothing."""


def explain(
    agreement: Agreement,
    executor: Runner | None = None,
    budget: float = SECONDS,
    announce: Announce = _silent,
) -> Agreement:
    """Look for the causes of the differences that a comparison found.

    Parameters
    ----------
    agreement : Agreement
        Whose first differences were examined.
    executor : Runner, optional
        What runs networks.
    budget : float
        Seconds that the search may take, for all pairs together.
    announce : callable
        Told which hypothesis is tested, and what is run for it.

    Returns
    -------
    Agreement
        Its pairs have the causes that were shown, and say how far one was looked for.
    """
    diagnosis = Diagnosis(agreement.runs, executor or Executor(), Budget(budget), announce)
    pairs = tuple(diagnosis.explained(pair) for pair in agreement.pairs)
    return replace(agreement, pairs=pairs, known=agreement.characteristics)


@dataclass
class SearchProgress:
    """Hypotheses that were tested for one pair, and those that there are."""

    tried: int = 0
    of: int = 0


class Diagnosis:
    """Looks for causes; what is found of a simulator is shared between its pairs.

    Parameters
    ----------
    runs : Runs
    executor : Runner
    budget : Budget
    announce : callable
    hypotheses : sequence of Listed
    """

    def __init__(
        self,
        runs: Runs,
        executor: Runner,
        budget: Budget,
        announce: Announce = _silent,
        hypotheses: Sequence[Listed] = HYPOTHESES,
    ) -> None:
        self.runs = runs
        limited = Limited(executor, budget)
        self._executor = rerun_with_faults(runs, limited)
        self._circuit_executor = rerun_with_faults(runs, limited, but=NOT_ON_THE_CIRCUIT)
        self._budget, self._announce, self._hypotheses = budget, announce, hypotheses
        self._found: dict[tuple[str, str], tuple[Cause | None, int]] = {}

    def explained(self, pair: Pair) -> Pair:
        """A pair with its cause, and how it was looked for; the pair itself where nothing is to be explained."""
        difference = pair.first_difference
        if difference is None and any(check.agrees is False for check in pair.synapses):
            return self._with_weights_explained(pair)
        if difference is None or difference.is_tie:
            return pair
        progress, note, cause, spent = SearchProgress(), "", None, False
        if not all(self.runs[name].spike_count for name in (pair.a, pair.b)):
            note = "one of the two has no spikes."
        else:
            try:
                cause = self._cause_of(pair, difference, progress)
            except BudgetSpent:
                spent = True
                progress.of = progress.of or len(self._hypotheses)
            except UnisonoError as error:
                note = str(error)
        search = Search(progress.tried, progress.of, round(self._budget.used, 3), spent, note)
        if cause is None:
            self._announce(f"{pair.title}: {search.sentence}")
        return replace(pair, cause=cause, search=search)

    def _with_weights_explained(self, pair: Pair) -> Pair:
        """A pair whose spikes are the same and whose synapses end in different states."""
        self._announce(f"{pair.title} have the same spikes; faults of plasticity that explain the states of synapses:")
        search, cause, spent = WeightSearch(self.runs, self._executor, self._announce), None, False
        try:
            cause = search.cause(pair.a, pair.b)
        except BudgetSpent:
            spent = True
        looked = Search(search.tried, search.of, round(self._budget.used, 3), spent)
        return replace(pair, cause=cause, search=looked)

    def _cause_of(self, pair: Pair, difference: FirstDifference, progress: SearchProgress) -> Cause | None:
        """Why two simulators differ.

        Raises
        ------
        BudgetSpent
            If there was not the time to find out.
        UnisonoError
            If a simulator cannot be run.
        """
        for suspect, other in ((pair.a, pair.b), (pair.b, pair.a)):
            if (lost := self._lost(suspect, other, difference)) is not None:
                return lost
        sides = self._alike(pair.a, difference), self._alike(pair.b, difference)
        baseline = self._baseline(pair, difference, sides)
        if baseline is None:
            raise UnisonoError("no simulator can be trusted with the cells of this model.")
        # A simulator that has the baseline's spikes up to there is not what makes this difference.
        trusted = baseline.run.simulator
        suspects = [side[0] for side in sides if trusted not in side]
        progress.of = len(self._hypotheses) * len(suspects)
        causes = [self._of_suspect(name, baseline, difference, progress) for name in suspects]
        return both([cause for cause in causes if cause is not None])

    # -- who is suspected, and whom to trust -------------------------------------

    def _lost(self, suspect: str, other: str, difference: FirstDifference) -> Cause | None:
        """Spikes that one of the two recordings alone has lost; whom to trust does not matter."""
        recording = self.runs[other].recording
        if recording is None:
            return None
        place = difference.population_index, difference.cell
        of_other = recording.trials[difference.trial]
        baseline = Baseline(self.runs[other], False, "")
        window = self._window(suspect, difference)
        return lost_spikes.explain(self._suspected(suspect, baseline, window, of_other, place))

    def _baseline(self, pair: Pair, difference: FirstDifference, sides: tuple[list[str], list[str]]) -> Baseline | None:
        def run_window(name: str) -> Run:
            self._announce(f"Running {registry.title(name)} as a third up to the first difference of {pair.title}.")
            return self._executor.run(self._window(pair.a, difference).network, [name])[name]

        # Those that were trusted before come first: what was found of a suspect with them need not be found again.
        known = {baseline for _, baseline in self._found}
        ordered = tuple(sorted(side, key=lambda name: name not in known) for side in sides)
        return baseline_of(self.runs, (ordered[0], ordered[1]), difference, run_window)

    def _alike(self, side: str, difference: FirstDifference) -> list[str]:
        """The simulator and those that have the same spikes up to the difference."""
        until = (difference.step + 1) << 32

        def begins_as(name: str) -> bool:
            trials = [run.recording.trials for run in (self.runs[side], self.runs[name]) if run.recording]
            if len(trials) < 2 or len(trials[1]) <= difference.trial:
                return False
            mine, theirs = (t[difference.trial].spikes for t in trials)
            for index, population in enumerate(self.runs.network.populations):
                one, other = (spike_keys(s.get(index)) for s in (mine, theirs))
                if not population.is_source and not np.array_equal(one[one < until], other[other < until]):
                    return False
            return True

        return [side, *(name for name in self.runs if name != side and begins_as(name))]

    def _window(self, name: str, difference: FirstDifference) -> Window:
        recording = self.runs[name].recording
        if recording is None:
            raise UnisonoError(f"{name} gave no result.")
        return window_of(self.runs.network, difference.trial, difference.step, recording)

    # -- what one suspect has ----------------------------------------------------

    def _of_suspect(
        self, name: str, baseline: Baseline, difference: FirstDifference, progress: SearchProgress
    ) -> Cause | None:
        """Why a simulator differs from the baseline; None where it does not, or no cause can be shown."""
        key = name, baseline.run.simulator
        if key in self._found:
            cause, tried = self._found[key]
            progress.tried += tried
            return cause
        before = progress.tried
        suspicion = self._suspicion(name, baseline, difference)
        cause = None
        if suspicion is not None:
            cause = self._searched(suspicion, progress)
        self._found[key] = cause, progress.tried - before
        return cause

    def _suspicion(self, name: str, baseline: Baseline, difference: FirstDifference) -> Suspicion | None:
        """The first difference of a simulator from the baseline; None where they agree."""
        mine, theirs = self.runs[name].recording, baseline.run.recording
        if mine is None or theirs is None:
            return None
        if baseline.alone:
            of_baseline, place = theirs.trials[0], (difference.population_index, difference.cell)
            first = self._window(name, difference).mismatch(mine.trials[difference.trial], of_baseline)
            if first is None:
                return None
            window = window_of(self.runs.network, difference.trial, first, mine)
        else:
            mismatch = first_mismatch(theirs, mine, self.runs.network)
            if mismatch is None:
                return None
            of_baseline, place = theirs.trials[mismatch.trial], (mismatch.population, mismatch.cell)
            window = window_of(self.runs.network, mismatch.trial, mismatch.step, mine)
        return self._suspected(name, baseline, window, of_baseline, place)

    def _suspected(
        self, name: str, baseline: Baseline, window: Window, of_baseline: TrialRecording, place: tuple[int, int]
    ) -> Suspicion:
        return Suspicion(
            self.runs,
            self.runs[name],
            baseline,
            window,
            of_baseline,
            place,
            self._executor,
            self._circuit_executor,
            self._announce,
        )

    def _searched(self, suspicion: Suspicion, progress: SearchProgress) -> Cause | None:
        title = registry.title(suspicion.suspect.simulator)
        for number, hypothesis in enumerate(self._hypotheses, 1):
            self._announce(f"{title}, hypothesis {number} of {len(self._hypotheses)}: {hypothesis.says}.")
            self._budget.check()
            cause = hypothesis.test(suspicion)
            progress.tried += 1
            if cause is not None:
                return followed(suspicion, cause, self._hypotheses)
        return None


def _with_states(suspicion: Suspicion, cause: Cause) -> Cause:
    """The cause of all spikes of a trial, with what else gives the final states of synapses."""
    proof, runs = suspicion.proof, suspicion.runs
    if proof is None or len(runs.network.trials) > 1 or all(p.model.is_static for p in runs.network.projections):
        return cause
    search = WeightSearch(runs, suspicion.executor, suspicion.announce)
    try:
        more = search.beside(suspicion.suspect.simulator, suspicion.baseline.run.simulator, proof.faults)
    except BudgetSpent:
        return cause
    return cause if more is None else replace(more, deviations=cause.deviations)


def followed(suspicion: Suspicion, cause: Cause, hypotheses: Sequence[Listed]) -> Cause:
    """The cause checked over the whole trial, and with what else differs later on.

    One more run of the whole trial on the baseline for each fault. Where there is no time left for that, the cause
    stands as far as it was shown.
    """
    try:
        return _followed(suspicion, cause, hypotheses)
    except BudgetSpent:
        return cause


def _followed(suspicion: Suspicion, cause: Cause, hypotheses: Sequence[Listed]) -> Cause:
    proof, recording = suspicion.proof, suspicion.suspect.recording
    network, window, baseline = suspicion.runs.network, suspicion.window, suspicion.baseline.run
    if proof is None or recording is None:
        return cause
    if suspicion.trial_steps <= window.last:
        return _with_states(suspicion, cause)
    whole = whole_trial(network, window.trial, window.first)
    fault = together(proof.faults)
    suspicion.announce(f"{registry.title(baseline.simulator)}, if {fault.cause}, to the end of the trial.")
    try:
        run = fault.run(whole.network, [baseline.simulator], baseline.settings, suspicion.executor)
    except UnisonoError:
        return cause
    if (of_baseline := run[baseline.simulator].recording) is None:
        return cause
    theirs = of_baseline.trials[0]
    until = whole.mismatch(theirs, suspicion.mine)
    before = cause.until_ms_before or 0.0
    as_far = suspicion.worded(replace(proof, until=until, last=whole.last), before, whole)
    if until is None:
        return _with_states(suspicion, as_far)
    if len(proof.faults) >= MOST:
        return as_far
    place = whole.place(theirs, suspicion.mine, until)
    later = suspicion.continued(window_of(network, window.trial, until, recording), theirs, place)
    try:
        more = next((found for h in hypotheses if (found := h.test(later)) is not None), None)
    except BudgetSpent:
        return as_far
    if more is None or later.proof is None:
        return as_far
    return followed(later, replace(more, until_ms_before=before), hypotheses)
