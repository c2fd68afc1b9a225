"""NMODL is printed so that it computes what the equations say and NEURON can read it."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from synapse_models import FACILITATING, PAIR_STDP

from unisono.adapters.codegen.cell_step import coefficient_values, step_program
from unisono.adapters.codegen.printers.nmodl import cell_mechanism, native_method
from unisono.adapters.codegen.printers.nmodl_events import player_mechanism, synapse_dispatcher
from unisono.adapters.codegen.printers.nmodl_text import member
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.models.cells import CELLS
from unisono.models.cells.common import LEAKY
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.dynamics.expressions import evaluate
from unisono.models.synapses import SYNAPSES

STATIC = synapse_program(SYNAPSES["StaticSynapse"])

#: Exponential and quadratic terms, names that NMODL reserves, a power.
CURVED = CellModel(
    name="curved",
    equations="""
        upstroke = slope/tau_m*exp((v - v_thresh)/slope) : mV/ms
        dv/dt = (v_rest - v)/tau_m + upstroke + a*(v - w*x)**2 + i_inj/cm : mV (unless refractory)
        dw/dt = -w/tau_m : nA
    """,
    parameters=LEAKY
    | {
        "slope": Parameter(2.0, "mV", "slope"),
        "a": Parameter(0.01, "1/(mV*ms)", "curvature"),
        "x": Parameter(1.0, "MOhm", "resistance"),
    },
    initial={"v": -65.0, "w": 0.0},
    receptors={"excitatory": Receptor("w")},
)

#: Every function and operator, a signed number, receptors and a state with names that are no variables of NMODL.
WIDE = CellModel(
    name="a model: of 'any' name\n",
    equations="""
        wide = abs(v)*sqrt(STATE + 1) + log(STATE + 2) + mod(7*v, 3) + tanh(v)*cosh(v)/sinh(1 + STATE) : 1
        dv/dt = (wide - exprel(v/tau*ms)*min(v, +left) + max(v, -left)**2.5 - exp(-v))/tau : 1
        dSTATE/dt = (1 - STATE)*(exp(-v) + v0 + threshold + tanh(v)*cosh(v)/sinh(1 + v) + log(v + 3))/tau : 1
    """,
    parameters={n: Parameter(1.0, "1") for n in ("left", "v0", "threshold")} | {"tau": Parameter(9.0, "ms")},
    receptors={"AMPA.x": Receptor("v"), "1st (slow)": Receptor("STATE"), "": Receptor("v", only_when_active=True)},
    threshold="v*v0 > threshold + STATE",
    reset="v = mod(v, v0); STATE += left*v",
    refractory="",
)

#: A spike is a crossing.
CROSSING = replace(WIDE, reset="")
MODELS = (*CELLS.values(), CURVED, WIDE, CROSSING)

#: NMODL's and this project's names of functions, in those of the models.
PLAIN = {"fabs": "abs", "fmod": "mod", "minimum": "min", "maximum": "max", "relative": "exprel"}


def mechanism_of(model, numerics="matched"):
    return cell_mechanism(model, None if numerics == "native" else step_program(model))


def block(source: str, head: str) -> str:
    """The text between the braces of a block."""
    start = source.index("{", source.index(head)) + 1
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(source[end], 0)
        end += 1
    return source[start : end - 1]


def assignments(text: str) -> list[tuple[str, ast.expr]]:
    """Assignments of a block as Python's grammar reads them, functions by the models' names, pow() as a power."""
    joined = re.sub(r"\n {8,}(?! *(?:m_\w+ = |WHILE|IF|}))", " ", text)

    class Functions(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            name = node.func.id  # type: ignore[attr-defined]
            if name == "pow":
                return ast.BinOp(node.args[0], ast.Pow(), node.args[1])
            return ast.Call(ast.Name(PLAIN.get(name, name)), node.args, [])

    lines = [line.strip() for line in joined.splitlines() if not line.strip().startswith("FROM")]
    pairs = [line.partition(" = ")[::2] for line in lines if " = " in line and "==" not in line]
    return [(target, Functions().visit(ast.parse(text, mode="eval").body)) for target, text in pairs]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.digest)
@pytest.mark.parametrize("active", [0.0, 1.0])
def test_the_procedure_computes_the_step_program(model, active):
    program = step_program(model)
    rng = np.random.RandomState(1)
    parameters = {n: np.float64(p.default) for n, p in model.parameters.items()}
    plain = parameters | coefficient_values(program, parameters, 0.01) | {"active": active, "i_inj": 0.7}
    plain |= {s: x + rng.uniform(0.1, 0.5) for s, x in model.initial.items()}
    printed = {member(n): x for n, x in plain.items()} | {"active": active}
    for a in program.assignments:
        plain[a.target] = evaluate(ast.parse(a.expression, mode="eval").body, plain)
    for target, tree in assignments(block(mechanism_of(model).source, "PROCEDURE integrate()")):
        printed[target] = evaluate(tree, printed)
    assert np.isfinite([plain[s] for s in model.states]).all()
    assert [printed[member(s)] for s in model.states] == [plain[s] for s in model.states]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.digest)
def test_native_numerics_hand_the_equations_over(model):
    source = mechanism_of(model, "native").source
    rng = np.random.RandomState(2)
    names = [*model.states, *model.parameters, "i_inj"]
    plain = dict(zip(names, rng.uniform(0.5, 1.5, len(names)), strict=True))
    printed = {member(n): x for n, x in plain.items()}
    for target, tree in assignments(block(source, "DERIVATIVE integrate")):
        printed[target] = evaluate(tree, printed)
    assert [t for t in printed if t.endswith("'")] == [f"{member(s)}'" for s in model.states]
    for equation in model.system:
        assert printed[f"{member(equation.state)}'"] == evaluate(equation.tree, plain)


@pytest.mark.parametrize("model", [WIDE, CROSSING], ids=["reset", "crossing"])
def test_condition_and_reset(model):
    source = mechanism_of(model).source
    assert "m_v_ * m_v0_ > m_threshold_ + m_STATE_" in source
    assert ("above == 0" in source) == (model is CROSSING)
    if model is WIDE:
        first, second = source.index("m_v_ = fmod(m_v_, m_v0_)"), source.index("m_STATE_ = m_STATE_ + m_left_ * m_v_")
        assert first < second


def test_native_method():
    linear = {"IF_curr_exp", "IF_curr_alpha", "IF_curr_delta", "IF_cond_exp", "IF_cond_alpha", "HH", "HH_cond_exp"}
    assert {n: native_method(CELLS[n]) for n in linear} == dict.fromkeys(linear, "cnexp")
    assert native_method(CURVED) == native_method(WIDE) == native_method(CELLS["EIF"]) == "euler"


def test_an_equation_too_long_for_cnexp():
    terms = [f"g{i}*(e{i} - v)" for i in range(40)]
    names = [f"{x}{i}" for x in "ge" for i in range(40)]
    long = CellModel(
        "long",
        {n: Parameter(1.0, "1") for n in names} | {"tau": Parameter(1.0, "ms")},
        f"dv/dt = ({' + '.join(terms)})/tau : 1",
        threshold="v >= 100",
        reset="v = 0",
        refractory="",
    )
    assert native_method(long) == "derivimplicit"
    short = replace(long, equations=f"dv/dt = ({' + '.join(f'g{i}*e{i}' for i in range(40))} - v)/tau : 1")
    assert native_method(short) == "cnexp"


@pytest.mark.parametrize("numerics", ["matched", "native"])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.digest)
def test_lines_fit_the_translator(model, numerics):
    assert max(map(len, mechanism_of(model, numerics).source.splitlines())) <= 120


def test_the_source_does_not_depend_on_the_parts_of_a_step():
    once, often = (cell_mechanism(CURVED, step_program(CURVED, n)) for n in (1, 7))
    assert once.source == often.source
    values = {n: np.float64(p.default) for n, p in CURVED.parameters.items()}
    assert [m.constants(values, 0.7)["substeps"] for m in (once, often)] == [1.0, 7.0]
    assert often.constants(values, 0.7)["m_dt__ms_"] == pytest.approx(0.1, rel=1e-15)


def test_a_name_stands_for_one_content():
    names = [mechanism_of(m, n).name for m in MODELS for n in ("matched", "native")]
    assert len({*names, synapse_dispatcher(STATIC).name, player_mechanism().name}) == len(names) + 2
    assert mechanism_of(CURVED).name == mechanism_of(CURVED).name
    assert all(re.fullmatch(r"Unisono_\w+_[0-9a-f]{12}", name) for name in names)


def test_receptors_are_numbered():
    source = mechanism_of(WIDE).source
    assert "m_v_ = m_v_ + in_0" in source and "m_STATE_ = m_STATE_ + in_1" in source
    # without a refractory period the third does what the first does
    assert "in_2" not in source and WIDE.inputs == {"AMPA.x": 0, "1st (slow)": 1, "": 0}
    delta = mechanism_of(CELLS["IF_curr_delta"]).source
    assert delta.index("left = left - 1") < delta.index("m_v_ = m_v_ + in_0")


def test_constants_are_what_integration_and_test_read():
    values = {n: np.float64(p.default) for n, p in CURVED.parameters.items()}
    native = mechanism_of(CURVED, "native").constants(values, 0.1)
    read = ("v_rest", "cm", "tau_m", "v_thresh", "v_reset", "slope", "a", "x")
    assert native == {member(n): values[n] for n in read} | {"refractory_steps": 1.0}
    exact = mechanism_of(CELLS["IF_curr_delta"])
    parameters = {n: np.float64(p.default) for n, p in exact.model.parameters.items()}
    found = exact.constants(parameters, 0.1)
    assert found["m_P__v__v_"] == pytest.approx(math.exp(-0.1 / 20.0), rel=1e-15)
    assert {"m_v_thresh_", "m_v_reset_"} <= found.keys()


@pytest.mark.parametrize("numerics", ["matched", "native"])
@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.digest)
def test_all_that_is_computed_from_parameters_is_a_variable(model, numerics):
    mechanism = mechanism_of(model, numerics)
    values = {n: np.float64(p.default) for n, p in model.parameters.items()}
    ranges = set(re.findall(r"\w+", block(mechanism.source, "ASSIGNED {")))
    assert mechanism.constants(values, 0.1).keys() <= ranges


@pytest.mark.parametrize("numerics", ["matched", "native"])
def test_a_step_has_two_halves(numerics):
    source = mechanism_of(CELLS["IF_curr_exp"], numerics).source
    first = block(source, "PROCEDURE advance()" if numerics == "matched" else "PROCEDURE begin_step()")
    assert re.search(r"if \(testing\) \{\s+arrive\(\)\s+\}", first)
    if numerics == "matched":
        assert re.search(r"if \(integrating\) \{\s+integrate\(\)\s+\}", first)
    else:
        assert "kept_isyn_exc_ = m_isyn_exc_" in first.partition("integrating == 0")[2]
        assert "m_isyn_exc_ = kept_isyn_exc_" in block(source, "PROCEDURE end_step()").partition("integrating == 0")[2]


def test_the_dispatcher_prints_what_a_spike_does():
    loop = "    for (auto k = static_cast<size_t>(_args[0]); k < end; ++k) {\n"
    static = synapse_dispatcher(STATIC)
    assert "BBCOREPOINTER targets, values_0, inboxes" in static.source
    assert static.name.startswith("Unisono_StaticSynapse_dispatcher_")
    inside = static.source.partition(loop)[2].partition("    }")[0].split("\n")[:-1]
    assert [line.strip() for line in inside] == [
        "auto& syn_weight_ = syn_weight_all[k*syn_weight_each];",
        "inbox[target[k]] += syn_weight_;",
    ]
    inside = synapse_dispatcher(synapse_program(FACILITATING)).source.partition(loop)[2].partition("    }")[0]
    assert [line.strip() for line in inside.split("\n")[:-1]] == [
        "auto& syn_weight_ = syn_weight_all[k*syn_weight_each];",
        "auto& syn_U_ = syn_U_all[k*syn_U_each];",
        "auto& syn_u_ = syn_u_all[k];",
        "auto& syn_to__grid_ = syn_to__grid_all[k*syn_to__grid_each];",
        "syn_u_ = syn_u_ + syn_U_ * (1.0 - syn_u_);",
        "double syn_released_ = lesser(syn_u_, 0.9);",
        "inbox[target[k]] += syn_weight_ * syn_released_ + syn_to__grid_ - syn_to__grid_;",
    ]


def test_the_dispatcher_catches_up_with_the_target_before_a_spike_of_the_source_acts():
    source = synapse_dispatcher(synapse_program(PAIR_STDP)).source
    assert "inboxes, cursors, history" in source
    chosen, event = source.partition("NET_RECEIVE")[::2]
    for text, until in ((chosen, "*getarg(1)"), (event, "syn_now__step_ - (dendritic == 0 ? 1.0 : 0.0)")):
        before, replayed = text.partition(f"auto const until = {until};")[::2]
        assert "    syn_weight_ =" not in before
        assert "lesser(syn_weight_ + syn_A_plus_ * syn_w_max_ * syn_x__left_, syn_w_max_)" in replayed
    for other in (STATIC, synapse_program(FACILITATING)):
        assert "catch_up" not in synapse_dispatcher(other).source
