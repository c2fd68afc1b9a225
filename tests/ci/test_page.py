"""The page of a gate: what each model must be and is, what to do, and the way to its reports."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci.baseline import BaselineChange, Comparison
from unisono.ci.configuration import Requirement
from unisono.ci.page import render
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.verdict import Level, Outcome, Verdict

MET = PairResult("nest", "neuron", Verdict(Level.IDENTICAL, "Equal.", until_ms=9.0), Outcome.AGREE)
PARTED = Verdict(Level.DIFFERENT, "It differs.", "A <delay>.", until_ms=1.0)
UNMET = PairResult("nest", "brian2", PARTED, Outcome.DISAGREE)
MODEL = ModelResult(Requirement("first", ModelSource("single_cell"), ("nest", "neuron")), (MET,))
GATE = Gate(Path("unisono.toml"), (MODEL,))
ACTIVE = "NEST and NEURON: rate of cells was 11 and is 12 (+9.091%)."


def heading(page: str) -> str:
    return re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*)</h1>", page)[1])


def test_a_gate_that_is_met():
    page = render(GATE, {"first": [("comparison", "first.html")]}, "unisono check")
    assert '<div class="verdict agree"' in page and heading(page) == "✓Agree"
    assert '<a href="first.html">comparison</a>' in page
    assert "<pre>unisono check</pre>" in page
    assert '<dl class="story">' not in page
    assert "<section id=" in page and '<a href="#m1">first</a>' in page


def test_a_gate_that_is_not_met_says_why_and_escapes_it():
    two = replace(MODEL, requirement=replace(MODEL.requirement, name="<second>"), pairs=(MET, UNMET))
    page = render(replace(GATE, models=(MODEL, two)), {"first": [], "<second>": []}, "unisono check --model '<second>'")
    assert '<div class="verdict disagree"' in page and "A &lt;delay&gt;." in page
    assert "<second>" not in page and "<delay>" not in page
    # the story comes first: what differs, and the next command
    story = page[page.index('<dl class="story">') : page.index("</dl>")]
    assert "Brian2 differs from NEST from 1\u00a0ms on; required: identical." in story
    assert "<pre>unisono compare single_cell --on brian2,nest --report report.html</pre>" in story


def test_a_model_that_could_not_be_run_shows_its_error():
    failed = replace(MODEL, pairs=(), error="The script stopped.")
    page = render(replace(GATE, models=(failed,)), {"first": []}, "unisono check")
    assert '<p class="error">The script stopped.</p>' in page and '<div class="verdict open"' in page


def test_a_changed_model_shows_its_statistics_against_the_baseline():
    fingerprint = BaselineChange("fingerprint", "The fingerprint was a and is b.", Outcome.DISAGREE)
    rate = BaselineChange("statistic", ACTIVE, Outcome.AGREE, "rate of cells", ("nest", "neuron"), 11.0, 12.0)
    former = ({"tier": "identical", "spikes": {"nest": 11}},)
    changed = replace(MODEL, baseline=Comparison((fingerprint, rate), former))
    page = render(replace(GATE, models=(changed,)), {"first": []}, "unisono check")
    assert '<div class="verdict changed"' in page and heading(page) == "≠Model changed"
    assert "<pre>unisono check --model first --update-baseline --because why</pre>" in page
    assert "Baseline against now</h4>" in page and "data:image/svg+xml" in page
    assert re.search(r"rate of cells</th><td class=\"wrap\">NEST and NEURON</td>.*\n.*\+9.09 %", page)
