"""No order changes a sum: not that of projections, of synapses, of threads, and no recording either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import recurrent

from unisono.adapters import registry
from unisono.adapters.contract.recording import TrialRecording
from unisono.models.network import Network, Projection

pytestmark = pytest.mark.parametrize("simulator", registry.names())

CELLS = ("IF_curr_exp", "IF_curr_delta", "IF_cond_exp")


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


def same(one: TrialRecording, other: TrialRecording) -> None:
    np.testing.assert_array_equal(one.spikes[1].steps, other.spikes[1].steps)
    np.testing.assert_array_equal(one.spikes[1].cells, other.spikes[1].cells)
    for a, b in zip(one.signals, other.signals, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


@pytest.mark.parametrize("cell", CELLS)
def test_the_order_of_synapses_and_projections_changes_no_bit(simulator, execute, cell):
    network = busy(cell)
    first = execute(simulator, network).trials[0]
    assert first.spikes[1].size > 10
    same(execute(simulator, shuffled(network, 1)).trials[0], first)


@pytest.mark.parametrize("cell", CELLS)
def test_threads_change_no_bit(simulator, execute, cell):
    if not registry.get(simulator).capabilities.threads:
        pytest.skip(f"{simulator} runs on one thread.")
    network = busy(cell)
    same(execute(simulator, network, threads=2).trials[0], execute(simulator, network).trials[0])


@pytest.mark.parametrize("cell", CELLS)
def test_recording_changes_no_spike(simulator, execute, cell):
    network = busy(cell)
    with_signals, without = execute(simulator, network), execute(simulator, replace(network, recordings=()))
    np.testing.assert_array_equal(with_signals.trials[0].spikes[1].steps, without.trials[0].spikes[1].steps)
