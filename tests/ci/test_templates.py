"""The GitHub Action and the GitLab template: their steps are carried out as a runner does."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from runner import github_action, gitlab_job
from small_scripts import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "ci"

CONFIGURATION = '[gate]\nsimulators = ["nest", "neuron"]\n\n[[model]]\nmodel = "network.py"\n'


def test_the_action_has_all_its_steps():
    steps = yaml.safe_load((CI / "action.yml").read_text())["runs"]["steps"]
    assert [step["name"] for step in steps] == [
        "Cache compiled models and known runs",
        "Install",
        "Check",
        "Summary",
        "Upload the report",
    ]
    assert [step.get("if") for step in steps] == [None, None, None, "always()", "always()"]


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


@pytest.mark.slow
def test_steps_install_check_and_report(tmp_path, checkout):
    repository, temp = tmp_path / "repository", tmp_path / "temp"
    repository.mkdir()
    temp.mkdir()
    (repository / "network.py").write_text(SCRIPT)
    (repository / "unisono.toml").write_text(CONFIGURATION)
    inputs = {"python": sys.executable, "simulators": "nest,neuron"}

    # A configuration that is wrong: nothing runs, and the summary says so.
    steps, files = github_action(checkout / "action.yml", repository, temp, inputs | {"configuration": "other.toml"})
    assert [(step.name, step.status) for step in steps] == [("Install", 0), ("Check", 2), ("Summary", 0)], steps
    assert "There is no configuration 'other.toml'." in steps[1].output
    assert "no result" in files["GITHUB_STEP_SUMMARY"].read_text()

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
    inputs |= {"arguments": "--drill\ndelay + 1 step\n--on-simulator\nneuron\n", "report": "drill"}
    steps, files = github_action(checkout / "action.yml", repository, temp, inputs)
    assert [(step.name, step.status) for step in steps] == [("Install", 0), ("Check", 1), ("Summary", 0)], steps
    assert files["GITHUB_OUTPUT"].read_text().splitlines()[-1] == "status=1"
    assert "not met" in files["GITHUB_STEP_SUMMARY"].read_text()
    (failure,) = ElementTree.parse(repository / "drill" / "junit.xml").getroot().iter("failure")
    assert "delay" in failure.get("message")

    # The same environment serves the template of GitLab: there pip finds everything there.
    variables = {
        "UNISONO_PACKAGE": f"{checkout.parent}[nest,neuron]",
        "UNISONO_PYTHON": sys.executable,
        "UNISONO_ENVIRONMENT": str(temp / "unisono-environment"),
        "UNISONO_CACHE": str(temp / "unisono-cache"),
    }
    (job,) = gitlab_job(checkout / "gitlab.yml", "unisono", repository, variables)
    assert job.status == 0, job.output
    assert json.loads((repository / "unisono-report" / "gate.json").read_text())["verdict"] == "agree"
