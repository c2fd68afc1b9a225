"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unisono.models.errors import OutputError

#: Bytes that must be free beside what is written. HDF5 does not fail well on a disk
#: that fills up while it writes, so it is not let begin.
ROOM = 4 * 2**20


@contextmanager
def written_whole(path: Path, size: int = 0) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place when the block ends well.

    Parameters
    ----------
    path : Path
    size : int
        Bytes that will at least be written; refused at once where there is no room for them.

    Raises
    ------
    OutputError
        If the folder cannot be written or the disk is full; nothing is left behind.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(path.parent).free < size + ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        os.chmod(temporary, 0o666 & ~umask())
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # h5py reports a failed write as a RuntimeError
        cause = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise OutputError(
            f"Cannot write '{path}': {cause}.", "Choose a folder that is writable and has free space."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def save_text(path: str | Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all.

    Raises
    ------
    OutputError
        As :func:`written_whole`.
    """
    with written_whole(Path(path)) as temporary:
        temporary.write_text(text, encoding="utf-8")


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def umask() -> int:
    """The permissions that the user takes from new files."""
    try:  # to ask the system call is to change it for a moment, for all threads
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:"))
    except (OSError, StopIteration):
        mask = os.umask(0)
        os.umask(mask)
        return mask
