"""Units fit or do not fit; nothing is converted."""

from __future__ import annotations

import pytest

from unisono.models.dynamics.expressions import parse_expression
from unisono.models.dynamics.units import UNITS, UnitMismatch, parse_unit, unit_of


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("nF*mV/ms", "nA"),
        ("uS*mV", "nA"),
        ("MOhm*nA", "mV"),
        ("MOhm*nF", "ms"),
        ("nS*mV", "pA"),
        ("mS/cm2*mV", "uA/cm2"),
        ("uF/cm2*mV/ms", "uA/cm2"),
        ("1/ms", "kHz"),
        ("um**2", "um2"),
        ("pF", "nF*nS/uS"),
        ("", "1"),
    ],
)
def test_these_are_the_same(a, b):
    assert parse_unit(a) == parse_unit(b)


@pytest.mark.parametrize(("a", "b"), [("nS*mV", "nA"), ("Hz", "kHz"), ("mV", "V"), ("uA/cm2", "nA/um2"), ("ms", "mV")])
def test_these_are_not(a, b):
    assert parse_unit(a) != parse_unit(b)


@pytest.mark.parametrize("text", ["mX", "ms+mV", "2*ms", "ms/", "ms**x", "exp(ms)", "__import__('os')"])
def test_these_are_no_units(text):
    with pytest.raises(ValueError, match=r"."):
        parse_unit(text)


@pytest.mark.parametrize("text", [*UNITS, "mV/ms", "1/mV**2/ms", "ms**2*nA"])
def test_a_unit_prints_as_what_it_is(text):
    assert parse_unit(str(parse_unit(text))) == parse_unit(text)


SYMBOLS = UNITS | {"v": UNITS["mV"], "w": UNITS["nA"], "g": UNITS["uS"], "c": UNITS["nF"], "x": UNITS["1"]}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("(g*v + w)/c", "mV/ms"),
        ("0.04/mV*v**2/ms", "mV/ms"),
        ("exp(v/(2*mV))", "1"),
        ("sqrt(v**2)", "mV"),
        ("abs(-v)", "mV"),
        ("min(v, 30*mV)", "mV"),
        ("max(v, 0)", "mV"),
        ("mod(16807*x, 2147483647)", "1"),
        ("x**0.3", "1"),
    ],
)
def test_the_unit_of_an_expression(text, unit):
    assert unit_of(parse_expression(text), SYMBOLS) == parse_unit(unit)


@pytest.mark.parametrize(
    ("text", "says", "place"),
    [
        ("v + w", r"'w' \(nA\) cannot be added to 'v' \(mV\)", "w"),
        ("v - 3", r"'3\.0' \(1\) cannot be added to 'v'", "3"),
        ("exp(v)", r"exp\(\) takes a number without unit", "v"),
        ("2**v", "an exponent is a number without unit", "v"),
        ("v**x", "must be a plain number", "x"),
        ("min(v, w)", "cannot be compared", "w"),
        ("tanh(x*v)", "takes a number without unit", "x*v"),
    ],
)
def test_a_mismatch_shows_the_place(text, says, place):
    with pytest.raises(UnitMismatch, match=says) as caught:
        unit_of(parse_expression(text), SYMBOLS)
    node = caught.value.node
    assert text[node.col_offset : node.end_col_offset] == place
