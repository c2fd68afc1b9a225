"""What is shown of the milliseconds before a first difference."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.models.network import Epoch, Network, Population, Trial
from unisono.validation.compare.isolated_cell import Input, IsolatedCell
from unisono.validation.compare.pre_spike import SHOWN_MS, first_step, pre_spike_of

DT = 0.1
STEPS = 1000
V = np.linspace(-70.0, -50.0, STEPS + 1)


@pytest.mark.parametrize(("step", "begin"), [(500, 300), (200, 0), (50, 0), (0, 0)])
def test_it_begins_twenty_milliseconds_before_the_spike_or_with_the_trial(step, begin):
    assert SHOWN_MS == 20.0
    assert first_step(step, DT) == begin
    found = pre_spike_of(step, DT, {"a": V}, -50.0, [])
    assert found.times[0] == pytest.approx(begin * DT) and found.times[-1] == pytest.approx(step * DT)
    np.testing.assert_array_equal(found.potentials["a"], V[begin : step + 1])
    assert found.reference.size == found.reference_times.size == 0 and not found.inputs


def test_a_threshold_is_a_number_or_has_a_value_at_every_step():
    for threshold in (-50.0, np.full(STEPS + 1, -50.0)):
        np.testing.assert_array_equal(pre_spike_of(500, DT, {"a": V}, threshold, []).threshold, np.full(201, -50.0))
    rising = pre_spike_of(500, DT, {"a": V, "b": V + 1}, V + 2, [])
    np.testing.assert_array_equal(rising.threshold, V[300:501] + 2)
    assert list(rising.potentials) == ["a", "b"]


def test_inputs_of_a_receptor_come_in_order_of_time_whatever_their_projection():
    def given(receptor: str, steps: list[int], weights: list[float]) -> Input:
        return Input(receptor, np.array(steps), np.array(weights))

    inputs = [
        given("excitatory", [310, 400], [0.1, 0.2]),
        given("inhibitory", [350], [-0.5]),
        given("excitatory", [320, 400], [0.3, 0.4]),
    ]
    found = pre_spike_of(500, DT, {"a": V}, -50.0, inputs).inputs
    times, weights = found["excitatory"]
    np.testing.assert_allclose(times, [31.0, 32.0, 40.0, 40.0])
    np.testing.assert_array_equal(weights, [0.1, 0.3, 0.2, 0.4])  # those of one step stay in their order
    assert found["inhibitory"][1].tolist() == [-0.5]


def test_the_reference_is_shown_from_where_it_is_right_and_within_what_is_shown():
    network = Network(DT, (Population("c", "IF_curr_exp", 1),), trials=(Trial((Epoch(10),)),))
    potential = np.arange(400.0)
    found = pre_spike_of(500, DT, {"a": V}, -50.0, [])
    for first, begin in ((150, 300), (350, 350)):
        cell = IsolatedCell(network, begin=101, end=501, first=first, spikes=np.empty(0, np.int64))
        with_reference = found.with_reference(cell, potential, DT)
        assert with_reference.reference_times[0] == pytest.approx(begin * DT)
        assert with_reference.reference[0] == begin - 101
        assert with_reference.reference_times[-1] == pytest.approx(50.0)
    assert found.reference.size == 0  # it is another object
