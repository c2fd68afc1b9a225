"""No order changes a sum: not that of projections, of synapses, of threads, and no recording either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from networks import recurrent, side_by_side

from unisono.adapters import registry
from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.models.network import Network, Projection

pytestmark = pytest.mark.parametrize("simulator", registry.names())

CELLS = ("IF_curr_exp", "IF_curr_delta", "IF_cond_exp")

#: What each simulator gives in the order as it is described.
FIRST: dict[str, TrialRecording] = {}


def shuffled(network: Network, seed: int) -> Network:
    """The same synapses in another order, the projections too, one of them in two parts."""
    rng = np.random.RandomState(seed)
    projections: list[Projection] = []
    for projection in network.projections:
        order = rng.permutation(projection.size)
        half = projection.size // 2
        projections += [projection.selected(order[:half]), projection.selected(order[half:])]
    return replace(network, projections=tuple(projections[k] for k in rng.permutation(len(projections))))


def busy(cell: str) -> Network:
    """Many synapses with any weights, so that each sum has several terms and every order of them another rounding."""
    network, rng = recurrent(cell, 300), np.random.RandomState(8)
    into, between = network.projections
    several = 300
    many = replace(
        into.selected(
            rng.randint(0, into.size, several), pre=rng.randint(0, 4, several), post=rng.randint(0, 5, several)
        ),
        axonal=np.int32(0),
        dendritic=rng.randint(1, 6, several),
    ).changed(weight=rng.rand(several) * into.weight.max() / 8)
    return replace(network, projections=(many, between))


def every_cell() -> Network:
    return side_by_side([busy(cell) for cell in CELLS])


def first(simulator: str, execute: Callable[..., Recording]) -> TrialRecording:
    """What the network gives as it is; run once for all tests."""
    if simulator not in FIRST:
        (FIRST[simulator],) = execute(simulator, every_cell()).trials
        cells = range(1, 2 * len(CELLS), 2)
        assert all(FIRST[simulator].spikes[population].size > 10 for population in cells)
    return FIRST[simulator]


def same_spikes(one: TrialRecording, other: TrialRecording) -> None:
    assert one.spikes.keys() == other.spikes.keys()
    for population, spikes in one.spikes.items():
        np.testing.assert_array_equal(spikes.steps, other.spikes[population].steps)
        np.testing.assert_array_equal(spikes.cells, other.spikes[population].cells)


def same(one: TrialRecording, other: TrialRecording) -> None:
    same_spikes(one, other)
    for a, b in zip(one.signals, other.signals, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


def test_the_order_of_synapses_and_projections_changes_no_bit(simulator, execute):
    same(execute(simulator, shuffled(every_cell(), 1)).trials[0], first(simulator, execute))


def test_threads_change_no_bit(simulator, execute):
    if not registry.get(simulator).capabilities.threads:
        pytest.skip(f"{simulator} runs on one thread.")
    same(execute(simulator, every_cell(), threads=2).trials[0], first(simulator, execute))


def test_recording_changes_no_spike(simulator, execute):
    without = execute(simulator, replace(every_cell(), recordings=())).trials[0]
    same_spikes(without, first(simulator, execute))
