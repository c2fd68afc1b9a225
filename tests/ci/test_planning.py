"""The plan of a model in ``unisono.toml``, and what the gate makes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unisono.ci import junit, markdown
from unisono.ci.configuration import plan_of, read
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.models.errors import ConfigurationError
from unisono.validation.description.plan import Expectation
from unisono.validation.statistics.statistic import Statistic
from unisono.validation.verdict import Level, Outcome, Verdict

HEAD = '[gate]\nsimulators = ["nest", "neuron"]\n[[model]]\nmodel = "single_cell"\n[model.plan]\n'


def written(folder, text):
    path = folder / "unisono.toml"
    path.write_text(HEAD + text)
    return path


def test_a_plan_is_read(tmp_path):
    text = 'question = "Why?"\nassumptions = ["a", "b"]\noutcome = "It fires."\n'
    text += '[model.plan.expect]\nrate = [1, 10]\n"CV of ISI of exc" = [0.8, inf]\n'
    text += '"part of weights at w_min of p" = [0, 1]\n'
    (requirement,) = read(written(tmp_path, text)).models
    plan = requirement.plan
    assert (plan.question, plan.assumptions, plan.outcome) == ("Why?", ("a", "b"), "It fires.")
    assert plan.expectations == (
        Expectation("rate", "", 1.0, 10.0),
        Expectation("CV of ISI", "exc", 0.8, None),
        Expectation("part of weights at w_min", "p", 0.0, 1.0),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('qestion = "Why?"', r"'single_cell'\) plan: 'qestion' is not a known key. Did you mean 'question'"),
        ("question = 3", "'question' must be a text, not 3"),
        ("expect = { rat = [1, 2] }", "names the unknown statistic 'rat'. Did you mean 'rate'"),
        ("expect = { rate = [2, 1] }", r"gives 'rate' the bounds \[2, 1\]. Write the least and the largest"),
        ("expect = { rate = [true, 1] }", "gives 'rate' the bounds"),
        ("expect = { rate = [nan, 1] }", "gives 'rate' the bounds"),
        ("expect = { rate = 5 }", "gives 'rate' the bounds 5"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_with_its_place(tmp_path, text, says):
    with pytest.raises(ConfigurationError, match=says):
        read(written(tmp_path, text))


def test_the_plan_beside_is_found_by_the_model(tmp_path, monkeypatch):
    path = written(tmp_path, 'question = "Why?"')
    monkeypatch.chdir(tmp_path)
    assert plan_of("single_cell").question == "Why?"
    assert plan_of("balanced") is None
    with pytest.raises(ConfigurationError, match=r"has no plan of 'balanced'"):
        plan_of("balanced", path)


@pytest.mark.parametrize(
    ("rate", "outcome"), [(5.0, Outcome.AGREE), (50.0, Outcome.DISAGREE), (None, Outcome.DISAGREE)]
)
def test_an_expectation_that_does_not_hold_fails_the_check(tmp_path, rate, outcome):
    (requirement,) = read(written(tmp_path, "expect = { rate = [1, 10] }")).models
    pair = PairResult("nest", "neuron", Verdict(Level.IDENTICAL, "All spikes are the same."), Outcome.AGREE)
    found = Statistic("cell", 0, "rate", rate, "Hz", "", "", 1, 0)
    result = ModelResult(requirement, (pair,), expected=requirement.plan.judged([found]))
    assert result.status is outcome
    gate = Gate(tmp_path / "unisono.toml", (result,))
    said = outcome is Outcome.DISAGREE
    assert ("does not hold" in markdown.render(gate)) is said
    assert ("<failure" in junit.render(gate)) is said
    assert result.why == (result.expected[0].text if said else "All spikes are the same.")


def test_an_expectation_that_was_not_measured_leaves_the_check_undecided(tmp_path):
    (requirement,) = read(written(tmp_path, "expect = { rate = [1, 10] }")).models
    pair = PairResult("nest", "exact spike times", Verdict(Level.CONVERGED, ""), Outcome.AGREE)
    result = ModelResult(requirement, (pair,))
    assert result.status is Outcome.OPEN
    assert "was not measured" in result.why
    assert replace(result, requirement=replace(requirement, plan=None)).status is Outcome.AGREE
