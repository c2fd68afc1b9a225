"""Why simulators disagree: a cause is named where it is shown.

A simulator is held against a trusted peer. Deliberate errors (:mod:`unisono.validation.faults.faults`) are made
on the peer over a short span around the first difference; one with which it gives every spike of the
simulator is the cause. What no deliberate error can show, the bench
(:mod:`unisono.validation.diagnose.circuit`) measures on the model's own cells and synapses.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.validation.compare.comparators import first_mismatch, spike_keys
from unisono.validation.compare.first_difference import Execute, FirstDifference
from unisono.validation.diagnose.external_backends import Peer, peer_of
from unisono.validation.diagnose.findings import Cause as Cause
from unisono.validation.diagnose.findings import Finding as Finding
from unisono.validation.diagnose.findings import both
from unisono.validation.diagnose.search import Search
from unisono.validation.diagnose.windows import Span, span_of
from unisono.validation.faults.faults import faithful

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
            for odd, other in ((a, b), (b, a)):
                recording, peer = self.runs[other].recording, Peer(self.runs[other], False, "")
                if recording is not None:
                    of_peer, span = recording.trials[difference.trial], self._span(odd, difference)
                    search = Search(self.runs, odd, peer, span, of_peer, place, self._plain, self._announce)
                    if (lost := search.lost_spikes()) is not None:
                        return lost
            found = self._peer(a, b, difference)
            if found is None:
                return None
            causes = [self._cause(name, found, difference) for name in (a, b) if name != found.run.simulator]
        except UnisonoError as error:
            self._announce(f"No cause could be looked for: {error}")
            return None
        return both([cause for cause in causes if cause is not None])

    def _peer(self, a: str, b: str, difference: FirstDifference) -> Peer | None:
        one, other = (self._alike(side, difference) for side in (a, b))

        def run_span(name: str) -> Run:
            self._announce(f"Running {name} as a third up to the first difference of {a} and {b}.")
            return faithful(self.runs, self._plain)(self._span(a, difference).network, [name])[name]

        return peer_of(self.runs, (one, other), difference, run_span)

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

    def _span(self, name: str, difference: FirstDifference) -> Span:
        recording = self.runs[name].recording
        if recording is None:
            raise UnisonoError(f"{name} gave no result.")
        return span_of(self.runs.network, difference.trial, difference.step, recording)

    def _cause(self, odd: str, peer: Peer, difference: FirstDifference) -> Cause | None:
        """Why a simulator differs from the peer; None where it does not, or no cause can be shown."""
        key = odd, peer.run.simulator
        if key not in self._found:
            self._found[key] = self._searched(odd, peer, difference)
        return self._found[key]

    def _searched(self, odd: str, peer: Peer, difference: FirstDifference) -> Cause | None:
        mine, theirs = self.runs[odd].recording, peer.run.recording
        if mine is None or theirs is None:
            return None
        trial = difference.trial
        if peer.alone:
            span = self._span(odd, difference)
            first = span.mismatch(mine.trials[trial], theirs.trials[0])
            population, cell = difference.population_index, difference.neuron
            of_peer = theirs.trials[0]
        else:
            mismatch = first_mismatch(theirs, mine, self.runs.network)
            first = mismatch.step if mismatch else None
            if mismatch:
                trial, population, cell = mismatch.trial, mismatch.population, mismatch.cell
            of_peer = theirs.trials[trial]
        if first is None:
            return None
        span = span_of(self.runs.network, trial, first, mine)
        search = Search(self.runs, odd, peer, span, of_peer, (population, cell), self._plain, self._announce)
        cause = search.cause()
        return None if cause is None else search.followed(cause)
