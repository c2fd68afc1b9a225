"""A design's program: generated, compiled with GeNN, and kept by content."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from unisono.adapters.contract.simulation import Compiled
from unisono.adapters.genn.design import Design
from unisono.adapters.genn.program import CPU_FLAGS, MODEL, sources
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, processor, whole
from unisono.adapters.host.tools import call
from unisono.models.errors import CompilerNotFound

_HERE = Path(__file__).parent

#: What takes part in making a program.
_GENERATING = ("driver.cc", "driver.h", "functions.py", "model.cc", "program.py", "synapses.py", "translation.py")

#: What the driver is compiled with; the arithmetic of a network is not in it.
_DRIVER_FLAGS = ("-std=c++17", "-O2", "-w")


@dataclass(frozen=True)
class Program:
    """A compiled program.

    Attributes
    ----------
    binary : Path
    variables : mapping
        Names and C++ types of the values of each cell, in order, by the name of the population.
    """

    binary: Path
    variables: dict[str, list[tuple[str, str]]]


def program_of(design: Design, cache: Path, genn: Path, compiled: Compiled) -> Program:
    """The program of a design; generates and compiles it if the cache does not hold it.

    Raises
    ------
    CompilerNotFound
        If make or a C++ compiler is missing.
    SimulatorFailed
        If it cannot be compiled; the error quotes what the compiler said.
    OutputError
        If the cache folder cannot be written.
    """
    folder = cache / "genn" / design.key(_versions(genn))
    if not whole(folder):
        _check_tools()
        compiled(0, 1)
        with building(folder) as work:
            _make(design, work, genn, folder.parent)
        compiled(1, 1)
    layout = json.loads((folder / "layout.json").read_text())
    return Program(folder / "main", {name: [tuple(v) for v in found] for name, found in layout.items()})


def _versions(genn: Path) -> str:
    ours = "".join((_HERE / name).read_text() for name in _GENERATING)
    tree = (genn / "version.txt").read_text().strip()
    return "\n".join([tree, version("brian2genn"), version("brian2"), sys.platform, processor(), ours])


def _make(design: Design, work: Path, genn: Path, cache: Path) -> None:
    """Generate and compile in a folder."""
    from unisono.adapters.genn.translation import translate

    translation = translate(design)
    for name, text in sources(design, translation).items():
        (work / name).write_text(text)
    layout = {name: [(v.name, v.type) for v in code.variables] for name, code in translation.items()}
    (work / "layout.json").write_text(json.dumps(layout))
    _compile(work, genn, design.cuda, _tools(genn, design.cuda, cache, _versions(genn)))


def _compile(work: Path, genn: Path, cuda: bool, tools: Path) -> None:
    """Let GeNN generate its code, and compile that with the tables of the program."""
    place = {"UNISONO_GENN_MODEL": str(work / "model.txt")}
    _called([str(tools / "generator"), f"{genn}/", str(work), "1"], work, place)
    objects = ["network.cc", str(tools / "driver.o")]
    if cuda:
        _called(["make", "-j", str(os.cpu_count() or 1), "-C", f"{MODEL}_CODE"], work)
        objects += [f"-L{MODEL}_CODE", "-lrunner", f"-Wl,-rpath,$ORIGIN/{MODEL}_CODE"]
        objects.append(f"-I{os.environ['CUDA_PATH']}/include")
    _called([_compiler(), "-std=c++17", *CPU_FLAGS.split(), "-I.", f"-I{_HERE}", *objects, "-o", "main"], work)
    for path in work.glob(f"{MODEL}_CODE/*.o"):
        path.unlink()


def _tools(genn: Path, cuda: bool, cache: Path, versions: str) -> Path:
    """The folder with GeNN's generator, which reads our models, and the compiled driver; made if it is not there."""
    folder = cache / f"tools-{_digest(genn, cuda, versions)}"
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole(folder):
            libraries = cache / f"libraries-{_digest(genn, cuda, versions)}"
            if not whole(libraries):
                with building(libraries) as work:
                    _make_libraries(genn, cuda, work)
            with building(folder) as work:
                _make_tools(genn, cuda, libraries, work)
    return folder


def _make_tools(genn: Path, cuda: bool, libraries: Path, folder: Path) -> None:
    """Compile the generator and the driver."""
    backend, name = _backend(cuda)
    include = [f"-I{genn}/include/genn/{part}" for part in ("genn", "third_party", f"backends/{backend}")]
    defined = [f'-DMODEL="{_HERE / "model.cc"}"', f"-DBACKEND_NAMESPACE={name}", *(["-DUNISONO_CUDA"] * cuda)]
    linked = [f"-L{libraries}", f"-lgenn_{backend}_backend", "-lgenn"]
    if cuda:
        toolkit = os.environ["CUDA_PATH"]
        include.append(f"-I{toolkit}/include")
        linked += [f"-L{toolkit}/{part}" for part in ("lib64", "lib64/stubs", "lib")]
        linked += ["-lcuda", "-lcudart", "-pthread"]
    unit, made = str(genn / "src/genn/generator/generator.cc"), str(folder / "generator")
    _called([_compiler(), "-std=c++11", "-w", *include, *defined, unit, "-o", made, *linked], folder)
    _called([_compiler(), *_DRIVER_FLAGS, "-c", str(_HERE / "driver.cc"), "-o", "driver.o"], folder)


def _make_libraries(genn: Path, cuda: bool, folder: Path) -> None:
    """Compile GeNN's own libraries beside its tree and not in it: others may use that, too."""
    place = {"OBJECT_DIRECTORY": str(folder / "obj"), "LIBRARY_DIRECTORY": str(folder)}
    place |= {"CXXFLAGS": f"-w -include {_HERE / 'cuda13.h'} -I{os.environ['CUDA_PATH']}/include"} if cuda else {}
    for part in ("genn", f"backends/{_backend(cuda)[0]}"):
        _called(["make", "-s", "-j", str(os.cpu_count() or 1), "-C", str(genn / "src" / "genn" / part)], genn, place)
    shutil.rmtree(folder / "obj")


def _backend(cuda: bool) -> tuple[str, str]:
    """What GeNN calls a backend, in its files and in its code."""
    return ("cuda", "CUDA") if cuda else ("single_threaded_cpu", "SingleThreadedCPU")


def _digest(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def _called(command: list[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
    """Run a command, with its output in the log."""
    print("$", *command, flush=True)
    failure = f"GeNN's code could not be compiled: '{Path(command[0]).name}' failed."
    call(command, folder, failure, {**os.environ, "CXX": _compiler(), **(variables or {})})


def _compiler() -> str:
    return machine.compiler_path() or "g++"


def _check_tools() -> None:
    if missing := [tool for tool in ("make", _compiler()) if shutil.which(tool) is None]:
        raise CompilerNotFound(
            f"GeNN's code cannot be compiled: {' and '.join(missing)} not found.",
            "Install g++ and make (Debian: apt install g++ make).",
        )
