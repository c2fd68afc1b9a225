"""Outputs replace plain files only: streams are streams, links stay links, inputs and other files are refused."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from command_line import one_sentence, unisono
from small_scripts import SCRIPT

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results_folder import load_results, network_folders, save_results
from unisono.models.errors import OutputError
from unisono.models.files import is_stream, replace_folder, save_text
from unisono.models.library import build_network

CELL = ("single_cell", "--set", "duration=40", "--on", "reference,nest")


@pytest.fixture(scope="module")
def runs():
    return Executor().run(build_network("single_cell", duration=40.0), ["reference"])


def test_a_device_and_a_pipe_are_written_and_stay_what_they_are(tmp_path):
    save_text("/dev/null", "lost")
    assert Path("/dev/null").is_char_device()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    save_text(pipe, "µS")
    reader.join(10)
    assert got == ["µS"] and is_stream(pipe) and pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]


@pytest.mark.parametrize("where", ["pipe", "file"])
def test_standard_output_is_written_once_and_in_order(where, tmp_path):
    program = "from unisono.models.files import save_text\nprint('a')\nsave_text('/dev/stdout', 'b\\n')\nprint('c')"
    if where == "pipe":
        text = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    else:
        with (tmp_path / "out").open("w") as file:
            subprocess.run([sys.executable, "-c", program], stdout=file, check=True)
        text = (tmp_path / "out").read_text()
    assert text == "a\nb\nc\n"


def test_a_comparison_goes_to_standard_output_once(tmp_path):
    answer = unisono("compare", *CELL, "--json", "/dev/stdout", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    begin = answer.stdout.index("\n{") + 1
    content, end = json.JSONDecoder().raw_decode(answer.stdout, begin)
    assert content["verdict"] == "identical" and "\n{" not in answer.stdout[end:]
    assert os.path.exists("/dev/stdout") and not list(tmp_path.iterdir())


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "old.json").write_text("old")
    os.chmod(tmp_path / "kept" / "old.json", 0o600)
    for name, target in (("link", "kept/old.json"), ("dangling", "kept/new.json")):
        (tmp_path / name).symlink_to(target)
        save_text(tmp_path / name, "new")
        assert (tmp_path / name).is_symlink() and (tmp_path / target).read_text() == "new"
    assert (tmp_path / "kept" / "old.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OutputError, match="Cannot write"):
        save_text(tmp_path / "circle", "new")


def test_what_is_no_file_is_refused(tmp_path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "socket"))
        with pytest.raises(OutputError, match="it is no plain file"):
            save_text(tmp_path / "socket", "new")
    with pytest.raises(OutputError, match="it is a folder"):
        save_text(tmp_path, "new")


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "model.py", "--report", "model.py"),
        ("compare", "model.py", "--report", "link.py"),
        ("compare", "model.py", "--json", "a", "--junit", "a"),
        ("check", "--json", "unisono.toml"),
        ("check", "--junit", "model.py"),
        ("check", "--summary", "unisono.baseline.json"),
        ("ensemble", "model.py", "--csv", "model.py"),
        ("selftest", "model.py", "--json", "model.py"),
        ("converge", "model.py", "--figure", "model.py"),
        ("init", "model.py", "--force", "--output", "model.py"),
    ],
)
def test_an_input_is_never_an_output(arguments, tmp_path):
    (tmp_path / "model.py").write_text(SCRIPT)
    (tmp_path / "link.py").symlink_to("model.py")
    (tmp_path / "unisono.toml").write_text('[gate]\nsimulators = ["nest", "neuron"]\n[[model]]\nmodel = "model.py"\n')
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    one_sentence(unisono(*arguments, cwd=tmp_path), "Cannot write '")
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_results_replace_results_and_nothing_else(runs, tmp_path):
    save_results(runs, tmp_path / "r")
    (tmp_path / "link").symlink_to("r")
    save_results(runs, tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and load_results(tmp_path / "r")["reference"].status == "ok"
    (tmp_path / "r" / "notes.txt").write_text("mine")
    for write in (lambda: save_results(runs, tmp_path / "r"), lambda: network_folders(tmp_path / "r", 2)):
        with pytest.raises(OutputError, match=r"holds results, and 'notes.txt', which would be lost"):
            write()
    project = tmp_path / "project"
    project.mkdir()
    (project / "results.json").write_text('{"mine": 1}')
    (project / "thesis.tex").write_text("mine")
    with pytest.raises(OutputError, match=r"'thesis.tex', which would be lost"):
        save_results(runs, project)
    assert sorted(p.name for p in project.iterdir()) == ["results.json", "thesis.tex"]


def test_a_folder_takes_the_place_of_another_while_others_do_the_same(tmp_path):
    place, failed = tmp_path / "place", []

    def move(number: int) -> None:
        for turn in range(50):
            new = tmp_path / f"new-{number}-{turn}"
            new.mkdir()
            (new / "a").write_text("whole")
            try:
                replace_folder(new, place)
            except Exception as error:
                failed.append(error)

    movers = [threading.Thread(target=move, args=(n,)) for n in range(4)]
    for mover in movers:
        mover.start()
    for mover in movers:
        mover.join()
    assert not failed and (place / "a").read_text() == "whole"
    assert [p.name for p in tmp_path.iterdir()] == ["place"]
