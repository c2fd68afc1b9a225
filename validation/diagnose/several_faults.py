"""Hypothesis: the suspect has several faults at once, of which one explains some spikes and another one more."""

from __future__ import annotations

from unisono.validation.diagnose.candidates import beside, together
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import LEAST_SPIKES, Attempt, Suspicion
from unisono.validation.faults.faults import AND, PLASTICITY, Fault

#: At most so many faults are injected at once.
MOST = 3


def explain(suspicion: Suspicion) -> Cause | None:
    """The fault that explained most so far, with another one, and with a third one.

    What explains a part of the window is a cause where the test circuit shows the same.
    """
    best, tries = suspicion.base, list(suspicion.attempts)
    while len(best.faults) < MOST:
        farthest = max(tries, key=lambda attempt: attempt.reached, default=best)
        if suspicion.gained(best, farthest) < LEAST_SPIKES:
            break
        best, tries = farthest, []
        for fault in beside(best.faults, _in_order(suspicion)):
            attempt = suspicion.attempt((*best.faults, fault))
            if attempt is None:
                continue
            if suspicion.proves(attempt):
                return suspicion.proven(attempt)
            tries.append(attempt)
    return _in_part(suspicion, best)


def _in_order(suspicion: Suspicion) -> tuple[Fault, ...]:
    """What to try next: what the test circuit suggests, what it cannot show, own numerics, all else."""
    if suspicion.is_beyond_faults:
        return suspicion.hints
    unseen = [fault for fault in suspicion.others if fault.kind in ("connection", PLASTICITY)]
    rest = [] if suspicion.deviations else [fault for fault in suspicion.others if fault not in unseen]
    return (*suspicion.hints, *unseen, *suspicion.own_numerics, *rest)


def _in_part(suspicion: Suspicion, best: Attempt) -> Cause | None:
    """What explains a part of the window, if the test circuit shows the same."""
    if best.faults == suspicion.made:
        return None
    fault, shown = together(best.faults), {hint.name for hint in suspicion.hints}
    if not shown >= set(fault.name.split(AND)):
        return None
    base = suspicion.base
    gained = suspicion.gained(base, best)
    return suspicion.messages.in_part(fault, base.reached, best.reached, gained, suspicion.deviations)
