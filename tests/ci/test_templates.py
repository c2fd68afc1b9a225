"""The GitHub Action and the GitLab template: their steps are carried out as a runner does."""

from __future__ import annotations

import json
import re
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from runner import github_action, gitlab_job
from small_scripts import SCRIPT

ROOT = Path(__file__).resolve().parents[2]
CI = ROOT / "ci"

CONFIGURATION = '[gate]\nsimulators = ["nest", "neuron"]\n\n[[model]]\nmodel = "network.py"\n'


#: Versions of the actions that are used, and their commits (tags of github.com/actions/..., read in November 2026).
COMMITS = {
    ("cache", "v5.0.5"): "27d5ce7f107fe9357f9df03efb73ab90386fccae",
    ("checkout", "v7.0.1"): "3d3c42e5aac5ba805825da76410c181273ba90b1",
    ("setup-python", "v7.0.0"): "5fda3b95a4ea91299a34e894583c3862153e4b97",
    ("upload-artifact", "v7.0.0"): "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
}

#: Their inputs, as action.yml has them at these commits: those they need, and others.
INPUTS = {
    "actions/checkout": ((), ("ref", "path", "fetch-depth")),
    "actions/setup-python": (
        (),
        ("python-version", "cache", "cache-dependency-path", "architecture", "update-environment"),
    ),
    "actions/cache/restore": (
        ("path", "key"),
        ("restore-keys", "enableCrossOsArchive", "fail-on-cache-miss", "lookup-only"),
    ),
    "actions/cache/save": (("path", "key"), ("upload-chunk-size", "enableCrossOsArchive")),
    "actions/upload-artifact": (
        ("path",),
        *(("name", "if-no-files-found", "retention-days", "compression-level", "overwrite", "archive"),),
    ),
}


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def steps_of(path: Path) -> list[dict[str, Any]]:
    """All steps of an action or of a workflow."""
    content = yaml.safe_load(path.read_text())
    if "runs" in content:
        return content["runs"]["steps"]
    return [step for job in content["jobs"].values() for step in job["steps"]]


def test_the_action_has_all_its_steps():
    steps = steps_of(ROOT / "action.yml")
    assert [step["name"] for step in steps] == [
        *("Set up Python", "Plan", "Restore the environment", "Restore compiled models and cached runs", "Install"),
        *("Keep the environment", "Check", "Keep compiled models and cached runs"),
        *("Summary", "Comment", "Upload the report"),
    ]
    assert [step["name"] for step in steps if step.get("if") == "always()"] == [
        *("Summary", "Comment", "Upload the report")
    ]
    # scripts of a pull request run in the check, and the token is given to no step before the comment
    assert [step["name"] for step in steps if "GITHUB_TOKEN" in step.get("env", {})] == ["Comment"]
    assert not (CI / "action.yml").exists()


def test_the_marketplace_finds_what_it_shows():
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert {*action["branding"]} == {"icon", "color"}
    assert action["name"] and action["description"] and action["author"]


def test_other_actions_are_used_as_they_are_made():
    steps = [step for path in (ROOT / "action.yml", *WORKFLOWS) for step in steps_of(path)]
    (documented,) = re.findall(r"```yaml\n(on:.*?)```", (ROOT / "docs" / "gate.md").read_text(), re.DOTALL)
    steps += next(iter(yaml.safe_load(documented)["jobs"].values()))["steps"]
    used = [step for step in steps if step.get("uses", "").startswith("actions/")]
    assert {step["uses"].partition("@")[0] for step in used} == INPUTS.keys()
    for step in used:
        needed, others = INPUTS[step["uses"].partition("@")[0]]
        given = step.get("with", {})
        assert {*needed} <= given.keys() <= {*needed, *others}, step
    for kept in ("the environment", "compiled models and cached runs"):
        restored, saved = (
            next(step["with"] for step in steps_of(ROOT / "action.yml") if step["name"] == f"{verb} {kept}")
            for verb in ("Restore", "Keep")
        )
        assert restored["path"] == saved["path"]  # a cache is found by its path too


