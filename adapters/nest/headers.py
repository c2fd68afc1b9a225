"""NEST's headers: where they lie, and precompiled once an installation.

A generated model of some hundred lines includes 4 MB of them. The precompiled form is kept by content: the compiler,
its flags, and the headers themselves, since the compiler does not see when one of these has changed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from unisono.adapters.host.compiled import building, locked, whole
from unisono.adapters.host.supply import installing
from unisono.adapters.host.tools import call
from unisono.models.errors import SimulatorFailed, SimulatorNotInstalled

#: All that generated code includes. A compiler finds the precompiled form of it by the name with ".gch".
PREFIX = "nest_headers.h"
TEXT = "".join(
    f'#include "{name}.h"\n'
    for name in (
        "nest_extension_interface",
        "archiving_node",
        "connection",
        "dict_util",
        "event",
        "numerics",
        "ring_buffer",
        "universal_data_logger_impl",
    )
)

#: The one type of libltdl's that NEST's headers name; its header comes with no Python package.
_LTDL = "typedef struct lt__handle* lt_dlhandle;\n"

#: In the version of a GNU compiler, whatever its name.
_GNU = "Free Software Foundation"


def write(folder: Path) -> None:
    """Write the header that includes all others, and what these miss."""
    (folder / PREFIX).write_text(TEXT)
    (folder / "ltdl.h").write_text(_LTDL)


def including(folder: Path) -> list[str]:
    """Options of the compiler that include the header of a folder, in its precompiled form if that is there."""
    return ["-include", str(folder / PREFIX), "-idirafter", str(folder)]


def precompiled(command: Sequence[str], cache: Path) -> Path | None:
    """Folder of the precompiled headers, which are compiled if the cache does not hold them; once if processes race.

    Parameters
    ----------
    command : sequence of str
        The compiler and all flags that the code is compiled with.
    cache : Path

    Returns
    -------
    Path or None
        None if it is no GNU compiler, whose precompiled headers can be moved and are passed over where they do not
        fit, or if it fails: what includes the headers is then compiled without.

    Raises
    ------
    OutputError
        If the cache folder cannot be written.
    """
    compiler = subprocess.run([command[0], "--version"], capture_output=True, text=True, errors="replace").stdout
    if _GNU not in compiler:
        return None
    folder = cache / "nest-headers" / _key(command, compiler)
    with locked(folder.parent):
        if whole(folder):
            return folder
        try:
            with building(folder) as work:
                write(work)
                parts = ["-idirafter", ".", "-x", "c++-header", PREFIX, "-o", f"{PREFIX}.gch"]
                call([*command, *parts], work, "NEST's headers could not be precompiled.")
        except SimulatorFailed:  # what the compiler said is in the log
            return None
    return folder


def _key(command: Sequence[str], compiler: str) -> str:
    """Digits that stand for the compiler, its flags, and the content of NEST's headers and ours."""
    content = hashlib.sha256("\n".join([*command, compiler, TEXT, _LTDL]).encode())
    for path in sorted(_include(folder_of("nest")).rglob("*.h*")):
        content.update(path.read_bytes())
    return content.hexdigest()


def options() -> list[str]:
    """Options that lead to NEST's headers and Boost's, and the ABI that NEST was compiled for.

    Raises
    ------
    SimulatorNotInstalled
        If one of them is missing.
    """
    version("libboost-headers")
    nest = folder_of("nest")
    kernel = next(iter(nest.glob("nestkernel_api*.so")), None)
    headers = _include(nest)
    if kernel is None or not headers.is_dir():
        raise SimulatorNotInstalled(
            f"NEST's installation in {nest} has no headers, so that no generated model can be compiled.",
            f"Install NEST from its wheel: {installing('nest')}",
        )
    # PyPI's wheels are built for the C++ ABI of before GCC 5, as the name of this function shows.
    abi = int(b"_ZN4nest13ModuleManager7installERKSs" not in kernel.read_bytes())
    return [f"-D_GLIBCXX_USE_CXX11_ABI={abi}", "-I", str(headers), "-I", str(folder_of("libboost_headers") / "include")]


def _include(nest: Path) -> Path:
    """Folder of the headers of an installation."""
    own = nest / "include" / "nest"
    return own if own.is_dir() else Path(sys.prefix, "include", "nest")


def folder_of(module: str) -> Path:
    """Folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise SimulatorNotInstalled(f"{module} is not installed for {sys.executable}.", "Install it.")
    return Path(spec.origin).parent


def version(distribution: str) -> str:
    """Version of a distribution that a generated model needs."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        raise SimulatorNotInstalled(
            f"NEST needs a generated model, and {distribution} is not installed for {sys.executable}.",
            f"Install it: {installing('nest')}",
        ) from None
