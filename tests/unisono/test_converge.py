"""``unisono converge`` and ``unisono.converge``, and the warning of a time step that is too long."""

from __future__ import annotations

import json
import warnings

import pytest
from command_line import USAGE, one_sentence
from command_line import unisono as run_unisono
from networks import driven

import unisono
from unisono.models.cells import CELLS
from unisono.models.errors import CoarseTimeStep, UnisonoError
from unisono.models.library import build_network
from unisono.models.network import Epoch, Network, Population, Trial
from unisono.validation.convergence.convergence import converge

SHORT = ("--set", "duration=40", "--set", "start=0")


@pytest.mark.slow
def test_the_orders_of_a_leaky_cell_on_two_simulators(tmp_path):
    files = ("--json", "c.json", "--figure", "c.svg", "--report", "c.html")
    answer = run_unisono("converge", "single_cell", "--on", "nest,neuron", *SHORT, *files, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "Verdict: right" in answer.stdout
    assert "time step 0.125 ms, on nest, neuron" in answer.stdout
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["steps"] == [2.0**-k for k in range(3, 10)]
    for order in data["orders"]:
        assert order["verdict"] == "right"
        assert order["stated"] == (1 if order["quantity"] == "spikes" else None)
    assert "<svg" in (tmp_path / "c.svg").read_text()
    assert "unisono converge single_cell" in (tmp_path / "c.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("simulator", ["nestml", "brian2", "neuron"])
def test_runge_kutta_has_order_four_on_every_simulator(simulator):
    found = unisono.converge("single_cell", [simulator], cell="EIF", amplitude=0.6, start=0, duration=30)
    assert found.exit_status == 0, found.to_json()
    spikes, v = found.orders
    assert (spikes.stated, v.stated) == (1, 4)
    assert v.measured == pytest.approx(4, abs=0.15)


def test_the_reference_on_the_grid_agrees_with_itself_off_it():
    found = unisono.converge("single_cell", ["reference"], start=0, duration=20, dt=0.5)
    assert found.steps[0] == 0.5
    assert [order.method for order in found.orders] == ["exact", "exact"]
    assert found.orders[1].verdict == "right"


def test_nothing_to_compare_gives_status_2(tmp_path):
    weak = ("--set", "duration=5", "--set", "start=0", "--set", "amplitude=0.1")
    answer = run_unisono("converge", "single_cell", "--on", "reference", *weak, cwd=tmp_path)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert "Verdict: cannot tell" in answer.stdout
    assert "reference, spikes: no cell spikes" in answer.stdout


def test_what_is_wrong_is_said_in_one_sentence(tmp_path):
    one_sentence(
        run_unisono("converge", "single_cell", "--on", "nosuch", cwd=tmp_path), "Unknown simulator 'nosuch'", USAGE
    )
    with pytest.raises(UnisonoError, match="Unknown simulator 'nosuch'"):
        unisono.converge("single_cell", "nest,nosuch")


def hodgkin_huxley(dt: float) -> Network:
    return Network(
        dt, (Population("a", "HH_cond_exp", 1), Population("b", "HH_cond_exp", 2)), trials=(Trial((Epoch(2),)),)
    )


def test_a_time_step_above_the_largest_warns_once_a_model():
    with pytest.warns(CoarseTimeStep, match=r"0\.1 ms is above the largest for HH_cond_exp, 0\.05 ms") as found:
        unisono.run(hodgkin_huxley(0.1), ["reference"])
    assert len(found) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unisono.run(hodgkin_huxley(0.05), ["reference"])
        unisono.run(driven(), ["reference"])


def test_the_command_line_shows_the_warning_as_one_line(tmp_path):
    hodgkin_huxley(0.1).save(tmp_path / "hh.h5")
    answer = run_unisono("run", "hh.h5", "--on", "reference", cwd=tmp_path)
    assert answer.returncode == 0
    (line,) = answer.stderr.splitlines()
    assert line.startswith("unisono: warning: The time step of 0.1 ms is above the largest for HH_cond_exp, 0.05 ms;")


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_at_the_largest_step_first_spikes_come_in_the_step_of_their_crossing(cell):
    largest = CELLS[cell].time_step[1]
    # The first spike is what counts: these have it by 4 ms, and exact solutions of their equations take long.
    until = 10 if cell in ("HH", "HH_cond_exp", "Izhikevich") else 40
    network = build_network("single_cell", cell=cell, start=0, duration=largest * round(until / largest), dt=largest)
    found = converge(network, ["neuron"], steps=2)
    spikes = found.orders[0]
    assert spikes.points[0].error is not None
    assert spikes.lags[0] >= -0.1 and spikes.lags[1] <= 1.1
