"""Cell models check themselves; errors point at the place in the text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unisono.models.cells import CELLS, cell_model
from unisono.models.equations import parse_equations, parse_expression
from unisono.models.errors import ModelError, UnknownName


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1 +", "Cannot read the expression"),
        ("__import__('os')", "not arithmetic|Unknown function"),
        ("x.y", "not arithmetic"),
        ("[1]", "not arithmetic"),
        ("sin(x)", "Unknown function"),
        ("x if y else z", "not arithmetic"),
        ("'a'", "not arithmetic"),
    ],
)
def test_only_arithmetic_is_an_expression(text, says):
    with pytest.raises(ModelError, match=says):
        parse_expression(text)


def test_an_equation_has_its_form():
    with pytest.raises(ModelError, match="Cannot read the equation 'v = 3'"):
        parse_equations("v = 3", "cell")


def test_an_unknown_symbol_is_named():
    with pytest.raises(ModelError, match="unknown symbol 'tau'"):
        replace(CELLS["IF_curr_exp"], equations="dv/dt = -v/tau : mV")


@pytest.mark.parametrize("field", ["threshold", "reset", "refractory"])
def test_threshold_reset_and_refractory_are_parameters(field):
    with pytest.raises(ModelError, match="no parameter 'nothing'"):
        replace(CELLS["IF_curr_exp"], **{field: "nothing"})


def test_an_unknown_cell():
    with pytest.raises(UnknownName, match="Available are: IF_cond_alpha"):
        cell_model("nothing")


@pytest.mark.parametrize("name", CELLS)
def test_defaults_are_pynns(name):
    import pyNN.standardmodels.cells as pynn

    model, theirs = CELLS[name], getattr(pynn, name)
    assert {n: p.default for n, p in model.parameters.items()} == theirs.default_parameters
    assert {n: p.unit for n, p in model.parameters.items()} == {n: theirs.units[n] for n in model.parameters}
    for state, value in theirs.default_initial_values.items():
        assert model.initial.get(state, value) == value
    assert model.conductance_based == theirs.conductance_based
