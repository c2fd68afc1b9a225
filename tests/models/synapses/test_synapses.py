"""Synapse models: what their language can say, what it refuses, and that text keeps them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from synapse_models import BERNOULLI, PAIR_STDP, TSODYKS_MARKRAM, WRITTEN, number

from unisono.models.cells.model import CellModel
from unisono.models.errors import ModelError, UnknownName
from unisono.models.synapses import SYNAPSES, SynapseModel
from unisono.models.synapses.common import CONSTANT_WEIGHT

#: What a rule is without its events.
QUIET = {"on_pre": "", "on_post": ""}


@pytest.mark.parametrize("model", [*WRITTEN, *SYNAPSES.values()], ids=lambda model: model.name)
def test_text_keeps_a_model(model):
    assert SynapseModel.from_text(model.to_text()) == model
    assert SynapseModel.from_text(model.to_text()).digest == model.digest
    assert model.units["weight"] == "receptor"


def test_the_static_synapse_delivers_its_weight():
    static, weight = SYNAPSES["StaticSynapse"], np.array([1.0, 2.0])
    assert static.is_static and static.states == () and static.sent == "weight"
    assert static.delivered({"weight": weight}) is weight
    with pytest.raises(UnknownName, match=r"Unknown synapse model 'StaticSynaps'\. Did you mean 'StaticSynapse'\?"):
        SYNAPSES["StaticSynaps"]


def test_what_spikes_do_not_change_is_static_whatever_it_is_made_of():
    gain = SynapseModel("Gain", CONSTANT_WEIGHT | {"gain": number(2.0)}, on_pre="g = 2*gain : 1", send="g*weight")
    assert gain.is_static
    assert gain.delivered({"weight": np.array([1.0, 2.0]), "gain": 3.0}).tolist() == [6.0, 12.0]


def test_a_state_may_begin_as_a_parameter():
    model = SYNAPSES["MultiQuantalSynapse"]
    assert model.begins({"n": 7.0}) == {"seed": 0.0, "a": 7.0, "empty": 1.0, "u": 0.0}
    with pytest.raises(ModelError, match="'a' cannot begin as 'tau_rec'"):
        replace(model, initially={"a": "tau_rec"})


def test_a_draw_belongs_to_a_spike():
    with pytest.raises(ModelError, match=r"binomial\(\) belongs to what a spike does"):
        replace(BERNOULLI, equations="dseed/dt = binomial(3, p, 0.5)/ms : 1")
    with pytest.raises(ModelError, match=r"binomial\(\) belongs to what a spike does"):
        CellModel("Draws", {}, "dv/dt = binomial(3, 0.5, 0.5)*mV/ms : mV", threshold="v > 3*mV", refractory="")


def test_a_pair_rule_has_a_trace_a_side():
    assert not PAIR_STDP.is_static
    assert PAIR_STDP.states == ("weight",)
    assert PAIR_STDP.traces == ("x", "y")
    assert PAIR_STDP.initial == {"weight": 0.0}
    assert PAIR_STDP.shared == ("tau_plus", "tau_minus")
    assert [(e.state, e.rhs, e.unit) for e in PAIR_STDP.pre_side.system] == [("x", "-x / tau_plus", "1")]
    assert [(s.state, s.expression) for s in PAIR_STDP.post_side.statements] == [("y", "y + 1.0")]
    (depression,) = PAIR_STDP.pre_statements
    assert (depression.state, depression.expression) == ("weight", "max(weight - A_minus * w_max * y, 0.0)")


def test_values_named_in_an_event_can_be_sent():
    assert [s.state for s in TSODYKS_MARKRAM.pre_statements] == ["u", "released", "x", "y"]
    assert TSODYKS_MARKRAM.sent == "weight * released"
    assert TSODYKS_MARKRAM.system[0].rhs == "(1.0 - x - y) / tau_rec"
    values = {"weight": 2.0, "U": 0.5, "x": 1.0, "y": 0.0, "u": 0.0}
    assert TSODYKS_MARKRAM.delivered(values) == 1.0


def test_a_release_is_a_draw_in_whole_numbers():
    seeds = np.arange(1, 2001) * 1073741.0
    released = BERNOULLI.delivered({"weight": 1.0, "p": 0.25, "seed": seeds})
    drawn = np.array([float(int(16807 * s) % 2147483647) for s in seeds])
    assert set(released) == {0.0, 1.0}
    np.testing.assert_array_equal(released == 1.0, drawn <= np.floor(0.25 * 2147483647))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"send": "x"}, "Synapse model 'PairSTDP', send, line 1: the unit of send is receptor, that of the right-hand"),
        ({"send": "weight*nothing"}, "unknown symbol 'nothing'"),
        ({"on_pre": "x = 1"}, r"'x' is not a state variable\.\n    x = 1\n    \^\nChoose one of: weight"),
        ({"on_pre": "weight = y"}, "the unit of weight is receptor, that of the right-hand side 1"),
        ({"on_pre": "dweight/dt = 0 : receptor"}, "has two equations"),
        ({"on_pre": "dz/dt = 0 : 1"}, "an equation is not a statement"),
        ({"on_pre": "x = 1 : 1"}, "'x' has two equations"),
        ({"on_post": "weight += w"}, "on_post, line 1: unknown symbol 'w'"),
        ({"pre": "dx/dt = -y/tau_plus : 1; x += 1"}, "pre, line 1: unknown symbol 'y'"),
        ({"pre": "dx/dt = -x/tau_plus : 1; y += 1"}, "pre, line 2: 'y' is not a state variable"),
        ({"pre": "dx/dt = -x : 1"}, "the unit of dx/dt is kHz"),
        ({"post": "dx/dt = -x/tau_minus : 1"}, "'x' has two equations"),
        ({"equations": "dweight/dt = x*weight/tau_plus : receptor"}, "unknown symbol 'x'"),
        ({"equations": "dw/dt = 0 : receptor", "send": "w", **QUIET}, "no parameter or state 'weight'"),
        ({"equations": "dweight/dt = 0 : nA", "send": "w_max", **QUIET}, "no parameter or state 'weight'"),
        ({"initial": {"z": 1.0}}, "has no state variable 'z'"),
        ({"random": ("x",)}, "has no state variable 'x'"),
    ],
)
def test_what_is_wrong_is_refused_with_the_place(changes, message):
    with pytest.raises(ModelError, match=message):
        replace(PAIR_STDP, **changes)


def test_a_damaged_definition_is_refused():
    with pytest.raises(ModelError, match="The definition of a synapse model cannot be read"):
        SynapseModel.from_text('{"name": "a"}')
