"""Hypothesis: the suspect has the faults that the test circuit measures: delays, refractory periods, weights."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion


def explain(suspicion: Suspicion) -> Cause | None:
    """The faults that the test circuit suggests, all of them at once, then each alone."""
    hints = suspicion.hints
    if len(hints) > 1:
        attempt = suspicion.attempt((*suspicion.made, *hints))
        if attempt is not None and suspicion.proves(attempt):
            return suspicion.proven(attempt)
    return suspicion.first_proof(hints)
