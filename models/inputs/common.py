"""What the processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
#: Cells, steps and counts of spikes: three arrays of one length.
Events = tuple[NDArray[np.uint32], NDArray[np.int32], NDArray[np.integer]]
#: Draws numbers of a process, the given number of them.
Draw = Callable[[int], Floats]


@dataclass(frozen=True, eq=False)
class RenewalWindow:
    """What a renewal process goes on from, and how far.

    Attributes
    ----------
    first, stop : int64 array, shape (size,)
        A cell's spikes lie in (first, stop]; it has none if ``stop <= first``.
    last : float64 array, shape (size,)
        Time of each cell's last spike, in steps; NaN for a cell whose process has not begun. It begins in
        equilibrium: the rate is that of the process from ``first`` on. Brought up to ``stop`` in place.
    stream : tuple of int
        Seed. The stream of a cell starts from these numbers and the cell's index.
    """

    first: Integers
    stop: Integers
    last: Floats
    stream: tuple[int, ...]

    def streams(self) -> Iterator[tuple[int, np.random.RandomState]]:
        """Each cell that has a window at all, with its generator, which is good until the next cell."""
        generator = np.random.RandomState(0)
        for cell in np.flatnonzero(self.stop > self.first).tolist():
            generator.seed([*self.stream, cell])
            yield cell, generator


def events(cells: Sequence[NDArray[Any]], steps: Sequence[NDArray[Any]]) -> Events:
    """Single spikes, from arrays of cells and steps in pieces."""
    if not cells:
        return np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.uint16)
    joined = np.concatenate(cells).astype(np.uint32)
    return joined, np.concatenate(steps).astype(np.int32), np.ones(joined.size, np.uint16)


def renewals(begin: float, draw: Draw, mean: float, stop: int, dead: int = 0) -> tuple[Integers, float]:
    """Spikes of a renewal process, each interval ``dead`` plus a drawn one.

    Parameters
    ----------
    begin : float
        Time of the first spike.
    draw : callable
        Draws that number of intervals. How many are drawn at once does not matter: they are added one by one.
    mean : float
        Mean of the drawn intervals.
    stop : int
        Grid point of the last spike at the latest.
    dead : int
        Whole steps, added after rounding: no interval becomes shorter than this by a rounding error.

    Returns
    -------
    steps : int64 array
        Grid points; empty if ``begin`` is above ``stop``.
    last : float
        Time of the last of these spikes, ``begin`` without spikes.
    """
    sums, time = np.array([begin]), begin
    while time <= stop:
        expected = (stop - time) / (mean + dead)
        drawn = draw(int(expected + 3 * np.sqrt(expected)) + 4)
        sums = np.concatenate([sums, np.cumsum(np.concatenate([sums[-1:], drawn]))[1:]])
        time = sums[-1] + dead * (sums.size - 1)
    behind = dead * np.arange(sums.size)
    steps = np.ceil(sums).astype(np.int64) + behind
    steps = steps[: np.searchsorted(steps, stop, side="right")]
    final = max(steps.size - 1, 0)
    return steps, float(sums[final] + behind[final])
