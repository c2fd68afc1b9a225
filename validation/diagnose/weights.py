"""Why final states of synapses differ while all spikes are the same: the fault of plasticity that makes them agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import UnisonoError
from unisono.models.network import Network
from unisono.validation.compare.comparators import first_mismatch, shape_difference
from unisono.validation.compare.first_difference import REFERENCE
from unisono.validation.compare.synapse_states import synapse_checks
from unisono.validation.diagnose.baseline import is_trustworthy
from unisono.validation.diagnose.candidates import beside, known, needed, together
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.messages import Messages
from unisono.validation.diagnose.several_faults import MOST
from unisono.validation.faults.faults import FAULTS, PLASTICITY, Fault, can_run
from unisono.validation.runner import Runner

#: How far states may be apart where a fault explains them, as a part of the largest: a simulator that counts times in
#: milliseconds has other rounding errors than one that counts steps (pyNN.neuron takes 1e-9 ms off some delays).
NEAR = 1e-8


@dataclass(frozen=True)
class _Attempt:
    """Faults that were injected into the baseline, and the values of states that are then those of the suspect."""

    faults: tuple[Fault, ...]
    same: int
    of: int

    @property
    def is_proof(self) -> bool:
        return self.same == self.of > 0


@dataclass
class WeightSearch:
    """Looks for the faults with which one simulator has the final states of synapses that another one has.

    Parameters
    ----------
    runs : Runs
    executor : Runner
    announce : callable
    """

    runs: Runs
    executor: Runner
    announce: Callable[[str], None]
    #: Faults that were tried, and those that there are.
    tried: int = 0
    of: int = 0
    _attempts: list[_Attempt] = field(default_factory=list)

    def cause(self, a: str, b: str) -> Cause | None:
        """What of one of two simulators gives the states of the other; None where no fault does, nor up to three.

        None, too, where the states differ by less than a fault makes.

        Raises
        ------
        BudgetSpent
            If there was not the time to find out.
        """
        first, second = sorted((a, b), key=self._trust, reverse=True)
        if self._judged(second, (), self.runs[first]).is_proof:
            return None
        directions = [(second, first), (first, second)]
        for suspect, baseline in directions:
            if (known := self._known(suspect, baseline)) is not None:
                return self._proven(suspect, baseline, known)
        candidates = {baseline: self._candidates(baseline) for _, baseline in directions}
        self.of += sum(map(len, candidates.values()))
        found: dict[str, list[_Attempt]] = {}
        for suspect, baseline in directions:
            found[baseline] = []
            for fault in candidates[baseline]:
                attempt = self._attempt(suspect, baseline, (fault,))
                if attempt is not None and attempt.is_proof:
                    return self._proven(suspect, baseline, attempt)
                found[baseline] += [attempt] if attempt is not None else []
        for suspect, baseline in directions:
            several = self._several(suspect, baseline, found[baseline], candidates[baseline])
            if several is not None:
                return self._proven(suspect, baseline, several)
        return None

    def beside(self, suspect: str, baseline: str, made: tuple[Fault, ...]) -> Cause | None:
        """What, beside faults that give all spikes of the suspect, gives its states as well.

        Returns
        -------
        Cause or None
            None where the states need no other fault, or none was found.

        Raises
        ------
        BudgetSpent
            If there was not the time to find out.
        """
        base = self._attempt(suspect, baseline, made)
        if base is None or base.is_proof or not base.of:
            return None
        known = self._known(suspect, baseline, made)
        if known is not None:
            return self._proven(suspect, baseline, known)
        candidates = beside(made, self._candidates(baseline))
        attempts = (self._attempt(suspect, baseline, (*made, fault)) for fault in candidates)
        proof = next((attempt for attempt in attempts if attempt is not None and attempt.is_proof), None)
        return None if proof is None else self._proven(suspect, baseline, proof)

    def _known(self, suspect: str, baseline: str, made: tuple[Fault, ...] = ()) -> _Attempt | None:
        """The faults that the suspect is known to have, those that are needed."""
        faults = beside(made, known(suspect, baseline, self.runs.network, self.runs[baseline].settings))
        proofs: list[_Attempt] = []

        def proves(more: Sequence[Fault]) -> bool:
            attempt = self._attempt(suspect, baseline, (*made, *more))
            if attempt is None or not attempt.is_proof:
                return False
            proofs.append(attempt)
            return True

        if faults and proves(faults):
            needed(faults, proves)
        return proofs[-1] if proofs else None

    def _several(
        self, suspect: str, baseline: str, tries: Sequence[_Attempt], candidates: Sequence[Fault]
    ) -> _Attempt | None:
        """The fault that made most states agree, with another one, and with a third one."""
        best = self._judged(suspect, (), self.runs[baseline])
        while len(best.faults) < MOST:
            farthest = max(tries, key=lambda attempt: attempt.same, default=best)
            if farthest.same <= best.same:
                return None
            best, tries = farthest, []
            self.of += len(more := beside(best.faults, candidates))
            for fault in more:
                attempt = self._attempt(suspect, baseline, (*best.faults, fault))
                if attempt is not None and attempt.is_proof:
                    return attempt
                tries = [*tries, attempt] if attempt is not None else tries
        return None

    # -- whom to trust, and what to try -------------------------------------------

    def _trust(self, name: str) -> tuple[int, bool]:
        """How many others have the same states, and whether it states how it computes."""
        run, network = self.runs[name], self.runs.network
        alike = sum(self._judged(other, (), run).is_proof for other in self.runs if other != name)
        return alike, name == REFERENCE or is_trustworthy(name, network, run.settings)

    def _candidates(self, baseline: str) -> tuple[Fault, ...]:
        network, settings = self.runs.network, self.runs[baseline].settings
        plastic = [fault for fault in FAULTS.values() if fault.kind == PLASTICITY]
        return tuple(fault for fault in plastic if not can_run(fault, baseline, network, settings))

    # -- what is run -----------------------------------------------------------------

    def _attempt(self, suspect: str, baseline: str, faults: tuple[Fault, ...]) -> _Attempt | None:
        """Run the baseline with faults; None where it cannot be run with them."""
        fault, run = together(faults), self.runs[baseline]
        self.announce(f"{baseline}, if {fault.cause}.")
        self.tried += 1
        self.of = max(self.of, self.tried)
        try:
            found = fault.run(self.runs.network, [baseline], run.settings, self.executor)[baseline]
        except UnisonoError:
            return None
        return self._judged(suspect, faults, found)

    def _judged(self, suspect: str, faults: tuple[Fault, ...], run: Run) -> _Attempt:
        return _Attempt(faults, *_same(self.runs[suspect].recording, run.recording, self.runs.network))

    def _proven(self, suspect: str, baseline: str, attempt: _Attempt) -> Cause:
        network, run = self.runs.network, self.runs[suspect]
        before = self._judged(suspect, (), self.runs[baseline])
        messages = Messages(suspect, baseline, self._reason(suspect, baseline), network.dt)
        fault, steps = together(attempt.faults), sum(trial.steps for trial in network.trials)
        return messages.of_weights(fault, before.same, attempt.of, steps, run.spike_count or 0)

    def _reason(self, suspect: str, baseline: str) -> str:
        alike = self._trust(baseline)[0]
        if alike <= self._trust(suspect)[0]:
            return ""
        return f"{alike + 1} simulators have the states of {baseline}."


def _same(one: Recording | None, other: Recording | None, network: Network) -> tuple[int, int]:
    """How many final states of synapses agree, and of how many; none where a spike differs."""
    if one is None or other is None or shape_difference(one, other):
        return 0, 0
    checks = [c for c in synapse_checks(one, other, network, rounding=NEAR) if not c.is_hidden]
    of = sum(check.synapses for check in checks)
    if first_mismatch(one, other, network) is not None:
        return 0, of
    return sum(check.synapses - check.different for check in checks), of
