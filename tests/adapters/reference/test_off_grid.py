"""The reference off the grid, against closed forms and solutions worked out without it."""

from __future__ import annotations

from math import e, exp, log
from typing import Any

import numpy as np
import pytest
from in_process import simulate
from networks import driven
from scipy.integrate import quad, solve_ivp
from scipy.optimize import brentq

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.runtime.neo_block import to_block
from unisono.models.cells.model import CellModel, Parameter
from unisono.models.errors import SimulatorFailed, UnknownName
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

LIF = {"tau_m": 10.0, "cm": 0.25, "v_rest": -70.0, "v_reset": -70.0, "v_thresh": -55.0, "tau_refrac": 2.0}
REST = {"v": -70.0}


def off_grid(network: Network, grid: str = "off") -> TrialRecording:
    return simulate(ReferenceAdapter(), network, Settings(options={"grid": grid}))


def times(network: Network, cell: int = 0, population: int = 1) -> list[float]:
    spikes = off_grid(network).spikes[population]
    return spikes.times[spikes.cells == cell].tolist()


def test_lif_under_dc_spikes_at_the_published_time():
    # -10 ln 0.625 = 4.7000363 ms (NEST's test_iaf_ps_dc_accuracy); then exactly the refractory period, and again
    network = driven(steps=400, parameters={**LIF, "tau_refrac": 1.2345, "i_offset": 1.0}, initial=REST)
    first = -10 * log(0.625)
    assert first == pytest.approx(4.7000363, abs=1e-7)
    expected = [first + k * (first + 1.2345) for k in range(6)]
    assert times(network) == pytest.approx(expected, abs=1e-12, rel=0)


def test_an_exponential_kick_and_the_same_with_equal_time_constants():
    t0, w, tau_m, cm = 0.4, 2.5, 10.0, 0.25
    for tau_s in (0.7, 10.0, 10.0 + 1e-9):
        parameters = {**LIF, "tau_syn_E": tau_s}
        if tau_s == tau_m:

            def v(t: float) -> float:
                return -70 + w / cm * t * exp(-t / 10.0)
        else:

            def v(t: float, tau_s: float = tau_s) -> float:
                scale = tau_s * tau_m / (tau_m - tau_s) / cm
                return -70 + w * scale * -exp(-t / tau_m) * np.expm1(t * (tau_s - tau_m) / (tau_s * tau_m))

        weight = w if tau_s > 1 else 8.0
        crossing = brentq(lambda t: (v(t) + 70) * weight / w - 15, 0, 3.0, xtol=1e-15)  # noqa: B023
        network = driven(steps=40, parameters=parameters, initial=REST, spikes=(3,), weight=weight)
        assert times(network) == pytest.approx([t0 + crossing], abs=1e-12, rel=0)


def test_an_alpha_current():
    t0, w, tau, cm = 0.3, 1.5, 2.0, 0.25

    def v(t: float) -> float:
        inside = quad(lambda s: w * e * s / tau * exp(-s / tau - (t - s) / 10.0), 0, t, epsabs=0, epsrel=1e-13)
        return -70 + inside[0] / cm

    crossing = brentq(lambda t: v(t) + 55, 0, 5.0, xtol=1e-15)
    parameters = {**LIF, "tau_syn_E": tau}
    network = driven("IF_curr_alpha", 80, parameters=parameters, initial=REST, spikes=(2,), weight=w)
    assert times(network) == pytest.approx([t0 + crossing], abs=1e-12, rel=0)


@pytest.mark.parametrize("excess", [1e-10, -1e-10])
def test_a_maximum_between_two_grid_points_is_not_overlooked(excess):
    # v = w/C * t e^(-t/10): its maximum, at 10 ms, is above the threshold by 1e-10 mV, for about 1e-4 ms
    weight = (15 + excess) * 0.25 * e / 10
    parameters = {**LIF, "tau_syn_E": 10.0}
    network = driven(steps=300, parameters=parameters, initial=REST, spikes=(3,), weight=weight)
    assert len(times(network)) == (excess > 0)


def test_a_conductance_against_another_integration():
    t0, g, tau_s, tau_m, cm = 1.0, 0.12, 1.5, 10.0, 0.25

    def slope(t: float, y: np.ndarray) -> list[float]:
        return [(-70 - y[0]) / tau_m + g * exp(-t / tau_s) * (0 - y[0]) / cm]

    def threshold(_: float, y: np.ndarray) -> float:
        return float(y[0] + 55)

    threshold.terminal = True  # type: ignore[attr-defined]
    options: dict[str, Any] = {"method": "DOP853", "rtol": 2.3e-14, "atol": 1e-14, "max_step": 0.01}
    solution = solve_ivp(slope, (0, 5), [-70.0], events=threshold, **options)
    parameters = {**LIF, "e_rev_E": 0.0, "tau_syn_E": tau_s}
    network = driven("IF_cond_exp", 40, parameters=parameters, initial=REST, spikes=(9,), weight=g)
    assert times(network) == pytest.approx([t0 + solution.t_events[0][0]], abs=1e-11, rel=0)


