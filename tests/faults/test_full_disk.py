"""A disk that is full, or fills up, is named, with what to do; nothing half written stays."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import unisono
from networks import driven

from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.neo_block import save_nix
from unisono.adapters.runtime.results_folder import load_results, save_results
from unisono.adapters.runtime.unexpected import named
from unisono.models import files
from unisono.models.errors import OutputError

#: MB of the small disk.
SIZE = 60


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, free: int = 0) -> None:
    """Leave so many bytes."""
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (2**16, 1):
            try:
                while shutil.disk_usage(disk).free >= free + size:
                    file.write(b"\0" * size)
            except OSError:
                continue


def left(disk: Path) -> list[str]:
    """Names of plain files on a disk besides what fills it."""
    return sorted(p.name for p in disk.rglob("*") if p.is_file() and p.name not in ("filler", ".lock"))


#: In a process that simulates: what was recorded is not written before a file exists.
WAITING = """
import os, sys, time

def wait(event, arguments):
    if event == "os.mkdir" and "trial-" in str(arguments[0]):
        while not os.path.exists({!r}):
            time.sleep(0.01)

sys.addaudithook(wait)
"""


def waiting(folder: Path, marker: Path) -> str:
    """An interpreter whose simulations wait for a file before they write what they recorded."""
    (folder / "sitecustomize.py").write_text(WAITING.format(str(marker)))
    interpreter = folder / "python"
    interpreter.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    return str(interpreter)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("simulator", "phase"),
    [
        *(("reference", phase) for phase in ("start", "prepare", "run", "collect")),
        *((simulator, "prepare") for simulator in ("nest", "brian2", "neuron")),
        ("nestml", "start"),
    ],
)
def test_a_disk_that_fills_up_during_a_run_is_named(simulator, phase, disk, monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_CACHE", str(disk / "cache"))
    network = driven("IF_cond_exp", 2000, size=3, spikes=(1, 500), weight=0.02)
    full = tmp_path / "full"
    interpreters = {simulator: waiting(tmp_path, full)} if phase == "collect" else {}

    def listen(name, message):
        if message.get("phase") == phase:
            fill(disk)
            full.touch()

    try:
        run = Executor(listener=listen, interpreters=interpreters).run(network, [simulator])[simulator]
    except OutputError as error:
        said = str(error)
    else:
        said = str(run.error)
    assert re.search("no space left on device|is full", said, re.IGNORECASE) and "UNISONO_CACHE" in said
    assert not list((disk / "cache" / "jobs").iterdir())
    assert not list((disk / "cache").glob("runs/*"))
    (disk / "filler").unlink()
    assert Executor().run(network, [simulator])[simulator].status == "ok"


def test_a_process_that_ends_on_a_full_disk_says_so(disk, monkeypatch, tmp_path):
    """What it prints about that cannot be written either."""
    monkeypatch.setenv("UNISONO_CACHE", str(disk / "cache"))
    crashing = tmp_path / "python"
    crashing.write_text(f"#!/bin/sh\ncat /dev/zero > {disk}/filler\nkill -9 $$\n")
    crashing.chmod(0o755)
    network = driven("IF_cond_exp", 50, spikes=(1,))
    executor = Executor(interpreters={"reference": str(crashing)})
    monkeypatch.setattr(Executor, "check_machine", lambda self, adapter: None)
    monkeypatch.setattr(Executor, "key", lambda self, *of: ("0", "0"))
    run = executor.run(network, ["reference"])["reference"]
    assert "killed by SIGKILL" in str(run.error)
    assert "The memory may have been used up." in str(run.error)
    assert "is full" in str(run.error)


def test_samples_that_cannot_fit_are_refused_before_the_run(disk, monkeypatch, tmp_path):
    """5 cells for 300,000 steps: 12 bytes a sample, 18 MB a run."""
    monkeypatch.setenv("UNISONO_CACHE", str(disk / "cache"))
    network = driven("IF_curr_exp", 300_000, size=5)
    phases = []
    fill(disk, 20 * 2**20)
    with pytest.raises(OutputError, match=r"samples of 1 run take at least 21.2 MB in .*cache.* 20.0 MB free"):
        Executor(listener=lambda name, message: phases.append(message)).run(network, ["reference"])
    assert not phases


def test_a_command_names_a_folder_that_is_too_small(disk, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import unisono.pynn as sim\nsim.setup(timestep=0.1)\ncells = sim.Population(100, sim.IF_curr_exp())\n"
        "cells.record('v')\nsim.run(5000)\n"
    )
    answer = unisono("run", str(script), "--on", "reference,brian2", "-o", str(disk / "results"), cwd=tmp_path)
    assert answer.returncode == 2
    assert "samples of 2 runs take at least" in answer.stderr and "simulating" not in answer.stdout + answer.stderr


def test_results_reports_and_networks_on_a_full_disk_are_refused_and_leave_nothing(disk, tmp_path):
    network = driven("IF_cond_exp", 40, size=2, spikes=(1, 2), weight=0.8)
    runs = Executor().run(network, ["reference"])
    save_results(runs, disk / "results")
    fill(disk)
    before = left(disk)
    for write in (
        lambda: save_results(runs, disk / "others"),
        lambda: save_results(runs, disk / "results", nix=True),
        lambda: network.save(disk / "network.h5"),
        lambda: save_nix(runs["reference"].block, disk / "block.nix"),
        lambda: files.save_text(disk / "report.html", "x" * 10_000),
    ):
        with pytest.raises(OutputError, match="No space left on device"):
            write()
    assert left(disk) == before
    assert load_results(disk / "results").network.fingerprint == network.fingerprint


#: Writes in a process of its own: HDF5 crashes a process some time after a file that it could not close.
WRITING = """
import json, shutil, sys
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from unisono.adapters.contract.recording import Recording, Signal, TrialRecording
from unisono.models.errors import OutputError
from unisono.models.files import save_text

kind, disk = sys.argv[1], Path(sys.argv[2])
shutil.disk_usage = lambda path: SimpleNamespace(free=2**40)  # there seems to be room
values = np.random.RandomState(1).rand(50_001, 20)
signal = Signal(0, "v", "mV", np.arange(20, dtype=np.uint32), 1, values)
recording = Recording(0.1, ("E",), (20,), (TrialRecording(50_000, {}, (signal,)),))
try:
    if kind == "recording":
        recording.save(disk / "recording")
    else:
        save_text(disk / "a.json", json.dumps(values[:9_000].tolist()))
except OutputError as error:
    print(error)
recording.save(Path(sys.argv[3]))
assert (Recording.load(Path(sys.argv[3])).trials[0].signals[0].values == values).all()
"""


@pytest.mark.parametrize("kind", ["recording", "text"])
def test_a_disk_that_fills_up_while_a_file_is_written(kind, disk, tmp_path):
    """Another file can be written after it elsewhere."""
    fill(disk, 2**20)
    before = left(disk)
    command = [sys.executable, "-c", WRITING, kind, str(disk), str(tmp_path / "other")]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.stdout.startswith("Cannot write '"), answer.stderr
    assert answer.stdout.endswith("': No space left on device. Choose a folder that is writable and has free space.\n")
    assert answer.returncode == 0, answer.stderr
    assert [name for name in left(disk) if name != "spikes.h5"] == before


def test_what_the_system_says_of_full_disks_is_no_error_of_ours():
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        error = named(OSError(number, os.strerror(number), "/a/file"))
        assert isinstance(error, OutputError)
        assert "'/a/file'" in str(error) and os.strerror(number) in str(error)
