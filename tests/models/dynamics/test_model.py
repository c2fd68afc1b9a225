"""What cell and synapse models share: names, states, text."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from synapse_models import WRITTEN

from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Receptor
from unisono.models.cells.poisson_input import with_poisson_input
from unisono.models.dynamics.model import DynamicModel, Parameter
from unisono.models.errors import ModelError
from unisono.models.synapses import SYNAPSES

POISSONIAN = with_poisson_input(CELLS["IF_curr_exp"], {"drive": "excitatory", "brake": "inhibitory"})
MODELS: list[DynamicModel] = [*CELLS.values(), *SYNAPSES.values(), *WRITTEN, POISSONIAN]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_text_says_everything(model):
    again = type(model).from_text(model.to_text())
    assert again == model and again.digest == model.digest
    written = {item.name for item in fields(model) if item.init}
    # what few models have is written where a model has it
    assert set(json.loads(model.to_text())) == written - ({"poisson"} if not getattr(model, "poisson", ()) else set())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_state_has_a_unit_and_an_initial_value(model):
    assert set(model.states) <= model.initial.keys() & model.units.keys()
    assert model.parameters.keys() <= model.units.keys()


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans())
def test_numbers_and_texts_survive(default, meaning, positive):
    model = CellModel(
        "X",
        {"tau": Parameter(default, "ms", meaning, positive)},
        "dv/dt = -v/tau : mV",
        {"in": Receptor("v")},
        threshold="v >= 1*mV",
        reset="",
        refractory="",
        initial={"v": default},
    )
    assert CellModel.from_text(model.to_text()) == model


def test_other_content_has_another_digest():
    model = CELLS["IF_curr_exp"]
    assert len({model.digest, replace(model, source="x").digest, replace(model, name="x").digest}) == 3


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": 1}', CELLS["IF_curr_exp"].to_text().replace("unit", "u")])
def test_damaged_text_is_refused(text):
    with pytest.raises(ModelError, match="The definition of a cell model cannot be read"):
        CellModel.from_text(text)


def test_the_base_alone_is_no_model():
    with pytest.raises(TypeError, match="abstract"):
        DynamicModel("x", {})
