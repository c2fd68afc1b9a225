"""Steps under load: conductances that are large against the capacitance, from 0.01 to 1000 times what a step resolves.

The truth is SciPy's Radau method at a tolerance of 1e-12.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import driven
from scipy.integrate import solve_ivp

from unisono.adapters.codegen.cell_step import ORDER_FOUR, step_program
from unisono.adapters.codegen.collocation import collocates
from unisono.adapters.codegen.derivative import derivative
from unisono.adapters.codegen.parts import LARGEST_LOAD
from unisono.adapters.codegen.substeps import population_step, refuse_other_step, substeps_for
from unisono.adapters.reference.stepped import step_of
from unisono.models.cells import CELLS
from unisono.models.dynamics.expressions import evaluate, parse_expression
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Epoch

LOADS = (0.01, 0.1, 0.5, 1.0, 1.5, 2.0, 2.8, 5.0, 10.0, 30.0, 100.0, 1000.0)

#: The largest error of v in one step, mV, for all of these loads.
LARGEST = {
    "IF_cond_exp": 4e-7,
    "IF_cond_exp_gsfa_grr": 4e-7,
    "IF_cond_exp_ip": 4e-7,
    "IF_facets_hardware1": 4e-7,
    "IF_cond_alpha": 3e-3,
    "EIF": 0.01,
    "EIF_cond_exp_isfa_ista": 0.01,
    "EIF_cond_alpha_isfa_ista": 0.01,
    "HH_cond_exp": 0.03,
    "HH": 0.03,
    "GIF_cond_exp": 0.03,
}

#: Injected, nA.
CURRENT = 0.3


def values_of(model, **given):
    return {name: np.array([given.get(name, p.default)]) for name, p in model.parameters.items()}


def begin(model, load, dt, random):
    """A state in which the synaptic conductances make that load."""
    parameters = {name: p.default for name, p in model.parameters.items()}
    capacity = parameters.get("cm", 0.2) * (parameters["area"] * 1e-5 if model.name == "HH" else 1.0)
    state = dict(model.initial) | {"v": random.uniform(-75.0, -60.0)}
    if "m" in state:
        # as below the upstroke: with an open gate far from rest v moves by 40 mV in a step, whatever the load
        state |= {"m": random.uniform(0.0, 0.4), "h": random.uniform(), "n": random.uniform()}
    share = random.uniform(0.0, 0.3 if model.name.startswith("EIF") else 1.0)
    alpha = "x_exc" in state
    for part, name in ((share, "exc"), (1.0 - share, "inh")):
        # From x the conductance of an alpha function rises to x; within the step it comes to a part of that.
        state[f"x_{name}" if alpha else f"gsyn_{name}"] = load / dt * capacity * part * (3.0 if alpha else 1.0)
    return state


def solved(model, state, values, dt, current):
    names = {name: float(value[0]) for name, value in values.items()} | {"i_inj": current}

    def slopes(_, y):
        here = names | dict(zip(model.states, y, strict=True))
        return np.array([float(evaluate(e.tree, here)) for e in model.system])

    start = [state[s] for s in model.states]
    return solve_ivp(slopes, (0.0, dt), start, method="Radau", rtol=1e-12, atol=1e-12).y[:, -1]


def stepped(model, state, values, dt, current, method=ORDER_FOUR[0]):
    program = step_program(model, substeps_for(model, values.items(), dt), method)
    start = np.array([[state[s]] for s in model.states])
    return step_of(program, values, dt)(start, np.array([current]), np.ones(1))[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("name", LARGEST)
def test_a_step_is_right_under_any_load(name, load):
    model, random = CELLS[name], np.random.default_rng(round(load * 100))
    dt, values = min(0.1, model.time_step[0]), values_of(model)
    for _ in range(3):
        state = begin(model, load, dt, random)
        truth = solved(model, state, values, dt, CURRENT)[0]
        assert abs(stepped(model, state, values, dt, CURRENT)[0] - truth) < LARGEST[name]


@pytest.mark.parametrize("name", ["IF_cond_exp", "IF_cond_alpha", "EIF_cond_exp_isfa_ista"])
def test_the_largest_loads_move_a_membrane_to_its_reversal_potentials(name):
    model, values = CELLS[name], values_of(CELLS[name])
    for load in (10.0, 1000.0):
        state = dict(model.initial) | {"gsyn_inh": load / 0.1 * model.parameters["cm"].default}
        moved = stepped(model, state, values, 0.1, CURRENT)[0]
        assert moved == pytest.approx(model.parameters["e_rev_I"].default, abs=0.6)


def test_izhikevich_cells_are_right_far_below_rest():
    model, values = CELLS["Izhikevich"], values_of(CELLS["Izhikevich"])
    for load in LOADS[3:]:
        state = {"v": -(load / 0.1 + 5.0) / 0.08, "u": -14.0}
        truth = solved(model, state, values, 0.1, 0.0)[0]
        assert abs(stepped(model, state, values, 0.1, 0.0)[0] - truth) < 3e-3 * abs(truth)


@pytest.mark.parametrize("method", ["collocation", "lobatto", "rk4"])
def test_every_method_has_order_four_under_load(method):
    model, values = CELLS["IF_cond_exp"], values_of(CELLS["IF_cond_exp"], cm=0.05)
    state = dict(model.initial) | {"v": -60.0, "gsyn_exc": 0.02, "gsyn_inh": 0.05}
    errors = []
    for steps in (8, 16, 32):
        here = state
        for _ in range(steps):
            here = dict(zip(model.states, stepped(model, here, values, 0.8 / steps, 0.0, method), strict=True))
        errors.append(abs(here["v"] - solved(model, state, values, 0.8, 0.0)[0]))
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx(4.0, abs=0.35)


def test_equations_choose_the_method_and_not_names():
    methods = {name: step_program(model).method for name, model in CELLS.items()}
    assert {name for name, method in methods.items() if method == "collocation"} == {
        "IF_cond_exp",
        "IF_cond_exp_gsfa_grr",
        "IF_cond_exp_ip",
        "IF_facets_hardware1",
    }
    assert {name for name, method in methods.items() if method == "lobatto"} == {"IF_cond_alpha"}
    own = replace(CELLS["IF_cond_exp"], name="mine")
    assert step_program(own).method == "collocation"
    clamp = own.equations.replace("gsyn_exc*(e_rev_E - v)", "gsyn_exc*(e_rev_E - max(v, e_rev_I))")
    assert step_program(replace(own, equations=clamp)).method == "rk4"


def test_collocation_needs_a_leak_and_a_rate_of_one_sign():
    model = CELLS["IF_cond_exp"]
    assert collocates(model, values_of(model), 0.1)
    assert not collocates(model, values_of(model, tau_m=1e6), 0.1)
    either = {name: replace(receptor, sign=0) for name, receptor in model.receptors.items()}
    assert not collocates(replace(model, receptors=either), values_of(model), 0.1)
    adapting = CELLS["IF_cond_exp_gsfa_grr"]
    assert not collocates(adapting, values_of(adapting, q_sfa=-1.0), 0.1)
    current = model.equations.replace("i_offset", "i_offset + isyn") + "\ndisyn/dt = -isyn/tau_syn_E : nA"
    moving = replace(model, equations=current)
    assert collocates(moving, values_of(moving, tau_m=50.0), 0.1)
    assert not collocates(moving, values_of(moving, tau_m=200.0), 0.1)


def test_without_a_leak_the_step_is_right_too():
    bare = CELLS["IF_cond_exp"]
    model = replace(bare, equations=bare.equations.replace("(v_rest - v)/tau_m + ", ""), name="leakless")
    values = values_of(model)
    for conductance in (0.0, 1e-9, 0.01, 30.0):
        state = dict(model.initial) | {"gsyn_exc": conductance}
        step = step_program(model, substeps_for(model, values.items(), 0.1), "lobatto")
        start = np.array([[state[s]] for s in model.states])
        found = step_of(step, values, 0.1)(start, np.array([0.5]), np.ones(1))[0, 0]
        assert found == pytest.approx(solved(model, state, values, 0.1, 0.5)[0], abs=2e-3)


@pytest.mark.parametrize(
    ("given", "changes", "method"),
    [
        ({}, (), "collocation"),
        ({"tau_m": 1e6}, (), "lobatto"),
        ({}, (Change("parameter", 1, "tau_m", np.array(1e6), None),), "lobatto"),
        ({}, (Change("state", 1, "gsyn_exc", np.array(-0.01), None),), "lobatto"),
        ({}, (Change("state", 1, "v", np.array(-70.0), None),), "collocation"),
    ],
)
def test_the_values_of_the_whole_trial_choose_the_method(given, changes, method):
    network = driven("IF_cond_exp", parameters=given, changes=(Epoch(1), Epoch(1, changes)))
    assert population_step(network, 1).method == method


def test_a_running_simulation_refuses_what_would_need_another_method():
    network = driven("IF_cond_exp")
    program, values = population_step(network, 1), network.populations[1].parameters
    for change in (
        Change("parameter", 1, "tau_m", np.array(1e6), None),
        Change("state", 1, "gsyn_exc", np.array(-0.01), None),
    ):
        with pytest.raises(UnsupportedFeature, match=rf"'{change.name}' of population 'cells' cannot be set .* Set it"):
            refuse_other_step(program, change, change.among(values, 1), 0.1, "cells")
    harmless = Change("state", 1, "gsyn_exc", np.array(0.01), None)
    refuse_other_step(program, harmless, values, 0.1, "cells")


def test_beyond_the_largest_load_a_step_has_no_value():
    model, values = CELLS["EIF"], values_of(CELLS["EIF"])
    for part, finite in ((0.9, True), (1.1, False)):
        state = dict(model.initial) | {"gsyn_inh": part * LARGEST_LOAD / 0.1 * model.parameters["cm"].default}
        assert np.isfinite(stepped(model, state, values, 0.1, 0.0)[0]) == finite


@pytest.mark.parametrize(
    "text",
    ["-x/a", "a - x*x", "exp(-x/a)*x", "x**3*a", "a/(1 + exp(x))", "log(x) - sqrt(x)", "tanh(x)*cosh(x)", "2**x"],
)
def test_derivatives_are_those_of_small_differences(text):
    tree, a = parse_expression(text), 1.7
    found = derivative(tree, "x")
    for x in (0.3, 1.1):
        low, high = (evaluate(tree, {"x": x + d, "a": a}) for d in (-1e-6, 1e-6))
        assert evaluate(found, {"x": x, "a": a}) == pytest.approx((high - low) / 2e-6, rel=1e-6)
    assert derivative(parse_expression("a*a"), "x") is None
