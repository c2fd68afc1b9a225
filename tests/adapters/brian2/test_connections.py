"""What the synapses of one object keep: one number where none differs, now or after a change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.brian2 import compiler
from unisono.adapters.brian2.assembly import Assembly
from unisono.adapters.codegen.printers.brian2 import in_synapse
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.models.network import Change, Epoch, Network, Population, Projection, Trial

CELLS = Population("cells", "IF_curr_exp", 3)
WEIGHTS = np.array([0.5, 0.25])


def projection(weight=0.5, delay=2) -> Projection:
    return Projection("p", 0, 0, [2, 0], [1, 2], weight, delay)


def network(*projections: Projection, change: Change | None = None) -> Network:
    trials = (Trial((Epoch(10), Epoch(10, (change,) if change else ()))),)
    return Network(0.1, (CELLS,), projections, trials=trials)


def made(given: Network, live: bool = False):
    """The values of a network's synapses."""
    compiler.configure(Settings(options={"target": "numpy"}))
    assembly = Assembly(given, Settings(), SynapseValues(given), live)
    assembly.fill()
    (connections,) = set(assembly._connections.values())
    return connections


@pytest.mark.parametrize(
    ("given", "live", "size"),
    [
        (network(projection()), False, 1),
        (network(projection()), True, 2),
        (network(projection(WEIGHTS)), False, 2),
        (network(projection(), projection()), False, 1),
        (network(projection(), projection(0.25)), False, 4),
        (network(projection(), change=Change("synapse", 0, "weight", np.float64(0.3))), False, 1),
        (network(projection(), change=Change("synapse", 0, "weight", WEIGHTS)), False, 2),
        (network(projection(), projection(), change=Change("synapse", 1, "weight", np.float64(0.3))), False, 4),
        (network(projection(delay=[2, 3]), change=Change("synapse", 0, "weight", np.float64(0.3))), False, 2),
    ],
)
def test_a_weight_that_never_differs_is_kept_once(given, live, size):
    assert made(given, live)[in_synapse("weight")].size == size


def test_synapses_lie_by_source_with_their_values():
    found = made(network(projection(WEIGHTS, [4, 3]), projection(0.125, 2)))
    assert found["_synaptic_pre"].tolist() == [0, 0, 2, 2]
    assert found["_synaptic_post"].tolist() == [2, 2, 1, 1]
    assert found[in_synapse("weight")].tolist() == [0.25, 0.125, 0.5, 0.125]
    assert found._waiting.tolist() == [2.0, 1.0, 3.0, 1.0]


def test_steps_beyond_single_precision_stay_exact():
    longest = (1 << 24) + 2
    found = made(replace(network(projection(delay=[longest, 1])), dt=1e-3))
    assert found._waiting.tolist() == [0.0, longest - 1]
