"""What GeNN generates, compiled and kept by content: the same code is compiled once, whatever network it is for."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from unisono.adapters.contract.simulation import Compiled
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, processor, whole
from unisono.adapters.host.logs import said
from unisono.models.errors import CompilerNotFound, SimulatorFailed

#: The compilers as make calls them. Strict IEEE arithmetic: what GeNN itself would take, ``-O3 -ffast-math`` and
#: ``-use_fast_math``, is left out by its preference ``optimize_code``. Without ``errno`` the compiler may compute the
#: same call once; no value changes. What is compiled for this processor has it in its key.
COMPILERS = {
    "single_threaded_cpu": "CXX={cxx} -O3 -march=native -ffp-contract=off -fno-math-errno",
    "cuda": "NVCC=$(CUDA_PATH)/bin/nvcc -O3 --fmad=false",
}

#: Name of the model, and so of the folder that GeNN writes to: the same for all, as the code shall be.
NAME = "unisono"
_FOLDER = f"{NAME}_CODE"
_LIBRARY = "librunner.so"


#: GeNN's preferences.
PREFERENCES = {"optimize_code": False}


def compile_model(model: Any, cache: Path, compiled: Compiled) -> None:
    """Generate the code of a model and compile it, unless the cache holds it; the model can then be loaded.

    ``GeNNModel.build`` would do so in a folder that the caller must know before there is any code.

    Raises
    ------
    CompilerNotFound
        If make or the compiler is missing and the code must be compiled.
    SimulatorFailed
        If it cannot be compiled; the error quotes what the compiler said.
    OutputError
        If the cache folder cannot be written.
    """
    with tempfile.TemporaryDirectory() as place:
        _generate(model, Path(place))
        generated = Path(place) / _FOLDER
        compiler = COMPILERS[model.backend_name].format(cxx=machine.compiler_path() or "g++")
        folder = cache / "pygenn" / _digest(generated, compiler)
        if not whole(folder):
            compiled(0, 1)
            with building(folder) as work:
                shutil.move(generated, work)
                _make(work / _FOLDER, compiler)
            compiled(1, 1)
    model._path_to_model = str(folder)
    model._built = True


def _generate(model: Any, folder: Path) -> None:
    """What ``GeNNModel.build`` does up to the compilation (PyGeNN 5.4.0)."""
    from pygenn.genn_model import generate_code

    model._finalise()
    chosen = model._preferences = model._backend_module.Preferences()
    for name, value in model._preference_kwargs.items():
        setattr(chosen, name, value)
    output = str(folder / _FOLDER)
    model._backend = model._backend_module._create_backend(model, output, model.backend_log_level, chosen)
    model._model_merged = generate_code(model, model._backend, output, True, False)


def _digest(folder: Path, compiler: str) -> str:
    """Of the sources, how they are compiled, and for what."""
    content = hashlib.sha256("\n".join([version("pygenn"), compiler, sys.platform, processor()]).encode())
    for path in sorted(folder.iterdir()):
        if path.name != "model.sha":
            content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()


def _make(folder: Path, compiler: str) -> None:
    program = shutil.which("make")
    if program is None:
        raise CompilerNotFound("PyGeNN's code cannot be compiled: make not found.", "Install make and g++.")
    command = [program, "-j", str(os.cpu_count() or 1), "-C", str(folder), compiler]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    print(done.stdout, flush=True)
    if done.returncode or not (folder / _LIBRARY).is_file():
        raise SimulatorFailed("What GeNN generated could not be compiled.", said(done.stdout))
    for path in folder.glob("*.[od]"):
        path.unlink()
