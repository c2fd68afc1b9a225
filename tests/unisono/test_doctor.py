"""The doctor names what is amiss, and leaves alone what nobody has set up."""

from __future__ import annotations

import re

import pytest

from unisono import doctor
from unisono.adapters import registry
from unisono.adapters.host import environments, machine
from unisono.cli import app

OPTIONAL = [name for name in registry.names() if registry.get(name).source is not None]


@pytest.fixture(autouse=True)
def nothing_set_up(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path / "environments"))
    for name in OPTIONAL:
        source = registry.get(name).source
        for variable in (source.variable, f"UNISONO_{name.upper().replace('-', '_')}_PYTHON"):
            monkeypatch.delenv(variable, raising=False)
    monkeypatch.delenv("CUDA_PATH", raising=False)


def said(capsys) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        app(args=["doctor", "--quick"])
    return int(end.value.code or 0), capsys.readouterr().out


def test_what_nobody_has_set_up_is_no_fault(capsys):
    status, text = said(capsys)
    assert status == 0, text
    for name in OPTIONAL:
        assert f"optional {name:14} not set up" in text
    assert "how to set it up: git clone --depth 1 --branch 4.9.0 https://github.com/genn-team/genn genn-4.9.0" in text
    assert "how to set it up: unisono env create genn --source genn-4.9.0" in text
    assert "GeNN source tree: missing: GENN_PATH is not set and no environment names it" in text


def test_needs_are_listed_once(capsys):
    _, text = said(capsys)
    assert text.count("C++ compiler") == 1
    part = re.split("^(?:ok|optional|missing)", text.split("optional genn-gpu")[1], flags=re.M)[0]
    needs = [line.split(":")[0].strip() for line in part.splitlines()[1:] if ": " in line and " to " not in line]
    assert {"GeNN source tree", "CUDA compiler (nvcc)", "NVIDIA GPU"} <= set(needs)
    assert len(needs) == len(set(needs))


def test_an_environment_that_is_half_made_is_amiss(capsys):
    (environments.root() / "genn").mkdir(parents=True)
    status, text = said(capsys)
    assert status == 1
    assert "is incomplete" in text and "unisono env create genn" in text


def test_an_interpreter_that_is_named_should_have_the_simulator(monkeypatch, capsys):
    monkeypatch.setenv("UNISONO_GENN_PYTHON", "/nowhere/python")
    status, text = said(capsys)
    assert status == 1
    assert "missing  genn           not installed for /nowhere/python" in text


def test_a_wrong_source_tree_is_amiss_and_a_missing_gpu_is_not(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(doctor, "installed_version", lambda adapter, interpreter: "9.9.0")
    monkeypatch.setattr(machine, "cuda_folder", lambda: None)
    tree = tmp_path / "genn"
    tree.mkdir()
    monkeypatch.setenv("GENN_PATH", str(tree))
    (tree / "version.txt").write_text("5.4.0\n")
    status, text = said(capsys)
    assert status == 1
    assert "missing  genn           9.9.0, cannot run here" in text
    assert f"GeNN source tree: missing: '{tree}' is version 5.4.0, not 4.9.0" in text
    (tree / "version.txt").write_text("4.9.0\n")
    status, text = said(capsys)
    assert status == 0, text
    assert "ok       genn           9.9.0" in text
    assert "optional genn-gpu       9.9.0, cannot run here" in text
    assert "CUDA compiler (nvcc): missing: CUDA_PATH is not set, and nvcc is not on the PATH" in text


def test_no_compiler_is_said_once(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    status, text = said(capsys)
    assert status == 1
    assert "missing  C++ compiler   not found on the PATH" in text
    assert text.count("apt install g++") == 1