@pytest.mark.parametrize("file", ["action.yml", "docs/gate.md", *(str(p.relative_to(ROOT)) for p in WORKFLOWS)])
def test_other_actions_are_pinned_by_commit(file):
    for name, pinned in re.findall(r"uses: actions/([\w-]+)(?:/\w+)?@(.*)", (ROOT / file).read_text()):
        commit, _, version = pinned.partition(" # ")
        assert COMMITS[name, version] == commit


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_give_pull_requests_no_secrets_and_no_code(path):
    content = yaml.safe_load(path.read_text())
    events = content[True]  # YAML 1.1 takes the key `on` for a truth value
    assert "pull_request_target" not in events
    assert content["permissions"] == {"contents": "read"}
    assert "secrets." not in path.read_text()
    for job in content["jobs"].values():
        assert job["timeout-minutes"]
        assert {*job.get("permissions", {})} <= {"contents", "pull-requests"}
    for step in steps_of(path):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("minor", ["311", "312", "313"])
def test_hashes_are_of_the_versions_of_the_constraints(minor):
    pins = {*(CI.parent / "constraints" / f"py{minor}.txt").read_text().splitlines()}
    lines = (CI.parent / "constraints" / f"py{minor}.hashes.txt").read_text().splitlines()
    found = [re.fullmatch(r"(\S+==\S+) --hash=sha256:[0-9a-f]{64}  # ([a-z0-9 ]+)", line) for line in lines[1:]]
    assert all(found)
    assert {match[1] for match in found} <= pins
    extras = {match[1].partition("==")[0]: match[2].split() for match in found}
    assert extras["numpy"] == extras["setuptools"] == ["core"]
    assert "all" in extras["brian2"] and "brian2" in extras["brian2"] and "neuron" not in extras["brian2"]
    assert not {"pytest", "sphinx", "unisono"} & extras.keys()


