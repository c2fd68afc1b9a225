"""``unisono lint``: what it prints, its exit status, and its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from modelled import network
from typer.testing import CliRunner

import unisono
from unisono.cli import app
from unisono.commands.linting import FailOn
from unisono.models.errors import UnisonoError
from unisono.validation.lint import Severity


@pytest.fixture(scope="module")
def wrong(tmp_path_factory) -> Path:
    """A network file: capacitance in pF and a short run, so one error and one note."""
    path = tmp_path_factory.mktemp("lint") / "wrong.h5"
    network(parameters={"cm": 250.0}, weight=40.0, duration=300.0).save(path)
    return path


def run(*arguments: object, **environment: str) -> tuple[int, str]:
    answer = CliRunner(env={"GITHUB_ACTIONS": "", **environment}).invoke(app, ["lint", *map(str, arguments)])
    if isinstance(answer.exception, UnisonoError):  # what main() makes of it
        return 2, str(answer.exception)
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    return answer.exit_code, " ".join(answer.output.split())


def test_findings_are_printed_with_evidence_source_and_what_to_do(wrong):
    status, said = run(wrong)
    assert status == 1
    assert "error [units] 'E', 'I': cm is out of physiological range; it looks like pF." in said
    assert "Evidence: cm = 250 nF." in said
    assert "What to do: If 250 pF are meant, write cm=0.25." in said
    assert "Source: Gerstner, Kistler, Naud & Paninski (2014)" in said
    assert "Findings: 2 errors, 1 note." in said and "::" not in said


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--fail-on", "error"], 1),
        (["--fail-on", "note", "--ignore", "units", "--ignore", "activity"], 1),
        (["--fail-on", "error", "--ignore", "units", "--ignore", "activity"], 0),
        (["--ignore", "unit"], 2),
        (["--resize", "many"], 2),
        (["--resize", "100,200"], 2),
    ],
)
def test_the_exit_status_says_whether_there_are_findings_of_a_severity(wrong, arguments, status):
    assert run(wrong, *arguments)[0] == status


def test_a_library_model_without_a_number_of_cells_has_no_sizes():
    status, said = run("lif_step", "--resize", "10,20")
    assert status == 2
    assert "'lif_step' has no option n, the number of its cells." in said


def test_every_severity_can_be_asked_for():
    assert [choice.value for choice in FailOn] == [severity.value for severity in Severity]


def test_a_model_without_findings():
    status, said = run("single_cell", "--fail-on", "note")
    assert (status, said.endswith("Findings: no findings.")) == (0, True)


def test_json_and_sarif_have_every_finding(wrong, tmp_path):
    run(wrong, "--json", tmp_path / "a.json", "--sarif", tmp_path / "a.sarif")
    (found,) = json.loads((tmp_path / "a.json").read_text())["networks"]
    log = json.loads((tmp_path / "a.sarif").read_text())
    (one,) = log["runs"]
    assert log["version"] == "2.1.0" and one["tool"]["driver"]["name"] == "Unisono"
    assert len(one["results"]) == len(found["findings"]) > 1
    for result, finding in zip(one["results"], found["findings"], strict=True):
        rule = one["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding["rule"]
        assert result["level"] == finding["severity"]
        assert finding["evidence"] in result["message"]["text"]
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"] == wrong.as_posix()
        assert [place["name"] for place in location["logicalLocations"]] == (finding["places"] or ["modelled"])


def test_annotations_of_github_are_whole_lines_with_escaped_text(wrong):
    answer = CliRunner().invoke(app, ["lint", str(wrong), "--github"])
    lines = [line for line in answer.output.splitlines() if line.startswith("::")]
    assert any(line.startswith("::error file=") and ",title=unisono lint%3A units::" in line for line in lines)
    assert any(line.startswith("::notice ") for line in lines)
    assert "::error" in run(wrong, GITHUB_ACTIONS="true")[1]


def test_lint_in_python_takes_a_network(wrong):
    report = unisono.lint(unisono.Network.load(wrong))
    assert report.findings[0].rule == "units" and report.model == "modelled"
