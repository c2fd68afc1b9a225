"""Trains of a renewal process, added up from intervals."""

import numpy as np
import pytest

from unisono.models.inputs.common import renewals


def train(mean, stop, dead=0, begin=0.3):
    rng = np.random.RandomState(3)
    return renewals(begin, rng.standard_exponential, mean, stop, dead)


@pytest.mark.parametrize("dead", [0, 2])
def test_how_many_intervals_are_drawn_at_once_does_not_matter(dead):
    # the mean is told too large, so that there are many small draws
    whole, last = train(1.0, 5000, dead)
    for mean in (30.0, 1e6):
        again, again_last = train(mean, 5000, dead)
        np.testing.assert_array_equal(again, whole)
        assert again_last == last
    shorter, _ = train(1.0, 700, dead)
    np.testing.assert_array_equal(shorter, whole[whole <= 700])


def test_the_last_spike_and_the_end():
    steps, last = train(1.0, 200, dead=3)
    assert steps[-1] == np.ceil(last) <= 200
    assert np.diff(steps).min() == 3
    steps, last = train(1.0, 0, begin=0.3)
    assert (steps.size, last) == (0, 0.3)
    steps, last = train(1.0, 1, begin=1.0)
    assert steps[0] == 1
