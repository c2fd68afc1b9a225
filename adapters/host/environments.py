"""Separate environments for simulators whose packages clash with the others': where they lie and what is in them.

They are made by :mod:`unisono.adapters.host.environment_builder`. A folder counts once its marker is written,
which is last.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.adapters.contract import Adapter
from unisono.models.errors import OutputError, UnknownName
from unisono.models.files import save_text

#: The marker, and what pip said.
MARKER, LOG = "environment.json", "log.txt"

#: Called with a sentence for each step.
Announce = Callable[[str], None]


@dataclass(frozen=True)
class Environment:
    """An environment that is complete.

    Attributes
    ----------
    name : str
    folder, python : Path
        Its folder and its interpreter.
    source : Path, optional
        The source tree.
    versions : mapping of str to str
        Of everything installed, by pip's normalised name, and ``python``.
    requirements : tuple of str
        What pip was asked for.
    built : str
        What the package from a source tree was built from; empty where none was.
    """

    name: str
    folder: Path
    python: Path
    source: Path | None
    versions: Mapping[str, str]
    requirements: tuple[str, ...] = ()
    built: str = ""

    def main_versions(self) -> dict[str, str]:
        """Versions of Python and of what pip was asked for."""
        asked = (re.split(r"[^\w.-]", text)[0] for text in self.requirements)
        names = ("python", *(re.sub(r"[-_.]+", "-", name).lower() for name in asked))
        return {name: self.versions[name] for name in names if name in self.versions}

    def save(self) -> None:
        """Write the marker, whole.

        Raises
        ------
        OutputError
        """
        content = {**asdict(self), "source": str(self.source) if self.source else None}
        kept = {key: content[key] for key in ("name", "source", "versions", "requirements", "built")}
        save_text(self.folder / MARKER, json.dumps(kept, indent=1) + "\n")


def root() -> Path:
    """``$UNISONO_ENVIRONMENTS``, or ``unisono/environments`` in the user's data folder."""
    chosen = os.environ.get("UNISONO_ENVIRONMENTS")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "unisono/environments"


def name_for(adapter: Adapter) -> str:
    """Name of a simulator's environment, which several can share."""
    return adapter.environment_name or adapter.name


def interpreter_in(folder: Path) -> Path:
    """The interpreter of the environment in a folder, whether it is there or not."""
    return folder / "venv" / "bin" / "python"


def made(name: str) -> Environment | None:
    """The environment of that name if it is complete, else None."""
    folder = root() / name
    try:
        content: dict[str, Any] = json.loads((folder / MARKER).read_text())
        source = Path(content["source"]) if content["source"] else None
        versions, asked = dict(content["versions"]), tuple(content["requirements"])
        python = interpreter_in(folder)
        built = str(content["built"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Environment(name, folder, python, source, versions, asked, built) if python.exists() else None


def half_made(name: str) -> bool:
    """Whether there is a folder of that name that is not a complete environment."""
    return (root() / name).is_dir() and made(name) is None


def names() -> list[str]:
    """Names of all environments, the half-made ones included."""
    try:
        return sorted(p.name for p in root().iterdir() if p.is_dir() and not p.name.startswith("."))
    except OSError:
        return []


def source_tree(adapter: Adapter) -> Path | None:
    """The folder that the adapter's variable names, else that of its environment, else None; it may not be there."""
    if adapter.source is None:
        return None
    chosen = os.environ.get(adapter.source.variable)
    if chosen:
        return Path(chosen).expanduser().absolute()
    found = made(name_for(adapter))
    return found.source if found else None


def remove(name: str, announce: Announce) -> int:
    """Remove an environment.

    Returns
    -------
    int
        Bytes that are free now.

    Raises
    ------
    UnknownName
        If the name is unknown.
    OutputError
        If it cannot be removed.
    """
    if name not in names():
        raise UnknownName(f"Unknown environment '{name}'.", f"There are: {', '.join(names()) or 'none'}.")
    folder = root() / name
    with locked(name, announce):
        size = size_of(folder)
        clear(folder)
    return size


def clear(folder: Path) -> None:
    """Remove a folder, its marker first, so that it never counts while it goes.

    Raises
    ------
    OutputError
    """
    try:
        (folder / MARKER).unlink(missing_ok=True)
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as error:
        raise OutputError(f"Cannot remove '{folder}': {error.strerror}.", "Remove it by hand.") from error


def size_of(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


@contextmanager
def locked(name: str, announce: Announce) -> Iterator[int]:
    """Keep other processes away from an environment; waits for one that is at it.

    Yields
    ------
    int
        A file descriptor: programs that inherit it keep the lock, even if this process is killed.

    Raises
    ------
    OutputError
        If the folder of the environments cannot be written.
    """
    try:
        root().mkdir(parents=True, exist_ok=True)
        descriptor = os.open(root() / f".{name}.lock", os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise OutputError(
            f"Cannot write to '{root()}': {error.strerror}.", "Set UNISONO_ENVIRONMENTS to a folder that is writable."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            announce(f"Another process works on the environment '{name}': waiting for it.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
