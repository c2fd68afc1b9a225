"""NMODL is printed so that it computes what the equations say and NEURON can read it."""

from __future__ import annotations

import ast
import math
import re

import numpy as np
import pytest

from unisono.adapters.codegen.nmodl import cell_mechanism, fan_mechanism, member, native_method
from unisono.adapters.codegen.step import step_program
from unisono.models.cells import CELLS
from unisono.models.cells.common import LEAKY
from unisono.models.equations import CellModel, Parameter, Receptor
from unisono.models.expressions import evaluate

#: Exponential and quadratic terms, names that NMODL reserves, a power, a receptor with a factor.
CURVED = CellModel(
    name="curved",
    equations="""
        dv/dt = (v_rest - v)/tau_m + t*exp((v - v_thresh)/t) + a*(v - w)**2 + i_inj/cm : mV (unless refractory)
        dw/dt = -w/tau_m : nA
    """,
    parameters=LEAKY | {"t": Parameter(2.0, "mV", "slope"), "a": Parameter(0.01, "mV", "curvature")},
    initial={"v": -65.0, "w": 0.0},
    receptors={"excitatory": Receptor("w", "nA", factor=-2.5)},
)


def block(source: str, head: str) -> str:
    """The text between the braces of a block."""
    start = source.index("{", source.index(head)) + 1
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(source[end], 0)
        end += 1
    return source[start : end - 1]


def assignments(text: str) -> list[tuple[str, ast.expr]]:
    """Assignments of a block as Python's grammar reads them, pow() as a power."""
    joined = re.sub(r"\n {8,}", " ", text)

    class Powers(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            self.generic_visit(node)
            return ast.BinOp(node.args[0], ast.Pow(), node.args[1]) if node.func.id == "pow" else node  # type: ignore[attr-defined]

    pairs = [line.strip().partition(" = ")[::2] for line in joined.splitlines() if " = " in line and "==" not in line]
    return [(target, Powers().visit(ast.parse(text, mode="eval").body)) for target, text in pairs]


@pytest.mark.parametrize("model", [*CELLS.values(), CURVED], ids=lambda m: m.name)
@pytest.mark.parametrize("active", [0.0, 1.0])
def test_the_procedure_computes_the_step_program(model, active):
    program = step_program(model)
    rng = np.random.RandomState(1)
    names = sorted({*model.states, *program.coefficients, *program.parameters, "i_inj"})
    plain = dict(zip(names, rng.uniform(0.5, 1.5, len(names)), strict=True)) | {"active": active}
    printed = {member(n): x for n, x in plain.items()} | {"active": active}
    for a in program.assignments:
        plain[a.target] = evaluate(ast.parse(a.expression, mode="eval").body, plain)
    for target, tree in assignments(block(cell_mechanism(model).source, "PROCEDURE integrate()")):
        printed[target] = evaluate(tree, printed)
    assert [printed[member(s)] for s in model.states] == [plain[s] for s in model.states]


@pytest.mark.parametrize("model", [*CELLS.values(), CURVED], ids=lambda m: m.name)
def test_native_numerics_hand_the_equations_over(model):
    source = cell_mechanism(model, "native").source
    rng = np.random.RandomState(2)
    names = [*model.states, *model.parameters, "i_inj"]
    plain = dict(zip(names, rng.uniform(0.5, 1.5, len(names)), strict=True))
    printed = {member(n): x for n, x in plain.items()}
    written = assignments(block(source, "DERIVATIVE integrate"))
    assert [t for t, _ in written] == [f"{member(s)}'" for s in model.states]
    for (_, tree), equation in zip(written, model.system, strict=True):
        assert evaluate(tree, printed) == evaluate(equation.tree, plain)


def test_native_method():
    assert {native_method(m) for m in CELLS.values()} == {"cnexp"}
    assert native_method(CURVED) == "derivimplicit"


@pytest.mark.parametrize("numerics", ["matched", "native"])
@pytest.mark.parametrize("model", [*CELLS.values(), CURVED], ids=lambda m: m.name)
def test_lines_fit_the_translator(model, numerics):
    assert max(map(len, cell_mechanism(model, numerics).source.splitlines())) <= 120


def test_a_name_stands_for_one_content():
    names = [cell_mechanism(m, n).name for m in (*CELLS.values(), CURVED) for n in ("matched", "native")]
    assert len({*names, fan_mechanism().name}) == len(names) + 1
    assert cell_mechanism(CURVED).name == cell_mechanism(CURVED).name
    assert all(re.fullmatch(r"Unisono_\w+_[0-9a-f]{12}", name) for name in names)


def test_the_factor_of_a_receptor_is_printed_in_full():
    assert f"m_x_exc = m_x_exc + {math.e!r}*in_excitatory" in cell_mechanism(CELLS["IF_cond_alpha"]).source
    assert "m_w = m_w + -2.5*in_excitatory" in cell_mechanism(CURVED).source


def test_drive_is_what_the_integration_reads():
    values = {n: np.float64(p.default) for n, p in CURVED.parameters.items()}
    native = cell_mechanism(CURVED, "native").drive(values, 0.1)
    assert native == {member(n): values[n] for n in ("v_rest", "cm", "tau_m", "v_thresh", "t", "a")}
    exact = cell_mechanism(CELLS["IF_curr_delta"])
    parameters = {n: np.float64(p.default) for n, p in exact.model.parameters.items()}
    assert exact.drive(parameters, 0.1)["m_P_v_v"] == pytest.approx(math.exp(-0.1 / 20.0), rel=1e-15)
