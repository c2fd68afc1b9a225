"""Findings of `unisono lint` in the gate: they fail a model as asked, and every writer shows them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from modelled import network

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import check as checking
from unisono.ci import output
from unisono.ci.check import CheckContext, judge
from unisono.ci.configuration import Requirement
from unisono.ci.linting import Linting
from unisono.ci.result import Gate, ModelResult, PairResult
from unisono.validation.lint import Severity
from unisono.validation.verdict import Level, Outcome, Verdict

MET = PairResult("nest", "neuron", Verdict(Level.IDENTICAL, "Equal.", until_ms=9.0), Outcome.AGREE)


@pytest.fixture(scope="module")
def short(tmp_path_factory) -> Path:
    """A network with a note (a short run) and nothing else."""
    path = tmp_path_factory.mktemp("linted") / "short.h5"
    network(duration=300.0).save(path)
    return path


def judged(path: Path, severity: Severity, *ignore: str, monkeypatch) -> ModelResult:
    """What the gate says of a network on which the simulators agree."""
    monkeypatch.setattr(checking, "_readiness", lambda *_: ({}, {}))
    monkeypatch.setattr(checking, "_compared", lambda result, *_: replace(result, pairs=(MET,)))
    requirement = Requirement("short", ModelSource(str(path)), ("nest", "neuron"), lint=Linting(severity, ignore))
    return judge(requirement, CheckContext())


@pytest.mark.parametrize(
    ("severity", "ignore", "status"),
    [(Severity.NOTE, (), 1), (Severity.WARNING, (), 0), (Severity.ERROR, (), 0), (Severity.NOTE, ("duration",), 0)],
)
def test_findings_fail_a_model_from_the_severity_on_that_is_asked_for(short, severity, ignore, status, monkeypatch):
    result = judged(short, severity, *ignore, monkeypatch=monkeypatch)
    assert result.status == status
    assert result.tier_status is Outcome.AGREE
    assert ("short for statistics" in result.why) == bool(status)


def test_every_file_of_a_check_shows_the_findings(short, tmp_path, monkeypatch):
    result = judged(short, Severity.NOTE, monkeypatch=monkeypatch)
    output.write(Gate(Path("unisono.toml"), (result,)), tmp_path, "unisono check")
    sentence = "The run of 300 ms is short for statistics of network activity."
    for name in ("index.html", "summary.md", "lint.sarif"):
        text = (tmp_path / name).read_text().replace("\N{NO-BREAK SPACE}", " ")
        assert sentence in text, name
    (model,) = json.loads((tmp_path / "gate.json").read_text())["models"]
    assert [f["sentence"] for f in model["lint"]["networks"][0]["findings"]] == [sentence]
    cases = ElementTree.parse(tmp_path / "junit.xml").getroot()[0].iter("testcase")
    (failure,) = next(case for case in cases if case.get("name") == "lint")
    assert sentence in failure.get("message")
