"""Hypothesis: spikes change the synapses of the suspect by another rule, as the weights then differ and move spikes."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.faults import PLASTICITY


def explain(suspicion: Suspicion) -> Cause | None:
    """Every fault of plastic synapses; the test circuit shows none of them."""
    return suspicion.first_proof(fault for fault in suspicion.others if fault.kind == PLASTICITY)
