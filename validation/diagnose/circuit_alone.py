"""Hypothesis: the suspect deviates as the test circuit shows, though no fault of the baseline gives its spikes."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion


def explain(suspicion: Suspicion) -> Cause | None:
    """What the test circuit shows; without a proof on the network."""
    if suspicion.made or not suspicion.deviations:
        return None
    return suspicion.messages.on_the_circuit(suspicion.base.reached, suspicion.deviations)
