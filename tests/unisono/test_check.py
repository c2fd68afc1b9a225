"""``unisono check`` and ``unisono init`` in a repository with a PyNN script, on real simulators."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from small_scripts import SCRIPT
from typer.testing import CliRunner

from unisono.cli import app
from unisono.models.errors import UnisonoError

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "small_network.py"
GATE = '[gate]\nsimulators = ["nest", "neuron"]\n'


@pytest.fixture
def unisono(tmp_path, monkeypatch):
    """Run the command line in the repository: exit status and what it says."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, list(arguments))
        if isinstance(answer.exception, UnisonoError):  # what main() makes of it
            return 2, f"unisono: {answer.exception}"
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        return answer.exit_code, answer.output

    return run


@pytest.fixture
def repository(tmp_path) -> Path:
    (tmp_path / "network.py").write_text(SCRIPT)
    (tmp_path / "unisono.toml").write_text(GATE + '[[model]]\nmodel = "network.py"\n')
    return tmp_path


def failures(path: Path) -> list[str]:
    return [element.get("message") for element in ElementTree.parse(path).getroot().iter("failure")]


@pytest.mark.slow
def test_a_repository_is_green_and_turns_red_with_its_cause_named(unisono, tmp_path):
    shutil.copy(EXAMPLE, tmp_path)
    assert unisono("init", EXAMPLE.name, "--on", "nest,neuron")[0] == 0
    status, said = unisono("check")
    assert status == 0, said
    assert "identical" in said
    status, said = unisono("check", "--selftest", "delay + 1 step", "--on-simulator", "neuron", "--summary", "s.md")
    assert status == 1, said
    assert "the gate turned red, as it must" in said
    (message,) = failures(tmp_path / "unisono-report" / "junit.xml")
    assert "must be identical until 100 ms" in message
    assert "delay" in message
    assert "delay" in (tmp_path / "s.md").read_text()
    assert "Self-test" in (tmp_path / "unisono-report" / "index.html").read_text()


def test_init_writes_what_check_reads(unisono, repository):
    (repository / "unisono.toml").unlink()
    status, said = unisono("init", "network.py", "--on", "nest,neuron")
    assert status == 0, said
    assert "Added to .gitignore: unisono-report/, results/" in said and said.rstrip().endswith("Next: unisono check")
    text = (repository / "unisono.toml").read_text()
    data = tomllib.loads(text)
    assert data["gate"] == {"simulators": ["nest", "neuron"]}
    assert data["model"] == [{"name": "network", "model": "network.py", "tier": "identical"}]
    assert "cells: 40 IF_curr_exp" in text
    status, said = unisono("init", "network.py")
    assert status == 2
    assert "'unisono.toml' exists already." in said
    assert unisono("init", "single_cell", "--set", "cell=EIF", "--on", "nest,neuron", "--force")[0] == 0
    assert tomllib.loads((repository / "unisono.toml").read_text())["model"][0]["options"] == {"cell": "EIF"}


def test_a_baseline_is_kept_compared_and_only_changed_when_asked(unisono, repository):
    named = (repository / "unisono.toml").read_text().replace("[[model]]", 'baseline = "b.json"\n[[model]]')
    (repository / "unisono.toml").write_text(named)
    status, said = unisono("check")
    assert status == 2
    assert "has no entry for 'network'" in said
    status, said = unisono("check", "--update-baseline", "--because", "the first")
    assert status == 0
    assert "new in the baseline" in said
    kept = (repository / "b.json").read_bytes()
    assert unisono("check")[0] == 0
    assert "The baseline is unchanged." in unisono("check", "--update-baseline")[1]
    assert (repository / "b.json").read_bytes() == kept

    data = json.loads(kept)
    data["models"]["network"]["spikes"]["nest"] += 1
    (repository / "b.json").write_text(json.dumps(data))
    status, said = unisono("check")
    assert status == 1
    assert "The network is the same, but its figures are not." in said
    assert " in the baseline." in failures(repository / "unisono-report" / "junit.xml")[0]

    # Another network on which the simulators agree: a result of its own, until the baseline is updated.
    (repository / "b.json").write_bytes(kept)
    (repository / "network.py").write_text(SCRIPT.replace("weight=0.3", "weight=0.31"))
    status, said = unisono("check")
    assert status == 1
    assert "≠ network: The network has changed since the baseline; NEST and NEURON agree (identical), " in said
    assert "Next: unisono check --model network --update-baseline --because why" in said
    assert json.loads((repository / "unisono-report" / "gate.json").read_text())["verdict"] == "model changed"
    assert (repository / "b.json").read_bytes() == kept
    status, said = unisono("check", "--update-baseline", "--because", "stronger synapses")
    assert status == 0
    assert "fingerprint of the network was" in said
    entry = json.loads((repository / "b.json").read_text())["models"]["network"]
    assert (entry["because"], [h["because"] for h in entry["history"]]) == ("stronger synapses", ["the first"])


