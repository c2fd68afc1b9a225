"""Closed forms of what happens between two spikes, against the equations themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from unisono.adapters.codegen.program import LENGTH
from unisono.adapters.codegen.synapse_flow import STEPS, Decay, moved
from unisono.models.dynamics.expressions import evaluate, parse_expression
from unisono.models.dynamics.model import Equation
from unisono.models.errors import UnsupportedFeature
from unisono.models.synapses import SYNAPSES

TSODYKS_MARKRAM = SYNAPSES["TsodyksMarkramSynapse"]


def carried_out(system: tuple[Equation, ...], values: dict[str, float], past: float) -> dict[str, float]:
    known = {**values, STEPS: past, LENGTH: 1.0}
    for assignment in moved("Synapse model", "tried", system):
        known[assignment.target] = float(evaluate(parse_expression(assignment.expression), known))
    return {equation.state: known[equation.state] for equation in system}


def integrated(system: tuple[Equation, ...], values: dict[str, float], past: float) -> dict[str, float]:
    names = [equation.state for equation in system]

    def slopes(_: float, states: np.ndarray) -> list[float]:
        known = {**values, **dict(zip(names, states, strict=True))}
        return [float(evaluate(equation.tree, known)) for equation in system]

    found = solve_ivp(slopes, (0, past), [values[n] for n in names], "LSODA", rtol=1e-12, atol=1e-14)
    return dict(zip(names, found.y[:, -1].tolist(), strict=True))


@given(
    st.floats(0.1, 300.0),
    st.sampled_from([0.5, 3.0, 50.0, 800.0]),
    st.sampled_from([0.5, 3.0, 50.0]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_facilitation_and_depression_follow_their_equations(past, tau_rec, tau_psc, x, share):
    values = {"tau_rec": tau_rec, "tau_psc": tau_psc, "tau_facil": 20.0, "x": x, "y": (1 - x) * share, "u": 0.7}
    found, right = (way(TSODYKS_MARKRAM.system, values, past) for way in (carried_out, integrated))
    assert found == pytest.approx(right, rel=1e-9, abs=1e-11)


def test_nothing_moves_in_no_time_and_what_has_no_time_constant_is_gone_at_once():
    values = {"tau_rec": 100.0, "tau_psc": 1e-30, "tau_facil": 0.0, "x": 0.4, "y": 0.3, "u": 0.7}
    assert carried_out(TSODYKS_MARKRAM.system, values, 0.0) == {"x": 0.4, "y": 0.3, "u": 0.7}
    later = carried_out(TSODYKS_MARKRAM.system, values, 0.1)
    assert (later["y"], later["u"]) == (0.0, 0.0)
    assert later["x"] == pytest.approx(1 - 0.6 * np.exp(-0.1 / 100.0), rel=1e-12)


def test_a_decay_is_written_in_one_way():
    decay, assignment = moved("Synapse model", "tried", (Equation("x", "-x / tau", "1"),))
    assert isinstance(decay, Decay) and decay.steps == STEPS
    assert decay.expression == "exp(-(past__steps*dt__ms)/(tau))"
    assert assignment.expression == f"x*{decay.target}"


@pytest.mark.parametrize(
    ("rhs", "right"),
    [
        ("k", lambda t: 0.5 + 0.3 * t),
        ("-(k*x)", lambda t: 0.5 * np.exp(-0.3 * t)),
        ("k - x", lambda t: 0.3 + 0.2 * np.exp(-t)),
        ("(k - x)/tau", lambda t: 0.3 + 0.2 * np.exp(-t / 4)),
        ("k/tau - x/(2*tau)", lambda t: 0.6 - 0.1 * np.exp(-t / 8)),
    ],
)
def test_simple_equations_have_their_known_solutions(rhs, right):
    found = carried_out((Equation("x", rhs, "1"),), {"x": 0.5, "k": 0.3, "tau": 4.0}, 1.7)
    assert found["x"] == pytest.approx(right(1.7), rel=1e-13)


@pytest.mark.parametrize(
    "system",
    [
        (("x", "x/tau"),),
        (("x", "-x*x/tau"),),
        (("x", "-exp(x)"),),
        (("x", "(y - x)/tau"), ("y", "(z - y)/tau"), ("z", "-z/tau")),
        (("x", "(y - x)/tau"), ("y", "(x - y)/tau")),
    ],
)
def test_what_has_no_closed_form_is_refused(system):
    with pytest.raises(UnsupportedFeature, match="'tried': between spikes its equations have no closed form"):
        moved("Synapse model", "tried", tuple(Equation(state, rhs, "1") for state, rhs in system))


def test_a_state_that_stands_still_is_driven_by_others():
    system, past = SYNAPSES["DopamineSTDP"].system, 30.0
    values = {"weight": 0.5, "cn": 2e-3, "c": 0.1, "n": 0.02, "b": 1e-3, "tau_c": 1000.0, "tau_n": 200.0}
    rate = 1 / 1000.0 + 1 / 200.0
    right = 0.5 + 2e-3 * -np.expm1(-past * rate) / rate - 1e-4 * 1000.0 * -np.expm1(-past / 1000.0)
    assert carried_out(system, values, past)["weight"] == pytest.approx(right, rel=1e-14)
