"""Differences of sampled signals, as figures."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, Signal, TrialRecording
from unisono.models.network import Network
from unisono.validation.compare.signals import Worst, trace_difference, trace_differences


def signal(values: np.ndarray, interval: int = 2) -> Signal:
    return Signal(0, "v", "mV", np.array([4, 7], np.uint32), interval, values)


def test_the_largest_difference_its_time_and_the_rms() -> None:
    a, b = np.zeros((5, 2)), np.zeros((5, 2))
    b[3, 1], b[1, 0] = -3.0, 1.0
    found = trace_difference(signal(a), signal(b), "E", 0, 0.1, 8)
    assert (found.largest, found.cell, found.time_ms) == (3.0, 7, 0.6)
    assert found.rms == pytest.approx(1.0, abs=1e-15)  # (9 + 1) / 10 samples
    assert found.comparable
    assert (found.samples, found.worst) == (10, Worst(3.0, 6, 7, 3.0))


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
    a = Recording(0.1, ("excitatory", "inhibitory", "input"), (8, 4, 2), (TrialRecording(2000, {}),))
    b = replace(a, trials=(replace(a.trials[0], signals=(signal(np.zeros((1001, 2))),)),))
    (alone,) = trace_differences(a, b, network, None)
    assert "only one" in alone.missing
    assert (alone.population, alone.variable, alone.unit) == ("excitatory", "v", "mV")


@pytest.mark.parametrize("last", [-1, 19_999, 10**6])
def test_long_signals_are_compared_in_blocks_as_they_would_be_at_once(last: int) -> None:
    rng = np.random.RandomState(2)
    cells = np.arange(100, dtype=np.uint32)
    a, b = (Signal(0, "v", "mV", cells, 1, rng.rand(40_000, 100)) for _ in range(2))
    b.values[31_000, 7] = 9.0
    a.values[2_000, 3] = np.nan
    tracemalloc.start()
    found = trace_difference(a, b, "E", 0, 0.1, last)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < a.values.nbytes / 2
    difference = np.abs(a.values - b.values)
    assert (found.largest, found.time_ms, found.cell) == (difference[31_000, 7], 3100.0, 7)
    assert found.rms == pytest.approx(np.sqrt(np.nanmean(difference**2)), rel=1e-12)
    assert found.not_numbers == 1
    before = difference[: last + 1]
    if not before.size:
        assert found.worst is None
        return
    sample, cell = np.unravel_index(np.nanargmax(before), before.shape)
    scale = np.nanmax(np.maximum(a.values, b.values)[: last + 1])
    assert found.worst == Worst(before[sample, cell], int(sample), int(cell), scale)
    assert found.samples == before.size - 1
