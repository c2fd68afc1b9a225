"""What a runner of GitHub or GitLab does with the ``run:`` and ``script:`` steps of a job."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass
class Step:
    name: str
    status: int
    output: str
    outputs: dict[str, str] = field(default_factory=dict)


def github_action(
    path: Path, folder: Path, temp: Path, inputs: Mapping[str, str], variables: Mapping[str, str] | None = None
) -> tuple[list[Step], dict[str, Path]]:
    """Carry out the ``run:`` steps of a composite action in ``folder``; those of other actions are left out.

    After a step that failed only those with ``if: always()`` are carried out. An unknown expression is an error.
    ``variables`` are those of the runner that steps see beside their own, such as ``GITHUB_EVENT_PATH``.
    """
    action = yaml.safe_load(path.read_text())
    given = dict(variables or {})
    known = {
        "runner.temp": str(temp),
        "runner.os": "Linux",
        "runner.arch": "X64",
        "github.action_path": str(path.parent),
        "github.event_name": given.get("GITHUB_EVENT_NAME", "push"),
        "github.token": "the-token",
    }
    for name in inputs:
        assert name in action["inputs"], f"the action has no input '{name}'"
    for name, entry in action["inputs"].items():
        known[f"inputs.{name}"] = inputs.get(name, _filled(str(entry.get("default", "")), known))
    files = {name: temp / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV")}
    steps: list[Step] = []
    for entry in action["runs"]["steps"]:
        failed = any(step.status for step in steps)
        if "run" not in entry or (failed and entry.get("if") != "always()"):
            continue
        assert entry["shell"] == "bash"  # a composite action must say so
        assert "${{" not in entry["run"]  # an input in a script could be code
        script = temp / "step.sh"
        script.write_text(entry["run"])
        files["GITHUB_OUTPUT"].write_text("")
        own = {name: _filled(value, known) for name, value in entry.get("env", {}).items()}
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        steps.append(_ran(entry["name"], command, folder, given | own | {k: str(v) for k, v in files.items()}))
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, _, value = line.partition("=")
            known[f"steps.{entry['id']}.outputs.{name}"] = steps[-1].outputs[name] = value
    return steps, files


def gitlab_job(path: Path, name: str, folder: Path, variables: Mapping[str, str]) -> list[Step]:
    """Carry out ``before_script`` and ``script`` of a job in ``folder``."""
    job: dict[str, Any] = yaml.safe_load(path.read_text())[name]
    for variable in variables:
        assert variable in job["variables"], f"the template has no variable '{variable}'"
    project = {"CI_PROJECT_DIR": str(folder)}
    filled = {k: re.sub(r"\$(\w+)", lambda m: project[m[1]], str(v)) for k, v in job["variables"].items()}
    lines = [*job.get("before_script", ()), *job["script"]]
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", "\n".join(lines)]
    return [_ran(name, command, folder, project | filled | dict(variables))]


def _filled(text: str, known: Mapping[str, str]) -> str:
    """A text with its expressions: names, and ``a || b``; outputs of steps that have not run are empty."""

    def value(name: str) -> str:
        return known.get(name, "") if name.startswith("steps.") else known[name]

    def either(match: re.Match[str]) -> str:
        return next(filter(None, map(value, re.split(r"\s*\|\|\s*", match[1]))), "")

    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", either, text)


def _ran(name: str, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Step:
    # Nothing of the environment of the tests but what a runner has.
    kept = {
        k: v
        for k, v in os.environ.items()
        if k in ("HOME", "PATH", "LANG", "SSL_CERT_FILE") or k.startswith(("PIP_", "HTTP", "http", "REQUESTS_"))
    }
    answer = subprocess.run(
        command, cwd=folder, env=kept | dict(variables), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return Step(name, answer.returncode, answer.stdout)
