"""The microcircuit: its numbers as published, and what scaling keeps of a cell's input."""

from types import SimpleNamespace

import numpy as np
import pyNN.mock as mock
import pytest

from unisono.models.library import build_network, potjans_diesmann
from unisono.models.library.potjans_diesmann import (
    EXTERNAL,
    RATE,
    RATES,
    SIZES,
    offsets,
    psc,
    synapse_numbers,
    weights,
)

#: Of the paper's table 5 and the reference implementation at full scale.
SYNAPSES = 298_880_970
TAU_SYN = 0.5e-3


@pytest.fixture(scope="module")
def network():
    return build_network("potjans_diesmann", n_scaling=0.02, k_scaling=0.1, input="dc", duration=1.0)


def test_the_full_network_is_the_published_one():
    assert SIZES.sum() == 77_169
    numbers = synapse_numbers()
    assert numbers.sum() == SYNAPSES
    # with so many synapses drawn with replacement, a pair is connected with the published probability; half a synapse
    # of the smallest projection changes it by 4e-7
    pairs = np.outer(SIZES, SIZES).astype(float)
    assert -np.expm1(numbers * np.log1p(-1 / pairs)) == pytest.approx(potjans_diesmann.PROBABILITIES, abs=5e-7)
    # 87.8 pA, and a potential of 0.15 mV at its maximum
    assert 1000 * psc() == pytest.approx(87.8, abs=0.01)
    t = np.linspace(0, 10, 100_001)
    potential = psc() / 0.25 * 0.5 * 10 / 9.5 * (np.exp(-t / 10) - np.exp(-t / 0.5))
    assert potential.max() == pytest.approx(0.15, rel=1e-8)
    assert weights()[0, 2] == 2 * psc() and (weights()[:, 1::2] == -4 * psc()).all()


def test_synapses_are_as_many_as_the_formula_says_with_the_published_values(network):
    numbers = synapse_numbers(0.02, 0.1)
    means = weights(0.1)
    found = np.zeros((8, 8), int)
    multapses = autapses = 0
    for p in network.projections:
        place = p.post_population, p.pre_population
        found[place] = p.size
        source_inhibitory = p.pre_population % 2
        assert p.receptor == ("inhibitory" if source_inhibitory else "excitatory")
        mean, delay = means[place], (7.5 if source_inhibitory else 15.0)
        # four standard errors; of delays below half a step, a few are drawn again
        assert p.weight.mean() == pytest.approx(mean, abs=4 * 0.1 * abs(mean) / np.sqrt(p.size))
        assert p.delay.mean() == pytest.approx(1.03 * delay, abs=0.02 * delay + 4 * 0.5 * delay / np.sqrt(p.size))
        assert (p.weight == p.weight.astype(np.float32)).all() and p.delay.min() >= 1
        indegree = np.bincount(p.post, minlength=network.populations[p.post_population].size)
        expected = p.size / indegree.size
        assert indegree.mean() == expected
        if p.size > 2000:
            # drawn with replacement: in-degrees are binomial, and sources as often drawn as others
            assert indegree.var() == pytest.approx(expected, rel=6 * np.sqrt(2 / indegree.size))
            assert p.weight.std() == pytest.approx(0.1 * abs(mean), rel=0.1)
            outdegree = np.bincount(p.pre, minlength=network.populations[p.pre_population].size)
            assert outdegree.var() == pytest.approx(outdegree.mean(), rel=6 * np.sqrt(2 / outdegree.size))
        pairs = p.pre.astype(np.int64) << 32 | p.post
        multapses += p.size - np.unique(pairs).size
        autapses += int((p.pre == p.post).sum()) if p.pre_population == p.post_population else 0
        assert (np.diff(p.post.astype(int)) >= 0).all()
    assert (found == numbers).all()
    assert multapses and autapses


@pytest.mark.parametrize("k", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("poisson", [False, True])
def test_fewer_synapses_keep_mean_and_variance_of_the_input(k, poisson):
    indegrees = synapse_numbers() / SIZES[:, None]

    def moments(k):
        """Mean (nA) and variance of a cell's input at the published rates, in the diffusion approximation."""
        w = weights(k)
        mean = TAU_SYN * (w * indegrees * k) @ RATES + offsets(k, poisson)
        variance = TAU_SYN / 2 * (w**2 * indegrees * k) @ RATES
        if poisson:
            outside = psc() / np.sqrt(k)
            mean += TAU_SYN * outside * EXTERNAL * k * RATE
            variance += TAU_SYN / 2 * outside**2 * EXTERNAL * k * RATE
        return mean, variance

    for scaled, full in zip(moments(k), moments(1.0), strict=True):
        assert scaled == pytest.approx(full, rel=1e-12)
    assert offsets(1.0, True) == pytest.approx(np.zeros(8), abs=1e-15)


def test_the_current_stands_for_the_input_from_outside(network):
    offset = [float(p.parameters["i_offset"]) for p in network.populations]
    assert offset == pytest.approx(offsets(0.1, False), rel=1e-15)
    # 0.3512 pA for each synapse from outside (the model description of the reference implementation says 0.3)
    assert offsets(1.0, False) == pytest.approx(EXTERNAL * 3.512e-4, rel=1e-3)
    driven = build_network("potjans_diesmann", n_scaling=0.01, k_scaling=0.5, duration=50.0)
    sources = [p for p in driven.populations if p.is_source]
    assert [float(p.parameters["rate"]) for p in sources] == [RATE * k / 2 for k in EXTERNAL]
    into = [p for p in driven.projections if driven.populations[p.pre_population].is_source]
    assert [float(p.weight) for p in into] == pytest.approx(np.full(8, psc() / np.sqrt(0.5)))


def test_one_seed_is_one_network_and_blocks_change_nothing_of_the_numbers(monkeypatch):
    options = {"n_scaling": 0.01, "k_scaling": 0.05, "input": "dc", "duration": 1.0}
    first, again, other = (build_network("potjans_diesmann", **options, seed=s) for s in (1, 1, 2))
    assert first.fingerprint == again.fingerprint != other.fingerprint
    monkeypatch.setattr(potjans_diesmann, "BLOCK", 100)
    blocks = build_network("potjans_diesmann", **options, seed=1)
    for whole, parts in zip(first.projections, blocks.projections, strict=True):
        assert (whole.post == parts.post).all()


def test_a_backend_of_pynn_gets_the_same_synapses():
    options = {"n_scaling": 0.005, "k_scaling": 0.01, "input": "dc", "duration": 1.0}
    made = []

    class Projection(mock.Projection):
        def __init__(self, *args, **values):
            super().__init__(*args, **values)
            made.append(self)

    backend = SimpleNamespace(**{**vars(mock), "Projection": Projection})
    populations = potjans_diesmann.build(backend, **options)
    here = build_network("potjans_diesmann", **options)
    assert [p.size for p in populations] == [p.size for p in here.populations]
    assert len(made) == len(here.projections) == 53
    for theirs, ours in zip(made, here.projections, strict=True):
        pre, post, weight, delay = np.array(theirs.get(["weight", "delay"], "list")).T
        assert (pre == ours.pre).all() and (post == ours.post).all() and (weight == ours.weight).all()
        assert (np.rint(delay / 0.1) == ours.delay).all()
