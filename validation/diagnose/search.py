"""The search for the cause of one simulator's first difference from a trusted peer."""

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
from unisono.validation.diagnose import circuit as bench
from unisono.validation.diagnose import one_synapse
from unisono.validation.diagnose.candidates import OF_RECORDINGS, OWN_NUMERICS, candidates, suggested, together
from unisono.validation.diagnose.external_backends import Peer
from unisono.validation.diagnose.findings import Cause, Finding
from unisono.validation.diagnose.messages import Wording
from unisono.validation.diagnose.windows import Span, span_of, whole_of
from unisono.validation.faults.faults import AND, Mutant, faithful

#: At most so many errors are made at once.
MOST = 3

#: A proof needs so many spikes from the first difference on; an error that is kept while another is looked for must
#: give so many of them.
LEAST_SPIKES = 5

#: Largest share of spikes that can be lost for the rest to be taken for the same run.
LOST = 0.05

#: Findings on how the simulator computes, in part beyond what a peer can imitate.
NUMERICAL = ("integrator", "precision", "membrane", "threshold", "initial value")

#: Errors that are of a network, not of its cells and synapses: the bench is not to have them.
NOT_ON_THE_BENCH = ("connection", "spike")


@dataclass(frozen=True)
class Trial:
    """An error that was tried: up to which step it gives the spikes, None where to the end of the span."""

    mutant: Mutant
    until: int | None
    last: int
    made: tuple[Mutant, ...] = ()

    @property
    def reached(self) -> int:
        """The last step up to which all spikes are the same."""
        return self.last if self.until is None else self.until - 1


