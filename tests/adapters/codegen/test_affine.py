"""Propagators against SciPy and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

from unisono.adapters.codegen.affine import NotLinear, affine, expm, linear_states, product, propagators
from unisono.models.cells import CELLS
from unisono.models.cells.model import parse_expression

SYSTEM = frozenset({"x", "y"})


@pytest.mark.parametrize("scale", [1e-8, 1e-2, 1.0, 30.0])
def test_expm_agrees_with_scipy(scale):
    matrices = np.random.RandomState(1).randn(20, 5, 5) * scale
    expected = scipy.linalg.expm(matrices)
    error = np.abs(expm(matrices) - expected).max(axis=(1, 2)) / np.abs(expected).max(axis=(1, 2))
    norm = np.abs(matrices).sum(axis=1).max(axis=1)
    # Against 40 digits of mpmath SciPy's relative error is up to 2e-14 (1 + norm) here, ours 1e-15 (1 + norm).
    assert (error <= 3e-14 * (1 + norm)).all()


def test_expm_of_zero_is_the_identity():
    assert np.array_equal(expm(np.zeros((2, 3, 3))), np.broadcast_to(np.eye(3), (2, 3, 3)))


def test_affine_form():
    form = affine(parse_expression("(a - x)/b + 2*(y + x)*a - -3"), {"a": np.float64(4), "b": np.float64(2)}, SYSTEM)
    assert form.constant == 5.0
    assert form.coefficients == {"x": 7.5, "y": 8.0}


@pytest.mark.parametrize("text", ["x*y", "a/x", "x**2", "exp(x)"])
def test_what_is_not_affine_is_refused(text):
    with pytest.raises(NotLinear):
        affine(parse_expression(text), {"a": np.float64(1)}, SYSTEM)


def test_linear_states():
    assert linear_states(CELLS["IF_curr_alpha"]) == CELLS["IF_curr_alpha"].states
    assert linear_states(CELLS["IF_cond_exp"]) == ("gsyn_exc", "gsyn_inh")


def test_equal_time_constants_are_no_special_case():
    model = CELLS["IF_curr_exp"]
    values = {n: np.float64(p.default) for n, p in model.parameters.items()} | {
        "tau_syn_E": np.array([20.0, 20.0 * (1 + 1e-9)])
    }
    step = propagators(model, values, 0.1, model.states)
    # tau_syn = tau_m: the response to a unit current is t exp(-t/tau) / cm.
    expected = 0.1 * np.exp(-0.1 / 20) / 1.0
    np.testing.assert_allclose(step["P__v__isyn_exc"], expected, rtol=1e-9)


def test_products_are_summed_in_their_order():
    a, b = np.random.RandomState(1).uniform(-1.0, 1.0, (2, 3, 5, 5))
    for found, left, right in zip(product(a, b), a.tolist(), b.tolist(), strict=True):
        for i, row in enumerate(left):
            for j in range(5):
                total = 0.0
                for k in range(5):
                    total += row[k] * right[k][j]
                assert found[i, j] == total
