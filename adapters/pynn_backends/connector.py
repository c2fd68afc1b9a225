"""Synapses from flat arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.connectors import Connector, FromListConnector
from pyNN.parameters import ParameterSpace

from unisono.models.network import Projection


def connector_of(projection: Projection, weight: NDArray[np.float64], dt: float, backend: str) -> Connector:
    """A connector that makes the synapses of a projection with weights, shape () or (synapses,), in PyNN's units."""
    size = projection.size
    weights, delays = np.broadcast_to(weight, size), np.broadcast_to(projection.delay * dt, size)
    if backend == "brian2":
        return Brian2Connector(projection.pre, projection.post, weights, delays)
    return FromListConnector(np.column_stack([projection.pre, projection.post, weights, delays]))


class Brian2Connector(Connector):  # type: ignore[misc]
    """The synapses that PyNN's FromListConnector makes in Brian2, in the same order, at once.

    PyNN sets weight and delay of each synapse by a search through all of them: 0.5 ms a synapse in
    ``vogels_abbott``. The search is by cells, so that synapses of one pair all get the values of the
    last; here each gets its own.
    """

    parameter_names = ()

    def __init__(self, pre: Any, post: Any, weights: Any, delays: Any) -> None:
        super().__init__(safe=False)
        order = np.argsort(post, kind="stable")
        self.pre, self.post = pre[order].astype(int), post[order].astype(int)
        self.values = {"weight": weights[order], "delay": delays[order]}

    def connect(self, projection: Any) -> None:
        """Fill Brian2's Synapses."""
        if not self.pre.size:
            return
        synapses = projection._brian2_synapses[0][0]
        synapses.connect(i=self.pre, j=self.post)
        projection._n_connections += self.pre.size
        kind = projection.synapse_type
        space = kind.translate(ParameterSpace(self.values, kind.get_schema(), (self.pre.size,)))
        space.evaluate()
        for name, value in space.items():
            if name == "delay":  # as PyNN rounds it
                step = projection._simulator.state.dt * 1e-3
                value = np.round(np.asarray(value) / step) * step
                synapses.pre.variables["delay"].set_value(value)
            else:
                setattr(synapses, name, value)
