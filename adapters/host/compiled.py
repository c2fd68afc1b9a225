"""Compiled code that is kept: whole, with checksums, and for the processor that it was compiled on.

A worker imports this file: it needs the standard library alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from unisono.adapters.host.processes import own_folder
from unisono.models.errors import OutputError
from unisono.models.files import cause_of, checksum, replace_folder, umask

#: Names of the files with the checksums: of a folder, and of a single file beside it.
INDEX, SUFFIX = "checksums.json", ".sha256"

_PLAIN = re.compile(r"[A-Za-z0-9_./+-]*")


def whole(folder: Path) -> bool:
    """Whether a folder holds every file that was compiled, as it was written; if so it counts as used now."""
    try:
        expected = json.loads((folder / INDEX).read_text())
        sound = bool(expected) and all(checksum(folder / name) == digest for name, digest in expected.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False
    if sound:
        with suppress(OSError):  # of another user
            os.utime(folder)
    return sound


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """Give a folder to compile in, which takes the place of ``folder`` when the block ends well.

    It lies beside it, unless blanks, quotes or other such characters in the path would trouble a compiler.

    What is damaged there is replaced. If another process was faster, what it compiled stays: it is the same.

    Raises
    ------
    OutputError
        If the cache folder cannot be written.
    """
    try:
        with own_folder(folder.parent, ".building-") as work:
            if is_plain(work):
                yield work
            else:
                with own_folder(_plain_folder(), "unisono-building-") as elsewhere:
                    yield elsewhere
                    shutil.copytree(elsewhere, work, dirs_exist_ok=True)
            files = sorted(path for path in work.rglob("*") if path.is_file())
            (work / INDEX).write_text(json.dumps({p.relative_to(work).as_posix(): checksum(p) for p in files}))
            work.chmod(0o777 & ~umask())
            if not whole(folder):
                replace_folder(work, folder)
    except OSError as error:
        raise OutputError(
            f"Cannot write to '{folder.parent}': {cause_of(error)}.",
            "Choose a cache folder that is writable and has free space.",
        ) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time work on what lies in a folder, which is made if it is not there.

    Raises
    ------
    OutputError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OutputError(
            f"Cannot write to '{folder}': {error.strerror}.", "Choose a cache folder that is writable."
        ) from error
    try:
        with suppress(OSError):  # some file systems have no locks: then each works, and the last one counts
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_plain(path: str | Path) -> bool:
    """Whether make and shell scripts that do not quote a path can work with it."""
    return _PLAIN.fullmatch(str(path)) is not None


def _plain_folder() -> Path:
    """A folder for temporary files whose path is plain, if there is one."""
    usual = Path(tempfile.gettempdir())
    return next((p for p in (usual, Path("/tmp"), Path("/var/tmp")) if is_plain(p) and os.access(p, os.W_OK)), usual)


def drop_damaged(path: Path) -> None:
    """Remove a compiled file that does not fit the checksum beside it, so that it is compiled again."""
    try:
        sound = (path.with_name(path.name + SUFFIX)).read_text() == checksum(path)
    except (OSError, ValueError):
        sound = False
    if not sound:
        path.unlink(missing_ok=True)


def note_checksum(path: Path) -> None:
    """Write down the checksum of a compiled file."""
    beside = path.with_name(path.name + SUFFIX)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with open(handle, "w") as file:
        file.write(checksum(path))
    os.replace(name, beside)


@cache
def processor() -> str:
    """Digits that stand for the processor, on which what ``-march=native`` compiles depends."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        known = ("vendor_id", "cpu family", "model", "model name", "flags", "Features", "CPU part", "CPU implementer")
        found = sorted({line for line in lines if line.split(":")[0].strip() in known})
    except OSError:
        found = [platform.processor()]
    return hashlib.sha256("\n".join([platform.machine(), *found]).encode()).hexdigest()[:16]
