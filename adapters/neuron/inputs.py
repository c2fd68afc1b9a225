"""Currents into cells and samples of their states, through NEURON's PtrVector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl import SAMPLE
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.contract.recording import Signal
from unisono.models.cells.model import INJECTED
from unisono.models.network import CurrentInput, Network, RecordingRequest


class Currents:
    """The sum of all currents into each cell of a population.

    Attributes
    ----------
    changes : list of int
        Steps at which a sum changes.
    """

    def __init__(self, h: Any, inputs: list[CurrentInput], processes: list[Any]) -> None:
        # A cell that one input names twice gets its current once.
        cells = [np.unique(c.cells) for c in inputs]
        targets, self.columns = np.unique(np.concatenate(cells), return_inverse=True)
        self.sources = np.repeat(np.arange(len(inputs)), [c.size for c in cells])
        self.amplitudes = np.zeros(len(inputs))
        steps = np.concatenate([c.steps for c in inputs])
        order = np.argsort(steps, kind="stable")
        self.numbers = np.repeat(np.arange(len(inputs)), [c.steps.size for c in inputs])[order]
        self.values = np.concatenate([c.amplitudes for c in inputs])[order]
        changes, begins = np.unique(steps[order], return_index=True)
        self.changes: list[int] = changes.tolist()
        bounds = [*begins.tolist(), steps.size]
        self.spans = {c: slice(*bounds[i : i + 2]) for i, c in enumerate(self.changes)}
        self.sums, self.pointers = h.Vector(targets.size), h.PtrVector(targets.size)
        self.view = self.sums.as_numpy()
        for column, target in enumerate(targets.tolist()):
            self.pointers.pset(column, getattr(processes[target], f"_ref_{member(INJECTED)}"))

    def set(self, step: int) -> None:
        """Set the currents that begin at a step."""
        if step not in self.spans:
            return
        span = self.spans[step]
        self.amplitudes[self.numbers[span]] = self.values[span]
        self.view[:] = np.bincount(self.columns, self.amplitudes[self.sources], self.view.size)
        self.pointers.scatter(self.sums)


class Samples:
    """Samples of one state variable of some cells of a population."""

    def __init__(self, h: Any, network: Network, request: RecordingRequest, steps: int, processes: list[Any]) -> None:
        self.request, self.interval = request, request.interval
        self.unit = network.populations[request.population].model.units[request.variable]
        size = request.cells.size
        self.values: NDArray[np.float64] = np.empty((steps // request.interval + 1, size))
        self.row, self.pointers = h.Vector(size), h.PtrVector(max(1, size))
        self.view = self.row.as_numpy()
        for column, cell in enumerate(request.cells.tolist()):
            self.pointers.pset(column, getattr(processes[cell], f"_ref_{member(request.variable, SAMPLE)}"))

    def take(self, step: int) -> None:
        """Take the sample of a grid point."""
        if self.view.size:
            self.pointers.gather(self.row)
            self.values[step // self.interval] = self.view

    def signal(self) -> Signal:
        """All samples."""
        request = self.request
        return Signal(request.population, request.variable, self.unit, request.cells, request.interval, self.values)
