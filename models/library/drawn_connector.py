"""Synapses that a model of the library draws itself, as whole arrays: nothing is done once for each synapse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.connectors import Connector, FromListConnector

#: Source and target of each synapse, and its parameters in PyNN's units.
Block = tuple[NDArray[Any], NDArray[Any], Mapping[str, NDArray[Any]]]


class DrawnConnector(Connector):  # type: ignore[misc]
    """Make the synapses that a function draws, block by block.

    Parameters
    ----------
    draw : callable
        Gives blocks of synapses, ordered by target.
    """

    parameter_names = ()

    def __init__(self, draw: Callable[[], Iterable[Block]]) -> None:
        super().__init__()
        self.draw = draw

    def connect(self, projection: Any) -> None:
        """Add the synapses to a projection; PyNN's backends, which have no way for arrays, get them as a list."""
        for pre, post, values in self.draw():
            if hasattr(projection, "add"):
                projection.add(pre, post, values)
            elif pre.size:
                table = np.column_stack([pre, post, *values.values()])
                FromListConnector(table, column_names=tuple(values)).connect(projection)
