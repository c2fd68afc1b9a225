"""Single synapses of a projection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyNN import common

from unisono.models.synapses.model import WEIGHT

if TYPE_CHECKING:
    from unisono.models.pynn.projections import Projection


class Connection(common.Connection):  # type: ignore[misc]
    """One synapse of a projection."""

    def __init__(self, projection: Projection, index: int) -> None:
        self.projection = projection
        self.index = index

    @property
    def presynaptic_index(self) -> int:
        """Index of the source in the projection's ``pre``."""
        return int(self.projection.pre_index[self.index])

    @property
    def postsynaptic_index(self) -> int:
        """Index of the target in the projection's ``post``."""
        return int(self.projection.post_index[self.index])

    @property
    def presynaptic_cell(self) -> Any:
        """The source."""
        return self.projection.pre[self.presynaptic_index]

    @property
    def postsynaptic_cell(self) -> Any:
        """The target."""
        return self.projection.post[self.postsynaptic_index]

    source, target = presynaptic_cell, postsynaptic_cell

    @property
    def weight(self) -> float:
        """Weight, nA, uS or mV."""
        return self._value(WEIGHT)

    @weight.setter
    def weight(self, value: float) -> None:
        self._assign(WEIGHT, value)

    @property
    def delay(self) -> float:
        """Delay on the grid, ms."""
        return self._value("delay")

    @delay.setter
    def delay(self, value: float) -> None:
        self._assign("delay", value)

    def _value(self, name: str) -> float:
        return float(self.projection.column(name)[self.index])

    def _assign(self, name: str, value: float) -> None:
        values = np.array(self.projection.column(name))
        values[self.index] = value
        self.projection.assign(name, values)

    def as_tuple(self, *attribute_names: str) -> tuple[Any, ...]:
        """Some attributes."""
        known = self.projection.values.keys()
        return tuple(self._value(name) if name in known else getattr(self, name) for name in attribute_names)
