"""When the states of a cell part because a spike arrives that only one simulator has; no simulator is needed."""

from __future__ import annotations

import numpy as np

from unisono.validation.diagnose.one_synapse import _first_departure, departure

STEPS = 40


def jump(at: int, size: float) -> np.ndarray:
    return np.where(np.arange(STEPS) >= at, size, 0.0)


def test_potentials_part_where_one_jumps():
    v = np.linspace(-65.0, -60.0, STEPS)
    assert departure(v, v) is None
    assert departure(v, v + jump(12, 0.1)) == 12
    assert departure(v, v + np.cumsum(jump(5, 2e-7))) is None  # a drift is no spike


def test_what_arrives_in_a_refractory_period_shows_in_the_conductance():
    v, g = np.full(STEPS, -65.0), 1e-7 * np.exp(-np.arange(STEPS) / 30)
    mine, theirs = {"v": v, "gsyn_exc": g}, {"v": v + jump(30, 0.5), "gsyn_exc": g + jump(9, 2e-8)}
    assert _first_departure(mine, theirs) == 9
    assert _first_departure({"v": v}, theirs) == 30
    assert _first_departure(mine, mine) is None and _first_departure({}, theirs) is None


def test_a_state_may_stay_zero_on_one_of_them():
    v = np.full(STEPS, -65.0)
    silent = {"v": v, "gsyn_inh": np.zeros(STEPS)}
    assert _first_departure(silent, {"v": v + jump(7, 1.0), "gsyn_inh": jump(6, 0.1)}) == 6
