"""Poisson processes on the grid: laws of their counts, windows, seeds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from unisono.models.inputs.poisson import _poisson_counts, spikes
from unisono.models.inputs.table import Table

NEVER, ALWAYS = np.asarray(0.0), np.asarray(1e9)


def drawn(mean, window=(0, 20_000), size=4, on=NEVER, off=ALWAYS, stream=(7,), course=None):
    blocks = list(spikes(np.asarray(mean, float), on, off, window, size, stream, course))
    if not blocks:
        return np.empty(0, int), np.empty(0, int), np.empty(0, int)
    return tuple(np.concatenate(column).astype(int) for column in zip(*blocks, strict=True))


@pytest.mark.parametrize("mean", [0.003, 0.04, 0.06, 1.5, 25.0])
def test_counts_of_a_step_are_poisson_numbers(mean):
    cells, steps, counts = drawn(mean)
    table = np.zeros((20_000, 4), int)
    np.add.at(table, (steps - 1, cells), counts)
    total = table.sum()
    low, high = stats.poisson.ppf([1e-6, 1 - 1e-6], mean * table.size)
    assert low <= total <= high
    # mean and variance of a Poisson number are one
    assert abs(table.var() / table.mean() - 1) < 6 * np.sqrt(2 / table.size + 1 / (mean * table.size))


def test_numbers_by_inversion_have_the_distribution():
    counts = _poisson_counts(np.random.RandomState(3), 2.5, 200_000)
    expected = stats.poisson.pmf(np.arange(12), 2.5) * counts.size
    found = np.bincount(counts, minlength=12)[:12]
    assert stats.chisquare(found, expected * found.sum() / expected.sum()).pvalue > 1e-4


@pytest.mark.parametrize("mean", [0.01, 0.5])
def test_a_run_in_parts_gives_the_spikes_of_one(mean):
    whole = drawn(mean, (0, 5000))
    parts = [drawn(mean, (0, 1234)), drawn(mean, (1234, 5000))]
    for column, pieces in zip(whole, zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(column, np.concatenate(pieces))


def test_cells_fire_between_on_and_off():
    on, off = np.array([0.0, 100.0]), np.array([50.0, 200.0])
    cells, steps, _ = drawn([20.0, 20.0], (0, 1000), 2, on, off)
    assert steps[cells == 0].min() == 1 and steps[cells == 0].max() == 50
    assert steps[cells == 1].min() == 101 and steps[cells == 1].max() == 200


def test_seeds_differ_and_nothing_comes_of_nothing():
    assert not np.array_equal(drawn(0.1)[1], drawn(0.1, stream=(8,))[1])
    assert drawn(0.0)[0].size == drawn(0.1, (5, 5))[0].size == 0
    assert not np.isin(drawn([0.0, 0.1], size=2)[0], [0]).any()


def test_a_rate_that_varies_thins_the_highest_one():
    course = Table.of([np.array([1000.0, 2000.0, 3000.0])], [np.array([1.0, 0.0, 0.25])])
    _, steps, counts = drawn(2.0, (0, 4000), 50, course=course)
    per_part = np.array([counts[(steps > k * 1000) & (steps <= (k + 1) * 1000)].sum() for k in range(4)])
    assert per_part[0] == per_part[2] == 0
    assert abs(per_part[1] / 100_000 - 1) < 0.02 and abs(per_part[3] / 25_000 - 1) < 0.04
