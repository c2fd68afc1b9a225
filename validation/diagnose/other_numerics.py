"""Hypothesis: the suspect was run with other numerics, or in another precision, than the baseline."""

from __future__ import annotations

from dataclasses import replace

from unisono.models.errors import UnisonoError
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import LEAST_SPIKES, Suspicion


def explain(suspicion: Suspicion) -> Cause | None:
    """The suspect gives the spikes of the baseline when it is run with the baseline's numerics."""
    mine, theirs = suspicion.suspect.settings, suspicion.baseline.run.settings
    if suspicion.made or (mine.numerics, mine.precision) == (theirs.numerics, theirs.precision):
        return None
    name, window = suspicion.suspect.simulator, suspicion.window
    suspicion.announce(f"Running {name} with the numerics of {suspicion.baseline.run.simulator}.")
    settings = replace(mine, numerics=theirs.numerics, precision=theirs.precision)
    try:
        run = suspicion.executor.run(window.network, [name], settings)[name]
    except UnisonoError:
        return None
    if run.recording is None or window.mismatch(run.recording.trials[0], suspicion.of_baseline) is not None:
        return None
    spikes, base = window.spikes(suspicion.of_baseline), suspicion.base
    return suspicion.messages.other_numerics(
        mine, theirs, base.reached, base.last, spikes, spikes >= LEAST_SPIKES, suspicion.deviations
    )
