"""Spikes and currents that are given to Brian2 in portions arrive as if they had been given at once."""

from __future__ import annotations

import brian2
import numpy as np
import pytest

from unisono.adapters.brian2.inputs import Currents, Sources
from unisono.models.network import CurrentInput, SpikeInput

STEPS = 40


def fired(portions: list[tuple[int, list[SpikeInput]]]) -> list[tuple[int, list[int]]]:
    """What sources send at each grid point; a portion is fed before the step that begins at its grid point."""
    sources = Sources({0: 5}, brian2.Clock(0.1 * brian2.ms))
    sent: list[list[int]] = []
    sources.queues.append(lambda cells: sent.append(cells.tolist()))
    found = []
    for (first, inputs), last in zip(portions, [*(p[0] for p in portions[1:]), STEPS], strict=True):
        for spikes in inputs:
            sources.feed(spikes)
        expected = sources.plan(first, last)
        before = len(found)
        for step in range(first, last):
            sent.clear()
            sources.fire(step)
            found += [(step, cells) for cells in sent]
        assert expected == (len(found) > before)
    return found


def part(spikes: SpikeInput, wanted: np.ndarray) -> SpikeInput:
    counts = np.broadcast_to(spikes.counts, spikes.cells.shape)
    return SpikeInput(0, spikes.cells[wanted], spikes.steps[wanted], counts[wanted])


@pytest.mark.parametrize("counts", [np.uint16(1), np.uint16(2), None])
def test_spikes_in_portions_come_in_the_same_order(counts):
    random = np.random.RandomState(2)
    cells, steps = random.randint(0, 5, 90), random.randint(0, STEPS, 90)
    if counts is not None:  # the same number everywhere: no cell twice in a step
        cells, steps = np.unique([cells, steps], axis=1)
    spikes = SpikeInput(0, cells, steps, random.randint(1, 4, 90) if counts is None else counts)
    whole = fired([(0, [spikes])])
    assert sum(len(cells) for _, cells in whole) == np.broadcast_to(spikes.counts, spikes.cells.shape).sum()
    assert all(cells == sorted(cells) for _, cells in whole)
    some = random.rand(spikes.cells.size) < 0.5
    early, late = spikes.steps < 13, (spikes.steps >= 13) & (spikes.steps < 30)
    rest = spikes.steps >= 30
    # Some of what is due later is known early, and the others of the same grid points follow.
    portions = [
        (0, [part(spikes, early | (late & some))]),
        (5, []),
        (13, [part(spikes, rest & some), part(spikes, late & ~some)]),
        (30, [part(spikes, rest & ~some)]),
    ]
    assert fired(portions) == whole


def test_spikes_of_the_grid_point_at_which_a_run_ended_are_sent_with_the_next():
    assert fired([(0, [SpikeInput(0, np.array([3]), np.array([7]))]), (7, [])]) == [(7, [3])]


def test_sources_without_spikes_have_nothing_to_do():
    assert not fired([(0, []), (3, [])])


def test_currents_in_portions_have_the_same_sum_in_bits():
    random = np.random.RandomState(3)
    whole = {}
    for number in range(4):
        steps = np.arange(0, STEPS, 3 + number)
        whole[number] = CurrentInput(0, random.choice(6, 3), steps, random.randn(steps.size))
    at_once, in_portions = np.zeros(6), np.zeros(6)
    one, other = Currents(at_once), Currents(in_portions)
    for number, current in whole.items():
        one.feed(number, current)
    one.plan(0, STEPS)
    first = 0
    for last in (1, 9, 10, 25, STEPS):
        for number in (2, 0, 3, 1):  # whatever the order in which they come
            wanted = (whole[number].steps >= first) & (whole[number].steps < last)
            if wanted.any():
                steps, amplitudes = whole[number].steps[wanted], whole[number].amplitudes[wanted]
                other.feed(number, CurrentInput(0, whole[number].cells, steps, amplitudes))
        other.plan(first, last)
        for step in range(first, last):
            one.inject(step)
            other.inject(step)
            assert np.array_equal(at_once, in_portions)
        first = last
    assert at_once.any()


def test_an_injection_that_comes_later_leaves_the_others_as_they_are():
    target = np.zeros(3)
    currents = Currents(target)
    currents.feed(5, CurrentInput(0, np.array([0, 1]), np.array([0]), np.array([0.5])))
    assert currents.plan(0, 2)
    currents.inject(0)
    currents.feed(1, CurrentInput(0, np.array([1, 2, 2]), np.array([2]), np.array([0.25])))
    assert currents.plan(2, 3)
    currents.inject(2)
    assert target.tolist() == [0.5, 0.75, 0.25]
    assert not currents.plan(3, 9)
