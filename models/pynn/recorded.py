"""What the capture asks to record, and what it expects of recorded data; the adapters' Recording is such a thing.

The models know no adapter, so the capture names only the parts it reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import RecordingRequest


class RecordedSpikes(Protocol):
    """Spikes of a population, sorted by step."""

    @property
    def cells(self) -> NDArray[Any]:
        """Index of the cell of each spike."""

    @property
    def steps(self) -> NDArray[Any]:
        """Time of each spike in steps."""


class RecordedSignal(Protocol):
    """Samples of a state variable."""

    @property
    def population(self) -> int:
        """Index of the population."""

    @property
    def variable(self) -> str:
        """Name of the variable."""

    @property
    def cells(self) -> NDArray[Any]:
        """Index of the cell of each column."""

    @property
    def begin(self) -> int:
        """Grid point of the first sample: 0, or the first one at which a variable was recorded that began late."""

    @property
    def interval(self) -> int:
        """Steps between samples."""

    @property
    def values(self) -> NDArray[Any]:
        """Samples at ``begin``, ``begin + interval``, ... so far, shape (samples, cells)."""


class RecordedSamples(Protocol):
    """Samples of a state of the synapses of a projection of the network."""

    @property
    def projection(self) -> int:
        """Index of the projection."""

    @property
    def state(self) -> str:
        """Name of the state."""

    @property
    def values(self) -> NDArray[np.float64]:
        """Samples from the beginning of the trial on, shape (samples, synapses)."""


class RecordedTrial(Protocol):
    """What was recorded between two resets."""

    @property
    def spikes(self) -> Mapping[int, RecordedSpikes]:
        """Spikes by index of the population."""

    @property
    def signals(self) -> Sequence[RecordedSignal]:
        """Signals of all populations."""


def request(population: Any, variable: str, cells: Iterable[Any], interval: int) -> RecordingRequest:
    """A request to record some cells of a population."""
    name = variable if population.model is None else population.celltype.symbol(variable)
    return RecordingRequest(
        population.index, name, np.array(sorted(cells), np.int64) - int(population.first_id), interval
    )
