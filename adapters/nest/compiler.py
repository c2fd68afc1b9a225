"""Generated models as libraries that NEST loads, kept by content.

NESTML writes C++; the compiler alone makes a library of it, against the headers in
NEST's own package. Neither CMake nor ``nest-config`` is needed: the latter reports
paths of the machine that built the package.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unisono.adapters.codegen.printers.nest_synapse import NestSynapse
from unisono.adapters.codegen.printers.nestml import NestmlModel
from unisono.adapters.contract.simulation import Compiled, unheard
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, whole
from unisono.adapters.host.tools import call, finish
from unisono.adapters.nest import headers
from unisono.models.errors import CompilerNotFound

#: ``-ffp-contract=off``: no fused multiply-add, which rounds otherwise than the other simulators.
FLAGS = ("-fPIC", "-O1", "-DNDEBUG", "-std=c++20", "-fopenmp", "-ffp-contract=off", "-w")

_TRANSLATOR = Path(__file__).with_name("generate.py")

#: What is compiled of a model. NEST's nest_impl.h has no guard, and the headers in front of it hold its content: the
#: files that NESTML writes find an empty one beside themselves.
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
            included = _included(command, work, cache, len(missing))

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
    """Translate models and compile them by one call, so that NEST's headers are read once.

    Each model gets a copy of the library, under a name by which NEST registers this model alone.
    """
    command = [find_compiler(), *FLAGS, *headers.options()]
    compiled(0, len(models))
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(1) as pool:
        work = Path(place) / "work"  # NESTML writes a report to the folder above the one it is given
        work.mkdir()
        headers.write(work)
        (work / "nest_impl.h").write_text("")
        (work / "all.cc").write_text("".join(map(_UNIT.format, models)))
        included = pool.submit(_included, command, work, cache, len(models))
        _translate(models, work)
        failure = f"The C++ of {_named(models)} for NEST could not be compiled."
        call([*command, *included.result(), "-shared", "all.cc", "-o", "all.so"], work, failure)
        for name in models:
            with building(places[name].parent) as folder:
                shutil.copy(work / "all.so", folder / places[name].name)
    compiled(len(models), len(models))


def _included(command: Sequence[str], work: Path, cache: Path, number: int) -> list[str]:
    """Options that include NEST's headers in a folder, precompiled if that pays with a number of further models."""
    known = sum(1 for _ in (cache / "nest").glob("*/*.so"))
    folder = headers.precompiled(command, cache) if known + number >= headers.PAYS else None
    return headers.including(folder or work)


def _translate(models: Mapping[str, NestmlModel], work: Path) -> None:
    """Have the C++ written by one process of NESTML, which takes seconds to load."""
    for name, model in models.items():
        (work / f"{name}.nestml").write_text(model.source)
    command = [sys.executable, "-P", str(_TRANSLATOR), str(work), f"v{headers.version('nest-simulator')}", *models]
    call(command, work, f"NESTML could not translate {_named(models)}.")


def _named(models: Mapping[str, NestmlModel]) -> str:
    """Models as their users know them, for a message."""
    cells = ", ".join(f"'{model.program.model.name}'" for model in models.values())
    return f"the cell model{'s' * (len(models) > 1)} {cells}"
