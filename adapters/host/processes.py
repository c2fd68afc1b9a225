"""The process groups and folders that this process is responsible for: none of them outlives it.

A small guard (:mod:`unisono.adapters.host.guard`) hears of each, and ends them when this process is gone, even by
SIGKILL. ``PR_SET_PDEATHSIG`` would also act when the thread that started a process ends, and not on compilers.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

#: Seconds after which a folder that no process holds is abandoned; one that is being made is not held yet.
ABANDONED = 60.0

_lock = threading.RLock()
_groups: set[int] = set()
_stopped = False
_guard: tuple[int, IO[bytes]] | None = None


def watch(group: int) -> None:
    """Be responsible for a process group; after :func:`stop_all` it is stopped at once."""
    with _lock:
        if _stopped:
            _kill(group)
            return
        _groups.add(group)
        _tell(b"+ %d\n" % group)


def release(group: int) -> None:
    """Be no longer responsible for a process group, which has ended."""
    with _lock:
        _groups.discard(group)
        _tell(b"- %d\n" % group)


def stop_all() -> None:
    """Stop everything that was started, now and in future: this process is about to end."""
    global _stopped
    _stopped = True  # without the lock: an interrupt may come while it is held
    for group in tuple(_groups):
        _kill(group)


@contextmanager
def own_folder(parent: Path, prefix: str = "") -> Iterator[Path]:
    """A new folder that is removed in the end, even if this process is killed; abandoned ones are removed.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    _sweep(parent, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent)).resolve()
    descriptor = os.open(folder, os.O_RDONLY)
    name = os.fsencode(folder)
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        with _lock:
            _tell(b"+ %s\n" % name)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)
        with _lock:
            _tell(b"- %s\n" % name)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove folders whose process is gone, guard and all."""
    for folder in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime < ABANDONED:
                continue
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _tell(line: bytes) -> None:
    global _guard
    if b"\n" in line[:-1]:
        return  # a folder with such a name is swept later
    if _guard is None or _guard[0] != os.getpid():
        _guard = os.getpid(), _started()
    with suppress(OSError):  # the guard was killed: nothing else depends on it
        _guard[1].write(line)
        _guard[1].flush()


def _started() -> IO[bytes]:
    """Start the guard; where it writes to if that fails, nobody reads."""
    command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        return io.BytesIO()
    process.returncode = 0  # it ends after this process: nobody waits for it
    return process.stdin or io.BytesIO()
