"""How a network is run: numerics, precision, threads, options of an adapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from unisono.models.errors import UnknownName, UsageError
from unisono.models.registry import choose, unknown

#: How a network can be integrated, and in which precision.
NUMERICS = ("matched", "native", "euler")
PRECISIONS = ("double", "single")


@dataclass(frozen=True)
class Settings:
    """How a network is run; part of the cache key of a result.

    Attributes
    ----------
    numerics : str
        ``matched``: the numerics that all simulators share; ``native``: the simulator's own default;
        ``euler``: the forward Euler method for all equations, to show what it costs.
    threads : int
        Threads of the simulation.
    options : mapping
        Options of one adapter, as it documents them.
    precision : str
        ``double``, or ``single`` where the simulator can compute with it.
    """

    numerics: str = "matched"
    threads: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    precision: str = "double"

    def __post_init__(self) -> None:
        for name, value, choices in (("numerics", self.numerics, NUMERICS), ("precision", self.precision, PRECISIONS)):
            if value not in choices:
                raise unknown(name, value, choices)
        if self.threads < 1:
            raise UsageError(f"The number of threads must be at least 1, not {self.threads}.", "Use --threads 1.")

    def named(self, text: str) -> tuple[str, Settings]:
        """A simulator as it is written on the command line, ``nest``, ``nest:native`` or ``genn:single``.

        Returns
        -------
        tuple of str and Settings
            Its name, and these settings with what the text says otherwise.

        Raises
        ------
        UnknownName
            If what follows a colon is neither a kind of numerics nor a precision, or two of a kind.
        """
        simulator, *words = (part.strip() for part in text.split(":"))
        found = self
        for choices in (NUMERICS, PRECISIONS):
            if len(named := [word for word in words if word in choices]) > 1:
                raise UnknownName(f"'{text}': {' and '.join(named)} exclude each other.", "Choose one of them.")
        for word in words:
            if word not in (*NUMERICS, *PRECISIONS):
                raise UnknownName(f"'{text}': a simulator has no '{word}'.", choose(word, (*NUMERICS, *PRECISIONS)))
            found = replace(found, numerics=word) if word in NUMERICS else replace(found, precision=word)
        return simulator, found

    def name_of(self, simulator: str) -> str:
        """The text of :meth:`named` for a simulator with these settings; what is the default is left out."""
        parts = (simulator, self.numerics, self.precision)
        return ":".join(part for part in parts if part not in ("matched", "double"))


def names_of(on: str | Iterable[str]) -> list[str]:
    """Simulators as they are asked for: a list of names, or one text with commas between them."""
    texts = [on] if isinstance(on, str) else on
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]
