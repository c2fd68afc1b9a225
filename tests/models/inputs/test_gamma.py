"""The hazard of a gamma process, near a spike and long after one."""

import numpy as np
import pytest

from unisono.models.inputs.gamma import age_after, cumulative_hazard

#: -log of the survival function of integer shapes: an Erlang distribution, Cox (1962), section 1.3.
ERLANG = {1: lambda z: z, 2: lambda z: z - np.log1p(z), 3: lambda z: z - np.log1p(z + z**2 / 2)}


@pytest.mark.parametrize("shape", ERLANG)
def test_cumulative_hazard(shape):
    # from 650 on the survival function cannot be had
    begin = np.array([0.0, 0.5, 30.0, 640.0, 700.0, 1e4, 1e6])
    end = begin + 2.0
    found = cumulative_hazard(np.full(begin.size, float(shape)), begin, end)
    wanted = ERLANG[shape](end) - ERLANG[shape](begin)
    # long after a spike the hazard is taken for constant: its change over two scales is 2 * (shape - 1) / age**2
    allowed = 1e-9 + np.where(begin > 640, 4 * (shape - 1) / np.maximum(begin, 1) ** 2, 0.0)
    assert (np.abs(found - wanted) <= allowed).all()


@pytest.mark.parametrize("shape", [0.05, 0.7, 1.0, 3.0, 250.0])
def test_age_after_is_the_inverse(shape):
    begin = np.array([0.0, 0.3, 5.0, 100.0, 2000.0, 1e5])
    for hazard in (0.01, 1.0, 8.0, 36.0):
        shapes = np.full(begin.size, shape)
        end = age_after(shapes, begin, np.full(begin.size, hazard))
        found = cumulative_hazard(shapes, begin, end)
        # differences of ages lose as many digits as ages have before the point
        assert np.allclose(found, hazard, rtol=1e-9, atol=1e-10 * (1 + begin.max()) ** 0.5)


def test_hazard_without_end():
    assert cumulative_hazard(np.array([2.0]), np.array([1.0]), np.array([1e9]))[0] == np.inf
