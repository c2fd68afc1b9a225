"""Generated models as libraries that NEST loads, kept by content.

NESTML writes C++; the compiler alone makes a library of it, against the headers in
NEST's own package. Neither CMake nor ``nest-config`` is needed: the latter reports
paths of the machine that built the package.
"""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from unisono.adapters.codegen.printers.nestml import NestmlModel
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, whole
from unisono.adapters.host.logs import said
from unisono.adapters.host.supply import installing
from unisono.models.errors import CompilerNotFound, SimulatorFailed, SimulatorNotInstalled

#: ``-ffp-contract=off``: no fused multiply-add, which rounds otherwise than the other simulators.
FLAGS = ("-shared", "-fPIC", "-O2", "-DNDEBUG", "-std=c++20", "-fopenmp", "-ffp-contract=off", "-w")

_TRANSLATOR = Path(__file__).with_name("generate.py")

#: The one type of libltdl's that NEST's headers name; its header comes with no Python package.
_LTDL = "typedef struct lt__handle* lt_dlhandle;\n"

#: One unit, so that NEST's headers are read once. The module's file includes nest_impl.h, which has
#: no guard; the model's file finds an empty one beside itself.
_UNIT = '#include "{0}module.cpp"\n#include "{0}.cpp"\n'


def libraries(models: Iterable[NestmlModel], cache: Path) -> list[Path]:
    """Paths of the compiled models, each once; those that the cache does not hold are compiled.

    Raises
    ------
    CompilerNotFound, SimulatorNotInstalled
        If one must be compiled and there is no compiler, or NESTML or the headers are not installed.
    SimulatorFailed
        If it cannot be translated or compiled; the error quotes what the program said.
    OutputError
        If the cache folder cannot be written.
    """
    each = {model.name: model for model in models}.values()
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda model: library(model, cache), each))


def library(model: NestmlModel, cache: Path) -> Path:
    """Path of a compiled model; compiles it if the cache does not hold it."""
    # What was compiled for one installation of NEST is not loaded into another, which may have another ABI.
    versions = [str(_folder("nest")), _version("nest-simulator"), _version("nestml"), platform.machine()]
    content = [model.name, model.source, *versions, *FLAGS, _UNIT, _TRANSLATOR.read_text()]
    folder = cache / "nest" / hashlib.sha256("\n".join(content).encode()).hexdigest()
    compiled = folder / f"{model.name}module.so"
    if not whole(folder):
        with building(folder) as work:
            _build(model, work)
    return compiled


def find_compiler() -> str:
    """The C++ compiler.

    Raises
    ------
    CompilerNotFound
        If no compiler is found.
    """
    if found := machine.compiler_path():
        return found
    raise CompilerNotFound(
        "NEST has no built-in model for these cells. A generated one must be compiled, but no C++ compiler was found.",
        "Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install).",
    )


def _build(model: NestmlModel, folder: Path) -> None:
    """Translate and compile in a folder."""
    command = [find_compiler(), *FLAGS, *_headers()]
    # NESTML writes a report to the folder above the one it is given.
    with tempfile.TemporaryDirectory() as place:
        work = Path(place) / "work"
        work.mkdir()
        for name, text in {
            f"{model.name}.nestml": model.source,
            "all.cc": _UNIT.format(model.name),
            "nest_impl.h": "",
            "ltdl.h": _LTDL,
        }.items():
            (work / name).write_text(text)
        _carry_out(
            [sys.executable, "-P", str(_TRANSLATOR), str(work), model.name, f"v{_version('nest-simulator')}"],
            work,
            f"NESTML could not translate the cell model '{model.program.model.name}'.",
        )
        _carry_out(
            [*command, "-idirafter", ".", "all.cc", "-o", f"{model.name}module.so"],
            work,
            f"The C++ of the cell model '{model.program.model.name}' for NEST could not be compiled.",
        )
        shutil.move(work / f"{model.name}module.so", folder)


def _carry_out(command: list[str], folder: Path, failure: str) -> None:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if done.stdout.strip():
        print(done.stdout, flush=True)
    if done.returncode:
        raise SimulatorFailed(failure, said(done.stdout))


def _headers() -> list[str]:
    """Options that lead to NEST's headers and Boost's, and the ABI that NEST was compiled for."""
    _version("libboost-headers")
    nest = _folder("nest")
    kernel = next(iter(nest.glob("nestkernel_api*.so")), None)
    headers = next((h for h in (nest / "include" / "nest", Path(sys.prefix, "include", "nest")) if h.is_dir()), None)
    if kernel is None or headers is None:
        raise SimulatorNotInstalled(
            f"NEST's installation in {nest} has no headers, so that no generated model can be compiled.",
            f"Install NEST from its wheel: {installing('nest')}",
        )
    # PyPI's wheels are built for the C++ ABI of before GCC 5, as the name of this function shows.
    abi = int(b"_ZN4nest13ModuleManager7installERKSs" not in kernel.read_bytes())
    return [f"-D_GLIBCXX_USE_CXX11_ABI={abi}", "-I", str(headers), "-I", str(_folder("libboost_headers") / "include")]


def _folder(module: str) -> Path:
    """Folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise SimulatorNotInstalled(f"{module} is not installed for {sys.executable}.", "Install it.")
    return Path(spec.origin).parent


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        raise SimulatorNotInstalled(
            f"NEST needs a generated model, and {distribution} is not installed for {sys.executable}.",
            f"Install it: {installing('nest')}",
        ) from None
