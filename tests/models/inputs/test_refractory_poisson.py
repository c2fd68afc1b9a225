"""Poisson processes with dead time, and gamma processes that vary: laws of their intervals, runs in parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from unisono.models.inputs import inhomogeneous_gamma, refractory_poisson
from unisono.models.inputs.common import RenewalWindow
from unisono.models.inputs.table import Table

SIZE = 20


def window(first: int, stop: int, last: np.ndarray | None = None) -> RenewalWindow:
    before = np.full(SIZE, np.nan) if last is None else last
    return RenewalWindow(np.full(SIZE, first), np.full(SIZE, stop), before, (5,))


def refractory(over: RenewalWindow):
    return refractory_poisson.spikes(np.full(SIZE, 80.0), np.full(SIZE, 30), over)


def varying(over: RenewalWindow):
    return inhomogeneous_gamma.spikes(TABLE, over)


#: Shape 4 and a scale that makes the mean interval 100 steps, then 50 from step 20,000 on.
TABLE = Table.of([np.array([0.0, 20_000.0])], [np.array([4.0, 4.0])], [np.array([25.0, 12.5])])


def test_intervals_are_the_dead_time_and_an_exponential():
    cells, steps, counts = refractory(window(0, 40_000))
    intervals = np.concatenate([np.diff(np.sort(steps[cells == c])) for c in range(SIZE)])
    assert (counts == 1).all() and intervals.min() >= 30
    # grid points are rounded: an interval is exact but for a step
    assert abs(intervals.mean() - 80) < 5 * 50 / np.sqrt(intervals.size)
    assert stats.kstest(intervals - 30, stats.expon(scale=50).cdf).statistic < 0.03


def test_the_process_begins_in_equilibrium():
    cells, steps, _ = refractory(window(0, 80))
    assert abs(steps.size / SIZE - 1) < 0.6
    assert len(set(steps[cells == 0].tolist() + steps[cells == 1].tolist())) > 1


def test_a_rate_changes_where_the_table_says_so():
    cells, steps, _ = varying(window(0, 40_000))
    early, late = (
        np.concatenate([np.diff(np.sort(steps[(cells == c) & part])) for c in range(SIZE)])
        for part in (steps <= 20_000, steps > 20_000)
    )
    for intervals, mean in ((early, 100), (late, 50)):
        assert abs(intervals.mean() / mean - 1) < 0.03
        assert abs(intervals.std() / intervals.mean() - 0.5) < 0.03


@pytest.mark.parametrize("process", [refractory])
def test_the_last_spike_goes_on_into_the_next_window(process):
    first = window(0, 5000)
    cells, steps, _ = process(first)
    last = np.array([steps[cells == c].max() for c in range(SIZE)])
    assert (np.ceil(first.last) == last).all()
    again_cells, again, _ = process(window(5000, 10_000, first.last))
    assert again.min() > 5000 and (again - last[again_cells] >= 30).all()


def test_cells_without_a_window_or_a_rate_are_silent():
    over = window(0, 1000)
    over.stop[3] = 0
    cells, _, _ = refractory_poisson.spikes(np.r_[np.inf, np.full(SIZE - 1, 80.0)], np.full(SIZE, 30), over)
    assert 0 not in cells and 3 not in cells and 1 in cells
