"""The guard, on a simulation that holds what it is given."""

from __future__ import annotations

import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings, Simulation
from unisono.adapters.contract.guard import INTERVAL, Guard
from unisono.adapters.contract.recording import Signal, TrialRecording
from unisono.models.errors import DivergedState


class Still(Simulation):
    """States that are set by hand."""

    def build(self): ...

    def write(self, change): ...

    def run(self, until, progress): ...

    def read(self): ...

    def states(self, population, names):
        return {name: np.asarray(self.values.get(name, (0.0, 0.0, 0.0))) for name in names}


def guarded(tmp_path, cell="IF_cond_exp", method="collocation", **values):
    simulation = Still(driven(cell, size=3), Settings(), tmp_path)
    simulation.values = values
    return Guard(simulation, {1: method})


def samples(values, interval=2):
    signal = Signal(1, "v", "mV", np.array([0, 2], np.uint32), interval, np.array(values))
    return TrialRecording((len(values) - 1) * interval, {}, (signal,))


@pytest.mark.parametrize("value", [np.nan, -np.inf, -2e4])
def test_a_potential_that_is_wrong_is_named_with_cell_time_and_load(tmp_path, value):
    guard = guarded(tmp_path, v=(-60.0, -60.0, value), gsyn_exc=(0.0, 0.0, 50.0))
    with pytest.raises(DivergedState, match=r"'v' of cell 2 of 'cells' is .* between 0 and 1 ms: .* constant: 5\)"):
        guard.look(10)


def test_a_potential_above_the_threshold_is_reset_and_allowed(tmp_path):
    guarded(tmp_path, v=(-60.0, 1e14, -60.0)).look(10)
    with pytest.raises(DivergedState, match=r"cell 1 .* is 2e\+04 mV"):
        guarded(tmp_path, "HH", "rk4", v=(-60.0, 2e4, -60.0)).look(10)


def test_a_linear_cell_may_go_where_a_current_drives_it(tmp_path):
    guard = guarded(tmp_path, "IF_curr_exp", "exact", v=(-60.0, -1e9, -60.0))
    guard.look(10)


def test_samples_give_the_time(tmp_path):
    guard = guarded(tmp_path)
    guard.examine(samples([[-60.0, -60.0]] * 3))
    with pytest.raises(DivergedState, match=r"cell 2 .* is -5e\+80 mV at 0\.8 ms"):
        guard.examine(samples([[-60.0, -60.0], [-60.0, -5e80]], interval=2))


def test_a_run_is_looked_at_from_time_to_time(tmp_path, monkeypatch):
    guard = guarded(tmp_path, v=(np.nan,) * 3)
    guard.passed(INTERVAL)  # too soon by the clock
    monkeypatch.setattr("unisono.adapters.contract.guard.PAUSE", 0.0)
    guard.passed(INTERVAL - 1)
    with pytest.raises(DivergedState, match=f"between 0 and {INTERVAL * 0.1:g} ms"):
        guard.passed(INTERVAL)
