"""Spikes of sources and currents into cells, as far ahead as they are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.models.cells.model import INJECTED
from unisono.models.network import CurrentInput, SpikeInput

Integers = NDArray[np.int64]


class Sources:
    """Spikes of all sources, which the player sends in the order of grid points, then of NEURON's numbers.

    Parameters
    ----------
    h : hoc interpreter
    player : point process
        Made of :func:`~unisono.adapters.codegen.printers.nmodl_events.player_mechanism`.
    first : int64 array
        NEURON's number of the first cell of each population.
    dt : float
    """

    def __init__(self, h: Any, player: Any, first: Integers, dt: float) -> None:
        self.h, self.player, self.first, self.dt = h, player, first, dt
        self.ahead: list[tuple[NDArray[Any], Integers]] = []
        self._play(np.empty(0), np.empty(0))

    def feed(self, spikes: Sequence[SpikeInput]) -> None:
        """Take spikes that lie ahead."""
        for given in spikes:
            counts = np.broadcast_to(given.counts, given.cells.shape)
            steps, cells = np.repeat(given.steps, counts), np.repeat(given.cells, counts)
            if steps.size:
                self.ahead.append((steps, cells + self.first[given.population]))

    def play(self, until: int) -> None:
        """Hand the spikes up to a grid point to the player, which has sent all that it had."""
        due, later = [], []
        for steps, senders in self.ahead:
            split = int(np.searchsorted(steps, until, side="right"))
            due += [(steps[:split], senders[:split])] * (split > 0)
            later += [(steps[split:], senders[split:])] * (split < steps.size)
        self.ahead = later
        if not due:
            return
        steps, senders = due[0]
        if len(due) > 1:
            steps, senders = (np.concatenate(part) for part in zip(*due, strict=True))
            order = np.argsort(steps.astype(np.int64) << 32 | senders, kind="stable")
            steps, senders = steps[order], senders[order]
        # Labelled one step late, as the spikes of cells are.
        self._play((steps + 1.0) * self.dt, senders)

    def _play(self, times: NDArray[Any], senders: NDArray[Any]) -> None:
        self.playing = self.h.Vector(times), self.h.Vector(senders)  # the player only borrows them
        self.player.play(*self.playing)


class Currents:
    """The sum of all currents into each cell of a population, set before each step in which one changes.

    It is taken in the order of the injections' numbers; those that are zero for now have no part in it.
    """

    def __init__(self, h: Any, processes: list[Any]) -> None:
        self.h, self.processes = h, processes
        self.cells: dict[int, NDArray[Any]] = {}
        self.ahead: dict[int, list[tuple[NDArray[Any], NDArray[Any]]]] = {}
        self.numbers: list[int] = []
        self.amplitudes = np.empty(0)
        self.spans: dict[int, slice] = {}

    def feed(self, number: int, current: CurrentInput) -> None:
        """Take changes of an injection's amplitude that lie ahead."""
        if current.steps.size and current.cells.size:
            # A cell that one input names twice gets its current once.
            self.cells.setdefault(number, np.unique(current.cells))
            self.ahead.setdefault(number, []).append((current.steps, current.amplitudes))

    def plan(self, until: int) -> list[int]:
        """Grid points before ``until`` at which the sums change."""
        self.spans = {}
        if not self.ahead:
            return []
        if not self.ahead.keys() <= set(self.numbers):
            self._arrange()
        rank = {number: i for i, number in enumerate(self.numbers)}
        steps, values, ranks = [], [], []
        ahead, self.ahead = self.ahead, {}
        for number, changes in ahead.items():
            for when, amplitudes in changes:
                split = int(np.searchsorted(when, until))
                steps.append(when[:split])
                values.append(amplitudes[:split])
                ranks.append(np.full(split, rank[number]))
                if split < when.size:
                    self.ahead.setdefault(number, []).append((when[split:], amplitudes[split:]))
        found = np.concatenate(steps)
        order = np.argsort(found, kind="stable")
        self.values, self.ranks = np.concatenate(values)[order], np.concatenate(ranks)[order]
        stops, begins = np.unique(found[order], return_index=True)
        bounds = [*begins.tolist(), found.size]
        self.spans = {step: slice(*bounds[i : i + 2]) for i, step in enumerate(stops.tolist())}
        return list(self.spans)

    def _arrange(self) -> None:
        """Lay out the sum of all injections that are not zero or that change later."""
        before = dict(zip(self.numbers, self.amplitudes.tolist(), strict=True))
        self.numbers = sorted({n for n, amplitude in before.items() if amplitude} | self.ahead.keys())
        self.amplitudes = np.array([before.get(number, 0.0) for number in self.numbers])
        cells = [self.cells[number] for number in self.numbers]
        targets, self.columns = np.unique(np.concatenate(cells), return_inverse=True)
        self.terms = np.repeat(np.arange(len(cells)), [c.size for c in cells])
        self.sums, self.pointers = self.h.Vector(targets.size), self.h.PtrVector(targets.size)
        self.view = self.sums.as_numpy()
        for column, target in enumerate(targets.tolist()):
            self.pointers.pset(column, getattr(self.processes[target], f"_ref_{member(INJECTED)}"))

    def set(self, step: int) -> None:
        """Set the currents that begin at a step."""
        if step not in self.spans:
            return
        span = self.spans[step]
        self.amplitudes[self.ranks[span]] = self.values[span]
        self.view[:] = np.bincount(self.columns, self.amplitudes[self.terms], self.view.size)
        self.pointers.scatter(self.sums)
