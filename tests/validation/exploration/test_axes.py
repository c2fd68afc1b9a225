"""What is varied, as it is written, and what a network's measures are called."""

from __future__ import annotations

import pytest

from unisono.models.errors import UnisonoError
from unisono.validation.exploration.axes import Axis, parse_axes, parse_axis, points_of
from unisono.validation.exploration.regimes import REGIMES, regime_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("g=3:8:2.5", (3.0, 5.5, 8.0)),
        ("eta=0.9:1.2:0.1", (0.9, 1.0, 1.1, 1.2)),
        ("g=5:3:-1", (5.0, 4.0, 3.0)),
        ("g=3:8:2", (3.0, 5.0, 7.0)),
        ("g=4:4:1", (4.0,)),
        ("n=1000, 4e3", (1000.0, 4000.0)),
        ("cell=IF_curr_exp,IF_cond_exp", ("IF_curr_exp", "IF_cond_exp")),
        ("mode=1,two", ("1", "two")),
    ],
)
def test_an_axis_is_a_range_or_a_list(text, values):
    axis = parse_axis(text)
    assert axis.values == values and axis.name == text.partition("=")[0]
    assert len(axis.positions) == len(values) and axis.is_numeric is not isinstance(values[0], str)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ([], "varies one option or two, not 0"),
        (["a=1,2", "b=1,2", "c=1,2"], "not 3"),
        (["g"], "'g' names no option with its values"),
        (["=1:2:1"], "names no option"),
        (["g=1:2"], "'g=1:2' is not a range"),
        (["g=1:x:1"], "is not a range"),
        (["g=1:inf:1"], "is not a finite range"),
        (["g=3:8:0"], "does not lead from 3 to 8 in steps of 0"),
        (["g=3:8:-1"], "does not lead from 3 to 8 in steps of -1"),
        (["g=0:8:0.001"], "8,001 points"),
        (["g=0:8:0.1", "eta=0:4:0.1"], "3,321 points, and may have 1,000"),
        (["g=1,2,1"], "has a value twice"),
        (["g=1,2", "g=3,4"], "'g' is varied twice"),
        (["n=1,2"], "'n' is both set and varied"),
    ],
)
def test_what_cannot_be_varied_is_one_sentence(texts, said):
    with pytest.raises(UnisonoError, match=said):
        parse_axes(texts, {"n": "50"})


def test_the_first_axis_varies_fastest():
    points = points_of((Axis("g", (3.0, 4.0)), Axis("eta", (1.0, 2.0))))
    assert [tuple(p.items()) for p in points] == [(("g", g), ("eta", eta)) for eta in (1.0, 2.0) for g in (3.0, 4.0)]


@pytest.mark.parametrize(
    ("measures", "short"),
    [
        ((0.0, None, None, None), "Q"),
        ((330.0, 0.2, 1.0, 330.0), "SR"),
        ((80.0, 0.2, 0.3, 80.0), "AR"),
        ((60.0, 0.8, 1.0, 180.0), "SI fast"),
        ((5.0, 0.8, 2.0, 22.0), "SI slow"),
        ((40.0, 0.8, 0.5, 100.0), "AI"),
        ((1.0, None, 0.5, 100.0), "?"),
        ((None, None, None, None), "?"),
        ((5.0, 0.3, 0.5, 100.0, 2.0), "?"),
    ],
)
def test_a_regime_is_two_answers(measures, short):
    assert regime_of(*measures).short == short
    assert len({regime.short for regime in REGIMES}) == len(REGIMES)
