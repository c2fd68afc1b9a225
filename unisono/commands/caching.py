"""``unisono cache``: what is kept, how large it is, and how it is removed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from unisono.commands import completing
from unisono.commands.common import conclude, console
from unisono.models.errors import UsageError

if TYPE_CHECKING:
    from unisono.adapters.runtime.cache_entries import Entry

Kinds = Annotated[
    list[str] | None,
    typer.Argument(metavar="KIND", help="runs, rows, code, errors; all by default.", autocompletion=completing.kinds),
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Remove nothing; say what would be removed.")]

_BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SECONDS = {"h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def show() -> None:
    """Show how large the cache is, by kind, and where it lies."""
    from unisono.adapters.host.folders import cache_folder
    from unisono.adapters.runtime.cache_entries import KINDS, entries
    from unisono.display import plain_table
    from unisono.table_layout import show_table

    found = entries()
    table = plain_table()
    table.add_column("kind")
    for title in ("entries", "size"):
        table.add_column(title, justify="right")
    table.add_column("what")
    for kind in KINDS.values():
        own = [entry for entry in found if entry.kind == kind.name]
        table.add_row(kind.name, f"{len(own):,}", size_text(_total(own)), kind.meaning)
    show_table(console, table)
    conclude(f"{size_text(_total(found))} in {cache_folder()}")


def clear(kind: Kinds = None, dry_run: DryRun = False) -> None:
    """Empty the cache, or remove some kinds of files; what a running command uses stays."""
    from unisono.adapters.runtime.cache_entries import KINDS, entries

    kinds = [KINDS[name].name for name in kind or KINDS]
    _remove([entry for entry in entries() if entry.kind in kinds], dry_run)


def limit(
    age: Annotated[
        str | None, typer.Option("--age", metavar="TIME", help="Remove what was not used for so long: 12h, 30d, 4w.")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="SIZE", help="Remove the least recently used until the rest fits: 500M, 2G."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Remove what was not used for long, or what is too much; what a running command uses stays."""
    from unisono.adapters.runtime.cache_entries import entries, surplus

    if age is None and size is None:
        raise UsageError("Neither age nor size is given.", "Write --age 30d, --size 2G, or both.")
    chosen = surplus(entries(), None if age is None else seconds_of(age), None if size is None else bytes_of(size))
    _remove(chosen, dry_run)


def seconds_of(text: str) -> float:
    """A time as it is written: ``12h``, ``30d``, ``4w``.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([hdw])", text.strip())
    if not found:
        raise UsageError(f"'--age {text}' is no time.", "Write hours, days or weeks, as in 12h, 30d or 4w.")
    return float(found[1]) * _SECONDS[found[2]]


def bytes_of(text: str) -> int:
    """A size as it is written: ``500M``, ``2G``, ``1.5 GB``.

    Raises
    ------
    UsageError
        If it is anything else.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip().upper())
    if not found:
        raise UsageError(f"'--size {text}' is no size.", "Write it as in 500M or 2G.")
    return int(float(found[1]) * _BYTES[found[2]])


def size_text(number: int) -> str:
    """Bytes in the largest unit that leaves a whole number."""
    for unit in ("GB", "MB", "kB"):
        scale = _BYTES[unit[0].upper()]
        if number >= scale:
            return f"{number / scale:.1f} {unit}"
    return f"{number} B"


def _remove(chosen: Sequence[Entry], dry_run: bool) -> None:
    from unisono.adapters.host.folders import cache_folder
    from unisono.adapters.runtime.cache_entries import remove

    if dry_run or not chosen:
        conclude(f"Would remove {_counted(chosen)} from {cache_folder()}" if chosen else "Nothing to remove.")
        return
    gone, stay = remove(chosen)
    kept = f"; {_counted(stay)} in use by a running command, or of another user, stay" if stay else ""
    conclude(f"Removed {_counted(gone)} from {cache_folder()}{kept}")


def _counted(found: Sequence[Entry]) -> str:
    return f"{len(found):,} {'entry' if len(found) == 1 else 'entries'} ({size_text(_total(found))})"


def _total(found: Sequence[Entry]) -> int:
    return sum(entry.size for entry in found)
