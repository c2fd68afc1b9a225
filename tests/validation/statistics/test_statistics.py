"""Each statistic against its formula, written out by another way."""

import time

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.models.network import Epoch, Network, Population, Trial
from unisono.validation.statistics.statistics import SUBSET, Statistic, activity, statistics_of, transient_of

DT = 0.1


def of(size: int, steps: int, cells: np.ndarray, at: np.ndarray, **options: float) -> dict[str, Statistic]:
    network = Network(
        DT,
        (Population("source", "SpikeSourceArray", 3), Population("cells", "IF_curr_exp", size)),
        trials=(Trial((Epoch(steps),)),),
    )
    spikes = {0: Spikes.sorted([0, 1, 2], [1, 2, 3]), 1: Spikes.sorted(cells, at)}
    recording = Recording(DT, ("source", "cells"), (3, size), (TrialRecording(steps, spikes),))
    found = statistics_of(recording, network, **options)
    assert {s.population for s in found} == {"cells"}
    return {s.name: s for s in found}


def poisson(size: int, steps: int, count: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.RandomState(seed)
    pairs = np.unique(np.c_[random.randint(0, size, count), random.randint(1, steps + 1, count)], axis=0)
    return pairs[:, 0], pairs[:, 1]


def trains(size: int, cells: np.ndarray, at: np.ndarray, after: int) -> list[np.ndarray]:
    return [np.sort(at[(cells == c) & (at > after)]) for c in range(size)]


def test_rate_counts_the_silent_cells_and_cuts_the_transient() -> None:
    cells, at = np.array([0, 0, 0, 1, 1]), np.array([4000, 5000, 5001, 10_000, 9000])
    found = of(4, 10_000, cells, at)["rate"]
    assert found.value == pytest.approx(3 / 4 / 0.5, rel=1e-12)  # the spikes at 400 and 500 ms are cut
    assert (found.unit, found.n_cells, found.silent) == ("Hz", 4, 2)


def test_cv_of_isi() -> None:
    cells, at = poisson(50, 20_000, 2000)
    found = of(50, 20_000, cells, at)["CV of ISI"]
    intervals = [np.diff(t) for t in trains(50, cells, at, 5000) if t.size >= 3]
    assert found.value == pytest.approx(np.mean([i.std() / i.mean() for i in intervals]), rel=1e-12)
    assert found.n_cells == len(intervals)


def test_regular_spikes_have_no_variation() -> None:
    at = np.arange(100, 20_001, 100)
    found = of(1, 20_000, np.zeros(at.size, int), at)
    assert found["CV of ISI"].value == 0.0
    assert found["Fano factor"].value == 0.0
    assert found["rate"].value == pytest.approx(100.0, rel=1e-12)


def test_fano_factor() -> None:
    cells, at = poisson(20, 20_000, 2000)
    found = of(20, 20_000, cells, at)["Fano factor"]
    counts = [np.histogram(t, np.arange(5000, 20_001, 1000) + 0.5)[0] for t in trains(20, cells, at, 5000)]
    assert found.value == pytest.approx(np.mean([c.var() / c.mean() for c in counts]), rel=1e-12)


def counts_in_bins(size: int, cells: np.ndarray, at: np.ndarray) -> np.ndarray:
    edges = np.arange(5000, 20_001, 50) + 0.5
    return np.array([np.histogram(t, edges)[0] for t in trains(size, cells, at, 5000)])


def test_correlation_and_chi() -> None:
    cells, at = poisson(30, 20_000, 3000)
    found = of(30, 20_000, cells, at)
    counts = counts_in_bins(30, cells, at)
    correlation = np.corrcoef(counts)[np.triu_indices(30, 1)].mean()
    assert found["pairwise correlation"].value == pytest.approx(correlation, abs=1e-12)
    chi = np.sqrt(counts.mean(axis=0).var() / counts.var(axis=1).mean())
    assert found["chi"].value == pytest.approx(chi, rel=1e-12)


def test_cells_in_step_are_fully_synchronous() -> None:
    times = np.arange(137, 20_001, 400)
    found = of(6, 20_000, np.repeat(np.arange(6), times.size), np.tile(times, 6))
    assert found["chi"].value == pytest.approx(1.0, rel=1e-12)
    assert found["pairwise correlation"].value == pytest.approx(1.0, rel=1e-12)


def test_local_variation() -> None:
    cells, at = poisson(40, 20_000, 2000)
    found = of(40, 20_000, cells, at)["LV"]
    values = []
    for train in trains(40, cells, at, 5000):
        gaps = np.diff(train)
        if gaps.size >= 2:
            values.append(3 * np.mean(((gaps[1:] - gaps[:-1]) / (gaps[1:] + gaps[:-1])) ** 2))
    assert found.value == pytest.approx(np.mean(values), rel=1e-12)
    assert found.n_cells == len(values)


def test_spread_of_rates_counts_the_silent_cells() -> None:
    cells, at = np.array([0, 0, 0, 1]), np.array([6000, 7000, 8000, 9000])
    found = of(4, 10_000, cells, at)["SD of rates"]
    assert found.value == pytest.approx(np.std([6.0, 2.0, 0.0, 0.0]), rel=1e-12)


def test_spectrum_of_a_rhythm_peaks_at_its_frequency() -> None:
    random = np.random.RandomState(2)
    candidates = random.randint(1, 200_001, 60_000)
    kept = candidates[random.rand(candidates.size) < 0.5 * (1 + np.cos(2 * np.pi * 37.0 * candidates * DT / 1000))]
    pairs = np.unique(np.c_[random.randint(0, 100, kept.size), kept], axis=0)
    found = of(100, 200_000, pairs[:, 0], pairs[:, 1])
    assert found["spectral peak"].value == pytest.approx(37.0, abs=0.5)
    flat = of(100, 200_000, *poisson(100, 200_000, 60_000))["spectral centroid"].value
    assert flat == pytest.approx(101.0, abs=8.0)  # the middle of 2 to 200 Hz
    assert found["spectral centroid"].value < flat - 20.0


def test_scales_and_keys() -> None:
    found = of(3, 10_000, *poisson(3, 10_000, 50))
    assert {name for name, s in found.items() if s.scale == "log"} == {"rate", "Fano factor"}
    assert {s.scale for s in found.values()} == {"log", "linear"}
    assert found["rate"].key == "rate of cells"


def test_without_spikes_only_rates_are_defined() -> None:
    found = of(5, 10_000, np.empty(0, int), np.empty(0, int))
    assert {name: s.value for name, s in found.items() if s.value is not None} == {
        "rate": 0.0,
        "SD of rates": 0.0,
    }
    assert all(s.silent == 5 for s in found.values())


def test_a_run_without_duration_has_no_statistics() -> None:
    found = of(2, 0, np.empty(0, int), np.empty(0, int))
    assert all(s.value is None for s in found.values())


@pytest.mark.parametrize(("duration", "cut"), [(10_000.0, 500.0), (1000.0, 500.0), (600.0, 300.0), (0.0, 0.0)])
def test_the_transient_is_at_most_half_the_run(duration: float, cut: float) -> None:
    assert transient_of(duration) == cut


def test_the_subset_is_the_same_in_every_run_and_bounded() -> None:
    recording = Recording(DT, ("cells",), (1000,), (TrialRecording(100, {}),))
    first, second = (activity(recording, 0, 0).subset for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.size == SUBSET == np.unique(first).size
    assert first.max() > 900  # drawn from all cells


def test_every_statistic_states_definition_and_source() -> None:
    for statistic in of(3, 10_000, *poisson(3, 10_000, 50)).values():
        assert statistic.definition.endswith(".")
        assert "(" in statistic.source


def test_4000_cells_over_10_s_take_seconds() -> None:
    start = time.perf_counter()
    of(4000, 100_000, *poisson(4000, 100_000, 300_000))
    assert time.perf_counter() - start < 5.0
