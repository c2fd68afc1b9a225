"""Which tier a comparison shows, whether it is enough, and what that means for the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import check as checking
from unisono.ci.check import pair_result
from unisono.ci.configuration import Demand
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.ci.tiers import at_least, weakest, worst
from unisono.validation.compare.agreement import Pair
from unisono.validation.compare.comparators import TraceDifference
from unisono.validation.compare.first_difference import Explanation, FirstDifference
from unisono.validation.diagnose.cause import Cause

AGREEMENT = SimpleNamespace(runs=SimpleNamespace(network=SimpleNamespace(duration=100.0)))
TIE = Explanation(-50.0, 1e-9, {}, {"nest": 1e-12, "neuron": -1e-12}, {}, ())
PLACE = FirstDifference(0, 800, 80.0, "cells", 0, 3, "nest", "neuron", TIE, "")
EXACT = Pair("nest", "neuron", "identical", "Every spike lies in the same step.", 9, 9, 100.0)
TIED = Pair("nest", "neuron", "identical until t*", "a tie", 9, 9, 79.9, PLACE)
OPEN = replace(TIED, first_difference=replace(PLACE, explanation=None))
PARTED = replace(TIED, verdict="different", reason="not a tie", cause=Cause("delay", "Delays are a step longer."))


def demand(tier: str, **given: object) -> Demand:
    return Demand("model", ModelSource("single_cell"), ("nest", "neuron"), tier=tier, **given)


SILENT = replace(EXACT, spikes_a=0, spikes_b=0)


@pytest.mark.parametrize(
    ("pair", "wanted", "tier", "status"),
    [
        (EXACT, demand("identical"), "identical", 0),
        (EXACT, demand("identical until t*", until=500.0), "identical", 0),
        (EXACT, demand("equivalent"), "identical", 0),
        (TIED, demand("identical"), "identical until t*", 1),
        (TIED, demand("identical until t*"), "identical until t*", 0),
        (TIED, demand("identical until t*", until=79.9), "identical until t*", 0),
        (TIED, demand("identical until t*", until=80.0), "identical until t*", 1),
        (TIED, demand("converged"), "identical until t*", 0),
        (OPEN, demand("identical"), "cannot tell", 1),
        (OPEN, demand("identical until t*"), "cannot tell", 2),
        (PARTED, demand("identical until t*"), "different", 1),
        (PARTED, demand("equivalent"), "different", 1),
        (SILENT, demand("identical"), "cannot tell", 2),
        (SILENT, demand("converged"), "cannot tell", 2),
        (SILENT, demand("identical", traces=1e-9), "identical", 0),
    ],
)
def test_a_demand_is_met_by_its_tier_and_by_stronger_ones(pair, wanted, tier, status):
    found = pair_result(pair, wanted, AGREEMENT)
    assert (found.tier, found.status) == (tier, status)


def test_the_cause_is_what_is_said_first():
    found = pair_result(PARTED, demand("identical"), AGREEMENT)
    assert found.why == "Delays are a step longer."
    assert found.evidence.startswith("At 80 ms neuron 3 of 'cells' spikes on nest and not on neuron: a tie.")


def test_recorded_variables_have_a_tolerance_of_their_own():
    trace = TraceDifference(0, "cells", "v", "mV", 1e-6, 1e-7, 3.0, 0, largest_identical=1e-6)
    pair = replace(EXACT, traces=(trace,))
    assert pair_result(pair, demand("identical"), AGREEMENT).status == 0
    assert pair_result(pair, demand("identical", traces=1e-6), AGREEMENT).status == 0
    found = pair_result(pair, demand("identical", traces=1e-7), AGREEMENT)
    assert found.status == 1
    assert "'v' of 'cells' differs by up to 1e-06 mV" in found.evidence


def test_tiers_have_an_order():
    assert at_least("identical", "equivalent")
    assert not at_least("equivalent", "converged")
    assert not at_least("cannot tell", "equivalent")
    assert weakest(["identical", "converged"]) == "converged"
    assert weakest(["cannot tell", "different"]) == "different"
    assert weakest(["cannot tell", "identical"]) == weakest([]) == "cannot tell"
    assert (worst([0, 2, 1]), worst([2, 0]), worst([])) == (1, 2, 0)


def test_a_disagreement_counts_more_than_what_is_open():
    good = PairResult("a", "b", "identical", 1.0, 0, "")
    met = ModelResult(demand("identical"), (good,))
    crashed = replace(met, problems={"c": "c failed: it crashed"})
    unmet = ModelResult(demand("identical"), (replace(good, tier="different", status=1),), {"c": "missing"})
    assert [m.status for m in (met, crashed, unmet)] == [0, 2, 1]
    assert Gate(Path("u"), (met, crashed)).exit_status == 2
    assert Gate(Path("u"), (met, crashed, unmet)).exit_status == 1
    assert crashed.why == "c failed: it crashed"


class Studied:
    """Stands for :func:`unisono.validation.study.study`, which takes many runs; its own tests are elsewhere."""

    def __init__(self, verdict: str) -> None:
        self.verdict, self.given = verdict, {}

    def __call__(self, source, sides, **given):
        self.given = {"sides": [(side.simulator, side.fault) for side in sides], **given}
        a, b = (side.label for side in sides)
        return SimpleNamespace(pairs=(SimpleNamespace(a=a, b=b, verdict=self.verdict, reason="As seeds show."),))


@pytest.mark.parametrize(
    ("verdict", "tier", "status"),
    [("equivalent", "equivalent", 0), ("different", "different", 1), ("cannot tell", "cannot tell", 2)],
)
def test_seeds_are_varied_where_one_run_is_not_enough(verdict, tier, status, monkeypatch):
    from unisono.validation.ensembles import study

    studied = Studied(verdict)
    monkeypatch.setattr(study, "study", studied)
    wanted = demand("equivalent", runs=30, pilot=10, first_seed=5)
    before = ModelResult(wanted, (pair_result(PARTED, wanted, AGREEMENT),))
    found = checking._equivalent(before, None, ["nest", "neuron"], checking.Means())
    assert [(p.tier, p.status, p.evidence) for p in found.pairs] == [(tier, status, "As seeds show.")]
    assert studied.given["sides"] == [("nest", ""), ("neuron", "")]
    assert {k: studied.given[k] for k in ("runs", "pilot", "first_seed")} == {"runs": 30, "pilot": 10, "first_seed": 5}
