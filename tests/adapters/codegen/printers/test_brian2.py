"""Cell models in Brian2's language: text only, no simulator."""

from __future__ import annotations

import re

import numpy as np
import pytest
from synapse_models import FACILITATING

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.printers.brian2 import (
    LEFT,
    group_code,
    group_values,
    named,
    on_arrival,
    printed,
)
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.synapses import SYNAPSES

STATIC = synapse_program(SYNAPSES["StaticSynapse"])

CROSSING = CellModel(
    "crossing",
    {"g_leak": Parameter(0.1, "1/ms"), "v_thresh": Parameter(1.0, "mV")},
    "dv/dt = i_inj*mV/ms/nA - g_leak*v : mV",
    {"any": Receptor("v", only_when_active=True)},
    reset="",
    refractory="",
)


def _values(model, **given):
    parameters = {name: np.float64(p.default) for name, p in model.parameters.items()} | given
    return group_values(model, step_program(model), parameters, 0.1)


@pytest.mark.parametrize("model", CELLS.values(), ids=CELLS.keys())
def test_every_name_of_the_step_is_declared(model):
    program = step_program(model)
    values = _values(model)
    code = group_code(model, program, values, frozenset())
    declared = {line.partition(" :")[0] for line in code.equations.splitlines()}
    assert named("i_inj") in declared
    for name in (*program.coefficients, *program.parameters, *model.tested):
        assert named(name) in declared
        assert named(name) in values


def test_every_name_is_changed_and_no_function():
    assert (
        printed("(i_inj + e)/cm + exp(tau_m*i)")
        == "c_div(cell_i_inj_ + cell_e_, cell_cm_) + exp(cell_tau_m_ * cell_i_)"
    )


def test_functions_that_brian2_defines_otherwise_are_our_own():
    assert printed("mod(a, min(b, 2.0)) + exprel(max(a, b))/6.0") == (
        "c_mod(cell_a_, c_min(cell_b_, 2.0)) + c_exprel(c_max(cell_a_, cell_b_)) / 6.0"
    )


def test_a_division_by_zero_does_not_stop_the_code():
    assert printed("1.0/(v/0.0)") == "c_div(1.0, c_div(cell_v_, 0.0))"


def test_a_value_is_declared_per_cell_or_shared():
    model = CELLS["IF_curr_exp"]
    names = tuple(map(named, ("tau_m", "v_rest")))
    lines = group_code(model, step_program(model), (*names, "n_refrac"), {named("tau_m")}).equations.splitlines()
    assert "cell_tau_m_ : 1 (constant)" in lines
    assert "cell_v_rest_ : 1 (shared, constant)" in lines
    assert "n_refrac : integer (shared, constant)" in lines


def test_only_native_numerics_leave_the_step_and_the_holding_to_brian2():
    model = CELLS["IF_cond_exp"]
    matched, native = (group_code(model, program, (), ()) for program in (step_program(model), None))
    assert native.step is None
    assert "(unless refractory)" in native.equations.splitlines()[0]
    assert matched.step is not None
    assert "(unless refractory)" not in matched.equations


def test_a_linear_equation_looks_like_one_to_brian2():
    assert "c_div" not in group_code(CELLS["IF_curr_exp"], None, (), ()).equations


@pytest.mark.parametrize("model", CELLS.values(), ids=CELLS.keys())
def test_no_assignment_names_its_own_target(model):
    # Brian2 rewrites such a statement and rounds the numbers in it to 15 digits.
    code = group_code(model, step_program(model), (), ())
    assert code.step is not None
    for line in (*code.step.splitlines(), *code.reset.splitlines()):
        target, _, expression = line.partition(" = ")
        assert target not in re.findall(r"\w+", expression)


def test_the_code_does_not_depend_on_the_parts_of_a_step():
    model = CELLS["IF_cond_exp"]
    assert group_code(model, step_program(model, 1), (), ()) == group_code(model, step_program(model, 7), (), ())


def test_differing_parameters_give_differing_coefficients_and_equal_ones_do_not():
    model = CELLS["IF_curr_exp"]
    values = _values(model, tau_m=np.array([10.0, 20.0]), tau_refrac=np.array([0.1, 0.26]))
    coefficients = step_program(model).coefficients
    shapes = {name: np.shape(values[named(name)]) for name in coefficients}
    assert {(), (2,)} == set(shapes.values())
    assert values["n_refrac"].tolist() == [1, 3]


def test_spikes_add_to_the_sum_of_the_step():
    assert on_arrival(STATIC, CELLS["IF_curr_delta"], "excitatory") == "arrived__v__active__post += syn_weight_"
    assert on_arrival(STATIC, CELLS["IF_curr_delta"], "inhibitory") == "arrived__v__active__post += syn_weight_"
    assert on_arrival(STATIC, CELLS["IF_curr_exp"], "inhibitory") == "arrived__isyn_inh__post += syn_weight_"


def test_a_synapse_with_a_state_in_brian2s_language():
    program = synapse_program(FACILITATING)
    lines = on_arrival(program, CELLS["IF_curr_exp"], "excitatory").splitlines()
    assert lines == [
        "syn_u__new = syn_u_ + syn_U_ * (1.0 - syn_u_)",
        "syn_u_ = syn_u__new",
        "syn_released_ = c_min(syn_u_, 0.9)",
        "arrived__isyn_exc__post += syn_weight_ * syn_released_ + syn_to__grid_ - syn_to__grid_",
    ]


def test_without_a_refractory_period_nothing_of_it_is_left():
    code = group_code(CROSSING, step_program(CROSSING), _values(CROSSING), ())
    assert code.refractory is False
    assert on_arrival(STATIC, CROSSING, "any") == "arrived__v__post += syn_weight_"
    assert not any("refrac" in text or LEFT in text for text in (code.equations, code.step, code.reset, code.ending))


def test_a_step_adds_its_input_after_the_integration_and_counts_down():
    model = CELLS["IF_curr_delta"]
    code = group_code(model, step_program(model), (), ())
    assert "arrived__v__active_ : 1" in code.equations.splitlines()
    assert code.refractory == "steps_left > 0" and code.reset.endswith("steps_left = n_refrac")
    assert code.ending.splitlines() == [
        "arrived__v__active_new = cell_v_ + arrived__v__active_*int(not_refractory)",
        "cell_v_ = arrived__v__active_new",
        "steps_left_new = steps_left - int(steps_left > 0)",
        "steps_left = steps_left_new",
        "arrived__v__active_ = 0",
    ]
    without = group_code(model, step_program(model), (), (), arriving=False)
    assert without.ending.splitlines() == code.ending.splitlines()[2:4]
    assert on_arrival(STATIC, model, "excitatory") == "arrived__v__active__post += syn_weight_"


def test_a_step_remembers_the_condition_itself():
    code = group_code(CROSSING, step_program(CROSSING), (), (), arriving=False)
    assert code.threshold.endswith("and not above_before")
    assert code.ending.splitlines()[-2:] == ["above_before = was_above", "was_above = cell_v_ >= cell_v_thresh_"]
