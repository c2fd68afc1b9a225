"""Curves, distributions and plausibility of a comparison: computed once, only once for the same spikes, in the JSON."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from unisono.adapters.runtime.results import Run, Runs
from unisono.validation.compare.agreement import compare
from unisono.validation.statistics import characteristics as module
from unisono.validation.statistics.activity import activity
from unisono.validation.statistics.curve import HAZARD, SPECTRUM
from unisono.validation.statistics.distributions import QUANTITIES, distribution_of, rate_over_time

Make = Callable[..., Run]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each recording whose spikes' curves are computed."""
    of_spikes, seen = module.of_spikes, []

    def heard(recording, *more):
        seen.append(recording)
        return of_spikes(recording, *more)

    monkeypatch.setattr(module, "of_spikes", heard)
    return seen


def test_simulators_with_the_same_spikes_share_curves(make: Make, gathered, spikes, counted: list[object]) -> None:
    other_v = np.zeros((2001, 2))
    runs = gathered(make("a", spikes), make("b", spikes), make("c", spikes, v=other_v), make("d", spikes[3:]))
    found = compare(runs, examine=False).characteristics
    curves = found.curves
    assert curves["a"] is curves["b"] and curves["a"] is not curves["c"]
    assert len(counted) == 2  # of a and of d
    assert {curve.name for curve in curves["a"]} >= {SPECTRUM, HAZARD}
    assert found.curves is curves  # once
    assert set(found.delay_shifts) <= {"d"}


def test_the_json_has_what_the_page_shows(make: Make, gathered, spikes, tmp_path: Path) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes[3:])), examine=False)
    agreement.to_json(tmp_path / "r.json")
    data = json.loads((tmp_path / "r.json").read_text())["characteristics"]
    keys = ["curves", "delay_shifts", "plausibility", "trial", "distributions", "rates", "weights", "learning_windows"]
    keys += ["rhythms", "predictions"]
    assert list(data) == keys
    assert data["weights"] == data["learning_windows"] == []  # no spike changes a synapse of this network
    assert [curve["name"] for curve in data["curves"]["a"]] == [c.name for c in agreement.characteristics.curves["a"]]
    rates = [d for d in data["distributions"] if d["quantity"] == "rate"]
    assert [sum(d["counts"]["a"]) for d in rates] == [8, 4]  # cells of each population
    assert {rate["population"] for rate in data["rates"]} == {"excitatory", "inhibitory"}
    assert set(data["plausibility"]) == {"a", "b"}


def test_an_agreement_with_causes_keeps_what_was_computed(make: Make, gathered, spikes) -> None:
    agreement = compare(gathered(make("a", spikes), make("b", spikes[3:])), examine=False)
    known = agreement.characteristics
    assert replace(agreement, pairs=(), known=known).characteristics is known


def test_runs_that_failed_or_are_of_other_populations_are_left_out(make: Make, gathered, spikes, crashed: Run) -> None:
    run = make("b", spikes)
    odd = replace(run, recording=replace(run.recording, sizes=(9, 4, 2)))
    found = compare(gathered(make("a", spikes), odd, crashed), examine=False).characteristics
    assert list(found.curves) == ["a"]


def test_histograms_count_every_cell_in_the_same_bins(make: Make, spikes) -> None:
    active = {name: activity(make(name, given).recording, 0, 0, 0.0) for name, given in
              (("a", spikes), ("b", spikes[5:]))}  # fmt: skip
    by_name = {quantity.name: distribution_of(quantity, "excitatory", active) for quantity in QUANTITIES}
    assert all(counts.sum() == 8 for counts in by_name["rate"].counts.values())
    assert by_name["rate"].counts["a"].size == by_name["rate"].edges.size - 1 == 30
    gaps = by_name["inter-spike interval"]
    assert gaps.edges.size == 41 and np.allclose(np.diff(np.log(gaps.edges)), np.diff(np.log(gaps.edges))[0])
    assert gaps.counts["a"].sum() == sum(max(0, int(n) - 1) for n in active["a"].counts)


def test_where_there_are_too_few_spikes_there_is_no_histogram(make: Make) -> None:
    active = {"a": activity(make("a", []).recording, 0, 0, 0.0)}
    gaps = next(quantity for quantity in QUANTITIES if quantity.log)
    found = distribution_of(gaps, "excitatory", active)
    assert not found.edges.size and not found.counts


def test_rates_over_time_add_up_to_all_spikes(make: Make, spikes) -> None:
    active = activity(make("a", spikes).recording, 0, 0, 0.0)
    found = rate_over_time("excitatory", {"a": active})
    assert found.width == 5.0
    assert found.rates["a"].sum() * 8 * 5.0 / 1000.0 == pytest.approx(sum(p == 0 for p, _, _ in spikes))
    assert isinstance(found.to_dict()["hz"], dict)


def test_trials_of_other_lengths_have_no_distributions(make: Make, network, spikes) -> None:
    run = make("b", spikes)
    short = replace(run.recording, trials=(replace(run.recording.trials[0], steps=1000),))
    runs = Runs(network, {"a": make("a", spikes), "b": replace(run, recording=short)})
    assert module.Characteristics(runs, {}, 0.0).distributions == ()
