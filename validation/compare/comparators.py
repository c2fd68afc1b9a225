"""Where two recordings of one network differ: in a spike, in a sampled signal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
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


@dataclass(frozen=True)
class TraceDifference:
    """How far the samples of one variable lie apart in two recordings.

    Attributes
    ----------
    trial : int
    population, variable, unit : str
    largest, rms : float or None
        Over all samples of all cells that are numbers in both; None where there is none.
    time_ms : float or None
        Time of the largest difference.
    cell : int or None
        Cell of the largest difference.
    largest_identical : float or None
        The largest difference in the span in which all spikes are identical.
    not_numbers : int
        Samples that are NaN or infinite in at least one of the two; never taken for agreement.
    missing : str
        What keeps the two from being compared; empty where nothing does.
    """

    trial: int
    population: str
    variable: str
    unit: str
    largest: float | None = None
    rms: float | None = None
    time_ms: float | None = None
    cell: int | None = None
    largest_identical: float | None = None
    not_numbers: int = 0
    missing: str = ""

    @property
    def comparable(self) -> bool:
        """Whether both recordings have the samples, and all of them are numbers."""
        return not self.missing and not self.not_numbers


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
    """The first spike of a cell that is in one recording alone; None where there is none.

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


def trace_differences(
    a: Recording, b: Recording, network: Network, identical: Mismatch | None
) -> tuple[TraceDifference, ...]:
    """Differences of every signal that either recording has; ``identical`` is their first mismatch."""
    return tuple(_trace_differences(a, b, network, identical))


def _trace_differences(
    a: Recording, b: Recording, network: Network, mismatch: Mismatch | None
) -> Iterator[TraceDifference]:
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        first, second = ({(s.population, s.variable, s.interval): s for s in t.signals} for t in (one, other))
        last = one.steps
        if mismatch is not None and trial >= mismatch.trial:
            last = mismatch.step - 1 if trial == mismatch.trial else -1
        for key in sorted({**first, **second}):
            label = network.populations[key[0]].label
            if key not in first or key not in second:
                unit = {**first, **second}[key].unit
                yield TraceDifference(trial, label, key[1], unit, missing="it was recorded by one simulator alone")
            else:
                yield trace_difference(first[key], second[key], label, trial, a.dt, last)


def trace_difference(a: Signal, b: Signal, label: str, trial: int, dt: float, last: int) -> TraceDifference:
    """Difference of two signals; ``last`` is the last step at which all spikes are identical."""
    if a.values.shape != b.values.shape or not np.array_equal(a.cells, b.cells):
        return TraceDifference(trial, label, a.variable, a.unit, missing="cells or numbers of samples differ")
    finite = np.isfinite(a.values) & np.isfinite(b.values)
    not_numbers = int(finite.size - finite.sum())
    if not finite.any():
        return TraceDifference(trial, label, a.variable, a.unit, not_numbers=not_numbers)
    difference = np.zeros(a.values.shape)
    np.subtract(a.values, b.values, out=difference, where=finite)
    np.abs(difference, out=difference)
    sample, column = np.unravel_index(int(difference.argmax()), difference.shape)
    identical = difference[: max(0, last // a.interval + 1)]
    return TraceDifference(
        trial,
        label,
        a.variable,
        a.unit,
        largest=float(difference[sample, column]),
        rms=float(np.sqrt((difference**2).sum() / finite.sum())),
        time_ms=round(int(sample) * a.interval * dt, 9),
        cell=int(a.cells[column]),
        largest_identical=float(identical.max()) if identical.size else None,
        not_numbers=not_numbers,
    )
