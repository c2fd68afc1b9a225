"""Spikes of source populations: they are part of the Network, so no simulator records them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from unisono.adapters.contract.recording import Spikes
from unisono.models.network import Network, SpikeInput


def fed_spikes(inputs: Iterable[SpikeInput]) -> dict[int, Spikes]:
    """Spikes of sources by population, several a step repeated."""
    found: dict[int, Spikes] = {}
    for spikes in inputs:
        counts = np.broadcast_to(spikes.counts, spikes.cells.shape)
        cells, steps = np.repeat(spikes.cells, counts), np.repeat(spikes.steps, counts)
        if spikes.population in found:
            before = found[spikes.population]
            cells, steps = np.r_[before.cells, cells], np.r_[before.steps, steps]
        found[spikes.population] = Spikes.sorted(cells, steps)
    return found


def source_spikes(network: Network) -> dict[int, Spikes]:
    """Spikes of every source population of a single-trial network, several a step repeated."""
    steps = network.trials[0].steps
    empty = Spikes(np.empty(0, np.uint32), np.empty(0, np.int64))
    found = {index: empty for index, population in enumerate(network.populations) if population.is_source}
    for index, spikes in fed_spikes(network.spikes).items():
        kept = spikes.steps <= steps
        found[index] = Spikes(spikes.cells[kept], spikes.steps[kept])
    return found
