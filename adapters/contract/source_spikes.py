"""Spikes of source populations: they are part of the Network, so no simulator records them."""

from __future__ import annotations

import numpy as np

from unisono.adapters.contract.recording import Spikes
from unisono.models.network import Network


def source_spikes(network: Network) -> dict[int, Spikes]:
    """Spikes of every source population of a single-trial network, several a step repeated."""
    steps = network.trials[0].steps
    empty = Spikes(np.empty(0, np.uint32), np.empty(0, np.int64))
    found = {index: empty for index, population in enumerate(network.populations) if population.is_source}
    for spikes in network.spikes:
        kept = spikes.steps <= steps
        counts = np.broadcast_to(spikes.counts, spikes.cells.shape)[kept]
        cells, times = np.repeat(spikes.cells[kept], counts), np.repeat(spikes.steps[kept], counts)
        before = found[spikes.population]
        found[spikes.population] = Spikes.sorted(np.r_[before.cells, cells], np.r_[before.steps, times])
    return found
