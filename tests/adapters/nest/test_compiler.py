"""Generated models: NEST's headers read once, models translated by one process and compiled by one call, each once."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import driven

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.printers.nestml import NestmlModel, nestml_model
from unisono.adapters.contract import Settings
from unisono.adapters.host.compiled import whole
from unisono.adapters.nest import NestmlAdapter, compiler, headers
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.errors import OutputError, SimulatorFailed

COMMAND = (compiler.find_compiler(), *compiler.FLAGS)

ONE, OTHER = (nestml_model(step_program(CELLS[cell])) for cell in ("IF_curr_delta", "IF_curr_exp"))


@pytest.fixture
def short(monkeypatch):
    """A short text in the place of NEST's headers, and of the C++ of a model; the calls of the compiler."""

    def translate(models, work):
        for name in models:
            (work / f"{name}.cpp").write_text(f"std::size_t {name}() {{ return 1; }}\n")
            (work / f"{name}module.cpp").write_text("")

    called, real = [], headers.call
    monkeypatch.setattr(headers, "TEXT", "#include <cstddef>\n")
    monkeypatch.setattr(compiler, "_translate", translate)
    for module in (headers, compiler):
        monkeypatch.setattr(module, "call", lambda command, *rest: (called.append(command), real(command, *rest)))
    return called


def inclusions(folder: Path) -> list[str]:
    """What the compiler includes: "!" marks a precompiled header that it took, "x" one that did not fit."""
    unit = folder.parent / "unit.cc"
    unit.write_text("")
    command = [*COMMAND, "-H", "-fsyntax-only", *headers.including(folder), str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()


def test_the_precompiled_headers_are_taken(short, tmp_path):
    folder = headers.precompiled(COMMAND, tmp_path)
    assert folder is not None and inclusions(folder) == [f"! {folder}/{headers.PREFIX}.gch"]
    assert headers.precompiled(COMMAND, tmp_path) == folder and len(short) == 1
    other = headers.precompiled((*COMMAND, "-DOTHER"), tmp_path)
    assert other not in (None, folder) and len(short) == 2


def test_headers_that_changed_are_compiled_again(short, tmp_path, monkeypatch):
    include = tmp_path / "nest" / "include" / "nest"
    include.mkdir(parents=True)
    monkeypatch.setattr(headers, "folder_of", lambda module: tmp_path / module)
    folders = []
    for text in ("int one;", "int two;", "int one;"):
        (include / "kernel.h").write_text(text)
        folders.append(headers.precompiled(COMMAND, tmp_path))
    assert folders[0] == folders[2] != folders[1] and len(short) == 2


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_damaged_headers_are_compiled_again(short, tmp_path, damage):
    folder = headers.precompiled(COMMAND, tmp_path)
    assert folder is not None
    path = folder / f"{headers.PREFIX}.gch"
    if damage == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-100] + bytes(100))
    assert headers.precompiled(COMMAND, tmp_path) == folder and len(short) == 2
    assert whole(folder) and inclusions(folder) == [f"! {path}"]


def test_headers_are_compiled_once_where_processes_race(short, tmp_path):
    with ThreadPoolExecutor() as pool:
        folders = list(pool.map(lambda _: headers.precompiled(COMMAND, tmp_path), range(4)))
    assert len(set(folders)) == 1 and len(short) == 1


def test_without_precompiled_headers_models_are_compiled_all_the_same(short, tmp_path, monkeypatch, capfd):
    cxx = tmp_path / "g++"
    cxx.write_text(f'#!/bin/sh\ncase "$*" in *c++-header*) echo error: no; exit 1;; esac\nexec {COMMAND[0]} "$@"\n')
    cxx.chmod(0o755)
    monkeypatch.setenv("CXX", str(cxx))
    monkeypatch.setattr(headers, "PAYS", 1)
    (path,) = compiler.libraries([ONE], tmp_path)
    assert path.is_file() and not list((tmp_path / "nest-headers").iterdir())
    assert "error: no" in capfd.readouterr().out
    cxx.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo clang version 19 || exec {COMMAND[0]} "$@"\n')
    assert headers.precompiled((str(cxx), *compiler.FLAGS), tmp_path) is None


def test_headers_are_not_written_into_a_file(short, tmp_path):
    (tmp_path / "nest-headers").write_text("a file where a folder should be")
    with pytest.raises(OutputError, match="Cannot write"):
        headers.precompiled(COMMAND, tmp_path)


