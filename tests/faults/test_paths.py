"""Paths with blanks, quotes and letters beyond ASCII: cache, script, results and report may lie there."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import unisono
from networks import driven
from small_scripts import SCRIPT

from unisono.adapters.host import compiled
from unisono.adapters.runtime.executor import Executor

NAME = "ü 'one' \"two\" $three & (four)"


def test_a_compiler_works_in_a_plain_folder_whose_files_then_take_their_place(tmp_path):
    folder = tmp_path / NAME / "key"
    with compiled.building(folder) as work:
        assert compiled.is_plain(work)
        (work / "sub").mkdir()
        (work / "sub" / "code").write_text("x")
    assert compiled.whole(folder) and [p.name for p in folder.parent.iterdir()] == ["key"]
    assert not work.exists()


def test_scripts_results_and_reports_may_lie_anywhere(tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / NAME / "cache"))
    place = tmp_path / NAME
    place.mkdir()
    (place / f"{NAME}.py").write_text(SCRIPT)
    files = ("--report", f"{NAME}.html", "--json", f"{NAME}.json", "--output", f"{NAME} results")
    answer = unisono("compare", f"{NAME}.py", "--on", "reference,nest", *files, cwd=place)
    assert answer.returncode == 0, answer.stderr
    assert {f"{NAME}.html", f"{NAME}.json", f"{NAME} results"} <= {p.name for p in place.iterdir()}
    assert unisono("compare", f"{NAME} results", cwd=place).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("simulator", ["nestml", "brian2", "neuron"])
def test_every_simulator_compiles_for_a_cache_anywhere(simulator, tmp_path, monkeypatch):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / NAME))
    run = Executor(fresh=True).run(driven("Izhikevich"), [simulator])[simulator]
    assert run.status == "ok", run.error
    assert not Path("/tmp", NAME).exists()
