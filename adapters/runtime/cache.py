"""Known runs and compiled code, in the user's cache folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import check_room_for_samples
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.host.processes import own_folder
from unisono.models.errors import DamagedFile, OutputError
from unisono.models.files import cause_of, checksum, full_disk, replace_folder, sealed, umask, unsealed
from unisono.models.network import Network

#: What to do where the cache folder cannot be written.
REMEDY = "Set UNISONO_CACHE to a folder that is writable and has free space."


def key(fingerprint: str, simulator: str, version: str, settings: Settings) -> str:
    """Name of a run: equal where network, simulator, versions, settings and our own code are."""
    parts = [fingerprint, simulator, version, asdict(settings), code_digest()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@cache
def code_digest() -> str:
    """Digest of the source files of the models and adapters; what only makes networks is left out."""
    digest = hashlib.sha256()
    adapters = Path(__file__).parent.parent
    for folder in (adapters, adapters.parent / "models"):
        for path in sorted(p for p in folder.rglob("*.*") if p.suffix in (".py", ".cc", ".h")):
            inside = path.relative_to(folder)
            if inside.parts[0] not in ("library", "pynn"):
                digest.update(inside.as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def job_folder() -> Iterator[Path]:
    """A fresh folder beside the kept runs, removed afterwards unless it was moved away.

    Raises
    ------
    OutputError
        If the cache folder cannot be written.
    """
    place = cache_folder() / "jobs"
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(own_folder(place))
        except OSError as error:
            raise OutputError(f"Cannot write to the cache folder '{place}': {error.strerror}.", REMEDY) from error
        yield folder


@contextmanager
def written_here() -> Iterator[None]:
    """Give an error about what cannot be written into the cache folder the remedy that fits.

    Raises
    ------
    OutputError
    """
    try:
        yield
    except OutputError as error:
        raise OutputError(error.message, REMEDY) from error
    except OSError as error:
        if full_disk(error) is None:
            raise
        raise OutputError(f"Cannot write to the cache folder '{cache_folder()}': {error.strerror}.", REMEDY) from error


def check_room(network: Network, runs: int) -> None:
    """See that the cache has room for the samples of some runs before they begin.

    Raises
    ------
    OutputError
    """
    check_room_for_samples(cache_folder(), network, runs, REMEDY)


def keep(job: Path, name: str, fresh: bool = False) -> Path:
    """Move a finished job to its place among the kept runs.

    Of two that race the first is kept, since another process may be reading it; a fresh one replaces it. Where another
    user's run cannot be replaced, that one stays.
    """
    place = cache_folder() / "runs" / name
    if not fresh and kept(name) is not None:
        return place
    shutil.rmtree(job / "tmp", ignore_errors=True)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        job.chmod(0o777 & ~umask())
        if not fresh:
            with suppress(OSError):
                os.rename(job, place)
                return place
            if kept(name) is not None:  # another process was faster
                return place
        replace_folder(job, place)
    except OSError as error:
        if isinstance(error, PermissionError) and os.path.lexists(place):
            return place
        raise OutputError(f"Cannot write to the cache folder '{place.parent}': {cause_of(error)}.", REMEDY) from error
    return place


def discard(name: str) -> None:
    """Remove a kept run that is damaged."""
    shutil.rmtree(cache_folder() / "runs" / name, ignore_errors=True)


def kept(name: str) -> Path | None:
    """Folder of a cached run, or None."""
    place = cache_folder() / "runs" / name
    try:
        return place if (place / "outcome.json").is_file() else None
    except OSError:  # of another user, who keeps it private
        return None


@contextmanager
def reading(name: str) -> Iterator[Path | None]:
    """Folder of a cached run, or None; it is not removed within the block, and counts as used now."""
    place = cache_folder() / "runs" / name
    try:
        descriptor = os.open(place, os.O_RDONLY)
    except OSError:
        yield None
        return
    try:
        with suppress(OSError):  # some file systems have no locks
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        with suppress(OSError):  # of another user
            os.utime(place)
        yield kept(name)
    finally:
        os.close(descriptor)


def save_outcome(job: Path, provenance: Mapping[str, Any]) -> None:
    """Mark a job as done: its provenance, the checksum of its recording's index, which has those of all files."""
    content = {"provenance": dict(provenance), "recording": checksum(job / "recording" / "recording.json")}
    (job / "outcome.json").write_text(sealed(content))


def outcome(place: Path) -> dict[str, Any]:
    """Provenance of a kept run.

    Raises
    ------
    DamagedFile
        If it cannot be read, or the recording's index is not the one that was written.
    """
    try:
        content = unsealed(place / "outcome.json")
        provenance: dict[str, Any] = content["provenance"]
        whole = content["recording"] == checksum(place / "recording" / "recording.json")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedFile(f"The results in '{place}' cannot be read: {error}") from error
    if not whole:
        raise DamagedFile(f"The results in '{place}' are damaged: recording.json does not match its checksum.")
    return provenance
