"""Entries by name: cells, receptors, parameter sets, library models, simulators, statistics, faults.

A name that a user mistypes is answered with the choices and the nearest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Protocol, TypeVar, overload

from unisono.models.errors import UnknownName

T = TypeVar("T")
D = TypeVar("D")


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str:
        """The name that a user writes."""


N = TypeVar("N", bound=Named)


@dataclass(frozen=True)
class Lazy:
    """An entry that is imported when it is first used.

    Attributes
    ----------
    location : str
        ``module:attribute``.
    """

    location: str

    def load(self) -> Any:
        """Import it."""
        module, _, attribute = self.location.partition(":")
        return getattr(import_module(module), attribute)


class Registry(Mapping[str, T]):
    """Entries of one kind by their names, in the order in which they were added.

    Parameters
    ----------
    kind : str
        What an entry is, for messages: ``cell model``.
    entries : mapping of str to entry or Lazy

    Raises
    ------
    UnknownName
        When a name is looked up that no entry has.
    ValueError
        When a name is added that another entry has.
    """

    def __init__(self, kind: str, entries: Mapping[str, T | Lazy] | None = None) -> None:
        self.kind = kind
        self._entries: dict[str, T | Lazy] = {}
        for name, entry in (entries or {}).items():
            self.add(name, entry)

    def add(self, name: str, entry: T | Lazy) -> None:
        """Add an entry; to add the same one again changes nothing."""
        if name in self._entries and self._entries[name] != entry:
            raise ValueError(f"The {self.kind} '{name}' is registered twice.")
        self._entries[name] = entry

    def location(self, name: str) -> str:
        """Where a lazy entry of that name comes from, ``module:attribute``; empty for the others."""
        entry = self._known(name)
        return entry.location if isinstance(entry, Lazy) else ""

    def _known(self, name: str) -> T | Lazy:
        if name not in self._entries:
            raise unknown(self.kind, name, self._entries)
        return self._entries[name]

    def __getitem__(self, name: str) -> T:
        entry = self._known(name)
        if isinstance(entry, Lazy):
            loaded: T = entry.load()
            return loaded
        return entry

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @overload
    def get(self, name: str, /) -> T | None: ...
    @overload
    def get(self, name: str, /, default: T) -> T: ...
    @overload
    def get(self, name: str, /, default: D) -> T | D: ...
    def get(self, name: str, /, default: T | D | None = None) -> T | D | None:
        """The entry of that name, or the default."""
        try:
            return self[name]
        except UnknownName:
            return default

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"Registry({self.kind!r}, {list(self)})"


def registry(kind: str, *entries: N) -> Registry[N]:
    """A registry of entries that have a ``name``.

    Raises
    ------
    ValueError
        If two have the same.
    """
    found: Registry[N] = Registry(kind)
    for entry in entries:
        found.add(entry.name, entry)
    return found


def unknown(kind: str, name: str, choices: Iterable[str]) -> UnknownName:
    """The error for a name that no entry has, with the choices and the nearest of them."""
    return UnknownName(f"Unknown {kind} '{name}'.", choose(name, choices))


def choose(name: str, choices: Iterable[str], lead: str = "Choose one of") -> str:
    """What to do about a name that is none of the choices: the nearest of them, then all."""
    names = list(choices)
    near = nearest(name, names)
    hint = f"Did you mean '{near}'? " if near else ""
    return f"{hint}{lead}: {', '.join(names)}."


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """The choice that is nearest to a mistyped name, whatever its case; None if none is near."""
    lower: dict[str, str] = {}
    for choice in choices:
        lower.setdefault(choice.lower(), choice)
    found = get_close_matches(name.lower(), list(lower), n=1, cutoff=0.5)
    return lower[found[0]] if found else None
