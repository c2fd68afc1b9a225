"""A design's program: generated, compiled with GeNN, and kept by content."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from unisono.adapters.genn.design import Design
from unisono.models.errors import CompilerNotFound, OutputError, SimulatorFailed

_DRIVER = Path(__file__).with_name("driver.cc")

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


def compiled(design: Design, cache: Path, genn: Path) -> Program:
    """The program of a design; generates and compiles it if the cache does not hold it.

    Raises
    ------
    CompilerNotFound
        If make or a C++ compiler is missing.
    SimulatorFailed
        If it cannot be compiled; what the compiler said is printed.
    OutputError
        If the cache folder cannot be written.
    """
    folder = cache / "genn" / design.key(_versions(genn))
    if not (folder / "main").exists():
        with _writing(folder.parent):
            _make(design, folder, genn)
    layout = json.loads((folder / "layout.json").read_text())
    return Program(folder / "main", {name: [tuple(v) for v in found] for name, found in layout.items()})


def _versions(genn: Path) -> str:
    here = Path(__file__)
    ours = "".join(here.with_name(name).read_text() for name in ("driver.cc", "program.py", "translation.py"))
    tree = (genn / "version.txt").read_text().strip()
    return "\n".join([tree, version("brian2genn"), version("brian2"), sys.platform, platform.machine(), ours])


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        place.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise OutputError(
            f"Cannot write to '{place}': {error.strerror or error}.",
            "Choose a cache folder that is writable and has free space.",
        ) from error


def _make(design: Design, folder: Path, genn: Path) -> None:
    """Compile in a folder beside ``folder`` that takes its place when it is complete."""
    from unisono.adapters.genn.program import sources
    from unisono.adapters.genn.translation import translate

    _check_tools()
    translation = translate(design)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    try:
        for name, text in sources(design, translation).items():
            (work / name).write_text(text)
        shutil.copy(_DRIVER, work / "driver.cc")
        layout = {name: [(v.name, v.type) for v in code.variables] for name, code in translation.cells.items()}
        (work / "layout.json").write_text(json.dumps(layout))
        _build_libraries(genn, design.cuda, folder.parent)
        _compile(work, genn, design.cuda)
        try:
            work.rename(folder)
        except OSError:
            # Another process was faster: what it compiled is the same. If not, the cache is not writable.
            if not (folder / "main").exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _compile(work: Path, genn: Path, cuda: bool) -> None:
    """GeNN's generator with our model, the code that it writes, and the program around it."""
    _called([str(genn / "bin" / "genn-buildmodel.sh"), *([] if cuda else ["-c"]), "model.cc"], work)
    _called(["make", "-j", str(os.cpu_count() or 1), "-C", "network_CODE"], work)
    runtime = ["-Wl,-rpath,$ORIGIN/network_CODE", "-Lnetwork_CODE", "-lrunner"]
    _called([_compiler(), *_DRIVER_FLAGS, "-I.", "driver.cc", "-o", "main", *runtime], work)
    for path in [work / "generator", *work.glob("network_CODE/*.o")]:
        path.unlink(missing_ok=True)


def _build_libraries(genn: Path, cuda: bool, place: Path) -> None:
    """GeNN's own libraries, which lie in its tree; several processes may ask for them at once."""
    backend = "cuda" if cuda else "single_threaded_cpu"
    library = genn / "lib" / f"libgenn_{backend}_backend.a"
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.exists():
            jobs = ["-j", str(os.cpu_count() or 1)]
            for part in ("genn", f"backends/{backend}"):
                _called(["make", *jobs, "-C", str(genn / "src" / "genn" / part)], genn)


def _called(command: list[str], folder: Path) -> None:
    """Run a command, with its output in the log."""
    print("$", *command, flush=True)
    environment = {**os.environ, "CXX": _compiler()}
    done = subprocess.run(command, cwd=folder, env=environment, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SimulatorFailed(f"GeNN's code could not be compiled: '{command[0]}' failed.", "See the log.")


def _compiler() -> str:
    candidates = (os.environ.get("CXX"), "g++", "clang++", "c++")
    return next((found for c in candidates if c and (found := shutil.which(c))), "g++")


def _check_tools() -> None:
    if missing := [tool for tool in ("make", _compiler()) if shutil.which(tool) is None]:
        raise CompilerNotFound(
            f"GeNN's code cannot be compiled: {' and '.join(missing)} not found.",
            "Install g++ and make (Debian: apt install g++ make).",
        )
