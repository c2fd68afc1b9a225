"""What simulators need of a machine is checked before anything starts, and reported with how to fix it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.host import environments, machine
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.installed import installed_version
from unisono.models.errors import (
    CompilerNotFound,
    CudaNotFound,
    GpuNotFound,
    NotReady,
    SimulatorNotInstalled,
    SourceNotFound,
)

GENN, GPU = registry.get("genn"), registry.get("genn-gpu")


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def source_tree(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "version.txt").write_text(f"{version}\n")
    return folder


@pytest.fixture(autouse=True)
def nothing(monkeypatch, tmp_path):
    """A machine without environments, source trees, CUDA or GPU, but with a compiler and make."""
    monkeypatch.setenv("UNISONO_ENVIRONMENTS", str(tmp_path / "environments"))
    for name in ("GENN_PATH", "CUDA_PATH", "UNISONO_GENN_PYTHON", "UNISONO_GENN_GPU_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(machine, "USUAL_CUDA", tmp_path / "no_cuda")
    monkeypatch.setattr(machine, "has_driver", lambda: False)
    programs = program(tmp_path / "programs" / "g++", "echo g++ 12.2.0").parent
    program(programs / "make", "echo GNU Make 4.3")
    monkeypatch.setenv("PATH", str(programs))
    return programs


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """An interpreter that answers as if Brian2GeNN were there."""
    python = program(tmp_path / "python", "echo 1.7.0")
    monkeypatch.setenv("UNISONO_GENN_PYTHON", str(python))
    return python


@pytest.fixture
def source(monkeypatch, tmp_path):
    tree = source_tree(tmp_path / "genn", "4.9.0")
    monkeypatch.setenv("GENN_PATH", str(tree))
    return tree


def test_a_simulator_that_is_not_set_up_names_the_command():
    with pytest.raises(SimulatorNotInstalled, match=r"GeNN is not installed for .*unisono env create genn"):
        Executor().run(driven(), ["genn"])


def test_no_source_tree_is_named(installed):
    says = r"GeNN needs GeNN source tree: GENN_PATH is not set.*git clone --depth 1 --branch 4\.9\.0 .*GENN_PATH"
    with pytest.raises(SourceNotFound, match=says):
        Executor().check_machine(GENN)


def test_a_source_tree_of_another_version(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("GENN_PATH", str(source_tree(tmp_path / "genn5", "5.4.0")))
    with pytest.raises(SourceNotFound, match=r"genn5' is version 5\.4\.0, not 4\.9\.0\. Get it: git clone"):
        Executor().check_machine(GENN)


def test_a_source_tree_that_is_not_there_or_is_none(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("GENN_PATH", str(tmp_path / "gone"))
    with pytest.raises(SourceNotFound, match="gone' is not there"):
        Executor().check_machine(GENN)
    (tmp_path / "gone").mkdir()
    with pytest.raises(SourceNotFound, match=r"gone' is not the top of GeNN: it has no version\.txt"):
        Executor().check_machine(GENN)


def test_no_compiler(installed, source, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(CompilerNotFound, match=r"GeNN needs C\+\+ compiler: not found on the PATH.*apt install"):
        Executor().check_machine(GENN)


def test_no_nvcc_then_no_gpu_then_both(installed, source, nothing, monkeypatch, tmp_path):
    with pytest.raises(CudaNotFound, match=r"CUDA compiler \(nvcc\): CUDA_PATH is not set.*CUDA Toolkit"):
        Executor().check_machine(GPU)
    monkeypatch.setenv("CUDA_PATH", str(tmp_path / "cuda"))
    with pytest.raises(CudaNotFound, match=r"not found in CUDA_PATH \(.*cuda\)"):
        Executor().check_machine(GPU)
    program(tmp_path / "cuda/bin/nvcc", "echo 'Cuda compilation tools, release 12.4, V12.4.1'")
    (tmp_path / "cuda/include").mkdir()
    (tmp_path / "cuda/include/cuda.h").touch()
    with pytest.raises(GpuNotFound, match=r"NVIDIA GPU: nvidia-smi.*is not on the PATH.*without '-gpu'"):
        Executor().check_machine(GPU)
    program(nothing / "nvidia-smi", "exit 9")
    with pytest.raises(GpuNotFound, match="nvidia-smi lists none"):
        Executor().check_machine(GPU)
    program(nothing / "nvidia-smi", "echo 'GPU 0: NVIDIA A100'; echo 'GPU 1: NVIDIA A100'")
    Executor().check_machine(GPU)
    found = {need.what: need.state for need in machine.needs(GPU)}
    assert found["NVIDIA GPU"] == "GPU 0: NVIDIA A100 and 1 more"
    assert found["CUDA compiler (nvcc)"] == f"12.4, V12.4.1 in {tmp_path / 'cuda'}"
    assert found["GeNN source tree"] == f"4.9.0 in {source}"


def test_cuda_is_found_by_the_nvcc_on_the_path_but_not_by_a_script_that_calls_it(nothing, tmp_path, monkeypatch):
    program(nothing / "nvcc", "exec /elsewhere/nvcc")
    assert machine.cuda_folder() is None
    real = program(tmp_path / "cuda-12/bin/nvcc", "")
    (tmp_path / "cuda-12/include").mkdir()
    (tmp_path / "cuda-12/include/cuda.h").touch()
    (nothing / "nvcc").unlink()
    (nothing / "nvcc").symlink_to(real)
    assert machine.cuda_folder() == tmp_path / "cuda-12"


def test_libraries_are_those_that_pkg_config_knows(nothing):
    assert not machine.library("libffi").good
    assert "apt install libffi-dev pkg-config" in machine.library("libffi").remedy
    program(nothing / "pkg-config", "exit 1")
    assert machine.library("libffi").state == "pkg-config does not find it"
    program(nothing / "pkg-config", "echo 3.4.4")
    assert machine.library("libffi").good and machine.library("libffi").state == "3.4.4"


def test_what_is_not_ready_is_one_class_of_errors(installed):
    for error in (SimulatorNotInstalled, CompilerNotFound, SourceNotFound, CudaNotFound, GpuNotFound):
        assert issubclass(error, NotReady)
    with pytest.raises(NotReady):
        Executor().check_ready(GENN, driven(), Settings())


def test_the_version_names_the_source_tree(installed, source):
    assert installed_version(GENN, str(installed)) == "1.7.0 on 1.7.0 with GeNN 4.9.0"
    (source / "version.txt").write_text("4.8.1")
    assert installed_version(GENN, str(installed)) == "1.7.0 on 1.7.0"


def test_an_environment_that_is_half_made(monkeypatch):
    (environments.root() / "genn").mkdir(parents=True)
    with pytest.raises(SimulatorNotInstalled, match=r"genn is incomplete.* Continue with: unisono env create genn"):
        Executor().check_machine(GENN)
    with pytest.raises(SimulatorNotInstalled, match="unisono env create genn"):
        Executor().check_machine(GPU)


def test_simulators_of_one_environment_share_its_interpreter(installed, monkeypatch):
    assert Executor().interpreter("genn-gpu") == str(installed)
    monkeypatch.setenv("UNISONO_GENN_GPU_PYTHON", "/elsewhere/python")
    assert Executor().interpreter("genn-gpu") == "/elsewhere/python"
    assert Executor(interpreters={"genn-gpu": "/mine/python"}).interpreter("genn-gpu") == "/mine/python"
