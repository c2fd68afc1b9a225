"""Hypothesis: the suspect leaves out connections of one kind, such as those of cells onto themselves."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion


def explain(suspicion: Suspicion) -> Cause | None:
    """A kind of connections without which the baseline gives the spikes."""
    if suspicion.is_beyond_faults:
        return None
    return suspicion.first_proof(fault for fault in suspicion.others if fault.kind == "connection")