def test_gitlab_shows_the_report():
    artifacts = yaml.safe_load((CI / "gitlab.yml").read_text())["unisono"]["artifacts"]
    # A folder without a slash at its end is kept, but not linked to (gitlab.com/gitlab-org/gitlab/-/issues/366867).
    assert artifacts["expose_as"] and artifacts["paths"] == ["unisono-report/"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a runner checks out, as building a package leaves files behind."""
    place = tmp_path / "unisono"
    place.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "action.yml"):
        shutil.copy(ROOT / name, place)
    for name in ("unisono", "models", "adapters", "validation", "ci", "constraints"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


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


#: What a step says of itself.
Said = list[tuple[str, int]]


@pytest.mark.slow
def test_steps_install_check_and_report(tmp_path, checkout, python):
    repository, temp = tmp_path / "repository", tmp_path / "temp"
    repository.mkdir()
    temp.mkdir()
    (repository / "network.py").write_text(SCRIPT)
    (repository / "unisono.toml").write_text(CONFIGURATION)

    def checked(**inputs: str) -> tuple[Said, str, str, str]:
        """Steps with their status; what the check printed, the summary of the step, and its outputs."""
        given = {"python": str(python), "simulators": "nest,neuron"}
        (temp / "github_step_summary").unlink(missing_ok=True)
        steps, files = github_action(checkout / "action.yml", repository, temp, given | inputs)
        check = next(step for step in steps if step.name == "Check")
        said = [(step.name, step.status) for step in steps]
        return said, check.output, files["GITHUB_STEP_SUMMARY"].read_text(), str(check.outputs)

    # A configuration that is wrong: nothing runs, and the summary says why, whatever a former check has left.
    (temp / "unisono-summary.md").write_text("a former result")
    said, output, summary, _ = checked(configuration="other.toml")
    assert said == [("Plan", 0), ("Install", 0), ("Check", 2), ("Summary", 0), ("Comment", 0)], output
    assert "::error file=other.toml,line=1,title=Unisono%3A cannot tell::Configuration 'other.toml' not" in output
    assert "not found" in summary and "a former result" not in summary

    # Green, in the environment that the first call has made.
    said, output, summary, outputs = checked(simulators="none")
    assert said == [("Plan", 0), ("Install", 0), ("Check", 0), ("Summary", 0), ("Comment", 0)], output
    assert outputs == "{'status': '0', 'new': 'true'}"
    assert "1 met" in summary
    assert {p.name for p in (repository / "unisono-report").iterdir()} == {
        *("index.html", "network.html", "gate.json", "junit.xml", "summary.md")
    }

    # Red, with the delays of one simulator one step too long.
    arguments = "--selftest\ndelay + 1 step\n--on-simulator\nneuron\n"
    said, output, summary, outputs = checked(simulators="none", arguments=arguments, report="selftest")
    assert said == [("Plan", 0), ("Install", 0), ("Check", 1), ("Summary", 0), ("Comment", 0)], output
    assert "'status': '1'" in outputs
    assert "not met" in summary
    assert "::error file=network.py,line=1,title=network%3A not met::NEURON differs from NEST from " in output
    (failure,) = ElementTree.parse(repository / "selftest" / "junit.xml").getroot().iter("failure")
    assert "delay" in failure.get("message")

    # The same environment serves the template of GitLab.
    variables = {
        "UNISONO_PACKAGE": f"{checkout}[nest,neuron]",
        "UNISONO_PYTHON": str(python),
        "UNISONO_ENVIRONMENT": str(temp / "unisono-environment"),
        "UNISONO_CACHE": str(temp / "unisono-cache"),
    }
    (job,) = gitlab_job(checkout / "ci" / "gitlab.yml", "unisono", repository, variables)
    assert job.status == 0, job.output
    assert json.loads((repository / "unisono-report" / "gate.json").read_text())["verdict"] == "agree"


def planned(checkout: Path, tmp_path: Path, **inputs: str) -> dict[str, str]:
    """What the action plans to keep."""
    variables = {"GITHUB_EVENT_NAME": inputs.pop("event", "pull_request")}
    steps, _ = github_action(
        checkout / "action.yml", tmp_path, tmp_path, {"python": sys.executable} | inputs, variables
    )
    return steps[0].outputs if steps[0].status == 0 else {"refused": steps[0].output}


def test_an_environment_is_kept_for_one_python_one_set_of_versions_and_one_code(checkout, tmp_path, monkeypatch):
    action = yaml.safe_load((checkout / "action.yml").read_text())
    action["runs"]["steps"] = [step for step in action["runs"]["steps"] if step["name"] == "Plan"]
    (checkout / "action.yml").write_text(yaml.safe_dump(action))
    first = planned(checkout, tmp_path)
    assert first == planned(checkout, tmp_path)
    assert re.fullmatch(r"Linux-X64-[0-9a-f]{16}", first["needs"])
    assert re.fullmatch(rf"unisono-environment-{first['needs']}-[0-9a-f]{{16}}", first["environment"])

    assert planned(checkout, tmp_path, simulators="nest")["needs"] != first["needs"]
    assert "environment" not in planned(checkout, tmp_path, simulators="none")
    assert "environment" not in planned(checkout, tmp_path, package="unisono @ git+https://example.org/unisono.git")
    assert "::error" in planned(checkout, tmp_path, event="pull_request_target")["refused"]

    with (checkout / "ci" / "check.py").open("a") as file:
        file.write("# changed\n")
    changed = planned(checkout, tmp_path)
    assert changed["needs"] == first["needs"] and changed["environment"] != first["environment"]
    with (checkout / "constraints" / "py312.txt").open("a") as file:
        file.write("# changed\n")
    assert planned(checkout, tmp_path)["needs"] != first["needs"]
