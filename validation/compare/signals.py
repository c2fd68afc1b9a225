"""How far sampled signals of two recordings lie apart, as figures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Signal, TrialRecording, blocks
from unisono.models.cards import brief
from unisono.models.network import Network
from unisono.validation.compare.comparators import Mismatch


@dataclass(frozen=True)
class Worst:
    """The largest difference while all spikes are identical.

    Attributes
    ----------
    difference : float
        In the signal's unit.
    step, cell : int
        Where it is.
    scale : float
        The largest magnitude of either signal of that variable up to the end of identical spikes.
    """

    difference: float
    step: int
    cell: int
    scale: float


@dataclass(frozen=True)
class TraceDifference:
    """How far the samples of one variable lie apart in two recordings.

    Attributes
    ----------
    trial : int
    population, variable, unit : str
    largest, rms : float or None
        Over all samples of all cells that are numbers in both; None without such samples.
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
    population_index : int
    samples : int
        Compared while all spikes are identical, of all cells.
    worst : Worst or None
        The largest difference while all spikes are identical, and where it is; None where they are equal in bits.
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
    population_index: int = 0
    samples: int = 0
    worst: Worst | None = None

    __repr__ = brief

    @property
    def comparable(self) -> bool:
        """Whether both recordings have the samples, and all of them are numbers."""
        return not self.missing and not self.not_numbers

    def to_dict(self) -> dict[str, Any]:
        """As plain data; where the largest difference lies while spikes are identical is in the pair's ``signals``."""
        data = asdict(self)
        for name in ("population_index", "samples", "worst"):
            del data[name]
        return data


def trace_differences(
    a: Recording, b: Recording, network: Network, identical: Mismatch | None
) -> tuple[TraceDifference, ...]:
    """Differences of every signal that either recording has; ``identical`` is their first mismatch."""
    return tuple(_trace_differences(a, b, network, identical))


def _trace_differences(
    a: Recording, b: Recording, network: Network, mismatch: Mismatch | None
) -> Iterator[TraceDifference]:
    for trial, (one, other) in enumerate(zip(a.trials, b.trials, strict=True)):
        first, second = (_by_key(t) for t in (one, other))
        last = one.steps
        if mismatch is not None and trial >= mismatch.trial:
            last = mismatch.step - 1 if trial == mismatch.trial else -1
        for key in sorted({**first, **second}):
            label = network.populations[key[0]].label
            if key not in first or key not in second:
                unit = {**first, **second}[key].unit
                yield TraceDifference(trial, label, key[1], unit, missing="only one simulator recorded it")
            else:
                yield trace_difference(first[key], second[key], label, trial, a.dt, last)


def _by_key(trial: TrialRecording) -> dict[tuple[int, str, int], Signal]:
    return {(s.population, s.variable, s.interval): s for s in trial.signals}


def trace_difference(a: Signal, b: Signal, label: str, trial: int, dt: float, last: int) -> TraceDifference:
    """Difference of two signals; ``last`` is the last step at which all spikes are identical."""
    if a.values.shape != b.values.shape or not np.array_equal(a.cells, b.cells):
        return TraceDifference(trial, label, a.variable, a.unit, missing="cells or numbers of samples differ")
    identical = max(0, last // a.interval + 1)
    before, after = _Largest(a, b, 0, identical), _Largest(a, b, identical, len(a.values))
    finite = before.finite + after.finite
    not_numbers = a.values.size - finite
    if not finite:
        return TraceDifference(trial, label, a.variable, a.unit, not_numbers=not_numbers)
    largest = after if after.difference > before.difference else before
    return TraceDifference(
        trial,
        label,
        a.variable,
        a.unit,
        largest=largest.difference,
        rms=math.sqrt((before.squares + after.squares) / finite),
        time_ms=round(largest.sample * a.interval * dt, 9),
        cell=int(a.cells[largest.column]),
        largest_identical=before.difference if a.values[:identical].size else None,
        not_numbers=not_numbers,
        population_index=a.population,
        samples=before.finite,
        worst=_worst(a, b, before, identical) if before.difference else None,
    )


class _Largest:
    """The largest difference of two signals in some of their samples; it is looked for in one block after the other.

    Attributes
    ----------
    difference : float
    sample, column : int
        Where it is.
    finite : int
        Samples that are numbers in both.
    squares : float
        Sum of squared differences.
    """

    def __init__(self, a: Signal, b: Signal, begin: int, end: int) -> None:
        self.difference, self.sample, self.column, self.finite, self.squares = 0.0, 0, 0, 0, 0.0
        one, other = a.values[begin:end], b.values[begin:end]
        for rows in blocks(one):
            if one[rows].size:
                self._take(one[rows], other[rows], begin + rows.start)

    def _take(self, one: NDArray[np.float64], other: NDArray[np.float64], begin: int) -> None:
        finite = np.isfinite(one) & np.isfinite(other)
        difference = np.zeros(one.shape)
        np.subtract(one, other, out=difference, where=finite)
        np.abs(difference, out=difference)
        sample, column = np.unravel_index(int(difference.argmax()), difference.shape)
        if difference[sample, column] > self.difference:
            self.difference = float(difference[sample, column])
            self.sample, self.column = begin + int(sample), int(column)
        self.finite += int(finite.sum())
        self.squares += float(np.square(difference, out=difference).sum())


def _worst(a: Signal, b: Signal, largest: _Largest, identical: int) -> Worst:
    scale = 0.0
    for values in (a.values[:identical], b.values[:identical]):
        for rows in blocks(values):
            sizes = np.abs(values[rows])
            scale = max(scale, float(sizes.max(initial=0.0, where=np.isfinite(sizes))))
    return Worst(largest.difference, largest.sample * a.interval, int(a.cells[largest.column]), scale)
