"""Expressions as LaTeX and MathML: what is printed is what is computed."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from unisono.models.cells import CELLS
from unisono.models.dynamics.expressions import parse_expression
from unisono.models.synapses import SYNAPSES
from unisono.validation.description.dynamics import cell_lines, synapse_lines
from unisono.validation.description.mathematics import LATEX, MATHML, formula
from unisono.validation.report.description_text import in_notation


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("(v_rest - v)/tau_m", r"\frac{v_{\mathrm{rest}} - v}{\tau_{\mathrm{m}}}"),
        ("a - (b - c)", r"a - \left( b - c \right)"),
        ("a - b + c", "a - b + c"),
        ("a*(b + c)", r"a \, \left( b + c \right)"),
        ("-(a + b)", r"- \left( a + b \right)"),
        ("-a*b", r"- a \, b"),
        ("a*-b", r"a \, \left( - b \right)"),
        ("(a/b)**2", r"{\left( \frac{a}{b} \right)}^{2}"),
        ("m**3*h", r"{m}^{3} \, h"),
        ("exp(-x/tau)", r"\exp \left( \frac{- x}{\tau} \right)"),
        ("max(u, 1e-30)", r"\max \left( u , 1 \cdot 10^{-30} \right)"),
        ("sqrt(abs(x))", r"\sqrt{| x |}"),
        ("exprel(x)", r"\operatorname{exprel} \left( x \right)"),
    ],
)
def test_latex(text, latex):
    assert formula(parse_expression(text), LATEX) == latex


@pytest.mark.parametrize("model", [*CELLS.values(), *SYNAPSES.values()], ids=lambda model: model.name)
def test_every_line_of_every_model_has_both_forms(model):
    lines = list(cell_lines(model) if model in CELLS.values() else synapse_lines(model))
    assert {line.left for line in lines if line.kind == "derivative"} >= set(model.states)
    for line in lines:
        ElementTree.fromstring(f"<math>{in_notation(line, MATHML)}</math>")
        text = in_notation(line, LATEX)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