def test_adaptive_exponential_cell_spikes_at_the_times_of_pynn():
    # PyNN 0.13, test/system/scenarios/test_cell_types.py: to 1 %, given to the microsecond
    published = [10.015, 25.515, 43.168, 63.41, 86.649, 113.112, 142.663, 174.76]
    parameters = {"i_offset": np.float64(1.0), "tau_refrac": np.float64(2.0), "v_spike": np.float64(-40.0)}
    cell = Population("cell", "EIF_cond_alpha_isfa_ista", 1, parameters, {"v": np.float64(-65.0)})
    network = Network(0.1, (cell,), trials=(Trial((Epoch(1800),)),))
    assert times(network, population=0) == pytest.approx(published, abs=0.002, rel=0)


def hodgkin_huxley(t: float, y: np.ndarray, i: float) -> list[float]:
    """Traub & Miles's rates as Brette et al. (2007) print them, PyNN's defaults."""
    v, m, h, n = y
    x = v + 63.0
    a_m = 0.32 * (13 - x) / (np.exp((13 - x) / 4) - 1)
    b_m = 0.28 * (x - 40) / (np.exp((x - 40) / 5) - 1)
    a_h, b_h = 0.128 * np.exp((17 - x) / 18), 4 / (1 + np.exp((40 - x) / 5))
    a_n, b_n = 0.032 * (15 - x) / (np.exp((15 - x) / 5) - 1), 0.5 * np.exp((10 - x) / 40)
    current = 20.0 * m**3 * h * (50 - v) + 6.0 * n**4 * (-90 - v) + 0.01 * (-65 - v) + i
    return [current / 0.2, a_m * (1 - m) - b_m * m, a_h * (1 - h) - b_h * h, a_n * (1 - n) - b_n * n]


def test_a_cell_without_reset_spikes_once_an_upstroke():
    def threshold(_: float, y: np.ndarray, i: float) -> float:
        return float(y[0] - 10)

    threshold.direction = 1  # type: ignore[attr-defined]
    start = [-65.0, 0.0, 1.0, 0.0]
    options: dict[str, Any] = {"method": "LSODA", "rtol": 1e-12, "atol": 1e-13}
    solution = solve_ivp(hodgkin_huxley, (0, 35), start, args=(0.5,), max_step=0.05, events=threshold, **options)
    cell = Population("cell", "HH_cond_exp", 1, {"i_offset": np.float64(0.5)})
    network = Network(0.1, (cell,), trials=(Trial((Epoch(350),)),))
    found = times(network, population=0)
    assert len(found) == 3
    assert found == pytest.approx(solution.t_events[0], abs=1e-8, rel=0)
    above = Population("cell", "HH_cond_exp", 1, {"i_offset": np.float64(0.5)}, {"v": np.float64(20.0)})
    later = times(Network(0.1, (above,), trials=(Trial((Epoch(200),)),)), population=0)
    assert later and later[0] > 5  # it begins above: it has to fall first


def chain(delay: int, refractory: float = 2.0) -> Network:
    """A cell under DC and a second one that each of its spikes lifts above the threshold."""
    first = Population("first", "IF_curr_exp", 1, {**_arrays(LIF), "i_offset": np.float64(1.0)}, _arrays(REST))
    second = Population("second", "IF_curr_delta", 1, _arrays({**LIF, "tau_refrac": refractory}), _arrays(REST))
    to_second = Projection("p", 0, 1, np.zeros(1, int), np.zeros(1, int), np.float64(20.0), np.array([delay]))
    return Network(0.1, (first, second), (to_second,), trials=(Trial((Epoch(400),)),))


def _arrays(values: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.float64(value) for name, value in values.items()}  # type: ignore[misc]


@pytest.mark.parametrize("delay", [1, 7])
def test_a_spike_arrives_after_its_delay_and_not_on_the_grid(delay):
    recording = off_grid(chain(delay))
    sent, got = recording.spikes[0], recording.spikes[1]
    assert sent.size == 6
    assert got.times == pytest.approx(sent.times[sent.times + delay * 0.1 < 40] + delay * 0.1, abs=1e-12, rel=0)
    assert got.steps.tolist() == np.ceil(got.times / 0.1).astype(int).tolist()


def test_input_in_the_refractory_period_is_discarded_to_its_exact_end():
    # The interval of the first cell is -10 ln 0.625 + 2 ms; refractory for 1e-9 ms longer, every second spike is lost.
    interval = -10 * log(0.625) + 2
    assert len(times(chain(1, interval - 1e-9))) == 6
    assert len(times(chain(1, interval + 1e-9))) == 3


def test_input_at_the_very_end_of_the_refractory_period_is_discarded_as_on_the_grid():
    # spikes of the source at 0.4 and 2.4 ms; refractory for 2 ms after the first
    for step, expected in ((23, [0.4]), (24, [0.4, 2.5])):
        network = driven("IF_curr_delta", 40, parameters=LIF, initial=REST, spikes=(3, step), weight=20.0)
        assert times(network) == pytest.approx(expected, abs=1e-15)
        on_grid = off_grid(network, "on").spikes[1]
        assert (on_grid.steps * 0.1).tolist() == pytest.approx(expected)


