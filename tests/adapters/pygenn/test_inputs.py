"""Spikes and currents that come while PyGeNN runs; PyGeNN itself is not needed."""

from __future__ import annotations

import numpy as np

from unisono.adapters.pygenn.inputs import NEVER, Currents, Trains
from unisono.models.network import CurrentInput, SpikeInput


def spikes(cells, steps, counts=1):
    return SpikeInput(0, np.array(cells), np.array(steps), np.asarray(counts))


def current(cells, steps, amplitudes):
    return CurrentInput(0, np.array(cells), np.array(steps), np.array(amplitudes))


def test_trains_list_the_spikes_of_each_source_behind_each_other():
    inputs = [spikes([2, 0, 2], [0, 5, 3], np.array([2, 1, 3])), spikes([0, 2], [1, 99])]
    trains = Trains.of(3, inputs, last=20)
    assert trains.steps.tolist() == [1, 5, 0, 0, 3, 3, 3]
    assert trains.bounds.tolist() == [0, 2, 2, 7]
    assert trains.most == 3
    assert trains.first.tolist() == [0, 0, 2]


def test_a_source_without_spikes_has_an_empty_train():
    trains = Trains.of(2, [], last=20)
    assert (trains.steps.size, trains.bounds.tolist(), trains.most) == (0, [0, 0, 0], 0)
    assert trains.first.tolist() == [0, 0]


def test_further_spikes_join_those_that_are_left():
    trains = Trains.of(2, [spikes([0, 0, 1], [2, 9, 5])]).joined([spikes([0, 1], [7, 12])], after=5)
    assert trains.steps.tolist() == [7, 9, 12]
    assert trains.bounds.tolist() == [0, 2, 3]
    assert trains.joined([], after=12).steps.size == 0


def test_currents_add_up_and_hold_until_they_change():
    currents = Currents(3)
    assert currents.next_change == NEVER
    currents.feed({0: current([0, 1], [2, 6], [1.0, 0.0]), 4: current([1, 2], [2], [0.5])})
    assert currents.next_change == 2
    assert currents.at(2).tolist() == [1.0, 1.5, 0.5]
    assert currents.changes(6).tolist() == [] and currents.changes(7).tolist() == [6]
    assert currents.at(6).tolist() == [0.0, 0.5, 0.5]
    assert currents.next_change == NEVER


def test_an_injection_goes_on_with_later_feeds():
    currents = Currents(2)
    currents.feed({1: current([0], [0, 9], [1.0, 3.0])})
    currents.at(0)
    currents.feed({0: current([0, 1], [5], [0.25]), 2: current([1], [7], [2.0])})
    assert currents.changes(10).tolist() == [5, 7, 9]
    assert currents.at(5).tolist() == [1.25, 0.25]
    assert currents.at(7).tolist() == [1.25, 2.25]
    assert currents.at(9).tolist() == [3.25, 2.25]


def test_sums_are_taken_in_the_order_of_the_numbers():
    # 1e16 + 1 + 1 rounds to 1e16 each time; 1 + 1 + 1e16 does not
    given = {0: current([0], [0], [1.0]), 1: current([0], [0], [1.0]), 2: current([0], [0], [1e16])}
    at_once, one_by_one = Currents(1), Currents(1)
    at_once.feed(given)
    for number in (2, 1, 0):
        one_by_one.feed({number: given[number]})
    assert at_once.at(0).tolist() == one_by_one.at(0).tolist() == [1e16 + 2]
