"""Hypothesis: the suspect has the faults that it is known to have, as PyNN's own back ends do."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.validation.diagnose.candidates import beside, known, needed
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.faults import Fault


def explain(suspicion: Suspicion) -> Cause | None:
    """All of them at once on the baseline; those are named that the spikes cannot do without."""
    run = suspicion.baseline.run
    faults = known(suspicion.suspect.simulator, run.simulator, suspicion.runs.network, run.settings)
    faults = (*suspicion.made, *beside(suspicion.made, faults))
    if len(faults) == len(suspicion.made) or not _proves(suspicion, faults):
        return None
    kept = needed(faults, lambda rest: _proves(suspicion, rest))
    attempt = suspicion.attempt(kept)
    return None if attempt is None else suspicion.proven(attempt)


def _proves(suspicion: Suspicion, faults: Sequence[Fault]) -> bool:
    attempt = suspicion.attempt(faults)
    return attempt is not None and suspicion.proves(attempt)
