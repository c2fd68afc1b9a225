"""Cell models: what follows from their text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unisono.models.cells import CELLS
from unisono.models.errors import ModelError

LIF = CELLS["IF_curr_exp"]


def test_what_follows_from_the_text_of_a_leaky_cell():
    assert LIF.states == ("v", "isyn_exc", "isyn_inh")
    assert LIF.tested == ("v_reset", "v_thresh")
    assert LIF.threshold_parameter == "v_thresh"
    assert LIF.weight_unit("excitatory") == "nA"
    assert [(s.state, s.expression) for s in LIF.resets] == [("v", "v_reset")]
    assert LIF.condition == "v >= v_thresh"


def test_states_begin_at_zero_unless_the_model_says_otherwise():
    assert LIF.initial == {"v": -65.0, "isyn_exc": 0.0, "isyn_inh": 0.0}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"refractory": "cm"}, "the refractory period 'cm' must name a parameter in ms"),
        ({"refractory": "nothing"}, "the refractory period 'nothing'"),
        ({"recordable": ("w",)}, "has no state variable 'w'. It has: v, isyn_exc, isyn_inh"),
        ({"random": ("w",)}, "has no state variable 'w'"),
        ({"initial": {"w": 0.0}}, "has no state variable 'w'"),
        ({"reset": "cm = v_reset"}, "Cell model 'IF_curr_exp', reset, line 1: 'cm' is not a state variable"),
        ({"threshold": "v"}, "a threshold is one comparison"),
    ],
)
def test_what_is_wrong_is_refused(changes, says):
    with pytest.raises(ModelError, match=says):
        replace(LIF, **changes)


@pytest.mark.parametrize(
    ("threshold", "parameter"),
    [("v >= v_thresh + v_reset", "v_reset"), ("v >= v_thresh - v_reset", "v_thresh"), ("v >= 2*v_thresh", None)],
)
def test_the_parameter_that_shifts_the_threshold(threshold, parameter):
    assert replace(LIF, threshold=threshold).threshold_parameter == parameter
