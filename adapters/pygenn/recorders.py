"""Spikes and samples of a population, fetched from where GeNN keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import named
from unisono.adapters.contract.recording import Signal, Spikes
from unisono.models.network import Network, RecordingRequest

if TYPE_CHECKING:
    from unisono.adapters.pygenn.cells import Cells

#: Bytes that the recorded spikes of all populations may take before they are fetched, and steps at most.
HELD_BYTES = 16 * 2**20
HELD_STEPS = 1000

#: Samples for which there is room at first where the length of a run is not known.
FEW_SAMPLES = 64


def held_steps(network: Network, steps: int) -> int:
    """Steps whose spikes are held in a run of ``steps``: a bit a cell and step, cells in words of 32."""
    width = sum(4 * -(-p.size // 32) for p in network.populations if not p.is_source)
    return max(1, min(HELD_STEPS, steps, HELD_BYTES // max(1, width)))


class SpikeRecorder:
    """Spikes of a population.

    GeNN's own ``spike_recording_data`` needs a full buffer and gives times in floating point; here the bits are read.
    """

    def __init__(self, cells: Cells, held: int) -> None:
        self._buffer = cells.recorded_spikes()
        self._words = self._buffer.view.reshape(held, -1)
        self._fetched = 0
        self._forget()

    def _forget(self) -> None:
        self._cells: list[NDArray[Any]] = []
        self._steps: list[NDArray[Any]] = []

    def fetch(self, step: int) -> None:
        """Fetch the spikes up to a step; it is called at least where GeNN begins its buffer anew."""
        count, begin = step - self._fetched, self._fetched % self._words.shape[0]
        if not count:
            return
        self._buffer.pull_from_device()
        held = self._words[begin : begin + count]
        rows, columns = np.nonzero(held)
        words = held[rows, columns].astype("<u4")
        bits = np.unpackbits(words.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
        entries, places = np.nonzero(bits)
        self._cells.append((32 * columns[entries] + places).astype(np.uint32))
        self._steps.append((rows[entries] + (self._fetched + 1)).astype(np.int64))
        self._fetched = step

    def read(self) -> Spikes:
        """The spikes that were fetched since the last call."""
        none = np.empty(0, np.int64)
        spikes = Spikes.sorted(np.concatenate([none, *self._cells]), np.concatenate([none, *self._steps]))
        self._forget()
        return spikes


class Sampler:
    """Samples of one state variable.

    Parameters
    ----------
    cells : Cells
    request : RecordingRequest
    room : int
        Samples that are expected until they are read; it grows if there are more.
    """

    def __init__(self, cells: Cells, request: RecordingRequest, room: int = FEW_SAMPLES) -> None:
        self.request, self.interval = request, request.interval
        self._unit = cells.model.units[request.variable]
        self._state = cells.group.vars[named(request.variable)]
        self._view = self._state.view
        self._cells = request.cells.astype(np.intp)
        self._begin(room)

    def _begin(self, room: int) -> None:
        self._values = np.empty((room, self._cells.size), self._view.dtype)
        self._count = 0

    def take(self) -> None:
        """Take a sample of the present grid point."""
        if self._count == len(self._values):
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
        self._state.pull_from_device()
        np.take(self._view, self._cells, out=self._values[self._count])
        self._count += 1

    def read(self) -> Signal:
        """The samples since the last call, in double precision whatever they were computed in."""
        request = self.request
        values = self._values[: self._count].astype(np.float64, copy=False)
        self._begin(max(1, self._count))
        return Signal(request.population, request.variable, self._unit, request.cells, self.interval, values)
