"""Spikes and currents from outside, given to Brian2 step by step as integers and plain numbers.

Brian2's SpikeGeneratorGroup and TimedArray count in floating-point time, take one
spike a step and source, and copy everything; the Network holds exact steps, and
writing those of one step takes a few microseconds. Inputs are looked up by step for each
run anew, so that more of them may come between two runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from brian2.core.clocks import Clock
from brian2.core.spikesource import SpikeSource
from brian2.core.variables import Variables
from brian2.groups.group import Group
from numpy.typing import NDArray

from unisono.models.network import CurrentInput, SpikeInput


class Sources(Group, SpikeSource):  # type: ignore[misc]
    """All spike sources; their spikes are put into the queues of their synapses before each step.

    A source that fires several times in one step is listed as often: Brian2's
    spike queue then delivers each of its synapses as often, whatever their delays.

    Parameters
    ----------
    sizes : mapping of int to int
        Of the populations of sources, which are slices of the group.
    clock : brian2.Clock

    Attributes
    ----------
    queues : list of callable
        What takes the cells that fire at a grid point, one for each Synapses object.
    """

    def __init__(self, sizes: Mapping[int, int], clock: Clock) -> None:
        Group.__init__(self, clock=clock, when="start", name="sources")
        begins = np.cumsum([0, *sizes.values()]).tolist()
        self._places, size = dict(zip(sizes, begins, strict=False)), begins[-1]
        self.queues: list[Callable[[NDArray[np.int32]], Any]] = []
        self._spikes = _merged([], 0)
        self._fed: list[SpikeInput] = []
        self.start, self.stop = 0, size
        self.events = {"spike": None}
        self.variables = Variables(self)
        self.variables.create_clock_variables(clock)
        self.variables.add_constant("N", value=size)
        self.variables.add_arange("i", size, constant=True, read_only=True)
        # Projections refer to it; the spikes themselves do not pass through it.
        self.variables.add_array("_spikespace", size=1, dtype=np.int32)
        self._enable_group_attributes()

    def place(self, population: int) -> int:
        """Where the cells of a population begin."""
        return int(self._places[population])

    def feed(self, spikes: SpikeInput) -> None:
        """Take spikes that lie ahead."""
        self._fed.append(replace(spikes, cells=spikes.cells + np.uint32(self.place(spikes.population))))

    def plan(self, first: int, last: int) -> bool:
        """Look up the spikes of the steps that begin at ``first`` and end at ``last``; whether there are any."""
        if self._fed:
            self._spikes, self._fed = _merged([self._spikes, *self._fed], first), []
        self._cells, self._counts = self._spikes.cells.view(np.int32), self._spikes.counts
        self._first = np.searchsorted(self._spikes.steps, np.arange(first, last + 1)).tolist()
        self._offset = first
        return bool(self._first[0] < self._first[-1])

    def fire(self, step: int) -> None:
        """Send the spikes of the grid point at which a step begins."""
        number = step - self._offset
        first, last = self._first[number], self._first[number + 1]
        if first == last:
            return
        cells, counts = self._cells[first:last], self._counts
        if counts.ndim or counts > 1:
            cells = np.repeat(cells, counts[first:last] if counts.ndim else counts)
        for push in self.queues:
            push(cells)


def _merged(inputs: Sequence[SpikeInput], first: int) -> SpikeInput:
    """The spikes of several inputs in one order; those before a grid point may be left out."""
    inputs = [spikes for spikes in inputs if spikes.steps.size and spikes.steps[-1] >= first]
    if len(inputs) == 1:
        return inputs[0]
    none = np.empty(0, np.uint32)
    begin = [int(np.searchsorted(spikes.steps, first)) for spikes in inputs]
    parts = list(zip(inputs, begin, strict=True))
    return SpikeInput(
        population=0,
        cells=np.concatenate([none, *(s.cells[i:] for s, i in parts)]),
        steps=np.concatenate([none, *(s.steps[i:] for s, i in parts)]),
        counts=np.concatenate([none, *(np.broadcast_to(s.counts, s.cells.shape)[i:] for s, i in parts)]),
    )


class Currents:
    """The sum of all currents into each cell of a group, held over a step.

    Parameters
    ----------
    target : float array, shape (cells,)
        Where the sum is written.
    """

    def __init__(self, target: NDArray[Any]) -> None:
        self._target = target
        self._cells: dict[int, NDArray[np.intp]] = {}
        self._fed: list[tuple[int, CurrentInput]] = []
        #: The injections in the order of their numbers, in which they are added up.
        self._order: list[int] = []
        self._amplitudes = np.empty(0)
        #: Changes that lie ahead, by step: number of the injection, its amplitude from there on.
        self._steps, self._numbers, self._values = np.empty(0, np.int32), np.empty(0, np.intp), np.empty(0)

    def feed(self, number: int, current: CurrentInput, begin: int = 0) -> None:
        """Take changes of an injection's amplitude that lie ahead; ``begin`` is where its population begins."""
        if number not in self._cells:
            # A cell that is named twice gets the current once, as one source injects it once.
            self._cells[number] = np.unique(current.cells).astype(np.intp) + begin
        self._fed.append((number, current))

    def plan(self, first: int, last: int) -> bool:
        """Look up the changes of the steps that begin at ``first`` and end at ``last``; whether there are any."""
        if self._fed:
            self._merge(first)
            self._fed = []
        self._first = np.searchsorted(self._steps, np.arange(first, last + 1)).tolist()
        self._offset = first
        return bool(self._first[0] < self._first[-1])

    def _merge(self, first: int) -> None:
        """Bring what was fed into the order of time, and new injections into that of their numbers."""
        kept = np.searchsorted(self._steps, first)
        steps = np.concatenate([self._steps[kept:], *(c.steps for _, c in self._fed)])
        numbers = np.concatenate([self._numbers[kept:], *(np.full(c.steps.size, n) for n, c in self._fed)])
        values = np.concatenate([self._values[kept:], *(c.amplitudes for _, c in self._fed)])
        order = np.argsort(steps, kind="stable")
        self._steps, self._numbers, self._values = steps[order], numbers[order], values[order]
        if len(self._cells) > len(self._order):
            now = dict(zip(self._order, self._amplitudes, strict=True))
            self._order = sorted(self._cells)
            self._amplitudes = np.array([now.get(number, 0.0) for number in self._order])
            cells = [self._cells[number] for number in self._order]
            self._driven, self._place = np.unique(np.concatenate(cells), return_inverse=True)
            self._row_of_cell = np.repeat(np.arange(len(cells)), [c.size for c in cells])
        self._rows = np.searchsorted(self._order, self._numbers)

    def inject(self, step: int) -> None:
        """Bring the currents to their values over the step that begins at a grid point."""
        number = step - self._offset
        first, last = self._first[number], self._first[number + 1]
        if first == last:
            return
        self._amplitudes[self._rows[first:last]] = self._values[first:last]
        weights = self._amplitudes[self._row_of_cell]
        self._target[self._driven] = np.bincount(self._place, weights, minlength=self._driven.size)
