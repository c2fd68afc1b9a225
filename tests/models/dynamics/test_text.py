"""Cell models check themselves; errors point at the place in the text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel
from unisono.models.errors import ModelError, NetworkError, UnknownName
from unisono.models.network import Population

IF = CELLS["IF_curr_exp"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"equations": "dv/dt = -v/tau : mV"}, r"equations, line 1: unknown symbol 'tau'\.\n .*\n {15}\^\^\^\n"),
        ({"equations": "dv/dt = v_rest/tau_m"}, "the unit of 'v' is missing"),
        ({"equations": "dv/dt = v_rest/tau_m : volts"}, "'volts' is not a unit"),
        ({"equations": "dv/dt = v_rest : mV"}, "the unit of dv/dt is mV/ms, that of the right-hand side mV"),
        ({"equations": "dv/dt = v_rest/tau_m + i_inj : mV"}, r"'i_inj' \(nA\) cannot be added"),
        ({"equations": "v is 3"}, "this is not an equation"),
        ({"equations": "v = 3*mV : mV (unless refractory)"}, "only a differential equation"),
        ({"equations": "dv/dt = v_rest/tau_m : mV\ndv/dt = 0*mV/ms : mV"}, "line 2: 'v' has two equations"),
        ({"equations": "dcm/dt = v_rest/tau_m : mV"}, "'cm' is a parameter"),
        ({"equations": "dt/dt = 1 : ms"}, "'t' cannot be the name"),
        ({"equations": "a = b : 1\nb = 2*a : 1\ndv/dt = a*mV/ms : mV"}, "is defined by itself"),
        ({"threshold": "v_thresh"}, "threshold, line 1: a threshold is one comparison"),
        ({"threshold": "v >= nothing"}, "unknown symbol 'nothing'"),
        ({"threshold": "v >= tau_m"}, "cannot be compared"),
        ({"reset": "v_reset"}, "reset, line 1: this is not a statement"),
        ({"reset": "v = v_reset; cm = 1*nF"}, "line 2: 'cm' is not a state variable"),
        ({"reset": "v = tau_m"}, "the unit of v is mV, that of the right-hand side ms"),
        ({"refractory": "v_rest"}, "refractory period 'v_rest' must name a parameter in ms"),
        ({"refractory": "nothing"}, "refractory period 'nothing' must name a parameter in ms"),
        ({"recordable": ("v", "g")}, "no state variable 'g'"),
    ],
)
def test_what_is_wrong_is_said_and_shown(changed, says):
    with pytest.raises(ModelError, match=says):
        replace(IF, **changed)


def test_definitions_are_inserted_and_units_removed():
    model = replace(
        IF,
        equations="""
            # a comment
            clamped = min(v, v_thresh) : mV
            drive = (v_rest - clamped)/tau_m : mV/ms   # another
            dv/dt = drive + 2*mV/ms : mV (unless refractory)
        """,
        receptors={},
        recordable=("v",),
        initial={},
    )
    (equation,) = model.system
    assert equation.rhs == "(v_rest - min(v, v_thresh)) / tau_m + 2.0"
    assert model.clamped == {"v"}
    assert model.initial == {"v": 0.0}


def test_a_reset_is_carried_out_in_order():
    model = replace(IF, reset="isyn_exc *= 2\nv = v_reset; isyn_inh -= isyn_exc")
    assert [(s.state, s.expression) for s in model.resets] == [
        ("isyn_exc", "isyn_exc * 2.0"),
        ("v", "v_reset"),
        ("isyn_inh", "isyn_inh - isyn_exc"),
    ]
    assert not model.edge_triggered
    assert replace(IF, reset="").edge_triggered


@pytest.mark.parametrize(
    ("threshold", "parameter"),
    [
        ("v >= v_thresh", "v_thresh"),
        ("v > v_thresh + isyn_exc*mV/nA", "v_thresh"),
        ("v > isyn_exc*mV/nA + v_thresh", "v_thresh"),
        ("v > 3*mV - v_thresh", None),
        ("v > 30*mV", None),
    ],
)
def test_the_parameter_that_lifts_the_threshold(threshold, parameter):
    assert replace(IF, threshold=threshold).threshold_parameter == parameter


def test_what_is_tested_and_watched():
    model = replace(IF, threshold="v >= v_thresh + isyn_exc*mV/nA", reset="v = v_reset + tau_m*mV/ms")
    assert model.tested == ("tau_m", "v_reset", "v_thresh")
    assert model.threshold_states == ("v", "isyn_exc")


@pytest.mark.parametrize("name", CELLS)
def test_a_model_comes_back_from_its_text(name):
    text = CELLS[name].to_text()
    assert CellModel.from_text(text) == CELLS[name]
    assert CellModel.from_text(text).to_text() == text


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"name": 1}', "null"])
def test_a_damaged_definition_is_refused(text):
    with pytest.raises(ModelError, match="cannot be read"):
        CellModel.from_text(text)


def test_equations_without_a_value_are_refused_with_the_population():
    text = "dv/dt = log(tau_m/ms)/(tau_m - tau_refrac)*mV : mV"
    model = replace(IF, equations=text, receptors={}, recordable=("v",), initial={})
    Population("a", "mine", 2, definition=model.to_text())
    with pytest.raises(NetworkError, match="the equation of 'v' is not a finite number"):
        Population("a", "mine", 2, {"tau_refrac": np.float64(20.0)}, definition=model.to_text())


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match=r"Choose one of: .*IF_cond_alpha"):
        CELLS["nothing"]
