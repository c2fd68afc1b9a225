"""Which tier a comparison shows, whether it is enough, and what that means for the gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import check as checking
from unisono.ci.check import pair_result
from unisono.ci.configuration import Requirement
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.compare.first_difference import Explanation, FirstDifference
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.cause import Cause
from unisono.validation.verdict import Level, Outcome, Verdict

TIE = Explanation(-50.0, 1e-9, {}, {"nest": 1e-12, "neuron": -1e-12}, {}, ())
PLACE = FirstDifference(0, 800, 80.0, "cells", 0, 3, "nest", "neuron", TIE, "")
EXACT = Pair("nest", "neuron", Level.IDENTICAL, "All 9 spikes lie in the same steps.", 9, 9, 100.0)
TIED = Pair("nest", "neuron", Level.UNTIL_TIE, "a tie", 9, 9, 79.9, PLACE)
OPEN = replace(TIED, level=Level.NOT_EXAMINED, first_difference=replace(PLACE, explanation=None))
CAUSE = Cause("delay", "Delays are a step longer.")
PARTED = replace(TIED, level=Level.DIFFERENT, evidence=str(PLACE), cause=CAUSE)
EMPTY = replace(EXACT, level=Level.CANNOT_TELL, evidence="Nothing to compare.", next_step="Record v.", spikes_a=0)


def requirement(tier: str, **given: object) -> Requirement:
    return Requirement("model", ModelSource("single_cell"), ("nest", "neuron"), tier=Level.of(tier), **given)


TIE_OR_MORE = "identical until a tie"


@pytest.mark.parametrize(
    ("pair", "wanted", "tier", "status"),
    [
        (EXACT, requirement("identical"), "identical", 0),
        (EXACT, requirement(TIE_OR_MORE, until=500.0), "identical", 0),
        (EXACT, requirement("equivalent"), "identical", 0),
        (TIED, requirement("identical"), TIE_OR_MORE, 1),
        (TIED, requirement(TIE_OR_MORE), TIE_OR_MORE, 0),
        (TIED, requirement(TIE_OR_MORE, until=79.9), TIE_OR_MORE, 0),
        (TIED, requirement(TIE_OR_MORE, until=80.0), TIE_OR_MORE, 1),
        (TIED, requirement("converged"), TIE_OR_MORE, 0),
        (OPEN, requirement("identical"), "not examined", 1),
        (OPEN, requirement(TIE_OR_MORE), "not examined", 2),
        (replace(OPEN, cause=CAUSE), requirement(TIE_OR_MORE), "different", 1),
        (PARTED, requirement(TIE_OR_MORE), "different", 1),
        (PARTED, requirement("equivalent"), "different", 1),
        (EMPTY, requirement("identical"), "cannot tell", 2),
        (EMPTY, requirement("converged"), "cannot tell", 2),
    ],
)
def test_a_demand_is_met_by_its_tier_and_by_stronger_ones(pair, wanted, tier, status):
    found = pair_result(pair, wanted)
    assert (found.level, found.status) == (tier, status)


def test_a_demand_on_signals_that_were_not_recorded_is_undecided():
    found = pair_result(EXACT, requirement("identical", traces=0.0))
    assert (found.level, found.status) == ("cannot tell", 2)
    assert "'traces' was not tested: no variable was recorded" in found.why
    assert pair_result(PARTED, requirement("identical", traces=0.0)).status == 1


def test_the_cause_is_what_is_said_first_and_the_next_step_last():
    found = pair_result(PARTED, requirement("identical"))
    assert found.why == "Delays are a step longer."
    assert "cell 3 of 'cells' spikes in NEST but not in NEURON" in found.verdict.evidence
    assert pair_result(EMPTY, requirement("identical")).why == "Nothing to compare. Record v."


def test_a_disagreement_counts_more_than_what_is_open():
    good = PairResult("a", "b", Verdict(Level.IDENTICAL, until_ms=1.0), Outcome.AGREE)
    bad = PairResult("a", "b", Verdict(Level.DIFFERENT, until_ms=1.0), Outcome.DISAGREE)
    met = ModelResult(requirement("identical"), (good,))
    crashed = replace(met, problems={"c": "c failed: it crashed"})
    unmet = ModelResult(requirement("identical"), (bad,), {"c": "missing"})
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
        return SimpleNamespace(pairs=(SimpleNamespace(a=a, b=b, verdict=Level(self.verdict), reason="As seeds show."),))


@pytest.mark.parametrize(
    ("verdict", "tier", "status"),
    [("equivalent", "equivalent", 0), ("different", "different", 1), ("cannot tell", "cannot tell", 2)],
)
def test_seeds_are_varied_where_one_run_is_not_enough(verdict, tier, status, monkeypatch):
    from unisono.validation.ensembles import study

    studied = Studied(verdict)
    monkeypatch.setattr(study, "study", studied)
    wanted = requirement("equivalent", runs=30, pilot=10, first_seed=5)
    before = ModelResult(wanted, (pair_result(PARTED, wanted),))
    found = checking._equivalent(before, None, ["nest", "neuron"], checking.CheckContext())
    assert [(p.level, p.status, p.verdict.evidence) for p in found.pairs] == [(tier, status, "As seeds show.")]
    assert studied.given["sides"] == [("nest", ""), ("neuron", "")]
    assert {k: studied.given[k] for k in ("runs", "pilot", "first_seed")} == {"runs": 30, "pilot": 10, "first_seed": 5}