def test_all_models_are_judged_whatever_becomes_of_one(unisono, repository):
    (repository / "raises.py").write_text("import pyNN.nest as sim\nsim.setup()\n1 / 0\n")
    text = '[[model]]\nmodel = "raises.py"\n[[model]]\nmodel = "network.py"\n'
    (repository / "unisono.toml").write_text(GATE + text)
    status, said = unisono("check", "--json", "r.json", "--junit", "r.xml")
    assert status == 2, said
    assert "ZeroDivisionError" in said
    data = json.loads((repository / "r.json").read_text())
    assert [(m["name"], m["result"]) for m in data["models"]] == [("raises", "cannot tell"), ("network", "met")]
    assert "ZeroDivisionError" in next(ElementTree.parse(repository / "r.xml").getroot().iter("error")).get("message")
    assert unisono("check", "--model", "network")[0] == 0


def test_a_simulator_that_is_missing_fails_unless_it_is_optional(unisono, repository, monkeypatch):
    monkeypatch.setenv("UNISONO_BRIAN2_PYTHON", "/nowhere/python")
    head = '[gate]\nsimulators = ["nest", "neuron"{}]\n{}[[model]]\nmodel = "network.py"\n'
    (repository / "unisono.toml").write_text(head.format(', "brian2"', ""))
    status, said = unisono("check")
    assert status == 2
    assert "Brian2 is not installed for /nowhere/python" in said
    (repository / "unisono.toml").write_text(head.format("", 'optional = ["brian2"]\n'))
    status, said = unisono("check")
    assert status == 0
    assert "Brian2 was not tested" in said
    skipped = list(ElementTree.parse(repository / "unisono-report" / "junit.xml").getroot().iter("skipped"))
    assert "Brian2 is not installed" in skipped[0].get("message")
    assert "Brian2 was not tested" in (repository / "unisono-report" / "index.html").read_text()


@pytest.mark.slow
def test_orders_are_measured_where_one_run_is_not_enough(unisono, repository):
    # A single simulator has nothing to be compared with but exact spike times.
    text = '[gate]\nsimulators = ["nest"]\n[[model]]\nmodel = "single_cell"\ntier = "converged"\n'
    (repository / "unisono.toml").write_text(text + "options = { duration = 60, amplitude = 1.0 }\n")
    status, said = unisono("check")
    assert status == 0, said
    assert "converged" in said
    assert (repository / "unisono-report" / "single_cell.convergence.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nothing.toml",), "Configuration 'nothing.toml' not found."),
        (("--model", "netwrk"), "Did you mean 'network'?"),
        (("--selftest", "delay + 1 step"), "A self-test takes a fault and a simulator."),
        (("--selftest", "delay", "--on-simulator", "nest"), "Unknown fault 'delay'."),
        (("--selftest", "delay + 1 step", "--on-simulator", "brian2"), "No model of unisono.toml is tested on brian2."),
        (
            ("--selftest", "delay + 1 step", "--on-simulator", "nest", "--update-baseline"),
            "A self-test does not change",
        ),
        (("--because", "so"), "Give --update-baseline"),
        (("--report", "network.py/r"), "Cannot write"),
    ],
)
def test_what_goes_wrong_is_one_sentence(arguments, says, unisono, repository):
    status, said = unisono("check", *arguments)
    assert status == 2
    assert says in said


def test_a_baseline_that_cannot_be_used_stops_before_anything_runs(unisono, repository):
    (repository / "unisono.baseline.json").write_text("{")
    status, said = unisono("check")
    assert status == 2
    assert "cannot be used" in said
    assert not (repository / "unisono-report").exists()
