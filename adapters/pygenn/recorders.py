"""Spikes and samples of a population, fetched from where GeNN keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import named
from unisono.adapters.contract.recording import Signal, Spikes
from unisono.models.network import Network, RecordingRequest

if TYPE_CHECKING:
    from unisono.adapters.pygenn.assembly import Cells

#: Bytes that the recorded spikes of all populations may take before they are fetched, and steps at most.
HELD_BYTES = 16 * 2**20
HELD_STEPS = 1000


def held_steps(network: Network) -> int:
    """Steps whose spikes are held: a bit a cell and step, cells in words of 32."""
    width = sum(4 * -(-p.size // 32) for p in network.populations if not p.is_source)
    return max(1, min(HELD_STEPS, network.trials[0].steps, HELD_BYTES // max(1, width)))


class SpikeRecorder:
    """Spikes of a population.

    GeNN's own ``spike_recording_data`` needs a full buffer and gives times in floating point; here the bits are read.
    """

    def __init__(self, cells: Cells, held: int) -> None:
        self._buffer = cells.recorded_spikes()
        self._words = self._buffer.view.reshape(held, -1)
        self._cells: list[NDArray[Any]] = []
        self._steps: list[NDArray[Any]] = []

    def fetch(self, step: int, count: int) -> None:
        """Fetch the spikes of the last ``count`` steps, which begin the buffer and end at ``step``."""
        self._buffer.pull_from_device()
        rows, columns = np.nonzero(self._words[:count])
        words = self._words[rows, columns].astype("<u4")
        bits = np.unpackbits(words.view(np.uint8).reshape(-1, 4), axis=1, bitorder="little")
        entries, places = np.nonzero(bits)
        self._cells.append((32 * columns[entries] + places).astype(np.uint32))
        self._steps.append((rows[entries] + (step - count + 1)).astype(np.int64))

    def spikes(self) -> Spikes:
        """All spikes so far."""
        none = np.empty(0, np.int64)
        return Spikes.sorted(np.concatenate([none, *self._cells]), np.concatenate([none, *self._steps]))


class Sampler:
    """Samples of one state variable."""

    def __init__(self, cells: Cells, request: RecordingRequest, steps: int) -> None:
        self.request, self.interval = request, request.interval
        self._unit = cells.model.units[request.variable]
        self._state = cells.group.vars[named(request.variable)]
        self._view = self._state.view
        self._cells = request.cells.astype(np.intp)
        self._values = np.empty((steps // self.interval + 1, self._cells.size), self._view.dtype)

    def take(self, step: int) -> None:
        """Take the sample of a grid point."""
        self._state.pull_from_device()
        np.take(self._view, self._cells, out=self._values[step // self.interval])

    def signal(self) -> Signal:
        """All samples, in double precision whatever they were computed in."""
        request = self.request
        values = self._values.astype(np.float64, copy=False)
        return Signal(request.population, request.variable, self._unit, request.cells, self.interval, values)
