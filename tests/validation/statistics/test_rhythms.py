"""The largest peak of a spectrum and its Q."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.validation.statistics.curve import HAZARD, SPECTRUM, Curve
from unisono.validation.statistics.rhythms import rhythms_of


def spectrum(frequency: float, width: float, name: str = SPECTRUM) -> Curve:
    x = np.arange(1.0, 200.0, 0.5)
    y = 1 / (1 + ((x - frequency) / (width / 2)) ** 2)  # a Lorentzian, whose full width at half its height is the width
    return Curve(name, "cells", x, y, "Hz", "Hz²/Hz", "", "")


@pytest.mark.parametrize(("frequency", "width"), [(40.0, 8.0), (100.0, 50.0), (60.0, 3.0)])
def test_q_is_the_frequency_over_the_width(frequency, width):
    (found,) = rhythms_of([spectrum(frequency, width)])
    assert found.frequency == frequency
    assert found.q == pytest.approx(frequency / width, rel=0.03)
    assert found.to_dict() == {"population": "cells", "frequency": frequency, "q": found.q}


def test_a_peak_without_both_sides_is_none_and_other_curves_are_left_out():
    assert rhythms_of([spectrum(2.0, 40.0), spectrum(40.0, 8.0, HAZARD)]) == ()
    flat = spectrum(40.0, 8.0)
    assert rhythms_of([Curve(SPECTRUM, "c", flat.x, np.zeros_like(flat.x), "Hz", "", "", "")]) == ()
