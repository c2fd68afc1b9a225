"""Hypothesis: the suspect computes with the own method of an engine that the baseline runs with matched numerics."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion


def explain(suspicion: Suspicion) -> Cause | None:
    """The baseline with the numerics of the engine itself."""
    return None if suspicion.is_beyond_faults else suspicion.first_proof(suspicion.own_numerics)
