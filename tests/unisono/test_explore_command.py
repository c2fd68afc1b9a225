"""``unisono explore`` and ``unisono curve``, as they are typed, in the process of the test."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import USAGE

import unisono
from unisono.cli import main

SMALL = ("--set", "n=100", "--set", "epsilon=0.2", "--set", "duration=60", "--set", "recorded=0", "--transient", "10")


def status(*arguments: object) -> int:
    """The exit status."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def test_a_sweep_of_two_options_writes_table_and_page(tmp_path: Path, capsys) -> None:
    files = ("--json", tmp_path / "e.json", "--csv", tmp_path / "e.csv", "--report", tmp_path / "e.html")
    assert status("explore", "brunel", "--vary", "g=4:6:2", "--vary", "eta=2", *SMALL, *files) == 0
    said = capsys.readouterr().out
    assert "2 of 2 runs" in said and "brunel on nest, population excitatory" in said
    points = json.loads((tmp_path / "e.json").read_text())["points"]
    assert [p["values"] for p in points] == [{"g": 4.0, "eta": 2.0}, {"g": 6.0, "eta": 2.0}]
    assert len(list(csv.DictReader((tmp_path / "e.csv").open()))) == 2
    assert "brunel by g and eta" in (tmp_path / "e.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("explore", "brunel", "--vary", "gg=1:2:1"), "Unknown option 'gg'"),
        (("explore", "brunel"), "varies one option or two, not 0"),
        (("explore", "brunel", "--vary", "g=1:2:0"), "does not lead from 1 to 2"),
        (("explore", "brunel", "--vary", "g=1:2:0.0001"), "10,001 points"),
        (("explore", "brunel", "--vary", "g=1,2", "--on", "nest,brian2"), "runs on one simulator, not 2"),
        (("explore", "brunel", "--vary", "g=1,2", "--on", "nosuch"), "Unknown simulator 'nosuch'"),
        (("explore", "nosuch", "--vary", "g=1,2"), "Unknown model 'nosuch'"),
        (("curve", "IF_cur_exp"), "Unknown cell model or parameter set 'IF_cur_exp'"),
        (("curve", "IF_curr_exp", "--current", "0:1"), "is not a range"),
        (("curve", "IF_curr_exp", "--current", "a,b"), "must be a number, not 'a'"),
        (("curve", "IF_curr_exp", "--set", "tau_m=x"), "'tau_m' must be a number, not 'x'"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments, said, capsys) -> None:
    assert status(*arguments) == USAGE
    error = capsys.readouterr().err
    assert error.startswith("unisono: ") and said in error and "Traceback" not in error


def test_a_curve_is_compared_between_simulators(tmp_path: Path, capsys) -> None:
    given = ("--on", "nest,reference", "--current", "0.8:1.2:0.2", "--duration", 300, "--set", "tau_m=10")
    files = ("--json", tmp_path / "c.json", "--report", tmp_path / "c.html")
    assert status("curve", "IF_curr_exp", *given, *files) == 0
    said = capsys.readouterr().out
    assert "Verdict: identical" in said and "closed form" in said
    data = json.loads((tmp_path / "c.json").read_text())
    assert data["currents"] == [0.8, 1.0, 1.2]
    again = unisono.curve("IF_curr_exp", ["nest", "reference"], [0.8, 1.0, 1.2], duration=300.0, tau_m=10.0)
    assert again.to_dict()["rates"] == data["rates"]
    assert "f-I curve" in (tmp_path / "c.html").read_text()
