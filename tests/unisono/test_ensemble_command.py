"""``unisono ensemble``, as it is typed."""

from __future__ import annotations

import csv
import json

import pytest
from command_line import USAGE, one_sentence, unisono

from unisono.commands.studying import number_of, sides_of
from unisono.models.errors import UsageError

SMALL = ("--set", "n=60", "--set", "duration=100", "--set", "p=0.2", "--transient", "20", "--pilot", "4", "--runs", "4")


@pytest.mark.slow
def test_a_plan_a_table_and_a_verdict(tmp_path):
    files = ("--json", "e.json", "--csv", "e.csv")
    answer = unisono("ensemble", "vogels_abbott", "--on", "nest,neuron", "--seeds", 10, *SMALL, *files, cwd=tmp_path)
    data = json.loads((tmp_path / "e.json").read_text())
    assert answer.returncode == {"equivalent": 0, "different": 1, "cannot tell": 2}[data["verdict"]], answer.stderr
    assert f"Verdict: {data['verdict']}" in answer.stdout
    assert "Plan: 4 runs a side, seeds 14 to 21 in turn; given" in answer.stdout
    assert "neuron against nest" in answer.stdout and "rate of" in answer.stdout
    assert len(list(csv.DictReader((tmp_path / "e.csv").open()))) == 8


@pytest.mark.slow
def test_what_is_wrong_is_one_sentence(tmp_path):
    for arguments, said, status in (
        (("--on", "nest"), "compares two or more different sides", USAGE),
        (("--on", "nest,nosuch"), "Unknown simulator 'nosuch'", USAGE),
        (("--on", "nest,neuron", "--base", "brian2"), "Unknown side 'brian2'", USAGE),
        (("--on", "nest,neuron", "--executor", "slurm"), "Unknown executor 'slurm'", USAGE),
    ):
        answer = unisono("ensemble", "vogels_abbott", *arguments, *SMALL, cwd=tmp_path)
        one_sentence(answer, said, status)


def test_sides_and_numbers_as_they_are_written():
    from unisono.adapters.contract import Settings

    sides = sides_of("nest, brian2:native ,nest:euler", Settings(threads=2))
    assert [side.label for side in sides] == ["nest", "brian2:native", "nest:euler"]
    assert {side.settings.threads for side in sides} == {2}
    assert number_of("auto") is None and number_of("12") == 12
    with pytest.raises(UsageError, match="neither a number"):
        number_of("many")
    with pytest.raises(UsageError, match="No simulator is named"):
        sides_of(" , ", Settings())