def test_simultaneous_input_is_summed_before_the_test():
    network = driven("IF_curr_delta", 20, parameters=LIF, initial=REST, spikes=(3,), counts=3, weight=5.0)
    assert times(network) == pytest.approx([0.4], abs=1e-15)


def test_currents_samples_and_changes_are_where_the_network_has_them():
    current = CurrentInput(1, np.array([0]), np.array([5, 20]), np.array([1.0, 0.0]))
    epochs = (Epoch(30), Epoch(10, (Change("parameter", 1, "v_rest", np.float64(-60.0)),)))
    network = driven(parameters={**LIF, "v_thresh": 0.0}, initial=REST, currents=(current,), changes=epochs, interval=5)
    (signal,) = off_grid(network).signals
    up = -70 + 40 * (1 - exp(-0.15))
    expected = {0: -70, 5: -70, 20: up, 30: -70 + (up + 70) * exp(-0.1)}
    expected[40] = -60 + (expected[30] + 60) * exp(-0.1)
    for step, value in expected.items():
        assert signal.values[step // 5, 0] == pytest.approx(value, abs=1e-12)
    assert signal.values.shape == (9, 1)


def test_a_nonlinear_threshold_of_a_linear_cell():
    model = CellModel(
        "Parabola",
        {"tau": Parameter(10.0, "ms", positive=True), "v_reset": Parameter(0.0, "mV")},
        "dv/dt = (20*mV - v)/tau : mV",
        threshold="v**2 >= 100*mV**2",
        refractory="",
    )
    cell = Population("cell", model.name, 1, definition=model.to_text())
    network = Network(0.1, (cell,), trials=(Trial((Epoch(200),)),))
    expected = [10 * log(2), 20 * log(2)]  # 20 (1 - e^(-t/10)) = 10
    assert times(network, population=0) == pytest.approx(expected, abs=1e-12, rel=0)


def test_a_reset_above_the_threshold_without_a_refractory_period_is_an_error():
    network = driven(parameters={**LIF, "tau_refrac": 0.0, "v_reset": -50.0, "i_offset": 1.0}, initial=REST, steps=60)
    with pytest.raises(SimulatorFailed, match=r"endlessly at 4\.7"):
        off_grid(network)


@pytest.mark.parametrize("options", [{"grit": "off"}, {"grid": "of"}])
def test_unknown_options_are_refused(options):
    with pytest.raises(UnknownName, match="grid"):
        ReferenceAdapter().check(driven(), Settings(options=options))


@pytest.mark.parametrize("cell", ["IF_curr_alpha", "IF_cond_exp", "Izhikevich"])
def test_samples_between_spikes_are_those_on_the_grid(cell):
    network = Network(
        0.1,
        (Population("cells", cell, 10, {"i_offset": np.linspace(0.0, 0.004, 10)}),),
        recordings=(RecordingRequest(0, "v", np.arange(10)),),
        trials=(Trial((Epoch(30),)),),
    )
    off, on = (off_grid(network, grid).signals[0].values for grid in ("off", "on"))
    assert off == pytest.approx(on, abs=1e-9)


def test_exact_times_survive_the_file_and_reach_neo(tmp_path):
    network = chain(3)
    trial = off_grid(network)
    recording = Recording(0.1, ("first", "second"), (1, 1), (trial,))
    recording.save(tmp_path)
    loaded = Recording.load(tmp_path)
    for index in (0, 1):
        a, b = trial.spikes[index], loaded.trials[0].spikes[index]
        assert np.array_equal(a.times, b.times) and np.array_equal(a.steps, b.steps)
    block = to_block(loaded, {})
    assert np.array_equal(block.segments[0].spiketrains[0].magnitude, trial.spikes[0].times)


def test_exact_spikes_are_sorted_by_time_then_cell():
    spikes = Spikes.sorted(np.array([2, 1, 0]), np.array([5, 5, 4]), np.array([0.45, 0.45, 0.31]))
    assert spikes.cells.tolist() == [0, 1, 2]
    assert spikes.milliseconds(0.1).tolist() == [0.31, 0.45, 0.45]


def test_sources_stay_on_the_grid():
    network = Network(
        0.1,
        (Population("source", "SpikeSourceArray", 1),),
        spikes=(SpikeInput(0, np.zeros(2, np.uint32), np.array([3, 9])),),
        trials=(Trial((Epoch(20),)),),
    )
    spikes = off_grid(network).spikes[0]
    assert spikes.times is None and spikes.steps.tolist() == [3, 9]


def test_a_recording_on_the_grid_holds_no_more_than_before(tmp_path):
    import h5py

    recording = Recording(0.1, ("source", "cells"), (1, 1), (off_grid(chain(3), "on"),))
    recording.save(tmp_path)
    with h5py.File(tmp_path / "trial-000" / "spikes.h5") as file:
        assert set(file["spikes/source"]) == {"timestamps", "node_ids"}
        assert file["spikes/source/timestamps"][0] == 48 * 0.1
    assert Recording.load(tmp_path).trials[0].spikes[0].times is None
