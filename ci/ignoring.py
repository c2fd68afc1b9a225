"""What git should ignore of what Unisono writes into a repository."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unisono.models.files import written_whole

#: Above the lines that are added.
COMMENT = "# written by Unisono"


def ignore(folder: Path, places: Sequence[str]) -> tuple[Path, tuple[str, ...]]:
    """Add folders to the ``.gitignore`` of a folder; those that are in it, or in one above it, are left out.

    Parameters
    ----------
    folder : Path
        That of the configuration.
    places : sequence of str
        Folders relative to it.

    Returns
    -------
    Path
        The file.
    tuple of str
        The lines that were added; empty where nothing was missing.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = folder / ".gitignore"
    known = {line for above in _files(folder) for line in _lines(above)}
    missing = tuple(place for place in places if place.strip("/") not in known)
    if missing:
        text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else ""
        end = "" if not text or text.endswith("\n") else "\n"
        gap = "\n" if text.strip() else ""
        added = "\n".join((COMMENT, *missing))
        with written_whole(path) as temporary:
            temporary.write_text(f"{text}{end}{gap}{added}\n", encoding="utf-8", errors="surrogateescape")
    return path, missing


def _files(folder: Path) -> list[Path]:
    """The ``.gitignore`` of a folder, and of those above it up to the top of the repository."""
    found = []
    inside = folder.resolve()
    for place in (inside, *inside.parents):
        found.append(place / ".gitignore")
        if (place / ".git").exists():
            return found
    return found[:1]


def _lines(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    return {line.strip().strip("/") for line in lines}
