"""Arithmetic is parsed, nothing else, and has the value it should have."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from scipy.stats import binom

from unisono.models.dynamics.expressions import (
    FUNCTIONS,
    NotAnExpression,
    evaluate,
    names_in,
    parse_expression,
    substituted,
    without,
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 +", "cannot be read"),
        ("__import__('os')", "not a known function"),
        ("x.y", "not arithmetic"),
        ("[1]", "not arithmetic"),
        ("sin(x)", r"'sin' is not a known function \(known are exp, log"),
        ("x if y else z", "not arithmetic"),
        ("'a'", "not arithmetic"),
        ("True", "not arithmetic"),
        ("a >= b", "not arithmetic"),
        ("x % 2", "not arithmetic"),
        ("min(x)", "takes 2 arguments"),
        ("exp(*x)", "takes 1 argument"),
        ("exp(x=1)", "not a known function"),
        ("lambda: 1", "not arithmetic"),
        ("(x := 1)", "not arithmetic"),
        ("x\0", "cannot be read"),
        ("1e999", "not arithmetic"),
        ("(" * 900 + "1" + ")" * 900, "cannot be read"),
        ("-" * 3000 + "1", "cannot be read"),
    ],
)
def test_only_arithmetic_is_an_expression(text, says):
    with pytest.raises(NotAnExpression, match=says):
        parse_expression(text)


def test_the_place_is_told():
    with pytest.raises(NotAnExpression) as caught:
        parse_expression("1 + foo(x)*2")
    assert "1 + foo(x)*2"[caught.value.start : caught.value.end] == "foo(x)"


@pytest.mark.parametrize("text", ["v", "v < 3", "v >= a >= b", "(v >= a) + (w >= b)", "v == 1"])
def test_a_threshold_is_one_comparison(text):
    with pytest.raises(NotAnExpression):
        parse_expression(text, comparison=True)


def test_numbers_are_floats_so_that_one_half_is_a_half_in_every_language():
    assert ast.unparse(parse_expression("1/2 + v**2")) == "1.0 / 2.0 + v ** 2.0"


VALUES = {"x": 0.7, "y": -2.5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x**2", -0.49),
        ("x - y*2/4", 1.95),
        ("2**-1", 0.5),
        ("+x", 0.7),
        ("min(x, y)", -2.5),
        ("max(x, y)", 0.7),
        ("abs(y)", 2.5),
        ("floor(y)", -3.0),
        ("mod(16807*1000000000, 2147483647)", 16807 * 10**9 % (2**31 - 1)),
        ("exprel(0)", 1.0),
        ("exprel(x)", math.expm1(0.7) / 0.7),
        ("log(exp(x))", 0.7),
        ("sqrt(x*x)", 0.7),
        ("tanh(x)", math.tanh(0.7)),
        ("cosh(x)**2 - sinh(x)**2", 1.0),
    ],
)
def test_values(text, value):
    assert evaluate(parse_expression(text), VALUES) == pytest.approx(value, rel=1e-14)


def test_values_over_arrays():
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(
        evaluate(parse_expression("exprel(x)"), {"x": x}), [1 - math.exp(-1), 1, math.expm1(2) / 2]
    )
    condition = parse_expression("x > y", comparison=True)
    assert evaluate(condition, {"x": x, "y": 0.0}).tolist() == [False, False, True]


def test_a_binomial_count_is_where_the_cumulated_probability_reaches_the_chance():
    rng = np.random.RandomState(1)
    n, p, chance = rng.randint(0, 40, 5000).astype(float), rng.uniform(0, 1, 5000), rng.uniform(0, 1, 5000)
    n[:3], p[:3] = (7, 7, 1000), (0, 1, 0.5)
    tree, values = parse_expression("binomial(n, p, chance)"), {"n": n, "p": p, "chance": chance}
    # for the rarer outcome, so that no probability is too small for a number
    rare = np.where(p > 0.5, n - binom.ppf(1 - chance, n, 1 - p), binom.ppf(chance, n, p))
    np.testing.assert_array_equal(evaluate(tree, values), rare)
    np.testing.assert_array_equal(evaluate(tree, values, as_in_c=True), rare)
    assert np.isnan(evaluate(tree, {"n": 1001.0, "p": 0.5, "chance": 0.5}))


def test_every_function_has_been_tried():
    tried = {"binomial", "min", "max", "abs", "floor", "mod", "exprel", "log", "exp", "sqrt", "tanh", "cosh", "sinh"}
    assert tried == FUNCTIONS.keys()


def test_names_and_their_replacement():
    tree = parse_expression("a*exp(b) + a")
    assert names_in(tree) == {"a", "b"}
    changed = substituted(tree, {"a": parse_expression("c + 1")})
    assert ast.unparse(changed) == "(c + 1.0) * exp(b) + (c + 1.0)"
    assert names_in(tree) == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("140*mV", "140.0"),
        ("0.04/mV*v**2/ms", "0.04 * v ** 2.0"),
        ("0.001*uS/nS*g", "0.001 * g"),
        ("1e5*(uA/cm2)/(nA/um2)", "100000.0"),
        ("v/ms**2", "v"),
        ("mV + v", "1.0 + v"),
    ],
)
def test_names_of_units_vanish(text, left):
    ones = frozenset({"mV", "ms", "uS", "nS", "uA", "nA", "cm2", "um2"})
    assert ast.unparse(without(parse_expression(text), ones)) == left


def test_each_argument_has_the_bits_of_the_c_library_however_often_it_comes():
    steps = np.random.RandomState(1).randint(0, 40, (5, 60))
    found = evaluate(parse_expression("exp(-steps*0.1/17)"), {"steps": steps}, as_in_c=True)
    assert found.tolist() == [[math.exp(-n * 0.1 / 17) for n in row] for row in steps.tolist()]
    zeros = evaluate(parse_expression("tanh(x)"), {"x": np.array([0.0, -0.0])}, as_in_c=True)
    assert np.signbit(zeros).tolist() == [False, True]
