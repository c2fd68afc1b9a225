"""The step programs, carried out in NumPy, against SciPy's integrator."""

from __future__ import annotations

import numpy as np
import pytest
from networks import driven
from scipy.integrate import solve_ivp

from unisono.adapters.codegen.cell_step import ORDER_FOUR, coefficient_values, refractory_steps, step_program
from unisono.adapters.codegen.substeps import refuse_other_step, substeps_of
from unisono.adapters.reference.stepped import step_of
from unisono.models.cells import CELLS
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Epoch

#: States in the middle of their range, by unit.
START = {"nA": 0.4, "uS": 0.03, "nS": 8.0, "mV/ms": -11.0, "1": 0.35, "Hz": 20.0}


def start(model):
    """A state of every equation at which none stands still."""
    return {s: model.initial[s] + 4.0 if model.units[s] == "mV" else START[model.units[s]] for s in model.states}


def carried_out(model, dt, active, current=0.7, substeps=1):
    values = {n: np.array([p.default]) for n, p in model.parameters.items()}
    step = step_of(step_program(model, substeps), values, dt)
    begin = np.array([[value] for value in start(model).values()])
    return step(begin, np.array([current]), np.array([float(active)]))[:, 0]


def solved(model, dt, active, current=0.7):
    values = {n: p.default for n, p in model.parameters.items()} | {"i_inj": current}

    def slopes(_, state):
        names = values | dict(zip(model.states, state, strict=True))
        return [0.0 if e.clamped and not active else evaluate(e.tree, names) for e in model.system]

    return solve_ivp(slopes, (0, dt), list(start(model).values()), method="DOP853", rtol=1e-13, atol=1e-15).y[:, -1]


LINEAR = [name for name, model in CELLS.items() if step_program(model).method == "exact"]

#: A step of each other model whose error is well above rounding, ms.
STEP = {
    "IF_cond_exp": 0.4,
    "IF_cond_exp_ip": 0.4,
    "IF_facets_hardware1": 1.0,
    "IF_cond_exp_gsfa_grr": 0.1,
    "IF_cond_alpha": 0.05,
    "HH_cond_exp": 0.005,
    "HH": 0.02,
}


@pytest.mark.parametrize("active", [0, 1])
@pytest.mark.parametrize("name", LINEAR)
def test_a_propagator_gives_the_solution(name, active):
    model = CELLS[name]
    assert np.abs(carried_out(model, 0.1, active) - solved(model, 0.1, active)).max() < 1e-12


@pytest.mark.parametrize("name", [name for name in CELLS if name not in LINEAR])
def test_every_other_method_has_its_order(name):
    model, largest = CELLS[name], STEP.get(name, 0.2)
    assert step_program(model).method in ORDER_FOUR
    current = 0.007 if name == "Izhikevich" else 0.7
    steps = (largest, largest / 2, largest / 4)
    errors = [abs(carried_out(model, dt, 1, current)[0] - solved(model, dt, 1, current)[0]) for dt in steps]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    # One step of a method of order four: error of order five.
    assert (np.abs(slopes - 5) < 0.3).all()


def test_states_stand_still_in_refractory_period():
    for model in CELLS.values():
        before, after = start(model), carried_out(model, 0.01, 0)
        still = {s for s, value in zip(model.states, after, strict=True) if value == before[s]}
        constant = {"draw_1", "draw_2"} & set(model.states)
        assert still == model.clamped | constant, model.name


def test_homogeneous_coefficients_are_single_values():
    program = step_program(CELLS["IF_curr_exp"])
    values = {n: np.full(3, p.default) for n, p in CELLS["IF_curr_exp"].parameters.items()}
    values["tau_m"] = np.array([10.0, 20.0, 30.0])
    coefficients = coefficient_values(program, values, 0.1)
    assert coefficients["P__v__v"].shape == (3,)
    assert np.ndim(coefficients["P__isyn_exc__isyn_exc"]) == 0


def test_refractory_steps_are_rounded():
    values = {"tau_refrac": np.array([0.0, 0.1, 0.26, 2.0])}
    assert refractory_steps(CELLS["IF_curr_exp"], values, 0.1).tolist() == [0, 1, 3, 20]


def test_a_step_in_parts_is_that_many_steps():
    model = CELLS["IF_cond_alpha"]
    whole, parts = (abs(carried_out(model, 0.1, 1, substeps=n)[0] - solved(model, 0.1, 1)[0]) for n in (1, 4))
    # One step of length h against four of h/4, each with an error of order five: a factor of 4^4.
    assert 100 < whole / parts < 400


@pytest.mark.parametrize(("shortest", "expected"), [(5.0, 1), (1.2, 1), (1.19, 2), (0.3, 4), (0.1, 12)])
def test_short_time_constants_are_taken_in_parts(shortest, expected):
    assert substeps_of(driven("IF_cond_exp", parameters={"tau_syn_E": shortest}), 1) == expected


def test_a_change_to_a_shorter_time_constant_counts():
    change = Change("parameter", 1, "tau_syn_I", np.array([0.3]), np.array([0]))
    assert substeps_of(driven("IF_cond_exp", changes=(Epoch(1), Epoch(1, (change,)))), 1) == 4


def test_a_change_that_needs_finer_parts_is_refused():
    def change(name: str, value: float) -> Change:
        return Change("parameter", 1, name, np.float64(value))

    values = driven("IF_cond_exp").populations[1].parameters

    def refuse(program, change, dt, label):
        refuse_other_step(program, change, change.among(values, 1), dt, label)

    program = step_program(CELLS["IF_cond_exp"], substeps=2)
    refuse(program, change("tau_syn_E", 0.6), 0.1, "cells")
    refuse(program, change("e_rev_E", 0.01), 0.1, "cells")
    message = r"'tau_syn_E' of population 'cells' cannot be set to 0\.2 ms.*needs 6 .* takes 2\. Set it before"
    with pytest.raises(UnsupportedFeature, match=message):
        refuse(program, change("tau_syn_E", 0.2), 0.1, "cells")
    for exact in (step_program(CELLS["IF_curr_exp"]), None):
        refuse(exact, change("tau_syn_E", 0.001), 0.1, "cells")
