"""Hypothesis: the suspect has one synapse too few or too many, and which one it is.

Its first effect is on the states of its own target, so it is the cell of the first difference that has it. There
the states are the same until a spike arrives that only one simulator has; which cells spiked a delay
before is known. In a refractory period the potential stands still: what arrives then shows in the synaptic variables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.runtime.results import Run
from unisono.models.errors import UnisonoError
from unisono.models.network import Network, Projection
from unisono.validation.diagnose.cause import Cause
from unisono.validation.diagnose.suspicion import Suspicion
from unisono.validation.faults.changes import kept
from unisono.validation.faults.faults import IDENTICAL, Fault

#: Potentials are the same if they lie no farther apart, mV, and a spike has arrived if they do by that much more.
SAME_MV, JUMP = 1e-6, 10.0

States = dict[str, NDArray[np.float64]]

#: So many synapses that could be too many are tried.
MOST = 8


def explain(suspicion: Suspicion) -> Cause | None:
    """Single synapses of the cell of the first difference, of which one gives it the potential that it has."""
    if suspicion.made or suspicion.is_beyond_faults:
        return None
    return suspicion.first_proof(_fitting(suspicion))


def departure(one: NDArray[np.float64], other: NDArray[np.float64]) -> int | None:
    """The sample at which two potentials, the same until then, part with a jump; None if they drift apart."""
    size = min(one.size, other.size)
    apart = np.abs(one[:size] - other[:size])
    parted = np.flatnonzero(apart > SAME_MV)
    if not parted.size or parted[0] < 2:
        return None
    at = int(parted[0])
    return at if apart[at] > JUMP * max(SAME_MV / JUMP, float(apart[:at].max())) else None


def synapses_at(network: Network, population: int, cell: int, step: int, recorded: TrialRecording) -> Iterator[Fault]:
    """Errors of one synapse onto a cell whose input would arrive so that its potential changes at a step.

    Parameters
    ----------
    network : Network
        Of a single trial.
    population, cell : int
    step : int
        First step with another potential.
    recorded : TrialRecording
        Spikes up to there.
    """
    spikes = {**recorded.spikes, **source_spikes(network)}
    arrivals = (step - 1, step)  # a current moves the potential a step after its arrival, a jump at once
    for index, projection in enumerate(network.projections):
        if projection.post_population != population:
            continue
        here = np.flatnonzero(projection.post == cell)
        delays = np.broadcast_to(projection.delay, projection.size)[here]
        for arrival in arrivals:
            for synapse, delay in zip(here.tolist(), delays.tolist(), strict=True):
                pre = int(projection.pre[synapse])
                if _spiked(spikes.get(projection.pre_population), pre, arrival - delay):
                    yield _missing(network, index, synapse)
    more = 0
    for index, projection in enumerate(network.projections):
        if projection.post_population != population or not projection.size or np.ndim(projection.delay):
            continue
        for arrival in arrivals:
            for pre in _cells_at(spikes.get(projection.pre_population), arrival - int(projection.delay)):
                if more < MOST:
                    more += 1
                    yield _extra(network, index, pre, cell)


def _spiked(spikes: Spikes | None, cell: int, step: int) -> bool:
    return spikes is not None and bool(((spikes.steps == step) & (spikes.cells == cell)).any())


def _cells_at(spikes: Spikes | None, step: int) -> list[int]:
    return [] if spikes is None else np.unique(spikes.cells[spikes.steps == step]).tolist()


def _named(network: Network, projection: Projection, pre: int, post: int) -> str:
    labels = [network.populations[p].label for p in (projection.pre_population, projection.post_population)]
    return f"from cell {pre} of '{labels[0]}' to cell {post} of '{labels[1]}'"


def _missing(network: Network, index: int, synapse: int) -> Fault:
    projection = network.projections[index]
    pre, post = int(projection.pre[synapse]), int(projection.post[synapse])
    where = _named(network, projection, pre, post)
    weight = float(np.broadcast_to(projection.weight, projection.size)[synapse])

    def change(given: Network) -> Network:
        keep = np.arange(projection.size) != synapse
        return _with(given, index, kept(given.projections[index], keep))

    text = f"the synapse {where} is missing ({projection.receptor}, weight {weight:g})"
    return Fault(f"no synapse {where}", text, "connection", (IDENTICAL,), change)


def _extra(network: Network, index: int, pre: int, post: int) -> Fault:
    projection = network.projections[index]
    where = _named(network, projection, pre, post)

    def change(given: Network) -> Network:
        p = given.projections[index]
        ends = {"pre": np.append(p.pre, np.uint32(pre)), "post": np.append(p.post, np.uint32(post))}
        more = p.selected(np.append(np.arange(p.size), 0), **ends)  # as the first one is, but for its weight
        if p.weight.ndim:
            more = more.changed(weight=np.append(p.weight, np.median(p.weight)))
        return _with(given, index, more)

    return Fault(f"a synapse more {where}", f"there is one synapse more {where}", "connection", (IDENTICAL,), change)


def _with(network: Network, index: int, projection: Projection) -> Network:
    projections = list(network.projections)
    projections[index] = projection
    return replace(network, projections=tuple(projections))


def _states(run: Run) -> dict[str, NDArray[np.float64]]:
    """The sampled states of the one cell that was sampled, by name; none without a potential."""
    if run.recording is None:
        return {}
    (trial,) = run.recording.trials
    found = {signal.variable: signal.values[:, 0] for signal in trial.signals}
    return found if "v" in found else {}


def _first_departure(mine: States, theirs: States) -> int | None:
    """The sample at which the first of the states parts; those without the unit mV are taken relative to their size."""
    found = []
    for name in mine.keys() & theirs.keys():
        size = max(float(np.abs(states[name]).max(initial=0.0)) for states in (mine, theirs))
        scale = 1.0 if name == "v" or not size else size
        found.append(departure(mine[name] / scale, theirs[name] / scale))
    return min((at for at in found if at is not None), default=None)


def _fitting(suspicion: Suspicion) -> Iterator[Fault]:
    """Single synapses of the cell with which the baseline gives it the potential that it has on the suspect.

    Spikes alone would prove too little: one synapse can move a spike that rounding has moved.
    """
    window, place = suspicion.window, suspicion.place
    suspect, baseline = suspicion.suspect, suspicion.baseline.run
    network = window.sampled(*place, window.first)

    def sampled(of: Run, fault: Fault | None = None) -> States:
        executor = suspicion.executor
        try:
            if fault:
                runs = fault.run(network, [of.simulator], of.settings, executor)
            else:
                runs = executor.run(network, [of.simulator], of.settings)
        except UnisonoError:
            return {}
        # The last sample is after the reset of the one that spikes.
        return {name: values[: window.first] for name, values in _states(runs[of.simulator]).items()}

    suspicion.announce(f"Sampling the cell of the first difference on {suspect.simulator} and {baseline.simulator}.")
    mine, theirs = sampled(suspect), sampled(baseline)
    at = _first_departure(mine, theirs)
    if at is None:
        return
    for fault in synapses_at(window.network, *place, at, suspicion.of_baseline):
        with_it = sampled(baseline, fault)
        if with_it and np.abs(with_it["v"] - mine["v"]).max() <= SAME_MV:
            yield fault
