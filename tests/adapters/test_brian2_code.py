"""Cell models in Brian2's language: text only, no simulator."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.adapters.codegen.brian2_code import RELEASE, group_code, group_values, on_arrival, renamed
from unisono.adapters.codegen.step import step_program
from unisono.models.cells import CELLS


def _values(model, **given):
    parameters = {name: np.float64(p.default) for name, p in model.parameters.items()} | given
    return group_values(model, step_program(model), parameters, 0.1)


@pytest.mark.parametrize("model", CELLS.values(), ids=CELLS.keys())
def test_every_name_of_the_step_is_declared(model):
    program = step_program(model)
    values = _values(model)
    code = group_code(model, program, values, frozenset())
    declared = {line.partition(" :")[0] for line in code.equations.splitlines()}
    assert "i_inj" in declared
    for name in (*program.coefficients, *program.parameters):
        assert renamed(name) in declared
        assert renamed(name) in values


def test_the_centimetre_is_avoided_and_nothing_else():
    assert renamed("(i_inj + cm_x)/cm + exp(tau_m*acm)") == "(i_inj + cm_x)/c_m + exp(tau_m*acm)"


def test_a_value_is_declared_per_cell_or_shared():
    model = CELLS["IF_curr_exp"]
    lines = group_code(model, step_program(model), ("tau_m", "n_refrac", "v_rest"), {"tau_m"}).equations.splitlines()
    assert "tau_m : 1 (constant)" in lines
    assert "v_rest : 1 (shared, constant)" in lines
    assert "n_refrac : integer (shared, constant)" in lines


def test_only_native_numerics_leave_the_step_and_the_holding_to_brian2():
    model = CELLS["IF_cond_exp"]
    matched, native = (group_code(model, program, (), ()) for program in (step_program(model), None))
    assert native.step is None
    assert "(unless refractory)" in native.equations.splitlines()[0]
    assert matched.step is not None
    assert "(unless refractory)" not in matched.equations


def test_no_assignment_names_its_own_target():
    # Brian2 rewrites such a statement and rounds the numbers in it to 15 digits.
    model = CELLS["IF_cond_exp"]
    step = group_code(model, step_program(model), (), ()).step
    assert step is not None
    for line in step.splitlines():
        target, _, expression = line.partition(" = ")
        assert target not in expression.replace("(", " ").replace(")", " ").split()


def test_differing_parameters_give_differing_coefficients_and_equal_ones_do_not():
    model = CELLS["IF_curr_exp"]
    values = _values(model, tau_m=np.array([10.0, 20.0]), tau_refrac=np.array([0.1, 0.26]))
    assert np.shape(values["P_v_v"]) == (2,)
    assert np.shape(values["P_isyn_exc_isyn_exc"]) == ()
    assert values["n_refrac"].tolist() == [1, 3]


def test_discarded_input_is_multiplied_away():
    assert on_arrival(CELLS["IF_curr_delta"].receptors["excitatory"]) == "v_post += w*int(not_refractory_post)"
    assert on_arrival(CELLS["IF_curr_exp"].receptors["inhibitory"]) == "isyn_inh_post += w"


def test_release_is_counted_in_steps():
    assert f"{RELEASE} = t_in_timesteps + n_refrac + 1" in group_code(CELLS["IF_curr_exp"], None, (), ()).reset
