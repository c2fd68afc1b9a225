"""Numbers with their units as text: one without a unit stands alone."""

import pytest

from unisono.models.dynamics.quantities import labelled, quantity


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(1.5e-15, "1", "1.5e-15"), (0.25, "mV", "0.25 mV"), (3.0, "", "3"), (2.0, "1/ms", "2 1/ms")],
)
def test_quantity(value, unit, text):
    assert quantity(value, unit) == text


def test_labelled():
    assert (labelled("m", "1"), labelled("v", "mV"), labelled("x", "")) == ("m", "v (mV)", "x")
