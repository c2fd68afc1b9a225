"""What the scripts with plastic synapses share: spike sources onto cells, additive pair STDP, textbook style."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Network


@dataclass(frozen=True)
class Plastic:
    """Sources and cells with one projection; delays and spikes in steps."""

    dt: float
    steps: int
    sources: int
    cell: dict[str, float]
    v: NDArray[np.float64]
    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.int64]
    rule: dict[str, float]
    spiking: NDArray[np.int64]
    when: NDArray[np.int64]


def plastic(network: Network) -> Plastic:
    """Flat arrays of a network of sources, IF_curr_exp cells, and SpikePairAdditive synapses between them."""
    sources, cells = network.populations
    (projection,), (spikes,) = network.projections, network.spikes
    pairs = np.unique(np.stack([spikes.cells, spikes.steps]).astype(np.int64), axis=1)
    rule = {name: float(v) for name, v in projection.values.items() if np.ndim(v) == 0}
    return Plastic(
        dt=network.dt,
        steps=network.trials[0].steps,
        sources=sources.size,
        cell={name: float(value) for name, value in cells.parameters.items()},
        v=np.broadcast_to(cells.initial["v"], cells.size).astype(float),
        pre=projection.pre.astype(np.int64),
        post=projection.post.astype(np.int64),
        weight=np.broadcast_to(projection.values["weight"], projection.pre.shape).astype(float),
        delay=np.broadcast_to(projection.delay, projection.pre.shape).astype(np.int64),
        rule=rule,
        spiking=pairs[0],
        when=pairs[1],
    )
