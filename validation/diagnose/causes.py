"""Why simulators disagree: a cause is named where it is shown.

A simulator is held against a trusted baseline. Injected faults (:mod:`unisono.validation.faults.faults`) are made
on the baseline over a short window around the first difference; one with which it gives every spike of the
simulator is the cause. What no injected fault can show, the test circuit
(:mod:`unisono.validation.diagnose.circuit`) measures on the model's own cells and synapses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.validation.compare.comparators import first_mismatch, spike_keys
from unisono.validation.compare.first_difference import Execute, FirstDifference
from unisono.validation.diagnose.baseline import Baseline, baseline_of
from unisono.validation.diagnose.cause import Cause as Cause
from unisono.validation.diagnose.cause import Deviation as Deviation
from unisono.validation.diagnose.cause import both
from unisono.validation.diagnose.search import Search
from unisono.validation.diagnose.window import Window, window_of
from unisono.validation.faults.faults import rerun_with_faults

#: Told what is done next.
Announce = Callable[[str], None]


def _silent(line: str) -> None:
    """Announce nothing."""


class Causes:
    """Looks for causes; what is found of a simulator is shared between its pairs.

    Parameters
    ----------
    runs : Runs
    execute : callable, optional
        What runs networks; by default :func:`unisono.adapters.runtime.executor.run`.
    announce : callable
        Told what is tried next.
    """

    def __init__(self, runs: Runs, execute: Execute | None = None, announce: Announce = _silent) -> None:
        self.runs = runs
        self._plain = execute
        self._announce = announce
        self._found: dict[tuple[str, str], Cause | None] = {}

    def find(self, a: str, b: str, difference: FirstDifference) -> Cause | None:
        """Why two simulators differ; None where it is a tie, or no cause can be shown."""
        if difference.is_tie or not all(self.runs[name].spike_count for name in (a, b)):
            return None
        place = difference.population_index, difference.neuron
        try:
            for suspect, other in ((a, b), (b, a)):
                recording, baseline = self.runs[other].recording, Baseline(self.runs[other], False, "")
                if recording is not None:
                    of_baseline, window = recording.trials[difference.trial], self._window(suspect, difference)
                    search = Search(
                        self.runs, suspect, baseline, window, of_baseline, place, self._plain, self._announce
                    )
                    if (lost := search.lost_spikes()) is not None:
                        return lost
            found = self._baseline(a, b, difference)
            if found is None:
                return None
            causes = [self._cause(name, found, difference) for name in (a, b) if name != found.run.simulator]
        except UnisonoError as error:
            self._announce(f"No cause could be looked for: {error}")
            return None
        return both([cause for cause in causes if cause is not None])

    def _baseline(self, a: str, b: str, difference: FirstDifference) -> Baseline | None:
        one, other = (self._alike(side, difference) for side in (a, b))

        def run_window(name: str) -> Run:
            self._announce(f"Running {name} as a third up to the first difference of {a} and {b}.")
            return rerun_with_faults(self.runs, self._plain)(self._window(a, difference).network, [name])[name]

        return baseline_of(self.runs, (one, other), difference, run_window)

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

    def _cause(self, suspect: str, baseline: Baseline, difference: FirstDifference) -> Cause | None:
        """Why a simulator differs from the baseline; None where it does not, or no cause can be shown."""
        key = suspect, baseline.run.simulator
        if key not in self._found:
            self._found[key] = self._searched(suspect, baseline, difference)
        return self._found[key]

    def _searched(self, suspect: str, baseline: Baseline, difference: FirstDifference) -> Cause | None:
        mine, theirs = self.runs[suspect].recording, baseline.run.recording
        if mine is None or theirs is None:
            return None
        trial = difference.trial
        if baseline.alone:
            window = self._window(suspect, difference)
            first = window.mismatch(mine.trials[trial], theirs.trials[0])
            population, cell = difference.population_index, difference.neuron
            of_baseline = theirs.trials[0]
        else:
            mismatch = first_mismatch(theirs, mine, self.runs.network)
            first = mismatch.step if mismatch else None
            if mismatch:
                trial, population, cell = mismatch.trial, mismatch.population, mismatch.cell
            of_baseline = theirs.trials[trial]
        if first is None:
            return None
        window = window_of(self.runs.network, trial, first, mine)
        search = Search(
            self.runs, suspect, baseline, window, of_baseline, (population, cell), self._plain, self._announce
        )
        cause = search.cause()
        return None if cause is None else search.followed(cause)
