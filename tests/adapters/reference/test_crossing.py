"""The first zero of a polynomial, against numpy.roots."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.adapters.reference.crossing import first_rise, from_powers, from_values, nodes


def rise(polynomial: np.polynomial.Polynomial) -> tuple[float, float] | None:
    return first_rise(from_powers(polynomial.degree()) @ polynomial.coef)


@pytest.mark.parametrize("seed", range(200))
def test_the_first_zero_of_random_polynomials_is_bracketed_and_no_other(seed):
    rng = np.random.RandomState(seed)
    zeros = rng.uniform(-0.5, 1.5, rng.randint(1, 9))
    polynomial = np.polynomial.Polynomial.fromroots(zeros)
    polynomial *= -np.sign(polynomial(0.0)) * 10.0 ** rng.uniform(-3, 3)
    inside = np.sort(zeros[(zeros > 0) & (zeros < 1)])
    bracket = rise(polynomial)
    if not inside.size:
        assert bracket is None
    else:
        low, high = bracket
        assert np.flatnonzero((inside >= low - 1e-9) & (inside <= high + 1e-9)).tolist() == [0]


def test_two_zeros_close_together_are_seen():
    # a maximum of 1e-13 above zero: samples would have to hit an interval of 6e-7
    polynomial = 1e-13 - np.polynomial.Polynomial([-0.3123, 1.0]) ** 2
    low, high = rise(polynomial)
    assert low <= 0.3123 - 1e-13**0.5 <= high
    assert rise(polynomial - 2e-13) is None


def test_a_beginning_at_zero_is_no_rise_unless_it_goes_up():
    assert rise(np.polynomial.Polynomial([0.0, -1.0])) is None
    assert rise(np.polynomial.Polynomial([1e-16, -1.0, 0.5])) is None
    assert rise(np.polynomial.Polynomial([0.0, 1.0])) == (0.0, 0.0)
    assert rise(np.polynomial.Polynomial([1e-16, -1.0, 2.0])) is not None


def test_values_at_the_nodes_give_the_same_coefficients_as_powers():
    polynomial = np.polynomial.Polynomial([-1.0, 3.0, -2.0, 0.5, 0.0, 1.0, -0.7])
    degree = polynomial.degree()
    assert from_values(degree) @ polynomial(nodes(degree)) == pytest.approx(from_powers(degree) @ polynomial.coef)
