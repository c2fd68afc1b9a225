"""Hypothesis: the suspect has one of the faults that the test circuit does not show."""

from __future__ import annotations

from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.faults import PLASTICITY


def explain(suspicion: Suspicion) -> Cause | None:
    """Every other fault of the table, the likely ones first; none where the test circuit shows what is wrong."""
    if suspicion.deviations:
        return None
    return suspicion.first_proof(fault for fault in suspicion.others if fault.kind not in ("connection", PLASTICITY))
