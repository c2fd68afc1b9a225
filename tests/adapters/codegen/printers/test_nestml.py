"""The NESTML text of cell models: what it says, and that it says it for every model."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.printers.nestml import ASLEEP, STEPS_LEFT, SUBSTEPS, WAS_TRUE, nestml_model, printed
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Parameter, Receptor

#: A cell that decays, held by nothing, with any number of receptors.
LEAKY = CellModel(
    "leaky",
    {"tau": Parameter(10.0, "ms", positive=True), "theta": Parameter(1.0, "mV"), "cm": Parameter(2.0, "mV")},
    "dx/dt = (cm - x)/tau : mV",
    {"first": Receptor("x"), "second": Receptor("x", only_when_active=True), "third": Receptor("x")},
    threshold="x > theta",
    reset="x = x - theta",
    refractory="",
    recordable=("x",),
)


def block(source: str, head: str) -> list[str]:
    """The lines of one block, without indentation."""
    lines = source.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.strip() == f"{head}:")
    return [line.strip() for line in lines[begin + 1 : lines.index("", begin)]]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("log(x)**2 - x**-1.5", "pow(ln(m_x), 2.0) - pow(m_x, -1.5)"),
        ("-x**2", "-pow(m_x, 2.0)"),
        ("(a - (b - c))/(a*b)", "(m_a - (m_b - m_c)) / (m_a * m_b)"),
        ("exprel(min(a, 1))", "exprel(min(m_a, 1.0))"),
        ("active*x", "active * m_x"),
        ("v >= a + b", "m_v >= m_a + m_b"),
    ],
)
def test_an_expression_is_printed_in_the_language(expression, expected):
    assert printed(expression) == expected


def test_names_that_nest_has_taken_are_no_names_of_the_text():
    source = nestml_model(step_program(LEAKY)).source
    assert not re.search(r"(?<!m_)\b(cm|tau|x|theta)\b", source.split("update:")[1])


def test_each_effect_has_a_port_of_its_own():
    # without a refractory period all three do the same
    model = nestml_model(step_program(LEAKY))
    assert [model.port(r) for r in LEAKY.receptors] == [0, 0, 0]
    assert block(model.source, "update")[-1:] == ["m_x += input_0"]
    held = replace(LEAKY, parameters={**LEAKY.parameters, "rest": Parameter(1.0, "ms")}, refractory="rest")
    model = nestml_model(step_program(held))
    assert [model.port(r) for r in LEAKY.receptors] == [1, 2, 1]
    assert block(model.source, "update")[-3:] == ["m_x += input_0", f"if {STEPS_LEFT} == 0:", "m_x += input_1"]
    alone = replace(LEAKY, receptors={"only": Receptor("x")})
    assert nestml_model(step_program(alone)).port("only") == 0


def test_a_reset_is_carried_out_in_order_when_the_condition_holds():
    lines = block(nestml_model(step_program(LEAKY)).source, f"onCondition({STEPS_LEFT} >= 0)")
    begin = lines.index("if m_x > m_theta:")
    assert lines[begin + 1 :] == ["m_x = m_x - m_theta", "steps_left = refractory_steps", "emit_spike()"]


def test_without_a_reset_the_condition_must_become_true():
    crossing = nestml_model(step_program(replace(LEAKY, reset="")))
    lines = block(crossing.source, f"onCondition({STEPS_LEFT} >= 0)")
    assert f"if is_true > {WAS_TRUE}:" in lines
    assert lines[-1] == f"{WAS_TRUE} = is_true"
    begin = crossing.awake({"theta": np.float64(1.0)}, {"x": np.array([0.9, 1.0, 1.1])})
    assert begin[WAS_TRUE].tolist() == [0, 0, 1]
    assert WAS_TRUE not in nestml_model(step_program(LEAKY)).source


def test_a_cell_sleeps_until_it_is_woken():
    model = nestml_model(step_program(LEAKY))
    assert f"{STEPS_LEFT} integer = {ASLEEP}" in block(model.source, "state")
    assert model.awake({}, {"x": np.float64(3.0)})[STEPS_LEFT] == 0


def test_parts_of_a_step_are_a_loop():
    curved = replace(LEAKY, equations="dx/dt = (cm - x*x/mV)/tau : mV")
    once, often = (nestml_model(step_program(curved, n)) for n in (1, 3))
    assert f"for part in 0 ... {SUBSTEPS} step 1:" in once.source
    assert (once.name, once.source) == (often.name, often.source)
    values = {n: np.float64(p.default) for n, p in curved.parameters.items()}
    assert [m.values(values, 0.1)[SUBSTEPS].tolist() for m in (once, often)] == [1, 3]
    exact = nestml_model(step_program(LEAKY))
    assert "for part" not in exact.source and SUBSTEPS not in exact.values(values, 0.1)


def test_coefficients_come_from_the_parameters():
    values = nestml_model(step_program(LEAKY)).values(
        {n: np.float64(p.default) for n, p in LEAKY.parameters.items()}, 0.1
    )
    assert values["m_P__x__x"] == pytest.approx(np.exp(-0.01), rel=1e-15)
    assert values["m_theta"] == 1.0
    assert values["refractory_steps"] == 0


@pytest.mark.parametrize("cell", CELLS)
def test_the_name_stands_for_the_content(cell):
    one, other = (
        nestml_model(step_program(CELLS[cell])),
        nestml_model(step_program(replace(CELLS[cell], threshold="v > 1*mV"))),
    )
    same = nestml_model(step_program(replace(CELLS[cell], source="elsewhere")))
    assert one.name != other.name
    assert (one.name, one.source) == (same.name, same.source)


@pytest.mark.parametrize("cell", CELLS)
def test_every_name_in_the_text_is_declared(cell):
    source = nestml_model(step_program(CELLS[cell])).source
    declared = set(re.findall(r"^\s+(\w+) (?:real|integer)\b", source, re.M))
    used = set(re.findall(r"\bm_\w+", source))
    assert used <= declared
