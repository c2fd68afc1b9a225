"""What simulators need of a machine besides Python packages: compilers, source trees, CUDA, a GPU.

One place for what runs refuse and for what ``unisono doctor`` lists.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from ctypes.util import find_library
from pathlib import Path

from unisono.adapters.contract import Adapter, Need, SourceTree
from unisono.adapters.host import environments
from unisono.adapters.host.logs import said
from unisono.models.errors import CompilerNotFound, CudaNotFound, GpuNotFound, SourceNotFound, UnisonoError

#: What a need for a compiler is called.
COMPILER = "C++ compiler"

#: Where CUDA lies if nobody says otherwise.
USUAL_CUDA = Path("/usr/local/cuda")


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        return os.cpu_count() or 1


def compiler_path() -> str:
    """Where the C++ compiler lies, the one that ``CXX`` names if there is such a one; empty if there is none."""
    return next((path for c in _candidates() if (path := shutil.which(c))), "")


def _candidates() -> list[str]:
    """Compilers in the order in which the simulators look for them."""
    return [c for c in (os.environ.get("CXX"), "g++", "c++", "clang++") if c]


def compiler() -> Need:
    """The C++ compiler on the PATH."""
    found = compiler_path()
    if not found:
        remedy = "Install one (Debian, Ubuntu: apt install g++; macOS: xcode-select --install)."
        return Need(COMPILER, "not found on the PATH", False, remedy, CompilerNotFound)
    return Need(COMPILER, _first_line(found, "--version") or found)


def working_compiler() -> Need:
    """The C++ compiler, once it has compiled a line, and the line has run."""
    need = compiler()
    if not need.good:
        return need
    chosen = next(path for c in _candidates() if (path := shutil.which(c)))
    remedy = "Install it anew, with its headers (Debian, Ubuntu: apt install --reinstall g++ libc6-dev)."
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "line.cc").write_text('#include <cstdio>\nint main() { std::puts("works"); }\n')
        try:
            made = subprocess.run(
                [chosen, "line.cc", "-o", "line"],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Need(COMPILER, f"{chosen} cannot be started: {error}", False, remedy, CompilerNotFound)
        if made.returncode:
            state = f"{chosen} cannot compile a line. {said(made.stdout)}"
            return Need(COMPILER, state, False, remedy, CompilerNotFound)
        if _output(str(Path(folder) / "line")).strip() != "works":
            return Need(COMPILER, f"what {chosen} compiles does not run", False, remedy, CompilerNotFound)
    return need


def make() -> Need:
    """The program ``make``."""
    found = shutil.which("make")
    if found is None:
        remedy = "Install it (Debian, Ubuntu: apt install make; macOS: xcode-select --install)."
        return Need("make", "not found on the PATH", False, remedy, CompilerNotFound)
    return Need("make", _first_line(found, "--version") or found)


def library(name: str) -> Need:
    """A library with its headers, as pkg-config knows it."""
    remedy = f"Install both (Debian, Ubuntu: apt install {name}-dev pkg-config; macOS: brew install {name} pkg-config)."
    program = shutil.which("pkg-config")
    if program is None:
        return Need(name, "pkg-config, which finds it, is not on the PATH", False, remedy, CompilerNotFound)
    version = _first_line(program, "--modversion", name)
    if not version:
        return Need(name, "pkg-config does not find it", False, remedy, CompilerNotFound)
    return Need(name, version)


def needs(adapter: Adapter) -> list[Need]:
    """What a simulator needs of the machine besides Python packages, as it is found here; starts no simulator."""
    can = adapter.capabilities
    found = [compiler()] if can.needs_compiler else []
    found += [make()] if can.needs_make else []
    if adapter.source is not None and not adapter.source.built:
        found.append(source(adapter))
    return found + ([nvcc(), gpu()] if can.needs_cuda else [])


def building(source: SourceTree) -> list[Need]:
    """What building a package from a source tree takes."""
    return [compiler(), make(), *(library(name) for name in source.libraries)]


def source(adapter: Adapter) -> Need:
    """The source tree of a simulator, in the version that the adapter is made for."""
    if adapter.source is None:
        raise UnisonoError(f"{adapter.subject} needs no source tree.")
    what = f"{adapter.source.title} source tree"
    try:
        tree = environments.source_tree(adapter)
        if tree is None:
            problem = f"{adapter.source.variable} is not set and no environment names it."
            raise SourceNotFound(problem, how_to_get(adapter.source))
        version = check_source(adapter.source, tree)
    except SourceNotFound as error:
        return Need(what, error.message.rstrip("."), False, error.remedy, SourceNotFound)
    return Need(what, f"{version} in {tree}")


def how_to_get(source: SourceTree) -> str:
    """A sentence: the command that gets a source tree, and how it is named."""
    return f"Get it: {source.command}; and set {source.variable} to that folder."


def check_source(source: SourceTree, tree: Path) -> str:
    """Version of a source tree.

    Raises
    ------
    SourceNotFound
        If it is missing or of another version.
    """
    if not tree.is_dir():
        raise SourceNotFound(f"The folder '{tree}' is not there.", how_to_get(source))
    try:
        version = (tree / "version.txt").read_text().strip()
    except (OSError, UnicodeDecodeError):
        problem = f"'{tree}' is not the top of {source.title}: it has no version.txt."
        raise SourceNotFound(problem, how_to_get(source)) from None
    if version != source.version:
        raise SourceNotFound(f"'{tree}' is version {version}, not {source.version}.", how_to_get(source))
    return version


def cuda_folder() -> Path | None:
    """Top folder of CUDA: ``$CUDA_PATH``, or that of the nvcc on the PATH, or the usual one."""
    chosen = os.environ.get("CUDA_PATH")
    found = shutil.which("nvcc")
    candidates = [Path(chosen)] if chosen else [*([Path(found).resolve().parent.parent] if found else []), USUAL_CUDA]
    # A file of that name elsewhere may be a script that calls the real one.
    return next((c for c in candidates if (c / "bin/nvcc").is_file() and (c / "include/cuda.h").is_file()), None)


def nvcc() -> Need:
    """CUDA's compiler, in ``$CUDA_PATH`` or on the PATH."""
    folder, chosen = cuda_folder(), os.environ.get("CUDA_PATH")
    if folder is None:
        where = f"not found in CUDA_PATH ({chosen})" if chosen else "CUDA_PATH is not set, and nvcc is not on the PATH"
        address = "https://developer.nvidia.com/cuda-downloads"
        remedy = f"Install the CUDA Toolkit ({address}) and set CUDA_PATH to its folder."
        return Need("CUDA compiler (nvcc)", where, False, remedy, CudaNotFound)
    answer = _output(str(folder / "bin/nvcc"), "--version")
    release = next((line for line in answer.splitlines() if "release" in line), "")
    return Need("CUDA compiler (nvcc)", f"{release.rpartition('release ')[2] or 'found'} in {folder}")


def has_driver() -> bool:
    """Whether the library of NVIDIA's driver is there, which programs for a GPU are linked with."""
    return find_library("cuda") is not None


def gpu() -> Need:
    """An NVIDIA GPU, as its driver lists it."""
    program = shutil.which("nvidia-smi")
    found = [line for line in _output(program, "-L").splitlines() if line.startswith("GPU ")] if program else []
    if found:
        return Need("NVIDIA GPU", found[0] + (f" and {len(found) - 1} more" if len(found) > 1 else ""))
    state = "nvidia-smi lists none" if program else "nvidia-smi, which comes with the driver, is not on the PATH"
    if not program and has_driver() and any(Path("/dev").glob("nvidia[0-9]*")):
        return Need("NVIDIA GPU", "its driver is there")
    remedy = "Run on a machine with an NVIDIA GPU and its driver, or take the simulator without '-gpu'."
    return Need("NVIDIA GPU", state, False, remedy, GpuNotFound)


def _output(*command: str) -> str:
    """What a program prints; empty where it fails."""
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def _first_line(*command: str) -> str:
    return next(iter(_output(*command).splitlines()), "")
