"""NMODL mechanisms compiled by NEURON's own tools, kept by content, loaded once a process."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from unisono.adapters.codegen.printers.nmodl_text import Mechanism
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, is_plain, whole
from unisono.adapters.host.logs import said
from unisono.models.errors import CompilerNotFound, SimulatorFailed


def load(mechanisms: Iterable[Mechanism], cache: Path) -> None:
    """Make mechanisms known to NEURON, compiling those that the cache does not hold.

    Raises
    ------
    CompilerNotFound
        If one must be compiled and a tool for that is missing.
    SimulatorFailed
        If it cannot be compiled; the error quotes what the compiler said.
    OutputError
        If the cache folder cannot be written.
    """
    import neuron
    from neuron import h

    # The name is made from the content, so a mechanism of that name is that mechanism.
    missing = {m.name: m for m in mechanisms if not hasattr(h, m.name)}.values()
    with ThreadPoolExecutor() as pool:
        libraries = list(pool.map(lambda m: library(m, cache, str(neuron.__version__)), missing))
    for path in libraries:
        # hoc takes ASCII alone; the folder of the job lies in the cache, too, so that the way there is digits
        h.nrn_load_dll(str(path) if str(path).isascii() else os.path.relpath(path))


def library(mechanism: Mechanism, cache: Path, version: str) -> Path:
    """Path of the compiled mechanism; compiles it if the cache does not hold it."""
    return compiled({f"{mechanism.name}.mod": mechanism.source}, cache, version, f"the mechanism '{mechanism.name}'")


def compiled(sources: Mapping[str, str], cache: Path, version: str, what: str) -> Path:
    """Path of the library of some NMODL files, by name; compiles it if the cache does not hold it."""
    files = [part for name, source in sources.items() for part in (name.removesuffix(".mod"), source)]
    content = "\n".join([*files, version, sys.platform, platform.machine()])
    folder = cache / "neuron" / hashlib.sha256(content.encode()).hexdigest()
    if not whole(folder):
        tools = _tools()
        with building(folder) as work:
            _compile(sources, work, what, *tools)
    found = _found(folder)
    if found is None:
        raise SimulatorFailed(f"What was compiled of {what} has vanished.", "Run the model again.")
    return found


def _found(folder: Path) -> Path | None:
    return next(iter(folder.glob("*/libnrnmech.*")), None)


def _compile(
    sources: Mapping[str, str], work: Path, what: str, command: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Compile in a folder, by NEURON's tools."""
    for name, source in sources.items():
        (work / name).write_text(source)
    done = subprocess.run(
        [*command, "."],
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode or _found(work) is None:
        print(done.stdout, flush=True)
        if not is_plain(command[-1]):
            raise SimulatorFailed(
                f"NEURON could not compile {what}: its tools do not work in the folder of '{command[-1]}'.",
                "Install NEURON where no blank, quote or letter beyond ASCII is in the path.",
            )
        raise SimulatorFailed(f"NEURON could not compile {what}.", said(done.stdout))


def _tools() -> tuple[list[str], dict[str, str]]:
    """The command that compiles mechanisms, and its environment.

    Raises
    ------
    CompilerNotFound
        If nrnivmodl or one of the tools it calls is missing.
    """
    scripts = Path(sysconfig.get_path("scripts"))
    path = os.pathsep.join([str(scripts), os.environ.get("PATH", os.defpath)])
    compiler = machine.compiler_path()
    translator = shutil.which("nrnivmodl", path=path)
    needed = {"a C++ compiler": compiler, "make": shutil.which("make", path=path), "nrnivmodl": translator}
    missing = [name for name, found in needed.items() if not found]
    if translator is None or missing:
        raise CompilerNotFound(
            f"NEURON's mechanisms cannot be compiled: {' and '.join(missing)} not found.",
            "Install g++ and make (Debian: apt install g++ make); nrnivmodl comes with NEURON's own package.",
        )
    # nrnivmodl would take the compiler that Python itself was built with, which need not be installed.
    environment = {**os.environ, "PATH": path, "CXX": compiler}
    return [sys.executable, translator] if Path(translator).parent == scripts else [translator], environment