def test_only_what_is_missing_is_compiled_and_counted(short, tmp_path):
    seen: list[tuple[int, int]] = []

    def paths(*models: NestmlModel) -> list[Path]:
        seen.clear()
        return compiler.libraries(models, tmp_path, lambda *counted: seen.append(counted))

    one, other = paths(ONE, OTHER, ONE)
    assert seen == [(0, 2), (2, 2)] and len(short) == 1
    assert paths(OTHER, ONE) == [other, one] and not seen and len(short) == 1
    other.write_bytes(b"damaged")
    assert paths(ONE, OTHER) == [one, other] and seen == [(0, 1), (1, 1)]
    assert whole(other.parent)


def test_headers_are_precompiled_when_that_pays(short, tmp_path, monkeypatch):
    models = [nestml_model(step_program(CELLS[cell])) for cell in ("IF_curr_delta", "IF_curr_exp", "IF_curr_alpha")]
    place = tmp_path / "nest-headers"
    compiler.libraries(models[:2], tmp_path)
    assert not place.exists() and len(short) == 1
    monkeypatch.setattr(headers, "PAYS", 3)
    compiler.libraries(models, tmp_path)
    (folder,) = place.iterdir()
    assert len(short) == 3 and str(folder / headers.PREFIX) in short[-1]
    assert not any(str(folder) in part for part in short[0])


def test_what_fails_is_named(short, tmp_path, monkeypatch):
    monkeypatch.setattr(compiler, "_UNIT", '#error "no such model as {0}"\n')
    with pytest.raises(SimulatorFailed, match=r"'IF_curr_delta', 'IF_curr_exp' for NEST could not") as failed:
        compiler.libraries([ONE, OTHER], tmp_path)
    assert "no such model as unisono_IF_curr_" in str(failed.value)
    assert not (tmp_path / "nest").exists()


def test_populations_that_differ_in_parameters_share_a_model():
    one = driven("IF_cond_exp", parameters={"tau_syn_E": 5.0, "v_thresh": -50.0})
    (source, cells) = one.populations
    others = [
        replace(cells, label="others", size=3),
        replace(cells, parameters={**cells.parameters, "v_thresh": np.linspace(-55.0, -45.0, cells.size)}),
        # six substeps
        replace(cells, parameters={**cells.parameters, "tau_syn_E": np.float64(0.3)}),
    ]
    network = replace(one, populations=(source, cells, *others))
    assert len({cells.name for cells in NestmlAdapter().simulation(network, Settings(), Path()).cells.values()}) == 1


@pytest.mark.slow
def test_one_process_translates_and_nests_headers_are_precompiled(tmp_path, monkeypatch, capfd):
    started, real = [], subprocess.Popen

    def noted(command, **options):
        started.append(command)
        return real(command, **options)

    monkeypatch.setattr(subprocess, "Popen", noted)
    monkeypatch.setattr(compiler, "FLAGS", (*compiler.FLAGS, "-H"))
    monkeypatch.setattr(headers, "PAYS", 2)
    one, other = compiler.libraries([ONE, OTHER], tmp_path)
    assert one.is_file() and other.is_file()
    assert sum(str(compiler._TRANSLATOR) in command for command in started) == 1
    (folder,) = (tmp_path / "nest-headers").iterdir()
    taken = [line for line in capfd.readouterr().out.splitlines() if line.startswith(("! ", "x "))]
    assert taken == [f"! {folder}/{headers.PREFIX}.gch"]
    broken = NestmlModel("broken", "model broken:\n    nonsense\n", OTHER.program)
    with pytest.raises(SimulatorFailed, match="the cell model 'IF_curr_exp'") as failed:
        compiler.libraries([ONE, broken], tmp_path)
    assert "NESTML refuses the model broken" in str(failed.value)


@pytest.mark.slow
def test_a_model_that_is_compiled_again_runs_beside_one_that_was_compiled_with_it(tmp_path, monkeypatch):
    """Both libraries hold it."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    one, other = (driven(cell, 200, parameters={"i_offset": 5.0}) for cell in ("IF_curr_delta", "IF_curr_exp"))
    network = replace(one, populations=(*one.populations, other.populations[1]))
    found = []
    for _ in range(2):
        run = Executor(fresh=True).run(network, ["nestml"])["nestml"]
        assert run.status == "ok", run.error
        found.append([run.recording.trials[0].spikes[index].steps.tolist() for index in (1, 2)])
        (path,) = (tmp_path / "nest").glob("*/*IF_curr_delta*.so")
        path.unlink()
    assert found[0] == found[1] and all(found[0])
