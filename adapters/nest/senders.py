"""What sends to the synapses of a projection in NEST, and how long before it reaches the target.

NEST's connections act when the spike is sent. Where a spike passes an axon first, and what the synapse is may change
meanwhile, it is sent later: that of a source by a generator that spikes later, that of a cell by a parrot, which
repeats each spike a delay after it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Network, Projection


class Senders(NamedTuple):
    """The nodes that send to the synapses of a projection.

    Attributes
    ----------
    first : int
        NEST's number of the first.
    places : int array, shape (synapses,)
        Numbers counted from there: those of the source cells, not copied, unless others send in their place.
    delay : int array, shape () or (synapses,)
        Steps from there to the targets.
    """

    first: int
    places: NDArray[np.integer[Any]]
    delay: NDArray[np.integer[Any]]

    @property
    def nodes(self) -> NDArray[np.int64]:
        """NEST's numbers, shape (synapses,)."""
        return self.places.astype(np.int64) + self.first


def cells_sending(nest: Any, network: Network, index: int, first: int, acting: bool) -> Senders:
    """The cells of a population, and parrots of those whose spikes are to be sent later.

    Parameters
    ----------
    nest : module
    network : Network
    index : int
        The projection.
    first : int
        NEST's number of the first cell.
    acting : bool
        Whether the synapses are to act when the spikes reach them.
    """
    projection = network.projections[index]
    # NEST needs a step from the sender to the target: what takes no time there is sent a step before, and read in time.
    wait = projection.axonal - (projection.dendritic == 0)
    if not acting or not np.any(wait > 0):
        return Senders(first, projection.pre, projection.delay)
    wait = np.broadcast_to(wait, projection.pre.shape)
    later = np.flatnonzero(wait > 0)
    pairs, which = different(projection.pre[later], wait[later])
    parrots = nest.Create("parrot_neuron", pairs.shape[1])
    numbers = np.asarray(parrots.tolist(), np.int64)
    ones = np.ones(numbers.size)
    nest.Connect(pairs[0] + first, numbers, "one_to_one", {"weight": ones, "delay": pairs[1] * network.dt})
    places = projection.pre.astype(np.int64)
    places[later] = numbers[which] - first
    return Senders(first, places, projection.delay - np.maximum(wait, 0))


def behind_synapse(projection: Projection) -> NDArray[np.integer[Any]]:
    """Steps from a synapse to its target in NEST, which needs at least one: shape () or (synapses,)."""
    return np.maximum(projection.dendritic, 1)


def different(*columns: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Different rows of columns, as columns, and which of them each row is."""
    rows, which = np.unique(np.stack(columns, axis=1).astype(np.int64), axis=0, return_inverse=True)
    return rows.T, which.reshape(-1)
