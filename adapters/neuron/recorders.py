"""What is recorded: spikes by NEURON itself, samples of states through its PtrVector."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nmodl import SAMPLE
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.contract.recording import Signal, Spikes
from unisono.models.network import RecordingRequest


class SpikeRecorder:
    """Spikes of all cells since the last read.

    Parameters
    ----------
    h, parallel : hoc interpreter and its ParallelContext
    first : int64 array
        NEURON's number of the first cell of each population.
    dt : float
    """

    def __init__(self, h: Any, parallel: Any, first: NDArray[np.int64], dt: float) -> None:
        self.first, self.dt = first, dt
        self.times, self.senders = h.Vector(), h.Vector()
        parallel.spike_record(-1, self.times, self.senders)

    def read(self, populations: list[int]) -> dict[int, Spikes]:
        """Spikes of some populations, with their labels set right; all are forgotten."""
        steps = np.rint(self.times.as_numpy() / self.dt).astype(np.int64) - 1
        senders = self.senders.as_numpy().astype(np.int64)
        self.times.resize(0)
        self.senders.resize(0)
        found = {}
        for index in populations:
            mine = (senders >= self.first[index]) & (senders < self.first[index + 1])
            found[index] = Spikes.sorted(senders[mine] - self.first[index], steps[mine])
        return found


class Sampler:
    """Samples of one state variable of some cells of a population, from a grid point on."""

    def __init__(self, h: Any, request: RecordingRequest, unit: str, processes: list[Any], begin: int) -> None:
        self.request, self.interval, self.unit = request, request.interval, unit
        size = request.cells.size
        self.row, self.pointers = h.Vector(size), h.PtrVector(max(1, size))
        self.view = self.row.as_numpy()
        for column, cell in enumerate(request.cells.tolist()):
            self.pointers.pset(column, getattr(processes[cell], f"_ref_{member(request.variable, SAMPLE)}"))
        self.blocks: list[NDArray[np.float64]] = []
        #: Samples in the last block, and the last grid point for which there is room.
        self.taken, self.end = 0, begin - 1

    def expect(self, until: int) -> None:
        """Make room for the samples up to a grid point."""
        if until > self.end:
            self.blocks.append(np.empty((until // self.interval - self.end // self.interval, self.view.size)))
            self.taken, self.end = 0, until

    def take(self) -> None:
        """Take the sample of the present grid point."""
        if self.view.size:
            self.pointers.gather(self.row)
            self.blocks[-1][self.taken] = self.view
        self.taken += 1

    def read(self) -> Signal:
        """All samples since the last read, which are forgotten."""
        blocks = self.blocks or [np.empty((0, self.view.size))]
        rest = blocks[-1][self.taken :]
        blocks[-1] = blocks[-1][: self.taken]
        self.blocks, self.taken = [rest] if len(rest) else [], 0
        values = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        request = self.request
        return Signal(request.population, request.variable, self.unit, request.cells, request.interval, values)
