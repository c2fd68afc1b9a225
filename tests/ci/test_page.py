"""The page of a gate: what each model must be and is, and the way to its reports."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci.configuration import Requirement
from unisono.ci.page import render
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.verdict import Level, Outcome, Verdict

MET = PairResult("nest", "neuron", Verdict(Level.IDENTICAL, "Equal.", until_ms=9.0), Outcome.AGREE)
PARTED = Verdict(Level.DIFFERENT, "It differs.", "A <delay>.", until_ms=1.0)
UNMET = PairResult("nest", "brian2", PARTED, Outcome.DISAGREE)
MODEL = ModelResult(Requirement("first", ModelSource("single_cell"), ("nest", "neuron")), (MET,))
GATE = Gate(Path("unisono.toml"), (MODEL,))


def test_a_gate_that_is_met():
    page = render(GATE, {"first": [("comparison", "first.html")]}, "unisono check")
    assert re.search(r"<h1 class=\"agree\">.*</h1>", page)
    assert '<a href="first.html">comparison</a>' in page
    assert "unisono check" in page
    assert re.search(r"first</a><td>identical<td>identical\s*<td class=\"result agree\">", page)


def test_a_gate_that_is_not_met_says_why_and_escapes_it():
    two = replace(MODEL, requirement=replace(MODEL.requirement, name="<second>"), pairs=(MET, UNMET))
    page = render(replace(GATE, models=(MODEL, two)), {"first": [], "<second>": []}, "unisono check --model '<second>'")
    assert '<h1 class="disagree">' in page and "A &lt;delay&gt;." in page
    assert "<second>" not in page and "<delay>" not in page


def test_a_model_that_could_not_be_run_shows_its_error():
    failed = replace(MODEL, pairs=(), error="The script stopped.")
    page = render(replace(GATE, models=(failed,)), {"first": []}, "unisono check")
    assert '<p class="open">The script stopped.</p>' in page and '<h1 class="open">' in page
