"""Hypothesis: the suspect has the faults that it is known to have, as PyNN's own back ends do."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.validation.diagnose.candidates import beside, known, needed
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Attempt, Suspicion
from unisono.validation.faults.faults import Fault


def explain(suspicion: Suspicion) -> Cause | None:
    """All of them at once on the baseline; those are named that the spikes cannot do without."""
    run = suspicion.baseline.run
    faults = known(suspicion.suspect.simulator, run.simulator, suspicion.runs.network, run.settings)
    faults = (*suspicion.made, *beside(suspicion.made, faults))
    proofs: list[Attempt] = []

    def proves(some: Sequence[Fault]) -> bool:
        attempt = suspicion.attempt(some)
        if attempt is None or not suspicion.proves(attempt):
            return False
        proofs.append(attempt)
        return True

    if len(faults) > len(suspicion.made) and proves(faults):
        needed(faults, proves)
    return suspicion.proven(proofs[-1]) if proofs else None
