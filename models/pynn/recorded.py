"""What the capture expects of recorded data; the adapters' Recording is such a thing.

The models know no adapter, so the capture names only the parts it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from unisono.models.network import Network


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
    def interval(self) -> int:
        """Steps between samples."""

    @property
    def values(self) -> NDArray[Any]:
        """Samples, shape (samples, cells)."""


class RecordedTrial(Protocol):
    """What was recorded between two resets."""

    @property
    def spikes(self) -> Mapping[int, RecordedSpikes]:
        """Spikes by index of the population."""

    @property
    def signals(self) -> Sequence[RecordedSignal]:
        """Signals of all populations."""


class Recorded(Protocol):
    """All trials of a run."""

    @property
    def trials(self) -> Sequence[RecordedTrial]:
        """The trials in order."""


#: Runs a network and gives what was recorded.
Execute = Callable[[Network], Recorded]
