"""Cell models in GeNN's language: text and numbers only, no simulator."""

from __future__ import annotations

import re

import numpy as np
import pytest
from synapse_models import FACILITATING, PAIR_STDP

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.printers.genn import (
    ABOVE,
    REFRACTORY_STEPS,
    WAIT,
    named,
    neuron_code,
    neuron_values,
    printed,
    synapse_code,
)
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.synapses import SYNAPSES

CROSSING = CellModel(
    "crossing",
    {"g_leak": Parameter(0.1, "1/ms"), "v_thresh": Parameter(1.0, "mV")},
    "dv/dt = i_inj*mV/ms/nA - g_leak*v : mV",
    {"any": Receptor("v", only_when_active=True)},
    reset="",
    refractory="",
)

#: Words of GeNN's language that are no names of the code's own.
WORDS = {
    "scalar",
    "const",
    "int",
    "if",
    "else",
    "for",
    "uint8_t",
    "exp",
    "expm1",
    "while",
    "fmax",
    "log",
    "sqrt",
    "tanh",
    "pow",
    "fmod",
    "fabs",
    "fmin",
    "floor",
}


def code_of(model, receptors=None, per_cell=frozenset(), driven=True, substeps=1):
    program = step_program(model, substeps)
    values = neuron_values(program, {name: np.float64(p.default) for name, p in model.parameters.items()}, 0.1)
    return neuron_code(program, values, per_cell, driven, model.receptors if receptors is None else receptors), values


@pytest.mark.parametrize("driven", [True, False])
@pytest.mark.parametrize("model", CELLS.values(), ids=CELLS.keys())
def test_every_name_is_declared_before_it_is_used(model, driven):
    code, values = code_of(model, driven=driven)
    known = {name for name, _ in (*code.parameters, *code.variables, *code.states)} | set(code.inputs.values()) | WORDS
    assert {name for name, _ in code.parameters} == set(values)
    for line in code.step.splitlines():
        text = re.sub(r"\b\d+\.?\d*(e[+-]?\d+)?\b", "", line)
        if declared := re.match(r"\s*(?:const )?scalar (\w+) =", text):
            text = text.replace(declared[1], "", 1)
        assert set(re.findall(r"[A-Za-z_]\w*", text)) <= known, line
        if declared:
            known.add(declared[1])
    for part in (code.condition, code.reset):
        assert set(re.findall(r"[A-Za-z_]\w*", part)) <= known


def test_names_and_functions_are_those_of_the_language():
    assert printed("(i_inj + e)/cm + exp(tau_m*i)**2.0") == (
        "(cell_i_inj_ + cell_e_) / cell_cm_ + pow(exp(cell_tau_m_ * cell_i_), 2.0)"
    )
    assert printed("mod(a, min(b, 2.0)) + abs(max(a, b))") == (
        "fmod(cell_a_, fmin(cell_b_, 2.0)) + fabs(fmax(cell_a_, cell_b_))"
    )


def test_the_limit_of_exprel_at_0_is_written_out():
    assert printed("2.0*exprel(a - b)") == (
        "2.0 * (((cell_a_ - cell_b_) == 0.0) ? 1.0 : (expm1(cell_a_ - cell_b_) / (cell_a_ - cell_b_)))"
    )


def test_a_value_that_differs_between_cells_is_a_variable_and_others_are_parameters():
    code, _ = code_of(CELLS["IF_curr_exp"], per_cell={named("v_thresh"), REFRACTORY_STEPS})
    assert dict(code.variables) == {named("v_thresh"): "scalar", REFRACTORY_STEPS: "int", named("i_inj"): "scalar"}
    assert not dict(code.parameters).keys() & dict(code.variables).keys()


def test_without_currents_the_injected_one_is_zero():
    code, _ = code_of(CELLS["IF_curr_exp"], driven=False)
    assert f"const scalar {named('i_inj')} = 0.0;" in code.step
    assert named("i_inj") not in dict(code.variables)


