"""However a command ends, nothing that it started goes on: no simulator, no compiler, no script, no folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from command_line import started

from unisono.adapters.host import processes

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc")

LONG = ("run", "vogels_abbott", "--set", "duration=100000", "--set", "n=200")
LOOP = "import pyNN.nest as sim\nsim.setup()\nwhile True:\n    pass\n"

#: What runs when the command ends, and how that is seen.
COMMANDS = {
    "simulator": ((*LONG, "--on", "nest"), "worker.py"),
    "two simulators": ((*LONG, "--on", "nest,brian2", "--jobs", "2"), "worker.py"),
    "compiler": (("run", "single_cell", "--set", "cell=Izhikevich", "--on", "nestml", "--fresh"), "generate.py"),
    "script": (("compare", "loop.py"), "script_worker"),
    "self-test": (
        ("selftest", "vogels_abbott", "--set", "n=200", "--tiers", "identical", "--on", "nest,brian2"),
        "worker.py",
    ),
}


def running(cache: Path) -> list[str]:
    """The command lines of all processes that have this cache folder in their environment, the guards left out."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                if f"UNISONO_CACHE={cache}".encode() in (place / "environ").read_bytes().split(b"\0"):
                    found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except OSError:
                continue
    return [line for line in found if line and "guard.py" not in line]


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    (tmp_path / "loop.py").write_text(LOOP)
    return tmp_path


@pytest.mark.parametrize(
    ("what", "name"),
    [
        *product(("simulator", "two simulators", "compiler", "script"), ("SIGTERM", "SIGHUP", "SIGKILL", "SIGINT")),
        ("self-test", "SIGINT"),
    ],
)
def test_nothing_outlives_a_command(what, name, place):
    arguments, sign = COMMANDS[what]
    command = started(*arguments, cwd=place)
    try:
        assert until(lambda: any(sign in line for line in running(place / "cache")), 120), command.poll()
        time.sleep(0.2)
        begin = time.monotonic()
        command.send_signal(signal.Signals[name])
        _, said = command.communicate(timeout=30)
        assert until(lambda: not running(place / "cache"), 10), running(place / "cache")
        assert time.monotonic() - begin < 20
    finally:
        command.kill()
    expected = {"SIGINT": 130, "SIGKILL": -9}.get(name, 128 + signal.Signals[name])
    assert command.returncode == expected
    if name == "SIGINT":
        assert "unisono: interrupted." in said and "Traceback" not in said
    assert until(lambda: not list((place / "cache").glob("jobs/*")), 10)
    assert until(lambda: not list((place / "cache").rglob(".building-*")), 10)


def test_folders_whose_process_and_guard_are_gone_are_removed_and_those_in_use_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "ABANDONED", -1.0)
    (tmp_path / "job-abandoned").mkdir()
    (tmp_path / "other").mkdir()
    with processes.own_folder(tmp_path, "job-") as mine:
        with processes.own_folder(tmp_path, "job-") as second:
            assert mine.is_dir() and second.is_dir()
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted([mine.name, "other"])


def test_after_a_stop_nothing_starts():
    program = (
        "import subprocess, sys\nfrom unisono.adapters.host import processes\n"
        "one = subprocess.Popen(['sleep', '60'], start_new_session=True)\nprocesses.watch(one.pid)\n"
        "processes.stop_all()\ntwo = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "processes.watch(two.pid)\nprint(one.wait(), two.wait())"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert answer.stdout.split() == ["-9", "-9"], answer.stderr


def test_simulators_leave_nothing_in_the_folder_for_temporary_files(tmp_path, monkeypatch):
    from networks import driven

    from unisono.adapters.runtime.executor import Executor

    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    runs = Executor(fresh=True).run(driven(), ["nest", "brian2", "neuron"])
    assert {run.status for run in runs.values()} == {"ok"}
    assert os.listdir(tmp_path / "tmp") == []
