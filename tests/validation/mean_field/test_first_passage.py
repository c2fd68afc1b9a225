"""Rate and CV of a cell under white noise: limits, the defining integrals, published numbers."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import erf, zetac

from unisono.validation.mean_field.first_passage import ALPHA, Cell, interval, irregularity, rate

CELL = Cell(tau_m=20.0, tau_refrac=2.0, threshold=20.0, reset=10.0)


@pytest.mark.parametrize(("mean", "sd"), [(12.0, 4.0), (18.0, 1.5), (25.0, 3.0), (60.0, 10.0), (-30.0, 20.0)])
def test_rate_is_the_integral_that_defines_it(mean, sd):
    low, high = (10.0 - mean) / sd, (20.0 - mean) / sd
    whole = float(mpmath.quad(lambda u: mpmath.exp(u * u) * mpmath.erfc(-u), np.linspace(low, high, 9).tolist()))
    assert rate(CELL, mean, sd) == pytest.approx(1000.0 / (2.0 + 20.0 * math.sqrt(math.pi) * whole), rel=1e-8)


@pytest.mark.parametrize(("mean", "sd"), [(12.0, 4.0), (18.0, 3.0), (25.0, 5.0)])
def test_cv_is_the_double_integral_that_defines_it(mean, sd):
    low, high = (10.0 - mean) / sd, (20.0 - mean) / sd
    whole = dblquad(lambda y, x: math.exp(x * x + y * y) * (1 + erf(y)) ** 2, low, high, -9.0, lambda x: x)[0]
    expected = math.sqrt(2 * math.pi * whole) * 20.0 * rate(CELL, mean, sd) / 1000.0
    assert irregularity(CELL, mean, sd) == pytest.approx(expected, rel=1e-5)


def test_without_noise_a_cell_is_a_clock():
    closed = 2.0 + 20.0 * math.log((30.0 - 10.0) / (30.0 - 20.0))
    assert interval(CELL, 30.0) == pytest.approx(closed, rel=1e-14)
    assert rate(CELL, 30.0, 0.0) == pytest.approx(1000.0 / closed) and irregularity(CELL, 30.0, 0.0) == 0.0
    assert rate(CELL, 30.0, 0.01) == pytest.approx(1000.0 / closed, rel=1e-4)
    assert irregularity(CELL, 30.0, 0.01) < 0.01
    assert rate(CELL, 20.0, 0.0) == 0.0 and irregularity(CELL, 20.0, 0.0) is None


def test_rare_spikes_are_those_of_a_poisson_process():
    assert irregularity(CELL, 5.0, 3.0) == pytest.approx(1.0, abs=2e-3)
    assert irregularity(CELL, 0.0, 2.0) == 1.0
    assert rate(CELL, 0.0, 0.5) == 0.0 and irregularity(CELL, 0.0, 0.5) is None


def test_slow_synapses_lower_the_rate_as_a_higher_threshold_does():
    assert pytest.approx(math.sqrt(2) * abs(1 + zetac(0.5)), rel=1e-14) == ALPHA
    shift = 4.0 * ALPHA / 2 * math.sqrt(0.5 / 20.0)
    shifted = Cell(20.0, 2.0, 20.0 + shift, 10.0 + shift)
    assert rate(CELL, 15.0, 4.0, 0.5) == pytest.approx(rate(shifted, 15.0, 4.0), rel=1e-12)
    assert np.all(np.diff([rate(CELL, 15.0, 4.0, tau) for tau in (0.0, 0.5, 2.0)]) < 0)
