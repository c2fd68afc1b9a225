"""Names and numbers as parts of sentences."""

import pytest

from unisono.models.words import labelled, listed, with_unit


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.5e-15, "1", "1.5e-15"), (0.25, "mV", "0.25 mV"), (3.0, "", "3"), (2.0, "1/ms", "2 1/ms")],
)
def test_a_number_without_a_unit_stands_alone(value, unit, text):
    assert with_unit(value, unit) == text


def test_labelled():
    assert (labelled("m", "1"), labelled("v", "mV"), labelled("x", "")) == ("m", "v (mV)", "x")


def test_listed():
    assert [listed(names) for names in ([], ["a"], ["a", "b"], "abc")] == ["", "a", "a and b", "a, b and c"]
