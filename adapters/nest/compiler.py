"""Generated models as libraries that NEST loads, kept by content.

NESTML writes C++; the compiler alone makes a library of it, against the headers in
NEST's own package. Neither CMake nor ``nest-config`` is needed: the latter reports
paths of the machine that built the package.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unisono.adapters.codegen.printers.nest_synapse import NestSynapse
from unisono.adapters.codegen.printers.nestml import NestmlModel
from unisono.adapters.contract.simulation import Compiled, unheard
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, whole
from unisono.adapters.host.logs import said
from unisono.adapters.host.tools import call, finish
from unisono.adapters.nest import headers
from unisono.models.errors import CompilerNotFound, SimulatorFailed

#: ``-ffp-contract=off``: no fused multiply-add, which rounds otherwise than the other simulators.
FLAGS = ("-fPIC", "-O1", "-DNDEBUG", "-std=c++20", "-fopenmp", "-ffp-contract=off", "-w")

_TRANSLATOR = Path(__file__).with_name("generate.py")

#: One unit a model. NEST's nest_impl.h has no guard, and the headers in front of it hold its content: the files
#: that NESTML writes find an empty one beside themselves.
_UNIT = '#include "{0}module.cpp"\n#include "{0}.cpp"\n'


def libraries(models: Iterable[NestmlModel], cache: Path, compiled: Compiled = unheard) -> list[Path]:
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
    each = {model.name: model for model in models}
    places = {name: _place(model, cache) for name, model in each.items()}
    missing = {name: model for name, model in each.items() if not whole(places[name].parent)}
    if missing:
        _build(missing, places, cache, compiled)
    return list(places.values())


def synapse_libraries(models: Iterable[NestSynapse], cache: Path, compiled: Compiled = unheard) -> list[Path]:
    """Paths of the compiled synapse models, each once, as :func:`libraries` gives those of cells."""
    each = {model.name: model for model in models}
    places = {name: _place_of_synapse(model, cache) for name, model in each.items()}
    missing = {name: model for name, model in each.items() if not whole(places[name].parent)}
    if missing:
        command = [find_compiler(), *FLAGS, *headers.options()]
        compiled(0, len(missing))
        with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(machine.cores()) as pool:
            work = Path(place)
            headers.write(work)
            included = headers.including(headers.precompiled(command, cache) or work)

            def compile_model(model: NestSynapse) -> None:
                (work / f"{model.name}.cc").write_text(model.source)
                with building(places[model.name].parent) as folder:
                    target = str(folder / places[model.name].name)
                    failure = (
                        f"The C++ of the synapse model '{model.program.model.name}' for NEST could not be compiled."
                    )
                    call([*command, *included, "-shared", f"{model.name}.cc", "-o", target], work, failure)

            finish([pool.submit(compile_model, model) for model in missing.values()], compiled)
    return list(places.values())


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
        "NEST has no built-in model for all of these cells and synapses. A generated one must be compiled, but no C++ "
        "compiler was found.",
        "Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install).",
    )


def _place(model: NestmlModel, cache: Path) -> Path:
    """Where the library of a model lies in the cache."""
    # What was compiled for one installation of NEST is not loaded into another, which may have another ABI.
    versions = [headers.version("nest-simulator"), headers.version("nestml"), platform.machine()]
    content = [model.name, model.source, str(headers.folder_of("nest")), *versions]
    content += [*FLAGS, headers.TEXT, _UNIT, _TRANSLATOR.read_text()]
    return cache / "nest" / hashlib.sha256("\n".join(content).encode()).hexdigest() / f"{model.name}module.so"


def _place_of_synapse(model: NestSynapse, cache: Path) -> Path:
    content = [model.source, str(headers.folder_of("nest")), headers.version("nest-simulator"), platform.machine()]
    content += [*FLAGS, headers.TEXT]
    return cache / "nest" / hashlib.sha256("\n".join(content).encode()).hexdigest() / f"{model.name}module.so"


def _build(models: Mapping[str, NestmlModel], places: Mapping[str, Path], cache: Path, compiled: Compiled) -> None:
    """Translate models one after the other, and compile each as soon as it is translated."""
    command = [find_compiler(), *FLAGS, *headers.options()]
    compiled(0, len(models))
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(machine.cores()) as pool:
        work = Path(place) / "work"  # NESTML writes a report to the folder above the one it is given
        work.mkdir()
        headers.write(work)
        (work / "nest_impl.h").write_text("")
        precompiled = pool.submit(headers.precompiled, command, cache)

        def compile_model(name: str) -> None:
            unit, cell = work / f"{name}unit.cc", models[name].program.model.name
            unit.write_text(_UNIT.format(name))
            included = headers.including(precompiled.result() or work)
            with building(places[name].parent) as folder:
                target = str(folder / places[name].name)
                failure = f"The C++ of the cell model '{cell}' for NEST could not be compiled."
                call([*command, *included, "-shared", unit.name, "-o", target], work, failure)

        finish([pool.submit(compile_model, name) for name in _translated(models, work)], compiled)


def _translated(models: Mapping[str, NestmlModel], work: Path) -> Iterator[str]:
    """Names of models, each when its C++ is in the folder; one process of NESTML, which takes seconds to load."""
    for name, model in models.items():
        (work / f"{name}.nestml").write_text(model.source)
    command = [sys.executable, "-P", str(_TRANSLATOR), str(work), f"v{headers.version('nest-simulator')}", *models]
    left, output = dict(models), ""
    with subprocess.Popen(
        command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            if left.pop(line.strip(), None):
                yield line.strip()
            else:
                output += line
    if output.strip():
        print(output, flush=True)
    if process.returncode or left:
        failed = next(iter(left.values()), None)
        what = f"the cell model '{failed.program.model.name}'" if failed else "a cell model"
        raise SimulatorFailed(f"NESTML could not translate {what}.", said(output))
