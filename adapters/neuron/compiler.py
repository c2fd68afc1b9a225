"""NMODL mechanisms, translated by NEURON, compiled, kept by content, loaded once a process.

NEURON's ``nrnivmodl`` would call the same translator and the same compiler, besides shells and make, and link a
program that is not needed. Each mechanism has a separate library, since a process cannot load a mechanism twice: so one
that was compiled for another network is loaded alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from unisono.adapters.codegen.printers.nmodl_text import Mechanism
from unisono.adapters.contract.simulation import Compiled, unheard
from unisono.adapters.host import machine
from unisono.adapters.host.compiled import building, whole
from unisono.adapters.host.tools import call, finish
from unisono.models.errors import CompilerNotFound, SimulatorFailed

#: As nrnivmodl's, and ``-ffp-contract=off``: no fused multiply-add, which rounds otherwise than the other simulators.
#: NEURON reads each variable by a chain of small functions, and GCC stops to inline them where a step is long.
FLAGS = ("-O2", "--param=large-function-growth=1000", "-std=c++17", "-fPIC", "-ffp-contract=off", "-w")
DEFINED = ("-DUSE_PYTHON", "-DNRN_ENABLE_THREADS", "-DCORENRN_BUILD=0", "-DNRNPYTHON_DYNAMICLOAD", "-DHAVE_CONFIG_H")

#: What NEURON calls in a library that it loads.
_REGISTER = 'extern "C" void _{0}_reg();\nextern "C" void modl_reg() {{ _{0}_reg(); }}\n'

_LIBRARY = "libnrnmech.so"


def load(mechanisms: Iterable[Mechanism], cache: Path, compiled: Compiled = unheard) -> None:
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
    missing = [mechanism for mechanism in mechanisms if not hasattr(h, mechanism.name)]
    for path in libraries(missing, cache, str(neuron.__version__), compiled):
        # hoc takes ASCII alone; the folder of the job lies in the cache, too, so that the way there is digits
        h.nrn_load_dll(str(path) if str(path).isascii() else os.path.relpath(path))


def libraries(mechanisms: Iterable[Mechanism], cache: Path, version: str, compiled: Compiled = unheard) -> list[Path]:
    """Paths of the compiled mechanisms, each once; compiles those that the cache does not hold.

    Parameters
    ----------
    mechanisms : iterable of Mechanism
    cache : Path
    version : str
        Of NEURON.
    compiled : callable
    """
    each = {mechanism.name: mechanism for mechanism in mechanisms}
    places = {name: _place(mechanism, cache, version) for name, mechanism in each.items()}
    missing = [mechanism for name, mechanism in each.items() if not whole(places[name].parent)]
    if missing:
        tools = _tools()
        compiled(0, len(missing))
        with ThreadPoolExecutor(machine.cores()) as pool:
            finish([pool.submit(_compile, m, places[m.name].parent, tools) for m in missing], compiled)
    return list(places.values())


def _place(mechanism: Mechanism, cache: Path, version: str) -> Path:
    """Where the library of a mechanism lies in the cache."""
    content = [mechanism.name, mechanism.source, version, sys.platform, platform.machine(), *FLAGS, *DEFINED, _REGISTER]
    return cache / "neuron" / hashlib.sha256("\n".join(content).encode()).hexdigest() / _LIBRARY


@dataclass(frozen=True)
class _Tools:
    """The C++ compiler, and the folder that NEURON's translator, headers and library lie in."""

    compiler: str
    home: Path


def _compile(mechanism: Mechanism, folder: Path, tools: _Tools) -> None:
    """Translate and compile a mechanism."""
    name, home = mechanism.name, tools.home
    failure = f"NEURON could not compile the mechanism '{name}'."
    with building(folder) as work:
        (work / f"{name}.mod").write_text(mechanism.source)
        (work / "register.cpp").write_text(_REGISTER.format(name))
        variables = {**os.environ, "MODLUNIT": str(home / "share/nrn/lib/nrnunits.lib")}
        call([str(home / "bin/nocmodl"), f"{name}.mod"], work, failure, variables, quiet=True)
        linked = [f"-L{home / 'lib'}", "-lnrniv", f"-Wl,-rpath,{home / 'lib'}"]
        command = [tools.compiler, *FLAGS, *DEFINED, f"-I{home / 'include'}", "-shared"]
        call([*command, f"{name}.cpp", "register.cpp", "-o", _LIBRARY, *linked], work, failure)
        if not (work / _LIBRARY).is_file():
            raise SimulatorFailed(failure, f"'{tools.compiler}' reported no error, but wrote no library.")
        for path in work.glob("*.cpp"):
            path.unlink()


def _tools() -> _Tools:
    """What compiles mechanisms.

    Raises
    ------
    CompilerNotFound
        If the compiler or NEURON's translator is missing.
    """
    compiler, home = machine.compiler_path(), _home()
    needed = {"a C++ compiler": compiler, "nocmodl": home}
    if home is None or not compiler:
        missing = " and ".join(name for name, found in needed.items() if not found)
        raise CompilerNotFound(
            f"NEURON's mechanisms cannot be compiled: {missing} not found.",
            "Install g++ (Debian: apt install g++); nocmodl comes with NEURON's own package.",
        )
    return _Tools(compiler, home)


def _home() -> Path | None:
    """Folder with NEURON's programs, headers and library: in its wheel, or around the nocmodl on the PATH."""
    spec, program = importlib.util.find_spec("neuron"), shutil.which("nocmodl")
    folders = [Path(spec.origin).parent / ".data"] if spec is not None and spec.origin else []
    folders += [Path(program).resolve().parent.parent] if program else []
    return next((folder for folder in folders if (folder / "bin/nocmodl").is_file()), None)
