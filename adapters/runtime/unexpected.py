"""Errors of ours: what is no named error becomes one, and its traceback a file."""

from __future__ import annotations

import platform
import tempfile
import traceback
from pathlib import Path

from unisono.adapters.host.folders import cache_folder
from unisono.adapters.runtime.versions import unisono_version
from unisono.models import errors
from unisono.models.errors import InternalError, UnisonoError
from unisono.models.files import full_disk

#: Where errors of ours are reported.
REPORT = "Report it, with this file and what you did, to those who maintain Unisono."

#: Tracebacks that are kept.
KEPT = 20


def named(error: BaseException) -> UnisonoError:
    """An error as a named one: as it is, or as an error of ours whose traceback is written to a file."""
    if isinstance(error, UnisonoError):
        return error
    if full := full_disk(error):
        return full
    if isinstance(error, MemoryError):
        return InternalError(
            f"The memory is used up{_told(error)}.",
            "Record less, simulate less at once, or use a machine with more memory.",
        )
    text = "".join(traceback.format_exception(error))
    machine = f"Python {platform.python_version()}, {platform.platform()}"
    place = _written(f"unisono {unisono_version()}, {machine}\n\n{text}")
    where = f"The traceback is in '{place}'." if place else f"Its traceback:\n{text}"
    return InternalError(f"An error in Unisono: {type(error).__name__}{_told(error)}.", f"{where} {REPORT}")


def described(error: BaseException) -> dict[str, str]:
    """An error as another process raises it again: the name of its class in :mod:`unisono.models.errors`, its words."""
    known = named(error)
    kind = next(kind for kind in type(known).__mro__ if getattr(errors, kind.__name__, None) is kind)
    return {"kind": kind.__name__, "message": known.message, "remedy": known.remedy}


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return f": {text[:300]}" if text else ""


def _written(text: str) -> Path | None:
    """Where a traceback is kept; None if no folder can be written."""
    for folder in (cache_folder() / "errors", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(".txt", "unisono-", folder)
            with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except OSError:
            continue
        older = sorted(folder.glob("unisono-*.txt"), key=lambda path: path.stat().st_mtime)[:-KEPT]
        for path in older:
            path.unlink(missing_ok=True)
        return Path(name)
    return None
