"""The comparators see every kind of difference, and none where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.models.network import Network
from unisono.validation.compare.comparators import (
    Mismatch,
    first_mismatch,
    shape_difference,
    spike_keys,
    trace_difference,
    trace_differences,
)


def recording(*spikes: tuple[int, int, int], trials: int = 1, steps: int = 2000) -> Recording:
    by_population = {
        p: Spikes.sorted([c for q, c, _ in spikes if q == p], [s for q, _, s in spikes if q == p]) for p in (0, 1)
    }
    empty = TrialRecording(steps, {})
    last = TrialRecording(steps, by_population)
    return Recording(0.1, ("excitatory", "inhibitory", "input"), (8, 4, 2), (*[empty] * (trials - 1), last))


BASE = ((0, 1, 10), (1, 2, 10), (0, 3, 20), (0, 1, 30))


@pytest.mark.parametrize("spikes", [(), BASE])
def test_identical(network: Network, spikes: tuple) -> None:
    assert first_mismatch(recording(*spikes), recording(*spikes), network) is None


CHANGES = {
    "one more at the end": ((*BASE, (1, 0, 40)), Mismatch(0, 40, 1, 0, False)),
    "one lost at the end": (BASE[:3], Mismatch(0, 30, 0, 1, True)),
    "one lost at the beginning": (BASE[1:], Mismatch(0, 10, 0, 1, True)),
    "one step late": ((*BASE[:2], (0, 3, 21), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "one step early": ((*BASE[:2], (0, 3, 19), BASE[3]), Mismatch(0, 19, 0, 3, False)),
    "another cell": ((*BASE[:2], (0, 4, 20), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "another population": ((*BASE[:2], (1, 3, 20), BASE[3]), Mismatch(0, 20, 0, 3, True)),
    "two in the place of one": ((*BASE, (0, 3, 20)), Mismatch(0, 20, 0, 3, False)),
    "none at all": ((), Mismatch(0, 10, 0, 1, True)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_one_difference_is_found_from_both_sides(network: Network, name: str) -> None:
    changed, expected = CHANGES[name]
    a, b = recording(*BASE), recording(*changed)
    assert first_mismatch(a, b, network) == expected
    assert first_mismatch(b, a, network) == replace(expected, in_first=not expected.in_first)


def test_the_trial_is_named(network: Network) -> None:
    found = first_mismatch(recording(*BASE, trials=3), recording(*BASE[1:], trials=3), network)
    assert found == Mismatch(2, 10, 0, 1, True)


def test_an_unsorted_recording_is_compared_all_the_same(network: Network) -> None:
    a = recording(*BASE)
    spikes = {p: Spikes(s.cells[::-1], s.steps[::-1]) for p, s in a.trials[0].spikes.items()}
    b = replace(a, trials=(TrialRecording(2000, spikes),))
    assert first_mismatch(a, b, network) is None


def test_spikes_of_sources_are_input_and_left_out(network: Network) -> None:
    a = recording(*BASE)
    spikes = {**a.trials[0].spikes, 2: Spikes.sorted([0], [5])}
    b = replace(a, trials=(TrialRecording(2000, spikes),))
    assert first_mismatch(a, b, network) is None


def test_keys_order_by_step_then_cell() -> None:
    keys = spike_keys(Spikes.sorted([5, 1, 0], [2, 2, 3]))
    assert [(k >> 32, k & 0xFFFFFFFF) for k in keys.tolist()] == [(2, 1), (2, 5), (3, 0)]


def test_shapes() -> None:
    a = recording(*BASE)
    assert shape_difference(a, a) == ""
    assert "trials" in shape_difference(a, recording(*BASE, trials=2))
    assert "lengths of trial 0" in shape_difference(a, recording(*BASE, steps=1999))
    assert "time steps" in shape_difference(a, replace(a, dt=0.05))
    assert "populations" in shape_difference(a, replace(a, sizes=(8, 5, 2)))


def signal(values: np.ndarray, interval: int = 2) -> Signal:
    return Signal(0, "v", "mV", np.array([4, 7], np.uint32), interval, values)


def test_the_largest_difference_its_time_and_the_rms() -> None:
    a, b = np.zeros((5, 2)), np.zeros((5, 2))
    b[3, 1], b[1, 0] = -3.0, 1.0
    found = trace_difference(signal(a), signal(b), "E", 0, 0.1, 8)
    assert (found.largest, found.cell, found.time_ms) == (3.0, 7, 0.6)
    assert found.rms == pytest.approx(1.0, abs=1e-15)  # (9 + 1) / 10 samples
    assert found.comparable


@pytest.mark.parametrize(("last", "expected"), [(8, 3.0), (6, 3.0), (5, 1.0), (2, 1.0), (1, 0.0), (-1, None)])
def test_the_span_of_identical_spikes_ends_where_it_should(last: int, expected: float | None) -> None:
    a, b = np.zeros((5, 2)), np.zeros((5, 2))
    b[3, 1], b[1, 0] = -3.0, 1.0
    assert trace_difference(signal(a), signal(b), "E", 0, 0.1, last).largest_identical == expected


def test_equal_traces_differ_by_nothing() -> None:
    a = np.random.RandomState(1).rand(5, 2)
    found = trace_difference(signal(a), signal(a.copy()), "E", 0, 0.1, 8)
    assert (found.largest, found.rms, found.not_numbers) == (0.0, 0.0, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("both", [False, True])
def test_what_is_no_number_is_counted_and_never_agrees(value: float, both: bool) -> None:
    a, b = np.zeros((5, 2)), np.ones((5, 2))
    a[2, 0] = value
    if both:
        b[2, 0] = value
    found = trace_difference(signal(a), signal(b), "E", 0, 0.1, 8)
    assert found.not_numbers == 1
    assert not found.comparable
    assert (found.largest, found.rms) == (1.0, 1.0)


def test_nothing_but_nan() -> None:
    found = trace_difference(signal(np.full((5, 2), np.nan)), signal(np.zeros((5, 2))), "E", 0, 0.1, 8)
    assert (found.largest, found.not_numbers, found.comparable) == (None, 10, False)


def test_another_length_and_a_missing_signal_are_said(network: Network) -> None:
    found = trace_difference(signal(np.zeros((5, 2))), signal(np.zeros((4, 2))), "E", 0, 0.1, 8)
    assert not found.comparable
    a = recording(*BASE)
    b = replace(a, trials=(replace(a.trials[0], signals=(signal(np.zeros((1001, 2))),)),))
    (alone,) = trace_differences(a, b, network, None)
    assert "alone" in alone.missing
    assert (alone.population, alone.variable, alone.unit) == ("excitatory", "v", "mV")
