"""Making an environment of its own for a simulator: a venv, pip, a source tree.

Every step can be cut off: the same command goes on from there. The marker is written last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.host import environments, machine
from unisono.adapters.host.environments import Announce, Environment
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.host.pip_requirements import requirements
from unisono.adapters.host.programs import (
    EnvironmentBuilder,
    checked_interpreter,
    installation_of,
    python_version,
)
from unisono.models.errors import EnvironmentFailed, OutputError, SourceNotFound, UnisonoError

#: Files of a source tree that say nothing about what is built from it.
_LEFT_OUT = (".git", "__pycache__", "build", "*.o", "*.d", "*.so", "*.a", "*.egg-info")

#: Imports the simulator as the worker does: the folder of the adapters must not be on the path, since it has folders
#: that are called as the simulators' packages are.
_TRY = """import importlib, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
worker._make_importable(json.loads(sys.argv[2]))
from unisono.adapters.registry import load
import numpy, h5py
adapter = load(sys.argv[3])
for name in adapter.modules:
    importlib.import_module(name)
print(adapter.version())"""


def create(
    adapter: Adapter,
    python: str | None = None,
    source: str | Path | None = None,
    announce: Announce = lambda text: None,
    fresh: bool = False,
) -> Environment:
    """Make the environment of a simulator, go on with one that is half made, or bring one up to date.

    Parameters
    ----------
    adapter : Adapter
    python : str, optional
        Interpreter that it is made with. Else that which it has; else this one, or where packages would have to be
        compiled for it, one on the PATH for which they need not.
    source : path, optional
        The source tree; else what the adapter's variable names, or what it was made with.
    announce : callable
        Called with a sentence for each step.
    fresh : bool
        Make it anew.

    Returns
    -------
    Environment

    Raises
    ------
    SourceNotFound
        If the source tree is not named, not there, or of another version.
    CompilerNotFound
        If something has to be built and a program or library for it is missing.
    EnvironmentFailed
        If the interpreter, pip or the simulator fails; pip's output is quoted and kept.
    OutputError
        If the folder cannot be written.
    """
    name = environments.name_for(adapter)
    with environments.locked(name, announce) as lock:
        old = environments.made(name)
        builder = EnvironmentBuilder(name, environments.root() / name, lock, announce)
        chosen = checked_interpreter(python) if python else None
        tree = _tree(adapter, source)
        if fresh and builder.folder.exists():
            announce(f"Removing {builder.folder}.")
            environments.clear(builder.folder)
        return _completed(adapter, builder, old, _base(adapter, builder, chosen), tree)


def _completed(
    adapter: Adapter, builder: EnvironmentBuilder, old: Environment | None, base: str | None, tree: Path | None
) -> Environment:
    """The environment with all that is wanted; ``base`` is the interpreter of one that begins empty."""
    version = python_version(base or builder.python)
    if version is None:
        raise EnvironmentFailed(f"The interpreter '{base}' cannot be started.", "Name another one by --python.")
    built = _digest(tree) if tree and adapter.source and adapter.source.built else ""
    wanted = requirements(adapter, version)
    place = f"the environment '{builder.name}', in {builder.folder}"
    if base is not None:
        _begin(adapter, builder, base, version)
    elif old is None:
        builder.announce(f"Continuing {place}, which is incomplete.")
    elif (old.source, old.requirements, old.built) == (tree, wanted, built) and builder.installed() == old.versions:
        builder.announce(f"Nothing to do: {place}, is up to date.")
        return old
    else:
        builder.announce(f"Updating {place}.")
    return _fill(adapter, builder, wanted, tree, built)


def _begin(adapter: Adapter, builder: EnvironmentBuilder, base: str, version: str) -> None:
    """Make an empty environment, in place of what may be there."""
    if builder.folder.exists():
        builder.announce(f"Removing {builder.folder}, which is damaged or was made with another Python.")
        environments.clear(builder.folder)
    builder.announce(f"Making an environment with Python {version} ({base}) in {builder.folder}.")
    if adapter.prebuilt and _short(version) not in adapter.prebuilt:
        best = " or ".join(adapter.prebuilt)
        builder.announce(
            f"For it packages are compiled, which takes minutes; for Python {best} they need not (--python)."
        )
    try:
        builder.folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"Cannot write '{builder.folder}': {error.strerror}.", "Set UNISONO_ENVIRONMENTS.") from error
    remedy = "Check that this Python has its module venv (Debian, Ubuntu: apt install python3-venv)"
    builder.run([base, "-m", "venv", str(builder.folder / "venv")], "python -m venv", remedy)


def _fill(
    adapter: Adapter, builder: EnvironmentBuilder, wanted: tuple[str, ...], tree: Path | None, built: str
) -> Environment:
    """Install what is wanted; each step finds what was done of it before."""
    (builder.folder / environments.MARKER).unlink(missing_ok=True)
    builder.announce(f"Installing {', '.join(wanted)}.")
    builder.pip(*wanted)
    if built and tree is not None:
        _build(adapter, builder, tree, built)
    builder.announce("Trying it.")
    folders = {p: str(Path(sys.modules[f"unisono.{p}"].__file__ or "").parent) for p in ("models", "adapters")}
    worker = str(Path(folders["adapters"]) / "runtime" / "worker.py")
    arguments = [worker, json.dumps(folders), registry.locations()[adapter.name]]
    variables = adapter.environment(Settings(), cache_folder())
    builder.run(
        [str(builder.python), "-P", "-c", _TRY, *arguments], f"importing {adapter.name}", "See its log", variables
    )
    result = Environment(builder.name, builder.folder, builder.python, tree, builder.installed(), wanted, built)
    result.save()
    return result


def _base(adapter: Adapter, builder: EnvironmentBuilder, chosen: str | None) -> str | None:
    """The interpreter to begin anew with; None to go on with what is there."""
    if builder.is_sound() and (chosen is None or installation_of(chosen) == installation_of(builder.python)):
        return None
    if chosen is None and (before := _made_with(builder)) and python_version(before):
        return before
    return chosen or _default_interpreter(adapter, builder)


def _made_with(builder: EnvironmentBuilder) -> str | None:
    """The interpreter that a damaged environment was made with, as its pyvenv.cfg says."""
    try:
        lines = (builder.folder / "venv" / "pyvenv.cfg").read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    pairs = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    return pairs.get("executable")


def _default_interpreter(adapter: Adapter, builder: EnvironmentBuilder) -> str:
    """This interpreter, or one on the PATH for which nothing has to be compiled."""
    here = ".".join(str(part) for part in sys.version_info[:2])
    if not adapter.prebuilt or here in adapter.prebuilt:
        return sys.executable
    for known in adapter.prebuilt:
        found = shutil.which(f"python{known}")
        if found and _short(python_version(found) or "") == known:
            builder.announce(f"Taking {found}, since packages of {adapter.name} would have to be compiled for {here}.")
            return found
    return sys.executable


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _tree(adapter: Adapter, source: str | Path | None) -> Path | None:
    """The source tree, checked, and what building it takes."""
    if adapter.source is None:
        if source is not None:
            raise UnisonoError(f"{adapter.subject} needs no source tree.", "Leave --source out.")
        return None
    tree = Path(source).expanduser().absolute() if source else environments.source_tree(adapter)
    if tree is None:
        raise SourceNotFound(
            f"{adapter.subject} needs the source tree of {adapter.source.title}, which is on no package index.",
            f"Get it: {adapter.source.command}; then name its folder by --source or {adapter.source.variable}.",
        )
    machine.check_source(adapter.source, tree)
    for need in machine.building(adapter.source) if adapter.source.built else ():
        if not need.good:
            problem = f"{adapter.subject} is built from source and needs {need.what}: {need.state}."
            raise need.error(problem, need.remedy)
    return tree


def _digest(tree: Path) -> str:
    """Digest of what is built: the tree's files, and CUDA where it takes part."""
    digest = hashlib.sha256(_build_variables()["CUDA_PATH"].encode())
    for path in sorted(tree.rglob("*")):
        inside = path.relative_to(tree)
        left_out = any(Path(part).match(pattern) for part in inside.parts for pattern in _LEFT_OUT)
        if path.is_file() and not left_out:
            digest.update(f"{inside.as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _build(adapter: Adapter, builder: EnvironmentBuilder, tree: Path, digest: str) -> None:
    """Build the package of a source tree in a copy of it, so that the tree stays as it is."""
    copy, done = builder.folder / "build", builder.folder / "built"
    here = canonicalize_name(adapter.distribution) in builder.installed()
    if here and done.is_file() and done.read_text() == digest:
        return
    variables = _build_variables()
    cuda = variables["CUDA_PATH"]
    how = f"with CUDA ({cuda})" if cuda else "without CUDA (it takes the toolkit and NVIDIA's driver)"
    builder.announce(f"Building {adapter.distribution} from a copy of {tree}, {how}; it takes minutes.")
    done.unlink(missing_ok=True)
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
        builder.pip(str(copy), variables=variables)
        done.write_text(digest)
    except (OSError, shutil.Error) as error:
        raise OutputError(f"Cannot write to '{builder.folder}': {error}.", "Free space on the disk.") from error
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _build_variables() -> dict[str, str]:
    """Environment variables of a build: where CUDA is. Without NVIDIA's driver nothing can be linked for a GPU."""
    folder = machine.cuda_folder()
    return {"CUDA_PATH": str(folder) if folder and machine.has_driver() else ""}
