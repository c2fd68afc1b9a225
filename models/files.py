"""Writing files whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from unisono.models.errors import OutputError

#: Bytes that must be free beside what is written. HDF5 does not fail well on a disk
#: that fills up while it writes, so it is not let begin.
ROOM = 4 * 2**20


#: What the system says of a disk, a quota or a file that is full.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

#: Names of the open files of this process: their files are not replaced but written.
_OPEN = re.compile(r"/dev/(?:std(?P<name>out|err)|fd/(?P<fd>\d+))|/proc/self/fd/(?P<same>\d+)")


def is_stream(path: Path) -> bool:
    """Whether a path is written as a stream: a terminal, a pipe, a device such as ``/dev/null``, ``/dev/stdout``."""
    if _OPEN.fullmatch(str(path)):
        return True
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def check_output(path: Path) -> None:
    """See that a file can be written before hours are spent on what goes into it.

    Raises
    ------
    OutputError
        If it is a folder, a socket or a disk, or lies where nothing can be written.
    """
    if is_stream(path):
        return
    if path.is_dir():
        raise OutputError(f"Cannot write '{path}': it is a folder.", "Name a file in it.")
    if path.exists() and not path.is_file():
        raise OutputError(f"Cannot write '{path}': it is no plain file.", "Name another one.")
    try:
        place = path.resolve().parent
    except (OSError, RuntimeError, ValueError) as error:
        raise OutputError(f"Cannot write '{path}': {error}.", "Name another file.") from None
    while not place.exists():
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK):
        why = f"no permission for '{place}'" if place.is_dir() else f"'{place}' is not a folder"
        raise OutputError(f"Cannot write '{path}': {why}.", "Choose a folder that is writable.")


def cause_of(error: Exception) -> str:
    """Why something cannot be written, in a few words: HDF5 and copies of whole folders use many."""
    full = os.strerror(errno.ENOSPC)
    return full if full in str(error) else getattr(error, "strerror", None) or str(error).splitlines()[0]


def full_disk(error: BaseException) -> OutputError | None:
    """The error of a disk that is full, by name; None for any other error."""
    if not isinstance(error, OSError) or error.errno not in _FULL:
        return None
    where = f" '{error.filename}'" if error.filename else ""
    return OutputError(
        f"Cannot write{where}: {error.strerror}.",
        "Free some space, or name other folders: UNISONO_CACHE that of the cache, TMPDIR that for temporary files.",
    )


def check_room(folder: Path, size: int, what: str, remedy: str) -> None:
    """See that a disk has room before hours are spent on what goes there.

    Parameters
    ----------
    folder : Path
        It need not exist.
    size : int
        Bytes that will at least be written.
    what : str
        What they are, as the subject of a sentence.
    remedy : str

    Raises
    ------
    OutputError
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < size + ROOM:
        raise OutputError(
            f"{what} take at least {_megabytes(size + ROOM)} in '{folder}', which has {_megabytes(free)} free.", remedy
        )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MB"


@contextmanager
def written_whole(path: Path, size: int = 0) -> Iterator[Path]:
    """Give a temporary file beside ``path`` that takes its place when the block ends well.

    A link stays a link: the file that it leads to is replaced. A stream gets the content of the temporary file.

    Parameters
    ----------
    path : Path
    size : int
        Bytes that will at least be written; refused at once where there is no room for them.

    Raises
    ------
    OutputError
        If it is neither a plain file nor a stream, the folder cannot be written or the disk is full; nothing is left
        behind.
    """
    check_output(path)
    temporary: Path | None = None
    try:
        streamed = is_stream(path)
        place = Path(tempfile.gettempdir()) / path.name if streamed else path.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(place.parent).free < size + ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=place.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        if streamed:
            with temporary.open("rb") as content, _opened(path) as stream:
                shutil.copyfileobj(content, stream)
        else:
            os.chmod(temporary, stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o666 & ~umask())
            os.replace(temporary, place)
    except (OSError, RuntimeError) as error:  # h5py reports a failed write as a RuntimeError
        raise OutputError(
            f"Cannot write '{path}': {cause_of(error)}.", "Choose a folder that is writable and has free space."
        ) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    """A stream, open for writing."""
    known = _OPEN.fullmatch(str(path))
    if known is None:
        return path.open("wb")
    for printed in (sys.stdout, sys.stderr):
        printed.flush()
    number = {"out": 1, "err": 2}.get(known["name"]) or int(known["fd"] or known["same"])
    return os.fdopen(os.dup(number), "wb")


def replace_folder(new: Path, place: Path, attempts: int = 10) -> None:
    """Move a folder to its place, also where something is, and where others do the same at this moment.

    What was there is moved away in one step and then removed: who has its files open can go on reading.

    Raises
    ------
    OSError
        If it cannot be moved there.
    """
    for _ in range(attempts):
        aside = Path(tempfile.mkdtemp(prefix=f".{place.name[:40]}.", dir=place.parent))
        try:
            with suppress(FileNotFoundError):
                os.rename(place, aside / "replaced")
            try:
                os.rename(new, place)
                return
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise  # another one did not come between
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    raise OSError(errno.EEXIST, f"'{place}' is replaced by others all the time")


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
    """SHA-256 of a file.

    Raises
    ------
    OSError
        If it is no plain file, or cannot be read.
    """
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sealed(content: Mapping[str, Any]) -> str:
    """Content as JSON with its checksum, for a file that must not change."""
    return json.dumps({**content, "checksum": _digest(content)}, indent=1, sort_keys=True, default=str) + "\n"


def unsealed(path: Path) -> dict[str, Any]:
    """What :func:`sealed` wrote.

    Raises
    ------
    ValueError
        If it is not as it was written.
    OSError
        If it is no plain file, or cannot be read.
    """
    if not path.is_file():  # a pipe would be waited for
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.pop("checksum", None) != _digest(content):
        raise ValueError(f"{path.name} does not fit its checksum")
    return content


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(json.loads(json.dumps(content, default=str)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def umask() -> int:
    """The permissions that the user takes from new files."""
    try:  # to ask the system call is to change it for a moment, for all threads
        status = Path("/proc/self/status").read_text()
        return next(int(line.split()[1], 8) for line in status.splitlines() if line.startswith("Umask:"))
    except (OSError, StopIteration):
        mask = os.umask(0)
        os.umask(mask)
        return mask
