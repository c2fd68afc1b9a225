"""Annotations of GitHub: at the file and line that a result is about, and nothing in them is another command."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from unisono.adapters.runtime.loading import ModelSource
from unisono.ci import annotations, configuration
from unisono.ci.configuration import Requirement
from unisono.ci.result import Gate, ModelResult
from unisono.models.errors import UnisonoError

TEXT = """\
[gate]
simulators = ["nest", "neuron"]

[[model]]
model = "single_cell"

[[model]]
model = "models/net.py"
tier = "identical"
"""
SCRIPT = Requirement("net", ModelSource("models/net.py"), ("nest", "neuron"))
LIBRARY = Requirement("single_cell", ModelSource("single_cell"), ("nest", "neuron"))


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("unisono.toml").write_text(TEXT)
    Path("models").mkdir()
    Path("models/net.py").write_text("")
    return Path("unisono.toml")


def places(*models: ModelResult, path: Path) -> list[tuple[str, int]]:
    text = annotations.of_gate(Gate(path, models))
    return [(file, int(line)) for file, line in re.findall(r"^::error file=([^,]*),line=(\d+),", text, re.MULTILINE)]


def test_each_result_is_at_its_place(path):
    raised = ModelResult(SCRIPT, error="net.py, line 3: ZeroDivisionError: division by zero.")
    assert places(ModelResult(LIBRARY, error="No."), raised, path=path) == [("unisono.toml", 4), ("models/net.py", 3)]
    lacking = ModelResult(SCRIPT, problems={"brian2": "Brian2 is not installed."})
    assert places(lacking, path=path) == [("unisono.toml", 2)]
    assert places(ModelResult(SCRIPT, error="It ran nothing."), path=path) == [("models/net.py", 1)]


def test_text_of_a_script_is_no_command(path):
    hostile = ModelResult(replace(SCRIPT, name="a,b::c"), error="x\n::add-mask::secret\r%0A::set-output name=a::b")
    text = annotations.of_gate(Gate(path, (hostile,)))
    assert text.count("\n") == 1 and text.count("::error") == 1
    assert "title=a%2Cb%3A%3Ac%3A cannot tell::x ::add-mask" in text and "%250A" in text


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('tier = "identical"', 'tir = "identical"', 9),
        ('tier = "identical"', 'tier = "same"', 9),
        ("simulators", "simulaters", 2),
        ('"models/net.py"', '"models/nte.py"', 8),
        ("[[model]]\nmodel", "[[model]]\nmodel = = 1 #", 5),
    ],
)
def test_a_wrong_configuration_is_shown_at_the_line(path, old, new, line):
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(UnisonoError) as caught:
        configuration.read(path)
    text = annotations.of_error(str(caught.value), path)
    assert text.startswith(f"::error file=unisono.toml,line={line},title=Unisono%3A cannot tell::"), text
