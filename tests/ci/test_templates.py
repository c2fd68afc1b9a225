"""The GitHub Action and the GitLab template: their steps are carried out as a runner does."""

from __future__ import annotations

import json
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from runner import github_action, gitlab_job
from small_scripts import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "ci"

CONFIGURATION = '[gate]\nsimulators = ["nest", "neuron"]\n\n[[model]]\nmodel = "network.py"\n'


#: Inputs of the actions that are used, as their action.yml has them at the tag: those they need, and others.
#: (github.com/actions/..., read in November 2026)
INPUTS = {
    "actions/checkout@v7": ((), ("ref", "path", "fetch-depth")),
    "actions/setup-python@v7": ((), ("python-version", "cache", "architecture")),
    "actions/cache/restore@v5": (
        ("path", "key"),
        ("restore-keys", "enableCrossOsArchive", "fail-on-cache-miss", "lookup-only"),
    ),
    "actions/cache/save@v5": (("path", "key"), ("upload-chunk-size", "enableCrossOsArchive")),
    "actions/upload-artifact@v7": (
        ("path",),
        *(("name", "if-no-files-found", "retention-days", "compression-level", "overwrite", "archive"),),
    ),
}


def test_the_action_has_all_its_steps():
    steps = yaml.safe_load((CI / "action.yml").read_text())["runs"]["steps"]
    assert [(step["name"], step.get("if")) for step in steps] == [
        ("Restore compiled models and cached runs", None),
        ("Install", None),
        ("Check", None),
        ("Keep compiled models and cached runs", "always()"),
        ("Summary", "always()"),
        ("Upload the report", "always()"),
    ]


def test_other_actions_are_used_as_they_are_made():
    steps = yaml.safe_load((CI / "action.yml").read_text())["runs"]["steps"]
    (documented,) = re.findall(r"```yaml\n(steps:.*?)```", (ROOT / "docs" / "gate.md").read_text(), re.DOTALL)
    steps += [s for s in yaml.safe_load(documented)["steps"] if s["uses"].startswith("actions/")]
    used = [step for step in steps if "uses" in step]
    assert {step["uses"] for step in used} == INPUTS.keys()
    for step in used:
        needed, others = INPUTS[step["uses"]]
        given = step.get("with", {})
        assert {*needed} <= given.keys() <= {*needed, *others}, step
    restored, saved = (step["with"] for step in used if "cache" in step["uses"])
    assert restored["path"] == saved["path"]  # a cache is found by its path too


def test_gitlab_shows_the_report():
    artifacts = yaml.safe_load((CI / "gitlab.yml").read_text())["unisono"]["artifacts"]
    # A folder without a slash at its end is kept, but not linked to (gitlab.com/gitlab-org/gitlab/-/issues/366867).
    assert artifacts["expose_as"] and artifacts["paths"] == ["unisono-report/"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a runner checks out, as building a package leaves files behind."""
    place = tmp_path / "unisono"
    place.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    for name in ("unisono", "models", "adapters", "validation", "ci"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place / "ci"


#: Python as on a runner whose environments find what these tests are run with, so that pip builds and installs Unisono
#: and downloads no simulator (65 of 90 seconds). That dependencies are declared: tests/unisono/test_dependencies.py.
PYTHON = """\
#!/bin/sh
"{python}" "$@" || exit
if [ "$1 $2" = "-m venv" ]; then
    echo "{libraries}" > "$("$3/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"
fi
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter as ``PYTHON`` says."""
    path = tmp_path / "python"
    path.write_text(PYTHON.format(python=sys.executable, libraries=sysconfig.get_path("purelib")))
    path.chmod(0o755)
    return path


@pytest.mark.slow
def test_steps_install_check_and_report(tmp_path, checkout, python):
    repository, temp = tmp_path / "repository", tmp_path / "temp"
    repository.mkdir()
    temp.mkdir()
    (repository / "network.py").write_text(SCRIPT)
    (repository / "unisono.toml").write_text(CONFIGURATION)
    inputs = {"python": str(python), "simulators": "nest,neuron"}

    # A configuration that is wrong: nothing runs, and the summary says so, whatever a former check has left.
    (repository / "unisono-report").mkdir()
    (repository / "unisono-report" / "summary.md").write_text("a former result")
    steps, files = github_action(checkout / "action.yml", repository, temp, inputs | {"configuration": "other.toml"})
    assert [(step.name, step.status) for step in steps] == [("Install", 0), ("Check", 2), ("Summary", 0)], steps
    assert "Configuration 'other.toml' not found." in steps[1].output
    assert "no result" in files["GITHUB_STEP_SUMMARY"].read_text()
    assert "a former result" not in files["GITHUB_STEP_SUMMARY"].read_text()

    # Green, in the environment that the first call has made.
    inputs |= {"simulators": "none"}
    steps, files = github_action(checkout / "action.yml", repository, temp, inputs)
    assert [(step.name, step.status) for step in steps] == [("Install", 0), ("Check", 0), ("Summary", 0)], steps
    assert files["GITHUB_OUTPUT"].read_text().splitlines()[-1] == "status=0"
    assert "met" in files["GITHUB_STEP_SUMMARY"].read_text()
    assert {p.name for p in (repository / "unisono-report").iterdir()} == {
        *("index.html", "network.html", "gate.json", "junit.xml", "summary.md")
    }

    # Red, with the delays of one simulator one step too long.
    inputs |= {"arguments": "--selftest\ndelay + 1 step\n--on-simulator\nneuron\n", "report": "selftest"}
    steps, files = github_action(checkout / "action.yml", repository, temp, inputs)
    assert [(step.name, step.status) for step in steps] == [("Install", 0), ("Check", 1), ("Summary", 0)], steps
    assert files["GITHUB_OUTPUT"].read_text().splitlines()[-1] == "status=1"
    assert "not met" in files["GITHUB_STEP_SUMMARY"].read_text()
    (failure,) = ElementTree.parse(repository / "selftest" / "junit.xml").getroot().iter("failure")
    assert "delay" in failure.get("message")

    # The same environment serves the template of GitLab.
    variables = {
        "UNISONO_PACKAGE": f"{checkout.parent}[nest,neuron]",
        "UNISONO_PYTHON": str(python),
        "UNISONO_ENVIRONMENT": str(temp / "unisono-environment"),
        "UNISONO_CACHE": str(temp / "unisono-cache"),
    }
    (job,) = gitlab_job(checkout / "gitlab.yml", "unisono", repository, variables)
    assert job.status == 0, job.output
    assert json.loads((repository / "unisono-report" / "gate.json").read_text())["verdict"] == "agree"
