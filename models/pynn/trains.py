"""Spikes of source populations, instantiated as far as they are asked for, each stretch of time once.

A simulation that is driven while it is captured asks for the spikes of one run after the other. To instantiate a trial
anew each time would cost more with every run, so a stretch is instantiated to a horizon that doubles. A longer run
extends the trains of every process, hence what lies before the horizon is what a single run to its end would have
given.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.models.network import SpikeInput
from unisono.models.pynn.inputs import Stretch, instantiated

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture


class SourceTrains:
    """The spikes of one population of sources, in all trials."""

    def __init__(self, capture: Capture, population: Any) -> None:
        self._capture, self._population = capture, population
        self._trials: dict[int, _Trial] = {}

    def between(self, trial: int, begin: int, end: int) -> SpikeInput:
        """The spikes of (begin, end], in steps; ``begin`` is -1 where those at step 0 count, too.

        Raises
        ------
        NetworkError
            If the parameters in force make no sense.
        """
        if trial not in self._trials:
            self._trials[trial] = _Trial(self._capture, self._population, trial)
        return self._trials[trial].between(begin, end)


class _Trial:
    """The spikes of one trial: pieces whose parameters held to their end, then the piece that may go on."""

    def __init__(self, capture: Capture, population: Any, trial: int) -> None:
        self.capture, self.population, self.trial = capture, population, trial
        settings = population.settings
        #: The next setting that has not been read.
        self.following = next(
            (i for i, (t, step, _) in enumerate(settings) if t > trial or (t == trial and step > 0)), len(settings)
        )
        self.parameters = settings[self.following - 1][2]
        self.version = 0
        self.begin = -1
        #: Times of the cells' last spikes at ``begin``.
        self.last = np.full(population.size, np.nan)
        self.pieces: list[SpikeInput] = []
        self.ends: list[int] = []
        self.horizon = -1
        self.open: tuple[SpikeInput, Any] | None = None

    def between(self, begin: int, end: int) -> SpikeInput:
        """The spikes of (begin, end]."""
        self._read_settings()
        found = [
            _cut(piece, begin, end)
            for piece in self.pieces[bisect_right(self.ends, begin) : bisect_left(self.ends, end) + 1]
        ]
        if end > self.begin:
            found.append(_cut(self._reaching(end), begin, end))
        return self._joined(found)

    def _read_settings(self) -> None:
        settings = self.population.settings
        while self.following < len(settings) and settings[self.following][0] == self.trial:
            _, step, parameters = settings[self.following]
            # several parameters that are set at one time come one by one: what holds for no step may be inconsistent
            if step > self.begin:
                spikes, self.last = self.open if self.open and self.horizon == step else self._instantiate(step)
                self.pieces.append(spikes)
                self.ends.append(step)
            self.begin, self.parameters, self.open = step, parameters, None
            self.version += 1
            self.following += 1

    def _reaching(self, end: int) -> SpikeInput:
        if self.open is None or self.horizon < end:
            # exact at first, so that a single run costs no more than its own spikes
            self.horizon = end if self.open is None else max(end, 2 * self.horizon - self.begin)
            self.open = self._instantiate(self.horizon)
        return self.open[0]

    def _instantiate(self, end: int) -> tuple[SpikeInput, Any]:
        """The spikes of (self.begin, end], and the times of the last ones."""
        population, capture = self.population, self.capture
        stream = (*population.stream, self.trial, self.version)
        stretch = Stretch(
            population.label,
            population.size,
            capture.dt,
            self.begin,
            end,
            self.parameters,
            stream,
            self.last.copy(),
        )
        parts = list(instantiated(population.cell, stretch))
        cells, steps, counts = (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else _nothing()
        return SpikeInput(population.index, cells, steps, counts, self.trial), stretch.last

    def _joined(self, pieces: list[SpikeInput]) -> SpikeInput:
        if len(pieces) == 1:
            return pieces[0]
        if not pieces:
            return SpikeInput(self.population.index, *_nothing(), self.trial)
        cells, steps = (np.concatenate([getattr(p, name) for p in pieces]) for name in ("cells", "steps"))
        counts = np.concatenate([np.broadcast_to(p.counts, p.cells.shape) for p in pieces])
        return SpikeInput(self.population.index, cells, steps, counts, self.trial)


def _nothing() -> tuple[Any, Any, Any]:
    return np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.uint16)


def _cut(spikes: SpikeInput, begin: int, end: int) -> SpikeInput:
    """The spikes of (begin, end]."""
    first, last = np.searchsorted(spikes.steps, (begin, end), side="right")
    if (first, last) == (0, spikes.steps.size):
        return spikes
    # one count for all is stored once, but of no spikes none is: so it is whatever was cut
    counts = np.broadcast_to(spikes.counts, spikes.cells.shape)[first:last]
    return SpikeInput(spikes.population, spikes.cells[first:last], spikes.steps[first:last], counts, spikes.trial)
