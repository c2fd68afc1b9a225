"""Separate environments, really made by pip: complete or not counted, gone on with, brought up to date."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import ClassVar

import pytest
from command_line import USAGE, started, unisono
from networks import driven

from unisono.adapters import registry
from unisono.adapters.brian2 import Brian2Adapter
from unisono.adapters.contract import SourceTree
from unisono.adapters.host import environments
from unisono.adapters.host.environment_builder import create
from unisono.adapters.host.pip_requirements import requirements
from unisono.adapters.nest import NestAdapter
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import CompilerNotFound, EnvironmentFailed, OutputError, SourceNotFound, UnknownName

HERE = "{}.{}.{}".format(*sys.version_info[:3])
ADDRESS = "https://example.org/tiny"

#: A build of its own, that needs no setuptools, which pip would install for each build.
BACKEND = """
import pathlib, zipfile

def build_wheel(folder, settings=None, metadata=None):
    name = "tiny-1.2.0-py3-none-any.whl"
    files = {
        "tiny/__init__.py": pathlib.Path("tiny/__init__.py").read_text(),
        "tiny-1.2.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: tiny\\nVersion: 1.2.0\\n",
        "tiny-1.2.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    files["tiny-1.2.0.dist-info/RECORD"] = "".join(f"{path},,\\n" for path in files)
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
    pathlib.Path("left_behind.txt").touch()
    return name
"""


class Tiny(ReferenceAdapter):
    """The reference with a source tree that pip builds."""

    distribution = "tiny"
    source: ClassVar[SourceTree | None] = SourceTree("Tiny", "TINY_PATH", "1.2.0", ADDRESS, built=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One real environment, of the reference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path_factory.mktemp("environments")))
        said: list[str] = []
        environment = create(registry.get("reference"), announce=said.append)
        yield environment, said


@pytest.fixture
def empty(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path / "environments"))
    return tmp_path / "environments"


def tiny_tree(folder: Path, version: str = "1.2.0") -> Path:
    (folder / "tiny").mkdir(parents=True)
    (folder / "version.txt").write_text(version)
    (folder / "tiny" / "__init__.py").write_text("")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "tiny"\nversion = "1.2.0"\n'
    )
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.mark.slow
def test_an_environment_is_made_and_a_simulator_runs_in_it(made):
    environment, said = made
    assert said[0].startswith(f"Making an environment with Python {HERE}")
    assert any(line.startswith("Installing scipy==") for line in said)
    assert said[-1] == "Trying it."
    assert Executor().interpreter("reference") == str(environment.python)
    assert {"numpy", "h5py", "scipy", "python"} <= set(environment.versions)
    found = json.loads((environment.folder / environments.MARKER).read_text())
    assert found["versions"]["python"] == HERE
    result = Executor(fresh=True).run(driven(), ["reference"])["reference"]
    assert result.error is None, result.error
    assert result.provenance["versions"]["numpy"] == environment.versions["numpy"]
    assert {"pynn", "sympy"}.isdisjoint(environment.versions)


@pytest.mark.slow
def test_once_more_there_is_nothing_to_do(made):
    environment, _ = made
    said = []
    started = time.monotonic()
    assert create(registry.get("reference"), announce=said.append) == environment
    assert len(said) == 1 and "Nothing to do" in said[0] and "is up to date" in said[0]
    assert create(registry.get("reference"), python=sys.executable, announce=said.append) == environment
    assert time.monotonic() - started < 20
    listed = unisono("env", "list").stdout
    assert "ready" in listed and str(environment.folder) in listed and f"python {HERE}" in listed


@pytest.mark.slow
def test_a_failure_leaves_what_can_be_gone_on_with(made, tmp_path):
    environment, _ = made

    class Broken(ReferenceAdapter):
        requirements = ("numpy", f"nowhere @ file://{tmp_path}/nowhere")

    said: list[str] = []
    with pytest.raises(EnvironmentFailed, match=r"(?s)pip install failed.*unisono env create reference.*nowhere.*log"):
        create(Broken(), announce=said.append)
    assert said[0].startswith("Updating")
    assert "nowhere" in (environment.folder / environments.LOG).read_text()
    assert environments.made("reference") is None and environments.half_made("reference")
    assert "incomplete reference" in unisono("env", "list").stdout
    said.clear()
    again = create(registry.get("reference"), announce=said.append)
    assert said[0].startswith("Continuing the environment 'reference'")
    assert again.versions == environment.versions


@pytest.mark.slow
def test_what_was_changed_by_hand_is_brought_up_to_date(made):
    environment, _ = made
    pip = [str(environment.python), "-m", "pip", "uninstall", "--yes", "h5py"]
    subprocess.run(pip, check=True, capture_output=True)
    said: list[str] = []
    assert create(registry.get("reference"), announce=said.append).versions == environment.versions
    assert said[0].startswith("Updating")


@pytest.mark.slow
def test_a_source_tree_is_built_in_a_copy_and_again_where_it_changed(made, tmp_path, monkeypatch):
    tree = tiny_tree(tmp_path / "tree")
    before = sorted(tree.rglob("*"))
    said: list[str] = []
    environment = create(Tiny(), source=tree, announce=said.append)
    assert any(line.startswith("Building tiny from a copy of") for line in said)
    assert environment.versions["tiny"] == "1.2.0" and environment.source == tree
    assert sorted(tree.rglob("*")) == before and not (environment.folder / "build").exists()
    said.clear()
    create(Tiny(), announce=said.append)
    assert "Nothing to do" in said[0], said
    (tree / "tiny" / "__init__.py").write_text("answer = 42\n")
    create(Tiny(), announce=said.append)
    asked = [str(environment.python), "-c", "import tiny; print(tiny.answer)"]
    assert subprocess.run(asked, capture_output=True, text=True).stdout == "42\n"


def test_source_trees_are_looked_at_before_anything_is_made(empty, tmp_path):
    with pytest.raises(SourceNotFound, match=r"The reference needs the source tree of Tiny.*git clone .*--source or T"):
        create(Tiny())
    with pytest.raises(SourceNotFound, match="nowhere' is not there"):
        create(Tiny(), source=tmp_path / "nowhere")
    with pytest.raises(SourceNotFound, match=r"version 1\.3\.0, not 1\.2\.0"):
        create(Tiny(), source=tiny_tree(tmp_path / "other", "1.3.0"))
    assert not (empty / "reference").exists()


def test_what_a_build_takes_is_looked_for_before_anything_is_made(empty, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CompilerNotFound, match=r"The reference is built from source and needs C\+\+ compiler.*apt"):
        create(Tiny(), source=tiny_tree(tmp_path / "tree"))
    assert not (empty / "reference").exists()


def test_interpreters_that_do_not_start_or_are_too_old(empty, tmp_path):
    with pytest.raises(EnvironmentFailed, match="'/nowhere/python' cannot be started"):
        create(registry.get("reference"), python="/nowhere/python")
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\necho 3.9.1\n")
    old.chmod(0o755)
    with pytest.raises(EnvironmentFailed, match=r"is Python 3\.9\.1\. Name one of version 3\.11 or later"):
        create(registry.get("reference"), python=str(old))


def test_an_interpreter_is_preferred_for_which_nothing_is_compiled(empty, tmp_path, monkeypatch):
    class Picky(ReferenceAdapter):
        prebuilt = ("3.98", "3.99")

    python = tmp_path / "python3.99"
    python.write_text("#!/bin/sh\necho 3.99.1\n")
    python.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    said: list[str] = []
    with pytest.raises(EnvironmentFailed, match="cannot be started"):  # it makes no environment
        create(Picky(), announce=said.append)
    assert said[0].startswith(f"Taking {python}, since packages of reference would have to be compiled for 3.")
    said.clear()
    with pytest.raises(EnvironmentFailed):
        create(Picky(), python=str(python), announce=said.append)
    assert not any("Taking" in line or "compiled" in line for line in said)


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="Set UNISONO_ENVIRONMENTS"):
        create(registry.get("reference"))


def test_an_interrupt_leaves_a_state_that_is_not_counted(empty):
    process = started("env", "create", "reference")
    assert process.stdout is not None
    assert "Making an environment" in process.stdout.readline()
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "unisono: interrupted." in complaint and "The same command goes on from here." in complaint
    assert "Traceback" not in complaint
    assert environments.half_made("reference")
    removed = unisono("env", "remove", "reference")
    assert removed.returncode == 0 and removed.stdout.startswith("Removed ")
    assert environments.names() == []
    assert unisono("env", "list").stdout.startswith("No environments in ")


def test_two_at_once_wait_for_each_other(empty):
    said: list[str] = []
    order: list[str] = []

    def other() -> None:
        with environments.locked("reference", said.append):
            order.append("second")

    with environments.locked("reference", said.append):
        thread = threading.Thread(target=other)
        thread.start()
        while not said:
            time.sleep(0.01)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert "Another process works on the environment 'reference'" in said[0]


def test_a_program_that_outlives_its_parent_keeps_the_lock(empty):
    with environments.locked("reference", print) as lock:
        sleeper = subprocess.Popen(["sleep", "30"], pass_fds=(lock,))
    said: list[str] = []
    thread = threading.Thread(target=lambda: environments.locked("reference", said.append).__enter__())
    thread.start()
    thread.join(0.5)
    assert thread.is_alive() and said
    sleeper.kill()
    sleeper.wait()
    thread.join(10)
    assert not thread.is_alive()


def test_a_folder_without_its_marker_or_its_interpreter_does_not_count(empty):
    folder = empty / "reference"
    python = environments.interpreter_in(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    assert environments.made("reference") is None
    environments.Environment("reference", folder, python, None, {"python": HERE}).save()
    assert environments.made("reference") is not None
    python.unlink()
    assert environments.made("reference") is None and environments.half_made("reference")
    (folder / environments.MARKER).write_text("{")
    assert environments.made("reference") is None


def test_the_source_tree_is_that_of_the_variable_else_that_of_the_environment(empty, monkeypatch):
    folder = empty / "reference"
    python = environments.interpreter_in(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    assert environments.source_tree(Tiny()) is None
    environments.Environment("reference", folder, python, Path("/trees/tiny"), {}).save()
    assert environments.source_tree(Tiny()) == Path("/trees/tiny")
    monkeypatch.setenv("TINY_PATH", "/mine/tiny")
    assert environments.source_tree(Tiny()) == Path("/mine/tiny")
    assert environments.source_tree(registry.get("reference")) is None


def test_requirements_are_the_pins_the_extra_or_the_distribution():
    genn = requirements(registry.get("genn"), "3.12.1")
    assert {"brian2==2.5.4", "brian2genn==1.7.0", "numpy<2"} <= set(genn)
    assert sum(text.startswith("numpy") for text in genn) == 1
    nest = requirements(NestAdapter(), HERE)
    assert [text.split("==")[0] for text in nest][:3] == ["nest-simulator", "nestml", "libboost-headers"]
    assert all("==" in text for text in nest)
    other = requirements(Brian2Adapter(), "3.99.0")
    assert any(text.startswith("brian2>=2.10") for text in other) and "numpy" in other


def test_what_is_not_there_cannot_be_removed(empty):
    with pytest.raises(UnknownName, match=r"Unknown environment 'genn'\. There are: none"):
        environments.remove("genn", print)
    answer = unisono("env", "create", "gen")
    assert answer.returncode == USAGE and "Unknown simulator 'gen'" in answer.stderr


def test_the_folder_is_that_of_the_variable_or_of_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path))
    assert environments.root() == tmp_path
    monkeypatch.delenv("UNISONO_ENVIRONMENTS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert environments.root() == tmp_path / "data/unisono/environments"
