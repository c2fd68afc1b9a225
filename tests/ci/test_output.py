"""The files of a check, by hand-made results: nothing is lost, nothing breaks them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import output
from unisono.ci.baseline import BaselineChange, Comparison
from unisono.ci.configuration import Requirement
from unisono.ci.markdown import cell, render
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.verdict import Level, Outcome, Verdict

SAME = Verdict(Level.IDENTICAL, "All 9 spikes lie in the same steps.", until_ms=100.0)
PARTED = Verdict(Level.DIFFERENT, "not a tie", "On a|b <delays> are one step longer.\x00\n", until_ms=8.4)
GOOD = PairResult("nest", "neuron", SAME, Outcome.AGREE)
BAD = PairResult("nest", "a|b", PARTED, Outcome.DISAGREE)
REQUIREMENT = Requirement("my/model", ModelSource("single_cell"), ("nest", "neuron"))
HISTORY = ({"tier": "identical", "spikes": {"nest": 3}, "because": "why"}, {"tier": "converged"})
MODEL = ModelResult(
    REQUIREMENT,
    (GOOD, BAD),
    {"brian2": "brian2 failed: \x1b[31mit crashed"},
    {"genn": "GeNN is not installed."},
    baseline=Comparison(
        (BaselineChange("tier", "the tier was 'identical' and is 'different'.", Outcome.DISAGREE),), HISTORY
    ),
)
GATE = Gate(Path("unisono.toml"), (MODEL, replace(MODEL, requirement=replace(REQUIREMENT, name="my model"))))


def test_all_files_are_written_and_hold_the_cause(tmp_path):
    output.write(GATE, tmp_path, "unisono check")
    assert {p.name for p in tmp_path.iterdir()} == {"index.html", "gate.json", "junit.xml", "summary.md"}
    root = ElementTree.parse(tmp_path / "junit.xml").getroot()
    cases = {case.get("name"): [child.tag for child in case] for case in root[0].iter("testcase")}
    assert cases == {
        "nest and neuron": ["system-out"],
        "nest and a|b": ["failure"],
        "brian2": ["error"],
        "genn": ["skipped"],
        "baseline": ["failure"],
    }
    (message,) = (f.get("message") for f in root[0].iter("failure") if "different, and" in f.get("message"))
    assert message.startswith("different, and must be identical: On a|b <delays> are one step longer.")
    data = json.loads((tmp_path / "gate.json").read_text())
    assert data["exit_status"] == 1
    assert data["models"][0]["pairs"][1]["result"] == "not met"
    page = (tmp_path / "index.html").read_text()
    assert "&lt;delays&gt;" in page
    assert "History of the baseline" in page


def test_a_summary_is_added_to_what_is_there(tmp_path):
    (tmp_path / "s.md").write_text("before\n")
    output.append_summary(GATE, tmp_path / "s.md")
    assert (tmp_path / "s.md").read_text().startswith("before\n## Unisono: ❌ disagree\n")


def test_markdown_shows_text_as_it_is():
    assert cell("a|b <c>\n[d](e) `f`") == "a\\|b \\<c\\> \\[d\\](e) \\`f\\`"
    for line in render(GATE).splitlines():
        if line.startswith("|"):
            assert line.replace("\\|", "").count("|") == 5


def test_models_of_like_names_have_files_of_their_own():
    taken: set[str] = set()
    names = [output._file_name(name, taken) for name in ("a b", "a/b", "../x", "index", "..", "A-B")]
    assert names == ["a-b", "a-b-2", "x", "index-2", "model", "A-B-3"]
