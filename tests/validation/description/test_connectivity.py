"""The connection rule that drawn synapses fit."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.models.network import Network, Population, Projection
from unisono.validation.description.connectivity import connectivity, pattern_of, patterns_of

SIZE = 40


def network_of(pre: np.ndarray, post: np.ndarray, recurrent: bool = True) -> Network:
    populations = tuple(Population(label, "IF_curr_exp", SIZE) for label in ("a", "b"))
    return Network(0.1, populations, (Projection("p", 0, 0 if recurrent else 1, pre, post, 0.5, 10),))


def every(condition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pre, post = np.nonzero(condition)
    return pre, post


RNG = np.random.RandomState(3)
ALL = np.ones((SIZE, SIZE), bool)
IN_DEGREE = (np.concatenate([RNG.permutation(SIZE)[:7] for _ in range(SIZE)]), np.repeat(np.arange(SIZE), 7))


@pytest.mark.parametrize(
    ("ends", "recurrent", "rule"),
    [
        (every(ALL), True, "all to all"),
        (every(~np.eye(SIZE, dtype=bool)), True, "all to all, but not to itself"),
        ((np.arange(SIZE), np.arange(SIZE)), False, "one to one"),
        (IN_DEGREE, False, "fixed in-degree 7"),
        (IN_DEGREE[::-1], False, "fixed out-degree 7"),
        (every(RNG.rand(SIZE, SIZE) < 0.2), True, "each pair with probability 0."),
        ((np.arange(30), np.zeros(30, int)), False, "listed synapse by synapse"),
        ((np.array([], int), np.array([], int)), False, "no synapse"),
    ],
)
def test_rule(ends, recurrent, rule):
    network = network_of(*ends, recurrent)
    assert pattern_of(network, network.projections[0]).rule.startswith(rule)


def test_several_synapses_of_a_pair_and_onto_itself_are_seen():
    network = network_of(np.array([0, 0, 1]), np.array([2, 2, 1]))
    pattern = pattern_of(network, network.projections[0])
    assert pattern.multiple
    assert pattern.onto_themselves
    (row,) = connectivity(network, patterns_of(network)).parts[0].rows
    assert "several synapses a pair" in row[2]
    assert row[7:9] == ("0.5 nA, excitatory", "1 ms")
