"""What lies in the cache, how large and how old it is, and how it is removed beside commands that run.

Only what has a name that Unisono gives is an entry: a folder that ``UNISONO_CACHE`` names by mistake stays as it is.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unisono.adapters import registry
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime.cache import job_folder
from unisono.models.registry import Registry
from unisono.models.registry import registry as registered

RUNS, ROWS, CODE, ERRORS = "runs", "rows", "code", "errors"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_ROW = re.compile(r"[0-9a-f]{64}\.json")
_ERROR = re.compile(r"unisono-\w+\.txt")
#: Compiled code: by its digest, by its numerics, GeNN's tools, and PyNN's own.
_COMPILED = re.compile(
    r"(code_)?[0-9a-f]{32,64}(\.\w+)*|(tools|libraries)-[0-9a-f]{16}|(matched|native|euler)(_single)?(-[0-9a-f]+)?|pynn"
)


@dataclass(frozen=True)
class Kind:
    """What is kept.

    Attributes
    ----------
    name, meaning : str
    """

    name: str
    meaning: str


KINDS: Registry[Kind] = registered(
    "kind of cached files",
    Kind(RUNS, "results of runs"),
    Kind(ROWS, "figures of ensembles and explorations"),
    Kind(CODE, "compiled code"),
    Kind(ERRORS, "tracebacks of errors in Unisono"),
)


@dataclass(frozen=True)
class Entry:
    """A file or folder that is kept.

    Attributes
    ----------
    kind : str
    path : Path
    size : int
        Bytes.
    used : float
        When it was last used, seconds since the epoch.
    """

    kind: str
    path: Path
    size: int
    used: float


def entries() -> list[Entry]:
    """All that is kept, what was not used for the longest time first."""
    found = []
    for kind, path in _paths(cache_folder()):
        with suppress(OSError):  # removed meanwhile
            found.append(Entry(kind, path, _size(path), path.lstat().st_mtime))
    return sorted(found, key=lambda entry: entry.used)


def surplus(found: Sequence[Entry], age: float | None, size: int | None) -> list[Entry]:
    """The entries that are older than an age, and the oldest others until the rest is small enough.

    Parameters
    ----------
    found : sequence of Entry
        What was not used for the longest time first.
    age : float, optional
        Seconds.
    size : int, optional
        Bytes that may stay.
    """
    before = time.time() - age if age is not None else -1.0
    old = [entry for entry in found if entry.used < before]
    rest = found[len(old) :]
    excess = sum(entry.size for entry in rest) - size if size is not None else 0
    for entry in rest:
        if excess <= 0:
            break
        old.append(entry)
        excess -= entry.size
    return old


def remove(chosen: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Remove entries, but none that a running command uses.

    A run that is being read is locked. Compiled code that was used since the oldest running job began stays.

    Returns
    -------
    tuple of list of Entry
        Those that are removed, and those that stay.

    Raises
    ------
    OutputError
        If the cache folder cannot be written.
    """
    gone: list[Entry] = []
    stay: list[Entry] = []
    began = _oldest_job()
    with job_folder() as trash:
        for number, entry in enumerate(chosen):
            in_use = entry.kind == CODE and began is not None and _last_used(entry.path) >= began
            (gone if not in_use and _moved(entry.path, trash / str(number)) else stay).append(entry)
    return gone, stay


def _moved(path: Path, place: Path) -> bool:
    """Whether a file or folder could be moved; one that is locked stays. A link is moved, never what it leads to."""
    try:
        if path.is_symlink() or not path.is_dir():
            os.rename(path, place)
            return True
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(path, place)
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def _oldest_job() -> float | None:
    """When the oldest job that still runs began; None if none runs. Its process holds a lock on its folder."""
    began = []
    for folder in _children(cache_folder() / "jobs"):
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                began.append(min(path.lstat().st_mtime for path in (folder, *folder.iterdir())))
            finally:
                os.close(descriptor)
    return min(began, default=None)


def _last_used(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _paths(root: Path) -> Iterator[tuple[str, Path]]:
    """Kind and place of each entry."""
    yield from ((RUNS, path) for path in _children(root / "runs") if _DIGEST.fullmatch(path.name))
    for folder in _children(root / "rows"):
        if re.fullmatch("[0-9a-f]{2}", folder.name):
            yield from ((ROWS, path) for path in _children(folder) if _ROW.fullmatch(path.name))
    yield from ((ERRORS, path) for path in _children(root / "errors") if _ERROR.fullmatch(path.name))
    simulators = {name.partition(".")[0].partition("-")[0] for name in registry.locations()}
    for folder in _children(root):
        if folder.name.partition("-")[0] in simulators:
            yield from ((CODE, path) for path in _children(folder) if _COMPILED.fullmatch(path.name))


def _children(folder: Path) -> list[Path]:
    """What lies in a folder that is no link; nothing if there is none."""
    try:
        return [] if folder.is_symlink() else sorted(folder.iterdir())
    except OSError:
        return []


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder; links are not followed."""
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return sum(
        (Path(folder) / name).lstat().st_size for folder, _, names in os.walk(path, followlinks=False) for name in names
    )
