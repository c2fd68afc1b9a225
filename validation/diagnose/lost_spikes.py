"""Hypothesis: the recording of the suspect lost spikes, and all others are the same to the end. Nothing is run."""

from __future__ import annotations

import numpy as np

from unisono.validation.compare.comparators import spike_keys
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import LEAST_SPIKES, Suspicion

#: Largest share of spikes that can be lost for the rest to be taken for the same run.
LOST = 0.05


def explain(suspicion: Suspicion) -> Cause | None:
    """Spikes that are missing in the recording alone."""
    if suspicion.baseline.alone or suspicion.made:
        return None
    missing = extra = total = 0
    for index, population in enumerate(suspicion.runs.network.populations):
        if not population.is_source:
            here, there = (spike_keys(t.spikes.get(index)) for t in (suspicion.mine, suspicion.of_baseline))
            missing += np.setdiff1d(there, here).size
            extra += np.setdiff1d(here, there).size
            total += there.size
    window, mine, end = suspicion.window, suspicion.mine, suspicion.trial_steps
    if extra or not missing or missing > LOST * total or window.spikes(mine) < LEAST_SPIKES:
        return None
    return suspicion.messages.lost_spikes(missing, total, window.first - 1, end, window.spikes(mine, end))
