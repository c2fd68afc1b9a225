"""The synapses that spikes pass, and when what they deliver arrives."""

from __future__ import annotations

import numpy as np

from unisono.adapters.contract.recording import Spikes
from unisono.models.network import Projection
from unisono.validation.compare.arrivals import arrivals

PROJECTION = Projection("p", 0, 1, [2, 0, 2, 1], [0, 1, 1, 0], 1.0, [3, 4, 5, 6])


def passed(cells: list[int], steps: list[int], among: list[int] | None = None) -> list[tuple[int, int]]:
    spikes = Spikes(np.array(cells, np.uint32), np.array(steps, np.int64))
    chosen = None if among is None else np.array(among, np.intp)
    return list(zip(*(found.tolist() for found in arrivals(PROJECTION, spikes, chosen)), strict=True))


def test_each_spike_passes_all_synapses_of_its_cell():
    assert passed([2, 0, 2], [10, 11, 12]) == [(0, 13), (2, 15), (1, 15), (0, 15), (2, 17)]


def test_some_synapses_may_be_chosen():
    assert passed([2, 1], [10, 10], [2, 3]) == [(2, 15), (3, 16)]
    assert passed([2], [10], []) == [] == passed([], [])