def test_the_refractory_period_is_counted_and_the_threshold_not_tested_in_it():
    code, _ = code_of(CELLS["IF_curr_exp"])
    assert code.step.startswith(f"if ({WAIT} > 0) {{ {WAIT} -= 1; }}")
    assert code.condition == f"({WAIT} == 0) && (cell_v_ >= cell_v_thresh_)"
    assert code.reset.endswith(f"{WAIT} = {REFRACTORY_STEPS} + 1;")


def test_input_is_added_after_the_integration_and_discarded_where_it_says_so():
    code, _ = code_of(CELLS["IF_curr_delta"])
    assert code.inputs == {"excitatory": "in_0", "inhibitory": "in_0"}  # one sum for one effect
    assert code.step.splitlines()[-2:] == ["}", f"if ({WAIT} == 0) {{ cell_v_ += in_0; }}"]
    code, _ = code_of(CELLS["IF_curr_exp"], receptors={"inhibitory"})
    assert code.inputs == {"inhibitory": "in_1"}
    assert code.step.splitlines()[-1] == "cell_isyn_inh_ += in_1;"


def test_a_crossing_remembers_the_condition_of_the_last_grid_point():
    code, _ = code_of(CROSSING)
    assert code.step.splitlines()[-1].startswith(f"{ABOVE} = (uint8_t)((({ABOVE} & 1) << 1) |")
    assert code.condition == f"{ABOVE} == 1"
    assert code.reset == ""


def test_a_step_in_parts_is_a_loop():
    code, _ = code_of(CELLS["HH_cond_exp"], substeps=3)
    assert "for (int part = 0; part < 3; part++) {" in code.step


def test_synapses_add_their_weight_as_often_as_the_source_fired():
    static = synapse_program(SYNAPSES["StaticSynapse"])
    assert synapse_code(static) == "addToPost(syn_weight_);"
    assert synapse_code(static, "d") == "addToPostDelay(syn_weight_, d);"
    assert synapse_code(static, "0") == "addToPostDelay(syn_weight_, 0);"
    counted = "for (unsigned int i = 0; i < fired; i++) {\n    addToPost(syn_weight_);\n}"
    assert synapse_code(static, counts=True) == counted


def test_a_synapse_sees_the_spikes_of_its_target_before_that_of_its_source():
    program = synapse_program(PAIR_STDP)
    code = synapse_code(program, "d", counts=True).splitlines()
    begin = code.index("const int dendritic = after + (int)d;")
    assert {*code[:begin]} == {
        f"{'' if name in program.changing else 'const '}scalar here_{name}_ = syn_{name}_;" for name in program.values
    }
    assert code[begin + 1 : begin + 7] == [
        "const int reach = dendritic + after - 1;",
        "const int last = (int)((t / dt) + 0.5) - reach - ((dendritic == 0) ? 1 : 0);",
        "const uint64_t row = (uint64_t)id_post * room;",
        "unsigned int next = seen;",
        "while (history[row + next] <= last) {",
        "    const scalar here_now__step_ = history[row + next] + reach;",
    ]
    end = code.index("}")
    assert code[end - 1 : end + 4] == [
        "    next += 1;",
        "}",
        "seen = next;",
        "for (unsigned int i = 0; i < fired; i++) {",
        "    const scalar here_now__step_ = floor((t / dt) + 0.5);",
    ]
    assert code[-len(program.changing) :] == [f"syn_{name}_ = here_{name}_;" for name in program.changing]
    # Where all delays are the same no synapse has one for itself.
    assert all("const int dendritic = after;" in synapse_code(program, *delay) for delay in ((), ("0",)))


def test_a_synapse_with_a_state_in_genns_language():
    assert synapse_code(synapse_program(FACILITATING)).splitlines() == [
        "syn_u_ = syn_u_ + syn_U_ * (1.0 - syn_u_);",
        "scalar syn_released_ = ((((syn_u_) < (0.9)) || ((0.9) != (0.9))) ? (syn_u_) : (0.9));",
        "addToPost(syn_weight_ * syn_released_ + syn_to__grid_ - syn_to__grid_);",
    ]