class Search:
    """Looks for the cause of one simulator's first difference from a peer.

    Parameters
    ----------
    runs : Runs
    odd : str
    peer : Peer
    span : Span
        Around their first difference.
    of_peer : TrialRecording
        What the peer gave.
    place : tuple of two int
        Population and cell of the first difference.
    execute : callable, optional
    announce : callable
    made : sequence of Mutant
        Errors that are known already: the peer was run with them.
    """

    def __init__(
        self,
        runs: Runs,
        odd: str,
        peer: Peer,
        span: Span,
        of_peer: TrialRecording,
        place: tuple[int, int],
        execute: Execute | None,
        announce: Callable[[str], None],
        made: Sequence[Mutant] = (),
    ) -> None:
        self.runs, self.odd, self.peer, self.span, self.place = runs, runs[odd], peer, span, place
        recording = self.odd.recording
        if recording is None:
            raise UnisonoError(f"{odd} gave no result.")
        self._mine, self._of_peer = recording.trials[span.trial], of_peer
        self._execute = faithful(runs, execute)
        self._on_bench = faithful(runs, execute, but=NOT_ON_THE_BENCH)
        self._announce, self._given = announce, execute
        self._made = tuple(made)
        self._words = Wording(self.odd.simulator, peer.run.simulator, peer.reason, runs.network.dt)
        #: The errors that give every spike of the span, once they are found.
        self.proof: Trial | None = None

    def cause(self) -> Cause | None:
        """The cause; None where none can be shown."""
        if (lost := self.lost_spikes()) is not None:
            return lost
        base = Trial(Mutant("", "", "", ()), self.span.first, self.span.last)
        if self._made:
            return self._by_mutants(base)
        for mutant in OF_RECORDINGS:
            tried = replace(self._judged(mutant, self._relabelled(mutant)), made=(mutant,))
            if self._proves(tried):
                return self._proven(tried, base)
        if (numerics := self._other_numerics(base)) is not None:
            return numerics
        return self._by_mutants(base) or self._by_bench(base)

    # -- what needs no simulation ------------------------------------------

    def lost_spikes(self) -> Cause | None:
        """Spikes that are missing in the recording alone: all others are the same to the end."""
        if self.peer.alone or self._made:
            return None
        missing = extra = total = 0
        for index, population in enumerate(self.runs.network.populations):
            if not population.is_source:
                mine, theirs = (_keys(t, index) for t in (self._mine, self._of_peer))
                missing += np.setdiff1d(theirs, mine).size
                extra += np.setdiff1d(mine, theirs).size
                total += theirs.size
        if extra or not missing or missing > LOST * total or self.span.spikes(self._mine) < LEAST_SPIKES:
            return None
        return self._words.lost_spikes(missing, total, self.span.first - 1, self._last_of_trial())

    def _relabelled(self, mutant: Mutant) -> TrialRecording | None:
        recording = self.peer.run.recording
        if recording is None:
            return None
        network = self.span.network if self.peer.alone else self.runs.network
        changed = mutant.recording(recording, network)
        return changed.trials[0 if self.peer.alone else self.span.trial]

    # -- what is run ----------------------------------------------------------

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What the bench shows of the simulator."""
        odd = self.odd.simulator
        self._announce(f"Cells of the model on a bench: {odd}, {self.peer.run.simulator} and the reference.")
        try:
            return bench.examine(self.span.network, *self.place, self.odd, self.peer.run, self._on_bench, REFERENCE)
        except UnisonoError as error:
            self._announce(f"The bench cannot be run: {error}")
            return ()

    def _other_numerics(self, base: Trial) -> Cause | None:
        """The simulator with the peer's numerics, if it was run with others."""
        mine, theirs = self.odd.settings, self.peer.run.settings
        if (mine.numerics, mine.precision) == (theirs.numerics, theirs.precision):
            return None
        odd = self.odd.simulator
        self._announce(f"Running {odd} with the numerics of {self.peer.run.simulator}.")
        settings = replace(mine, numerics=theirs.numerics, precision=theirs.precision)
        try:
            run = self._execute(self.span.network, [odd], settings)[odd]
        except UnisonoError:
            return None
        if run.recording is None:
            return None
        if self.span.mismatch(run.recording.trials[0], self._of_peer) is not None:
            return None
        sure = self.span.spikes(self._of_peer) >= LEAST_SPIKES
        return self._words.other_numerics(mine, theirs, base.reached, base.last, sure, self.findings)

    def _by_mutants(self, base: Trial) -> Cause | None:
        """Errors on the peer, one after the other, each beside those that were kept."""
        made = [*self._made]
        best = base
        known = {m.name for m in made}
        hints = [*made, *(m for m in suggested(self.findings) if m.name not in known)]
        of_hints = self._tried(hints) if len(hints) > max(1, len(made)) else None
        if of_hints is not None and self._proves(of_hints):
            return self._proven(of_hints, base)
        for _ in range(MOST):
            tries = [of_hints] if of_hints is not None else []
            for mutant in self._in_order(made):
                tried = self._tried([*made, mutant])
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

    def _in_order(self, made: Sequence[Mutant]) -> Iterator[Mutant]:
        """What to try next: what the bench suggests, connections, one synapse, all else."""
        peer = self.peer.run
        names = [m.name for m in made]
        found = list(candidates(self.findings, peer.simulator, self.span.network, peer.settings, names))
        yield from (m for m in found if m.name in self._hints)
        if self._cannot_be_shown:
            return
        yield from (m for m in found if m.kind == "connection" and m.name not in self._hints)
        if not made:
            yield from self._one_synapse()
        if self._same_engine and OWN_NUMERICS.name not in names:
            yield OWN_NUMERICS
        if not self.findings:
            yield from (m for m in found if m.kind != "connection")

    @property
    def _cannot_be_shown(self) -> bool:
        """Whether the bench finds what no error on the peer can imitate, so that spikes differ whatever is tried."""
        shown = suggested([f for f in self.findings if f.kind in NUMERICAL])
        return not shown and any(f.kind in NUMERICAL for f in self.findings)

    @property
    def _same_engine(self) -> bool:
        """Whether the peer is an adapter for the same simulator, by way of PyNN."""
        odd, peer = (registry.get(run.simulator) for run in (self.odd, self.peer.run))
        return peer.distribution in getattr(odd, "beside", ())

    @property
    def _hints(self) -> set[str]:
        return {m.name for m in suggested(self.findings)}

    def _one_synapse(self) -> Iterator[Mutant]:
        """Single synapses of the cell of the first difference, if one gives it the potential that it has.

        Spikes alone would prove too little: one synapse can move a spike that rounding has moved.
        """
        self._announce(
            f"Sampling the cell of the first difference on {self.odd.simulator} and {self.peer.run.simulator}."
        )
        yield from one_synapse.fitting(self.span, self.place, self.odd, self.peer.run, self._of_peer, self._execute)

    def _tried(self, mutants: Sequence[Mutant]) -> Trial | None:
        """What the peer gives with errors; None where it cannot be run with them."""
        mutant, peer = together(mutants), self.peer.run
        self._announce(f"{peer.simulator}, if {mutant.cause}.")
        try:
            run = mutant.run(self.span.network, [peer.simulator], peer.settings, execute=self._execute)
        except UnisonoError:
            return None
        recording = run[peer.simulator].recording
        return replace(self._judged(mutant, recording.trials[0] if recording else None), made=tuple(mutants))

    # -- what it shows -------------------------------------------------------

    def _judged(self, mutant: Mutant, trial: TrialRecording | None) -> Trial:
        until = self.span.first if trial is None else self.span.mismatch(trial, self._mine)
        return Trial(mutant, until, self.span.last)

    def _proves(self, tried: Trial) -> bool:
        return tried.until is None and self.span.spikes(self._mine) >= LEAST_SPIKES

    def _gained(self, before: Trial, after: Trial) -> int:
        """Spikes that are explained by the one and not by the other."""
        return self.span.spikes(self._mine, after.reached) - self.span.spikes(self._mine, before.reached)

    def followed(self, cause: Cause) -> Cause:
        """The cause held against the whole trial, and with what else differs later on.

        One more run of the whole trial on the peer for each error.
        """
        proof, recording = self.proof, self.odd.recording
        if proof is None or recording is None or self._last_of_trial() <= self.span.last:
            return cause
        whole = whole_of(self.runs.network, self.span.trial, self.span.first)
        peer = self.peer.run
        self._announce(f"{peer.simulator}, if {proof.mutant.cause}, to the end of the trial.")
        try:
            run = proof.mutant.run(whole.network, [peer.simulator], peer.settings, execute=self._execute)
        except UnisonoError:
            return cause
        if (of_peer := run[peer.simulator].recording) is None:
            return cause
        until = whole.mismatch(of_peer.trials[0], self._mine)
        sure = replace(proof, until=until, last=whole.last)
        if until is not None and len(proof.made) < MOST:
            span = span_of(self.runs.network, self.span.trial, until, recording)
            place = whole.place(of_peer.trials[0], self._mine, until)
            of_peer_then = of_peer.trials[0]
            odd = self.odd.simulator
            later = Search(
                self.runs, odd, self.peer, span, of_peer_then, place, self._given, self._announce, proof.made
            )
            more = later.cause()
            if more is not None and later.proof is not None:
                return later.followed(replace(more, until_ms_before=cause.until_ms_before))
        return self._worded(sure, cause.until_ms_before or 0.0, whole)

    def _proven(self, tried: Trial, base: Trial) -> Cause:
        self.proof = tried
        return self._worded(tried, self._words.ms(base.reached), self.span)

    def _worded(self, tried: Trial, before: float, span: Span) -> Cause:
        """The errors with which the peer gives the spikes; ``before``: up to when it does without them, ms."""
        spikes = span.spikes(self._mine, tried.reached)
        whole = tried.until is None
        return self._words.proven(tried.mutant, before, tried.reached, whole, spikes, self._examined)

    def _in_part(self, best: Trial, base: Trial) -> Cause | None:
        """What explains a part of the span, if the bench shows the same."""
        if best is base or not self._hints >= set(best.mutant.name.split(AND)):
            return None
        gained = self._gained(base, best)
        return self._words.in_part(best.mutant, base.reached, best.reached, gained, self.findings)

    def _by_bench(self, base: Trial) -> Cause | None:
        return self._words.on_the_bench(base.reached, self.findings) if self.findings else None

    @property
    def _examined(self) -> tuple[Finding, ...]:
        """The findings, if the bench was run; a proof does not need it."""
        found: tuple[Finding, ...] = self.__dict__.get("findings", ())
        return found

    def _last_of_trial(self) -> int:
        return self.runs.network.trials[self.span.trial].steps


def _keys(trial: TrialRecording, population: int) -> NDArray[np.int64]:
    return spike_keys(trial.spikes.get(population))
