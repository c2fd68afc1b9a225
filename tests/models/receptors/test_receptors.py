"""Receptors: the weight is the peak; cells composed of a membrane and receptors."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from networks import driven
from slopes import slopes

from unisono.models.cells import CELLS
from unisono.models.cells.composition import MEMBRANES, compose
from unisono.models.cells.model import CellModel
from unisono.models.errors import ModelError, NetworkError
from unisono.models.network import Population
from unisono.models.receptors import RECEPTORS

SHAPED = [name for name in RECEPTORS if name != "Delta"]


def _time_course(name: str, t: np.ndarray) -> np.ndarray:
    """What a spike of weight 1 at t = 0 causes, in closed form and scaled by the peak found numerically."""
    p = {n: x.default for n, x in RECEPTORS[name].parameters.items()}
    if "tau_rise" in p:

        def difference(at):
            return np.exp(-at / p["tau_decay"]) - np.exp(-at / p["tau_rise"])

        peak = p["tau_decay"] * p["tau_rise"] / (p["tau_decay"] - p["tau_rise"]) * log(p["tau_decay"] / p["tau_rise"])
        return difference(t) / difference(peak)
    return t / 5 * np.exp(1 - t / 5) if name.endswith("Alpha") else np.exp(-t / 5)


@pytest.mark.parametrize("name", SHAPED)
def test_the_weight_is_the_peak(execute, name):
    model = compose(MEMBRANES["LIF"], {"here": RECEPTORS[name]})
    steps = 4000 if name in ("NMDA", "GABA_B") else 400
    variable = f"here_{RECEPTORS[name].recordable[0]}"
    network = driven(
        model.name, steps, spikes=(1,), weight=0.002, receptor="here", variables=(variable,), definition=model.to_text()
    )
    values = execute("reference", network).trials[0].signals[0].values[:, 0]
    t = (np.arange(steps + 1) - 2) * 0.1
    expected = np.where(t >= 0, _time_course(name, np.maximum(t, 0)), 0.0)
    np.testing.assert_allclose(values, 0.002 * expected, rtol=0, atol=1e-12)
    assert values.max() == pytest.approx(0.002, rel=1e-3)


def test_equal_time_constants_are_refused_by_name():
    model = compose(MEMBRANES["LIF"], {"AMPA": RECEPTORS["AMPA"]})
    with pytest.raises(NetworkError, match=r"equation of 'AMPA_gsyn' is not a finite number.*division by zero"):
        Population("cells", model.name, 1, {"AMPA_tau_rise": np.float64(5.0)}, definition=model.to_text())


def test_presets_are_those_of_the_book():
    figures = {n: [RECEPTORS[n].parameters[p].default for p in ("tau_rise", "tau_decay")] for n in SHAPED[6:]}
    assert figures == {"AMPA": [0.5, 5.0], "NMDA": [2.0, 100.0], "GABA_A": [0.5, 10.0], "GABA_B": [50.0, 200.0]}


@pytest.mark.parametrize("v", [-80.0, -40.0, 20.0])
def test_magnesium_blocks_nmda(v):
    # Jahr & Stevens (1990): at 1 mM about 4 % are open at -80 mV... by the formula, which is tested here
    model = compose(MEMBRANES["LIF"], {"NMDA": RECEPTORS["NMDA"]})
    current = slopes(model, v=v, NMDA_gsyn=0.1)["v"] - slopes(model, v=v)["v"]
    assert current == pytest.approx(0.1 * (0.0 - v) / (1 + exp(-0.062 * v) / 3.57))
    unblocked = slopes(model, v=v, NMDA_gsyn=0.1, NMDA_mg=0.0)["v"] - slopes(model, v=v)["v"]
    assert unblocked == pytest.approx(0.1 * (0.0 - v))


def test_a_composed_cell_is_the_standard_one():
    names = {"excitatory": "exc", "inhibitory": "inh"}
    exponential = compose(MEMBRANES["LIF"], dict.fromkeys(names, RECEPTORS["CurrExp"]))
    alpha = compose(MEMBRANES["AdExp"], dict.fromkeys(names, RECEPTORS["CondAlpha"]))
    for model, standard, variable in (
        (exponential, CELLS["IF_curr_exp"], "isyn"),
        (alpha, CELLS["EIF_cond_alpha_isfa_ista"], "gsyn"),
    ):
        states = {f"{key}_{variable}": 0.3 for key in names}
        theirs = {f"{variable}_{key}": 0.3 for key in names.values()}
        reversal = {} if variable == "isyn" else {"excitatory_e_syn": 0.0, "inhibitory_e_syn": -80.0}
        for v in (-70.0, -52.0, -41.0):
            ours = slopes(model, v=v, i_inj=0.2, **states, **reversal)
            assert ours["v"] == pytest.approx(slopes(standard, v=v, i_inj=0.2, **theirs)["v"], rel=1e-12)


@pytest.mark.parametrize("name", MEMBRANES)
def test_every_membrane_takes_every_receptor(name):
    receptors = {f"r{k}": receptor for k, receptor in enumerate(RECEPTORS.values())}
    model = compose(MEMBRANES[name], receptors, "Mine")
    assert CellModel.from_text(model.to_text()) == model
    assert tuple(model.receptors) == tuple(receptors)
    assert not {"gsyn_exc", "gsyn_inh", "e_rev_E", "tau_syn_I"} & model.units.keys()
    Population("cells", model.name, 1, definition=model.to_text())


def test_a_membrane_alone_has_the_parameters_of_pynn():
    import pyNN.standardmodels.cells as pynn

    for name in ("LIF", "AdExp"):
        own = MEMBRANES[name].own
        assert {n: p.default for n, p in own.parameters.items()} == getattr(pynn, name).default_parameters
        assert not own.receptors


@pytest.mark.parametrize(
    ("receptors", "says"),
    [
        ({"a b": "CondExp"}, "'a b' cannot be the name of a receptor"),
        ({"a": "CondExp", "a_e": "CondBeta"}, None),
        ({"tau": "CondExp", "v": "CondExp"}, None),
        ({"a__": "CondExp"}, "cannot be the name"),
    ],
)
def test_names_of_receptors(receptors, says):
    models = {key: RECEPTORS[name] for key, name in receptors.items()}
    if says is None:
        assert set(compose(MEMBRANES["LIF"], models).receptors) == set(receptors)
        return
    with pytest.raises(ModelError, match=says):
        compose(MEMBRANES["LIF"], models)


def test_a_symbol_with_two_meanings_is_refused():
    # 'tau' + '_m' is the membrane's time constant
    from dataclasses import replace

    odd = replace(
        RECEPTORS["CondExp"], parameters={**RECEPTORS["CondExp"].parameters, "m": CELLS["HH"].parameters["area"]}
    )
    with pytest.raises(ModelError, match="'tau_m' has two meanings"):
        compose(MEMBRANES["LIF"], {"tau": odd})


def test_a_preset_sets_parameters_that_there_are():
    with pytest.raises(ModelError, match="has no parameter 'tau'"):
        RECEPTORS["AMPA"].preset("mine", "", tau=3.0)
