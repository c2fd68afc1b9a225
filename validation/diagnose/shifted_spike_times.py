"""Hypothesis: the suspect gives its spike times by another convention, some steps late or early. Nothing is run."""

from __future__ import annotations

from unisono.adapters.contract.recording import TrialRecording
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.faults import Fault, spike_times

#: Shifts that are tried, steps.
SHIFTS = (1, -1, 2, -2)


def explain(suspicion: Suspicion) -> Cause | None:
    """A shift of all spike times with which the baseline's recording is the suspect's."""
    if suspicion.made:
        return None
    for fault in map(spike_times, SHIFTS):
        attempt = suspicion.judged((fault,), _shifted(suspicion, fault))
        if suspicion.proves(attempt):
            return suspicion.proven(attempt)
    return None


def _shifted(suspicion: Suspicion, fault: Fault) -> TrialRecording | None:
    baseline = suspicion.baseline
    if baseline.run.recording is None:
        return None
    network = suspicion.window.network if baseline.alone else suspicion.runs.network
    shifted = fault.recording(baseline.run.recording, network)
    return shifted.trials[0 if baseline.alone else suspicion.window.trial]
