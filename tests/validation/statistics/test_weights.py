"""Statistics and distributions of weights that spikes change, against weights that are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.models.network import Change, Epoch, Network, Population, Projection, Trial
from unisono.validation.ensembles.ensemble import QUANTILES, distributions_of
from unisono.validation.ensembles.equivalence import judge
from unisono.validation.ensembles.margins import margins_of
from unisono.validation.ensembles.rows import figures_of
from unisono.validation.statistics.statistics import Statistic, statistics_of
from unisono.validation.statistics.weight_distributions import BINS, weight_distributions
from unisono.validation.statistics.weights import W_MAX, in_force, titles_of

WEIGHTS = np.array([0.0, 0.02, 0.04, 0.1])


def network(*trials: Trial, **options: object) -> Network:
    """Four synapses whose weights spikes change, and one of another projection that nothing changes."""
    bounds = {"w_max": 0.1}
    plastic = Projection(
        "in", 0, 1, [0, 1, 1, 0], [1, 0, 1, 0], 0.05, 5, synapse="SpikePairAdditive", parameters=bounds
    )
    populations = Population("sources", "SpikeSourceArray", 2), Population("cells", "IF_cond_exp", 2)
    static = Projection("fixed", 1, 1, [0], [1], 0.3, 5)
    return Network(0.1, populations, (plastic, static), trials=trials or (Trial((Epoch(10),)),))


def recorded(*weights: np.ndarray) -> Recording:
    trials = tuple(TrialRecording(10, {}, (), {0: {"weight": one}}) for one in weights)
    return Recording(0.1, ("sources", "cells"), (2, 2), trials)


def of(recording: Recording, plastic: Network) -> dict[str, float | None]:
    return {s.name: s.value for s in statistics_of(recording, plastic) if s.population == "in"}


def test_each_statistic_is_that_of_the_final_weights() -> None:
    assert of(recorded(WEIGHTS), network()) == pytest.approx(
        {
            "mean weight": 0.04,
            "SD of weights": np.sqrt(0.0056 / 4),
            "lower quartile of weights": 0.015,
            "median weight": 0.03,
            "upper quartile of weights": 0.055,
            "part of weights at w_min": 0.25,
            "part of weights at w_max": 0.25,
        }
    )


def test_they_have_units_and_count_synapses() -> None:
    found = {s.name: s for s in statistics_of(recorded(WEIGHTS), network()) if s.population == "in"}
    assert {s.counted for s in found.values()} == {"synapses"} and {s.n_cells for s in found.values()} == {4}
    assert found["median weight"].unit == "uS" and found["part of weights at w_max"].unit == ""
    assert found["mean weight"].key == "mean weight of in"


def test_a_bound_that_is_rounded_to_single_precision_is_met() -> None:
    single = np.full(4, np.float64(np.float32(0.1)))
    assert single[0] != 0.1
    assert of(recorded(single), network())["part of weights at w_max"] == 1.0


def test_a_bound_that_changes_in_the_trial_counts_as_it_is_at_the_end() -> None:
    wider = Trial((Epoch(5), Epoch(5, (Change("synapse", 0, W_MAX, np.float64(0.2)),))))
    plastic = network(wider, Trial((Epoch(10),)))
    found = [s.value for s in statistics_of(recorded(WEIGHTS, WEIGHTS), plastic) if "w_max" in s.name]
    assert found == [0.0, 0.0]
    assert [float(in_force(plastic, 0, W_MAX, trial)) for trial in (0, 1)] == [0.1, 0.2]


def test_weights_that_are_no_numbers_have_no_statistics() -> None:
    assert set(of(recorded(np.array([0.0, np.nan, 0.1, 0.1])), network()).values()) == {None}


def test_a_network_without_such_synapses_has_none() -> None:
    nothing = Recording(0.1, ("sources", "cells"), (2, 2), (TrialRecording(10, {}),))
    assert {s.population for s in statistics_of(nothing, network())} == {"cells"}
    assert weight_distributions({"a": nothing}, network(), 0) == ()


def test_projections_of_one_label_are_told_apart() -> None:
    plastic = network()
    twice = replace(plastic, projections=(plastic.projections[0],) * 2)
    assert titles_of(twice) == ["in", "in (2)"]


def test_histograms_hold_every_weight_before_and_after() -> None:
    (found,) = weight_distributions({"a": recorded(WEIGHTS), "b": recorded(WEIGHTS[::-1])}, network(), 0)
    assert found.projection == "in" and found.unit == "uS" and found.constant == 0.05
    assert found.edges.shape == (BINS + 1,) and tuple(found.edges[[0, -1]]) == (0.0, 0.1)
    assert found.before.sum() == 4 and (found.before > 0).sum() == 1
    assert list(found.after) == ["a", "b"] and np.array_equal(found.after["a"], found.after["b"])
    assert found.after["a"].sum() == 4 and found.after["a"][[0, -1]].tolist() == [1, 1]


def test_ensembles_are_compared_by_them() -> None:
    """As by any other statistic: the margin is one SD over the seeds, and a shift of all weights is seen."""
    random = np.random.RandomState(4)

    def runs(shift: float) -> list[tuple[Statistic, ...]]:
        drawn = (recorded(random.uniform(0.02, 0.08, 4) + shift) for _ in range(20))
        return [statistics_of(recording, network()) for recording in drawn]

    pilots, same, shifted = ([figures_of(of) for of in runs(shift)] for shift in (0.0, 0.0, 0.04))
    kinds = [s for s in runs(0.0)[0] if s.population == "in"]
    tested = margins_of(kinds, pilots, [], {}, limit=10**6).tested
    (mean,) = (margin for margin in tested if margin.key == "mean weight of in")
    assert mean.value == pytest.approx(np.std([figures["mean weight of in"] for figures in pilots], ddof=1))
    assert mean.unit == "uS" and mean.scale == "linear"
    left_out = margins_of(kinds, pilots, [], {}, limit=10**6).left_out
    assert left_out["part of weights at w_max of in"] == "0 in all pilot runs, which do not show how it varies"
    found = judge("a", "b", same, shifted, tested)
    assert found.verdict == "different" and "weight of in" in found.reason


def test_quantiles_of_final_weights_are_kept_for_ensembles() -> None:
    found = distributions_of(recorded(WEIGHTS, WEIGHTS), network(Trial((Epoch(10),)), Trial((Epoch(10),))), 0.0)
    quantiles = found["weight of in"]
    assert len(quantiles) == QUANTILES + 1 and (quantiles[0], quantiles[-1]) == (0.0, 0.1)
