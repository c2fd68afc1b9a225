"""What is said of a model: one line, the next command, and the rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci.answer import Answer, worst
from unisono.ci.baseline import BaselineChange, Comparison, Entry, compare
from unisono.ci.configuration import Requirement
from unisono.ci.markdown import render
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.ci.story import Story
from unisono.ci.story import story as of_gate
from unisono.validation.verdict import Level, Outcome, Verdict

PATH = Path("unisono.toml")
REQUIREMENT = Requirement("my net", ModelSource("net.py", {}, ("--seed", "{seed}")), ("nest", "brian2", "neuron"))
ACCEPT = "unisono check --model 'my net' --update-baseline --because why"


def entry(spikes: int, fingerprint: str = "f", version: str = "3.9.0") -> Entry:
    figures = {name: {"rate of cells": spikes / 10} for name in ("nest", "neuron")}
    counts = dict.fromkeys(figures, spikes)
    return Entry.of(
        Level.IDENTICAL,
        100.0,
        fingerprint * 64,
        {"nest and neuron": (Level.IDENTICAL, 100.0)},
        counts,
        figures,
        {"nest": version},
    )


def story(model: ModelResult, path: Path, selftest: str = "") -> Story:
    return of_gate(model, Gate(path, (model,), selftest))


class Judged(ModelResult):
    """A result whose figures are given."""

    found = entry(120)

    @property
    def entry(self) -> Entry:
        return self.found


def pair(a: str, b: str, level: Level = Level.IDENTICAL, cause: str = "") -> PairResult:
    return PairResult(a, b, Verdict(level, "Seen.", cause, until_ms=8.0), level.meets(Level.IDENTICAL))


GREEN = Judged(REQUIREMENT, (pair("nest", "neuron"),))


def test_a_model_that_agrees_is_one_line():
    told = story(GREEN, PATH)
    assert (told.line, told.next_step, told.details) == ("identical on NEST and NEURON, 120 spikes.", "", ())
    as_before = replace(GREEN, baseline=compare(entry(120), entry(120)))
    assert story(as_before, PATH).line == "identical on NEST and NEURON, 120 spikes, as in the baseline."


def test_another_network_on_which_simulators_agree_is_a_changed_model():
    changed = replace(GREEN, baseline=compare(entry(120), entry(110, "e")))
    told = story(changed, PATH)
    assert (changed.answer, int(changed.status)) == (Answer.MODEL_CHANGED, 1)
    assert told.line == (
        "The network has changed since the baseline; NEST and NEURON agree (identical), 120 spikes (baseline 110)."
    )
    assert told.next_step == ACCEPT
    # simulators with the same change share a line
    assert told.details == (
        "The fingerprint of the network was eeeeeeeeeeee and is ffffffffffff.",
        "NEST and NEURON: 120 spikes, 110 in the baseline.",
        "NEST and NEURON: rate of cells was 11 and is 12 (+9.091%).",
    )
    text = render(Gate(PATH, (changed,)))
    assert text.startswith("## Unisono: 📝 model changed\n\n1 model: 1 changed.\n")
    assert f"\n\n    {ACCEPT}\n" in text and "<details><summary>my net: 3 more lines</summary>\n\n- " in text


def test_a_changed_model_on_which_simulators_differ_is_not_met():
    parted = pair("nest", "neuron", Level.DIFFERENT, "On NEURON delays are one step longer.")
    model = replace(GREEN, pairs=(parted,), baseline=compare(entry(120), entry(110, "e")))
    assert model.answer is Answer.NOT_MET
    assert "fingerprint" in " ".join(story(model, PATH).details)
    undecided = replace(GREEN, pairs=(pair("nest", "neuron", Level.CANNOT_TELL),), baseline=model.baseline)
    assert undecided.answer is Answer.CANNOT_TELL


def test_one_simulator_that_differs_from_all_is_named_once():
    cause = "On NEURON delays are one step longer."
    others = [pair(name, "neuron", Level.DIFFERENT, f"{cause} It was measured.") for name in ("nest", "brian2")]
    model = replace(GREEN, pairs=(pair("nest", "brian2"), *others))
    told = story(model, PATH)
    assert told.line == f"NEURON differs from Brian2 and NEST from 8 ms on; required: identical. {cause}"
    assert told.next_step == "unisono compare net.py --on brian2,nest,neuron --report report.html -- --seed 1"
    assert told.details == ("It was measured.",)
    assert story(model, PATH, "'delay + 1 step' on neuron").next_step == ""


def test_what_two_pairs_have_in_common_is_said_once():
    one, other = "Brian2 ran with 'native'.", "NEURON ran with 'native'."
    pairs = (pair("nest", "brian2", Level.DIFFERENT, one), pair("brian2", "neuron", Level.DIFFERENT, f"{one} {other}"))
    told = story(replace(GREEN, pairs=pairs), PATH)
    assert told.line == f"Brian2 differs from NEST from 8 ms on; required: identical. {one}"
    assert told.details == ("NEURON differs from Brian2 from 8 ms on; required: identical.", other)


def test_other_figures_of_the_same_network_name_the_version_that_changed():
    model = replace(GREEN, baseline=compare(entry(121, version="3.10.0"), entry(120)))
    told = story(model, PATH)
    assert model.answer is Answer.NOT_MET
    assert told.line == (
        "The network is the same, but its figures are not. NEST was 3.9.0 and is 3.10.0. "
        "NEST and NEURON: 121 spikes, 120 in the baseline."
    )
    assert told.next_step == ACCEPT


@pytest.mark.parametrize(
    ("model", "line", "step"),
    [
        (ModelResult(REQUIREMENT, problems={"brian2": "Brian2 is broken."}), "Brian2 is broken.", "unisono doctor"),
        (
            ModelResult(
                REQUIREMENT, problems={"brian2": "Brian2 is not installed. Install it: pip install 'x[brian2]'"}
            ),
            "Brian2 is not installed.",
            "pip install 'x[brian2]'",
        ),
        (ModelResult(REQUIREMENT, error="net.py, line 3: it\nfell over."), "net.py, line 3: it fell over.", ""),
        (
            replace(
                GREEN,
                baseline=Comparison((BaselineChange("missing", "No entry.", Outcome.OPEN),)),
            ),
            "No entry.",
            ACCEPT,
        ),
    ],
)
def test_what_cannot_be_told_says_why(model, line, step):
    told = story(model, PATH)
    assert model.answer is Answer.CANNOT_TELL
    assert told.line.startswith(line)
    assert told.next_step == step


def test_the_worst_answer_counts():
    assert worst([]) is worst([Answer.MET]) is Answer.MET
    assert worst([Answer.MET, Answer.CANNOT_TELL]) is Answer.CANNOT_TELL
    assert worst([Answer.CANNOT_TELL, Answer.MODEL_CHANGED]) is Answer.MODEL_CHANGED
    assert worst([Answer.MODEL_CHANGED, Answer.NOT_MET]) is Answer.NOT_MET
