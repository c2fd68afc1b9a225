"""Synapse types from rules as text: what they become, and what is said of text that is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import unisono
from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.models import pynn as sim
from unisono.models.errors import ModelError, NetworkError, UnsupportedFeature
from unisono.models.pynn.simulator import capturing

#: The rule of the documentation.
RULE: dict[str, Any] = {
    "parameters": {
        "tau_plus": "20 ms",
        "tau_minus": "20 ms",
        "A_plus": (0.01, "1"),
        "A_minus": (0.012, "1"),
        "w_max": "0.1 nA",
    },
    "pre": "dx/dt = -x/tau_plus : 1; x += 1",
    "post": "dy/dt = -y/tau_minus : 1; y += 1",
    "on_post": "weight = min(weight + A_plus*w_max*x, w_max)",
    "on_pre": "weight = max(weight - A_minus*w_max*y, 0)",
}


def captured(synapse: Any) -> Any:
    with capturing() as capture:
        sim.setup(timestep=0.1)
        cells = sim.Population(3, sim.IF_cond_exp())
        sim.Projection(cells, cells, sim.OneToOneConnector(), synapse)
        sim.run(1.0)
    return capture.network()


def test_a_rule_becomes_a_synapse_type():
    rule = unisono.synapse("STDP", **RULE)
    network = captured(rule(weight=0.05, delay=1.0, A_plus=0.02, dendritic_delay_fraction=0.5))
    (part,) = network.projections
    assert (part.synapse, part.initial["weight"], part.parameters["A_plus"]) == ("STDP", 0.05, 0.02)
    assert (part.axonal, part.dendritic) == (5, 5)
    assert part.model.units["w_max"] == "receptor" and part.model.parameters["tau_plus"].positive
    assert part.model == rule(weight=0.0).model


def test_a_weight_that_no_statement_changes_is_a_parameter():
    gain = unisono.synapse("Gain", parameters={"gain": (2.0, "1")}, send="gain*weight")
    (part,) = captured(gain(weight=0.5)).projections
    assert part.model.is_static and part.parameters["weight"] == 0.5 and float(part.delivered) == 1.0


def test_numbers_of_a_generator_are_drawn_for_each_synapse():
    coin = unisono.synapse(
        "Coin",
        parameters={},
        equations="dseed/dt = 0 : 1",
        on_pre="seed = mod(16807*seed, 2147483647)",
        send="weight*min(1, mod(seed, 2))",
        random=("seed",),
    )
    network = captured(coin(weight=0.5))
    assert np.unique(network.projections[0].initial["seed"]).size == 3
    with pytest.raises(UnsupportedFeature, match="random numbers of Coin need larger whole numbers than single"):
        registry.get("pygenn").check(network, Settings(precision="single"))


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("a b", {}, "'a b' cannot be the name of a synapse model"),
        ("TripletSTDP", {}, "'TripletSTDP' is a synapse model of Unisono"),
        ("STDP", {"parameters": {"tau_plus": 20.0}}, "parameter 'tau_plus': the unit of 20.0 is missing"),
        ("STDP", {"parameters": {"tau_plus": "fast"}}, "parameter 'tau_plus': 'fast' is not a number with a unit"),
        ("STDP", {"pre": "dx/dt = -x/tau_plus; x += 1"}, "'STDP', pre, line 1: the unit of 'x' is missing"),
        ("STDP", {"pre": "dx/dt = -x/tau_plus : ms; x += 1"}, "'STDP', pre"),
        ("STDP", {"on_post": "weight += A_plus*z"}, "'STDP', on_post, line 1: unknown symbol 'z'"),
        ("STDP", {"on_post": "weight += A_plus*x"}, "'STDP', on_post, line 1: the unit of weight is receptor"),
        ("STDP", {"on_post": "x = 0"}, "'STDP', on_post, line 1: 'x' is not a state variable"),
        ("STDP", {"send": "__import__('os')"}, "'STDP', send, line 1"),
    ],
)
def test_what_is_wrong_is_shown_at_its_place(name, changes, words):
    with pytest.raises(ModelError) as error:
        unisono.synapse(name, **(RULE | changes))
    assert words in str(error.value)


def test_values_out_of_range_are_refused_by_name():
    rule = unisono.synapse("STDP", **RULE)
    with pytest.raises(ModelError, match=r"STDP: dendritic_delay_fraction is -0\.5"):
        rule(weight=0.05, dendritic_delay_fraction=-0.5)
    with pytest.raises(NetworkError, match="tau_plus"):
        captured(rule(weight=0.05, tau_plus=0.0))


def test_equations_without_a_closed_form_are_refused_before_anything_runs():
    odd = unisono.synapse(
        "Odd", parameters={"tau": "5 ms"}, equations="dz/dt = -z*z/tau : 1", on_pre="z += 1", send="weight*z"
    )
    network = captured(odd(weight=0.5))
    with pytest.raises(UnsupportedFeature, match="'Odd': between spikes its equations have no closed form"):
        registry.get("nest").check(network, Settings())
