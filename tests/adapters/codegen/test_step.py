"""The step programs, carried out in NumPy, against SciPy's integrator."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from unisono.adapters.codegen.evaluate import evaluate
from unisono.adapters.codegen.step import coefficient_values, refractory_steps, step_program
from unisono.models.cells import CELLS
from unisono.models.equations import parse_expression

START = {"v": -60.0, "isyn_exc": 2.0, "isyn_inh": -1.0, "gsyn_exc": 0.02, "gsyn_inh": 0.05, "x_exc": 0.1, "x_inh": 0.2}


def carried_out(model, dt, active, current=0.7):
    program = step_program(model)
    values = {n: np.float64(p.default) for n, p in model.parameters.items()}
    names = {**values, **coefficient_values(program, values, dt), "active": active, "i_inj": current}
    names |= {s: START[s] for s in model.states}
    for assignment in program.assignments:
        names[assignment.target] = evaluate(parse_expression(assignment.expression), names)
    return np.array([names[s] for s in model.states])


def solved(model, dt, active, current=0.7):
    values = {n: p.default for n, p in model.parameters.items()} | {"i_inj": current}

    def slopes(_, state):
        names = values | dict(zip(model.states, state, strict=True))
        return [0.0 if e.held_in_refractoriness and not active else evaluate(e.tree, names) for e in model.system]

    return solve_ivp(slopes, (0, dt), [START[s] for s in model.states], method="DOP853", rtol=1e-13, atol=1e-15).y[
        :, -1
    ]


@pytest.mark.parametrize("active", [0, 1])
@pytest.mark.parametrize("model", CELLS.values(), ids=CELLS)
def test_a_step_is_the_solution(model, active):
    exact = step_program(model).method == "exact"
    dt = 0.1 if exact else 0.025
    error = np.abs(carried_out(model, dt, active) - solved(model, dt, active)).max()
    # Rounding for a propagator; for RK4 its error at this step, whose order the next test checks.
    assert error < (1e-12 if exact else 2e-8)


@pytest.mark.parametrize(("name", "largest"), [("IF_cond_exp", 0.4), ("IF_cond_alpha", 0.05)])
def test_runge_kutta_has_its_order(name, largest):
    model = CELLS[name]
    errors = [abs(carried_out(model, dt, 1)[0] - solved(model, dt, 1)[0]) for dt in (largest, largest / 2, largest / 4)]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    # One step of a method of order four: error of order five.
    assert (np.abs(slopes - 5) < 0.25).all()


def test_homogeneous_coefficients_are_single_values():
    program = step_program(CELLS["IF_curr_exp"])
    values = {n: np.full(3, p.default) for n, p in CELLS["IF_curr_exp"].parameters.items()}
    values["tau_m"] = np.array([10.0, 20.0, 30.0])
    coefficients = coefficient_values(program, values, 0.1)
    assert coefficients["P_v_v"].shape == (3,)
    assert np.ndim(coefficients["P_isyn_exc_isyn_exc"]) == 0


def test_refractory_steps_are_rounded():
    values = {"tau_refrac": np.array([0.0, 0.1, 0.26, 2.0])}
    assert refractory_steps(CELLS["IF_curr_exp"], values, 0.1).tolist() == [0, 1, 3, 20]
