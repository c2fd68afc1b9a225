"""Where spikes go and when: the synapses that they pass, and the steps at which what they deliver arrives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Spikes
from unisono.models.network import Projection


def arrivals(
    projection: Projection, spikes: Spikes, among: NDArray[np.intp] | None = None
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """What spikes of a projection's source do, spike by spike.

    Parameters
    ----------
    projection : Projection
    spikes : Spikes
    among : int array, optional
        The synapses that are looked at; without it all are.

    Returns
    -------
    synapses : int array, shape (arrivals,)
        Indices in the projection.
    steps : int64 array, shape (arrivals,)
    """
    here = np.arange(projection.size) if among is None else among
    here = here[np.argsort(projection.pre[here], kind="stable")]
    begin, end = (np.searchsorted(projection.pre[here], spikes.cells, side) for side in ("left", "right"))
    # Synapses of one spike lie side by side: count through them, spike by spike.
    number = end - begin
    through = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    synapses = here[np.repeat(begin, number) + through]
    delay = np.broadcast_to(projection.delay, projection.size)[synapses]
    return synapses, np.repeat(spikes.steps, number) + delay
