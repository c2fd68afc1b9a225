"""Where the spikes of two recordings of one network first differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.models.network import Network


@dataclass(frozen=True)
class Mismatch:
    """The first spike that only one of two recordings has.

    Attributes
    ----------
    trial, step, population, cell : int
    in_first : bool
        Whether the first of the two recordings has it.
    """

    trial: int
    step: int
    population: int
    cell: int
    in_first: bool


def shape_difference(a: Recording, b: Recording) -> str:
    """What keeps two recordings from being compared; empty where nothing does."""
    if a.dt != b.dt:
        return f"the time steps differ, {a.dt:g} and {b.dt:g} ms"
    if a.labels != b.labels or a.sizes != b.sizes:
        return "the populations differ"
    if len(a.trials) != len(b.trials):
        return f"the numbers of trials differ, {len(a.trials)} and {len(b.trials)}"
    for index, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        if one.steps != other.steps:
            return f"the lengths of trial {index} differ, {one.steps * a.dt:g} and {other.steps * b.dt:g} ms"
    return ""


def first_mismatch(a: Recording, b: Recording, network: Network) -> Mismatch | None:
    """The first spike of a cell that is in one recording alone; None without one.

    Among spikes of the same step the one of the first population and cell is named.
    Spike sources are input, the same by construction, and left out.
    """
    populations = [i for i, p in enumerate(network.populations) if not p.is_source]
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        found = [m for p in populations if (m := _population_mismatch(one, other, trial, p)) is not None]
        if found:
            return min(found, key=lambda m: (m.step, m.population))
    return None


def _population_mismatch(a: TrialRecording, b: TrialRecording, trial: int, population: int) -> Mismatch | None:
    one, other = spike_keys(a.spikes.get(population)), spike_keys(b.spikes.get(population))
    if np.array_equal(one, other):
        return None
    length = min(one.size, other.size)
    unequal = np.flatnonzero(one[:length] != other[:length])
    at = int(unequal[0]) if unequal.size else length
    in_first = at < one.size and (at >= other.size or one[at] < other[at])
    key = int((one if in_first else other)[at])
    return Mismatch(trial, key >> 32, population, key & 0xFFFFFFFF, in_first)


def spike_keys(spikes: Spikes | None) -> NDArray[np.int64]:
    """One sorted number a spike: its step, then its cell."""
    if spikes is None:
        return np.empty(0, np.int64)
    keys = spikes.steps << 32 | spikes.cells.astype(np.int64)
    return keys if (keys[1:] >= keys[:-1]).all() else np.sort(keys)
