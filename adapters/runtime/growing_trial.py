"""What was recorded of a trial that is still running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import StateSamples
from unisono.models.growing import Growing
from unisono.models.network import Network


@dataclass(eq=False)
class GrowingSpikes:
    """Spikes of a population so far."""

    cells_so_far: Growing
    steps_so_far: Growing

    @property
    def cells(self) -> NDArray[Any]:
        """Index of the cell of each spike."""
        return self.cells_so_far.values

    @property
    def steps(self) -> NDArray[Any]:
        """Time of each spike, steps, ascending."""
        return self.steps_so_far.values


@dataclass(eq=False)
class GrowingSignal:
    """Samples of a variable so far.

    Attributes
    ----------
    population : int
    variable, unit : str
    cells : uint32 array, shape (cells,)
    interval : int
        Steps between samples.
    begin : int
        Grid point of the first sample.
    """

    population: int
    variable: str
    unit: str
    cells: NDArray[Any]
    interval: int
    begin: int
    values_so_far: Growing

    @property
    def values(self) -> NDArray[Any]:
        """Samples, shape (samples, cells)."""
        return self.values_so_far.values


class GrowingTrial:
    """What was recorded of a trial so far."""

    def __init__(self, network: Network) -> None:
        self.step = 0
        self.requests = [r for r in network.recordings if r.variable != "spikes"]
        self.spikes: dict[int, GrowingSpikes] = {
            index: GrowingSpikes(Growing(np.uint32), Growing(np.int64))
            for index, population in enumerate(network.populations)
            if not population.is_source
        }
        self.signals: list[GrowingSignal] = []
        #: By projection, the states of its synapses at the end of the trial.
        self.synapses: dict[int, Mapping[str, NDArray[np.float64]]] = {}
        self.samples: tuple[StateSamples, ...] = ()
        self.sampled = bool(network.synapse_recordings)
        self.changing = [i for i, p in enumerate(network.projections) if p.size and not p.model.is_static]

    def append(self, header: Mapping[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
        """Add what a read gave."""
        for population, place in header["spikes"].items():
            train = self.spikes[int(population)]
            train.cells_so_far.extend(arrays[place])
            train.steps_so_far.extend(arrays[place + 1])
        for number, (population, variable, unit, interval, place) in enumerate(header["signals"]):
            cells, values = arrays[place : place + 2]
            if number == len(self.signals):
                # a first sample lies at the first grid point of the interval since the recording began
                begin = header["step"] // interval * interval - (len(values) - 1) * interval
                growing = Growing(np.float64, (int(cells.size),))
                self.signals.append(GrowingSignal(population, variable, unit, cells, interval, begin, growing))
            self.signals[number].values_so_far.extend(values)
        self.step = header["step"]
