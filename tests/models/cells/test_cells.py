"""The cells against the figures of their papers."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from networks import alone
from slopes import slopes

from unisono.models.cells import CELLS

#: Parameters that PyNN does not have, and those that it writes as arrays of three.
MORE = {"IF_facets_hardware1": {"tau_refrac"}, "Izhikevich": {"v_thresh"}, "HH_cond_exp": {"v_thresh"}}
ARRAYS = ("tau_eta", "tau_gamma", "a_eta", "a_gamma")
#: PyNN spells units otherwise.
SPELLING = {"/ms": "1/ms", "": "1"}


def spikes(run, cell: int = 0) -> np.ndarray:
    """Spike times of one cell of the only population, ms."""
    found = run.trials[0].spikes[0]
    return found.steps[found.cells == cell] * run.dt


@pytest.mark.parametrize("name", [name for name in CELLS if name not in ("EIF", "HH", "IF_cond_exp_ip")])
def test_defaults_are_pynns(name):
    import pyNN.standardmodels.cells as pynn

    model, theirs = CELLS[name], getattr(pynn, name)
    wanted = {n: v for n, v in theirs.default_parameters.items() if n not in ARRAYS or name != "GIF_cond_exp"}
    units = dict(theirs.units)
    if name == "GIF_cond_exp":
        for array in ARRAYS:
            for k, value in enumerate(theirs.default_parameters[array].value, start=1):
                wanted[f"{array}_{k}"], units[f"{array}_{k}"] = value, units[array]
    own = {n: p for n, p in model.parameters.items() if n not in MORE.get(name, ())}
    assert {n: p.default for n, p in own.items()} == wanted
    assert {n: p.unit for n, p in own.items()} == {n: SPELLING.get(units[n], units[n]) for n in own}
    assert model.parameters.keys() - own.keys() == MORE.get(name, set())
    for state, value in theirs.default_initial_values.items():
        assert model.initial[state] == value
    assert {s for s in theirs.recordable if s != "spikes"} <= set(model.recordable) | {"isyn_exc", "isyn_inh"}
    assert model.conductance_based == theirs.conductance_based


@pytest.mark.parametrize("name", CELLS)
def test_time_steps_and_sources_are_stated(name):
    recommended, largest = CELLS[name].time_step
    assert 0 < recommended <= largest
    assert CELLS[name].source


def test_the_facets_cell_has_the_chips_capacitance():
    # 40 nS on 0.2 nF, 5 mV above rest: 40e-3*5/0.2 = 1 mV/ms; excitation pulls to 0 mV.
    assert slopes(CELLS["IF_facets_hardware1"], v=-60.0)["v"] == pytest.approx(-1.0)
    assert slopes(CELLS["IF_facets_hardware1"], v=-65.0, gsyn_exc=0.1)["v"] == pytest.approx(0.1 * 65 / 0.2)
    assert slopes(CELLS["IF_facets_hardware1"], v=-65.0, gsyn_inh=0.1)["v"] == pytest.approx(-0.1 * 15 / 0.2)


def test_adaptation_conductances_are_in_nanosiemens():
    model = CELLS["IF_cond_exp_gsfa_grr"]
    assert slopes(model, v=-65.0, g_s=15.0)["v"] == pytest.approx(-0.15)
    assert slopes(model, v=-65.0, g_r=3000.0)["v"] == pytest.approx(-30.0)
    assert slopes(model, g_s=15.0)["g_s"] == pytest.approx(-0.15)
    assert [s.expression for s in model.resets] == ["v_reset", "g_s + q_sfa", "g_r + q_rr"]


@pytest.mark.parametrize("name", ["EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista", "EIF"])
def test_the_exponential_turns_the_slope_at_v_thresh(name):
    # The current that holds the cell is largest at v_thresh: g_L (v_thresh - v_rest - delta_T), Fourcaud-Trocmé
    # et al. (2003), and a (v_thresh - v_rest) more with adaptation: Brette & Gerstner (2005).
    model = CELLS[name]
    p = {n: x.default for n, x in model.parameters.items()}
    held = p["cm"] / p["tau_m"] * (p["v_thresh"] - p["v_rest"] - p["delta_T"])
    assert slopes(model, v=p["v_thresh"], i_inj=held)["v"] == pytest.approx(0.0, abs=1e-12)
    for v in (p["v_thresh"] - 0.5, p["v_thresh"] + 0.5):
        assert slopes(model, v=v, i_inj=held)["v"] > 0
    if "w" in model.states:
        assert slopes(model, v=p["v_thresh"])["w"] == pytest.approx(4e-3 * 20.2 / 144)


def test_beyond_the_spike_the_exponential_does_not_grow():
    model = CELLS["EIF_cond_exp_isfa_ista"]
    assert slopes(model, v=1000.0) == slopes(model, v=-40.0)
    assert slopes(CELLS["Izhikevich"], v=1000.0) == slopes(CELLS["Izhikevich"], v=30.0)


def test_the_rest_of_the_simple_model():
    # 0.04*70^2 - 5*70 + 140 + 14 = 0 and u = b v: PyNN's initial values are a fixed point.
    model = CELLS["Izhikevich"]
    assert slopes(model) == pytest.approx({"v": 0.0, "u": 0.0}, abs=1e-12)
    assert slopes(model, i_inj=0.01)["v"] == pytest.approx(10.0)
    assert slopes(model, v=-60.0)["v"] == pytest.approx(0.04 * 3600 - 300 + 140 + 14)


def test_rates_and_steady_states_of_hodgkin_and_huxley():
    # Figures of the textbooks at rest, as in Gerstner et al. (2014), Neuronal Dynamics, section 2.2.
    model = CELLS["HH"]
    at = {g: (slopes(model, **{g: 0.0})[g], slopes(model, **{g: 1.0})[g]) for g in "mhn"}
    steady = {g: rise / (rise - fall) for g, (rise, fall) in at.items()}
    assert at["n"] == pytest.approx((0.0581977, -0.125), abs=1e-6)
    assert at["m"] == pytest.approx((0.2235637, -4.0), abs=1e-6)
    assert at["h"] == pytest.approx((0.07, -0.0474259), abs=1e-6)
    assert steady == pytest.approx({g: model.initial[g] for g in "mhn"}, abs=1e-5)
    # 1 nA on 20,000 um2 are 5 uA/cm2, 5 mV/ms on 1 uF/cm2
    assert slopes(model, i_inj=1.0)["v"] - slopes(model)["v"] == pytest.approx(5.0)
    assert slopes(model)["v"] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(("name", "at"), [("HH", (-40.0, -55.0)), ("HH_cond_exp", (-50.0, -23.0, -48.0))])
def test_rates_have_a_value_where_their_formula_is_zero_by_zero(name, at):
    for v in at:
        here, beside = slopes(CELLS[name], v=v), slopes(CELLS[name], v=v + 1e-7)
        assert here == pytest.approx(beside, rel=1e-5, abs=1e-5)


def test_rates_of_traub_and_miles():
    # v_offset + 20 mV, by the formulas of Brette et al. (2007), appendix 2
    got = {g: (slopes(CELLS["HH_cond_exp"], v=-43.0, **{g: x})[g]) for g in "mhn" for x in (0.0,)}
    assert got["m"] == pytest.approx(0.32 * -7 / (exp(-7 / 4) - 1))
    assert got["h"] == pytest.approx(0.128 * exp(-3 / 18))
    assert got["n"] == pytest.approx(0.032 * -5 / (exp(-1) - 1))
    down = {g: slopes(CELLS["HH_cond_exp"], v=-43.0, **{g: 1.0})[g] for g in "mhn"}
    assert down["m"] == pytest.approx(-0.28 * -20 / (exp(-4) - 1))
    assert down["h"] == pytest.approx(-4 / (1 + exp(4)))
    assert down["n"] == pytest.approx(-0.5 * exp(-10 / 40))


def test_hodgkin_and_huxley_fire_at_68_hz_under_10_microamperes(execute):
    # The rate at 10 uA/cm2 is 68 Hz: Dayan & Abbott's and others' f-I curve of this cell.
    run = execute("reference", alone("HH", 1600, dt=0.05, current=2.0))
    intervals = np.diff(spikes(run))
    assert intervals[-1] == pytest.approx(1000 / 68.3, abs=0.15)


def test_a_cell_above_its_threshold_does_not_spike_until_it_has_crossed_it(execute):
    run = execute("reference", alone("HH", 100, dt=0.05, initial={"v": 20.0}))
    assert spikes(run).size == 0


@pytest.mark.slow
def test_the_spike_times_of_pynns_system_test(execute):
    # Each spike is late by less than a step against exact times, and the next ones with it.
    times = np.array([10.015, 25.515, 43.168, 63.41, 86.649, 113.112, 142.663, 174.76])
    parameters = {"i_offset": 1.0, "tau_refrac": 2.0, "v_spike": -40.0}
    network = alone("EIF_cond_alpha_isfa_ista", 18000, dt=0.01, parameters=parameters, initial={"v": -65.0})
    late = spikes(execute("reference", network)) - times
    assert (late > -0.001).all()
    assert (late < 0.01 * np.arange(1, 9) + 0.001).all()


def test_escape_noise_comes_where_the_intensity_has_used_up_its_draw(execute):
    # v stays at the threshold, so the intensity is lambda0 = 200 Hz: 0.02 a step. The spike comes after
    # -log(U)/0.02 steps, and the next number is drawn.
    seeds = np.array([[2.0e9, 987654321.0, 123456789.0], [55.0, 987654322.0, 1.0]])
    nothing = {f"a_{kernel}_{k}": 0.0 for kernel in ("eta", "gamma") for k in (1, 2, 3)}
    parameters = {"v_rest": -48.0, "v_reset": -48.0, "lambda0": 200.0, "tau_refrac": 0.5, **nothing}
    network = alone(
        "GIF_cond_exp",
        1500,
        size=3,
        parameters=parameters,
        initial={"v": -48.0, "v_t": -48.0, "draw_1": seeds[0], "draw_2": seeds[1]},
    )
    run = execute("reference", network)
    for cell, (first, second) in enumerate(seeds.T.astype(int).tolist()):
        expected, step = [], 0
        while True:
            # L'Ecuyer (1988), figure 3, in whole numbers
            difference = first - second if first > second else first - second + 2147483562
            step += int(np.ceil(-log(difference / 2147483563) / 0.02))
            if step > 1500:
                break
            expected.append(step)
            first, second, step = 40014 * first % 2147483563, 40692 * second % 2147483399, step + 5
        assert len(expected) > 5
        assert np.rint(spikes(run, cell) / 0.1).tolist() == expected


def test_sums_of_the_generalised_cell_are_those_of_three_exponentials(execute):
    initial = {"draw_1": 3.0, "draw_2": 1.0, "v_t": -48.0}
    network = alone("GIF_cond_exp", 600, parameters={"i_offset": 3.0}, initial=initial, variables=("i_eta", "v_t"))
    run = execute("reference", network)
    times = spikes(run)
    assert times.size >= 2
    t = np.arange(601) * 0.1
    kernel = sum(np.exp(-np.maximum(t[:, None] - times, 0) / tau) for tau in (1, 10, 100)) * (
        t[:, None] >= times - 1e-9
    )
    values = {s.variable: s.values[:, 0] for s in run.trials[0].signals}
    np.testing.assert_allclose(values["i_eta"], kernel.sum(1), rtol=0, atol=1e-9)
    np.testing.assert_allclose(values["v_t"], kernel.sum(1) - 48.0, rtol=0, atol=1e-9)


def test_the_generator_stays_exact_in_the_propagators():
    from unisono.adapters.codegen.affine import linear_states, propagators

    model = CELLS["GIF_cond_exp"]
    values = {n: np.array([p.default, 1.3 * p.default]) for n, p in model.parameters.items()}
    step = propagators(model, values, 0.1, linear_states(model))
    assert {n: v.tolist() for n, v in step.items() if "__draw_" in n} == {
        f"P__draw_{k}__draw_{k}": [1.0, 1.0] for k in (1, 2)
    }
