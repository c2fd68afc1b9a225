"""Spikes and currents from outside, given to Brian2 step by step as integers and plain numbers.

Brian2's SpikeGeneratorGroup and TimedArray count in floating-point time, take one
spike a step and source, and copy everything; the Network holds exact steps, and
writing those of one step takes a few microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from brian2.core.clocks import Clock
from brian2.core.spikesource import SpikeSource
from brian2.core.variables import Variables
from brian2.groups.group import Group
from numpy.typing import NDArray

from unisono.models.network import CurrentInput, SpikeInput


class Sources(Group, SpikeSource):  # type: ignore[misc]
    """Spike sources whose spikes are written from outside before each step.

    A source that fires several times in one step is listed as often: Brian2's
    spike queue then delivers each of its synapses as often, whatever their delays.

    Parameters
    ----------
    size : int
    inputs : sequence of SpikeInput
    steps : int
        Steps of the trial.
    clock : brian2.Clock
    name : str
    """

    def __init__(self, size: int, inputs: Sequence[SpikeInput], steps: int, clock: Clock, name: str) -> None:
        Group.__init__(self, clock=clock, when="start", name=name)
        self._spikes = _merged(inputs)
        self._first = np.searchsorted(self._spikes.steps, np.arange(steps + 1)).tolist()
        self.start, self.stop = 0, size
        self.events = {"spike": None}
        self.variables = Variables(self)
        self.variables.create_clock_variables(clock)
        self.variables.add_constant("N", value=size)
        self.variables.add_arange("i", size, constant=True, read_only=True)
        self.variables.add_array("_spikespace", size=self._most() + 1, dtype=np.int32)
        self._enable_group_attributes()
        self._space: NDArray[np.int32] = self.variables["_spikespace"].get_value()

    def _most(self) -> int:
        """The largest number of spikes in one step."""
        counts = np.broadcast_to(self._spikes.counts, self._spikes.cells.shape)
        total = np.r_[0, np.cumsum(counts, dtype=np.int64)][self._first]
        return int(np.diff(total).max(initial=0))

    def fire(self, step: int) -> None:
        """Present the spikes of a step."""
        first, last = self._first[step], self._first[step + 1]
        cells, counts = self._spikes.cells[first:last], self._spikes.counts
        if counts.ndim or counts > 1:
            cells = np.repeat(cells, counts[first:last] if counts.ndim else counts)
        self._space[: cells.size] = cells
        self._space[-1] = cells.size


def _merged(inputs: Sequence[SpikeInput]) -> SpikeInput:
    if len(inputs) == 1:
        return inputs[0]
    none = np.empty(0, np.uint32)
    return SpikeInput(
        population=inputs[0].population if inputs else 0,
        cells=np.concatenate([none, *(s.cells for s in inputs)]),
        steps=np.concatenate([none, *(s.steps for s in inputs)]),
        counts=np.concatenate([none, *(np.broadcast_to(s.counts, s.cells.shape) for s in inputs)]),
    )


class Currents:
    """The sum of all currents into each cell of a population, held over a step.

    Parameters
    ----------
    inputs : sequence of CurrentInput
    steps : int
        Steps of the trial.
    target : float64 array, shape (cells,)
        Where the sum is written.
    """

    def __init__(self, inputs: Sequence[CurrentInput], steps: int, target: NDArray[np.float64]) -> None:
        self._target = target
        self._amplitudes = np.zeros(len(inputs))
        self._cells = np.concatenate([c.cells for c in inputs]).astype(np.intp)
        self._input_of_cell = np.repeat(np.arange(len(inputs)), [c.cells.size for c in inputs])
        times = np.concatenate([c.steps for c in inputs])
        order = np.argsort(times, kind="stable")
        self._changed = np.repeat(np.arange(len(inputs)), [c.steps.size for c in inputs])[order]
        self._values = np.concatenate([c.amplitudes for c in inputs])[order]
        self._first = np.searchsorted(times[order], np.arange(steps + 1)).tolist()

    def inject(self, step: int) -> None:
        """Bring the currents to their values in a step."""
        first, last = self._first[step], self._first[step + 1]
        if first == last:
            return
        self._amplitudes[self._changed[first:last]] = self._values[first:last]
        weights = self._amplitudes[self._input_of_cell]
        self._target[:] = np.bincount(self._cells, weights, minlength=self._target.size)
