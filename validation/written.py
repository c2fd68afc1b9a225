"""What results share: plain data, JSON, and writers that they find by name.

A result knows nothing of how it is laid out. The writers are a table in :mod:`unisono.validation.report`, which is
imported when something is written.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unisono.models.cards import Carded
from unisono.models.files import save_text
from unisono.models.registry import Lazy

#: The table of writers, by ``{class} as {form}``.
WRITERS = Lazy("unisono.validation.report.writers:WRITERS")


class Written(Carded):
    """A result that says in a line what it is, and can be written to files, each whole or not at all."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """As plain data: what JSON has, and all figures that a page shows."""

    def to_json(self, path: str | Path | None = None) -> str:
        """All of it as JSON, also written to a file if a path is given.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        text = json.dumps(plain(self.to_dict()), indent=1, allow_nan=False) + "\n"
        if path is not None:
            save_text(path, text)
        return text

    def to_html(self, path: str | Path, command: str = "") -> None:
        """Write it as one HTML file that needs nothing else.

        Parameters
        ----------
        path : str or Path
        command : str, optional
            The command that makes it again, for the page to show.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        self._save("html", path, command)

    def _save(self, form: str, path: str | Path, *given: Any) -> None:
        """Write the text that the writer of a form makes of it."""
        save_text(path, self._writer(form)(self, *given))

    def _writer(self, form: str) -> Any:
        """The writer of a form."""
        return WRITERS.load()[f"{type(self).__name__} as {form}"]


def plain(value: Any) -> Any:
    """For JSON: lists for tuples and arrays, null for what is no finite number."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(inner) for inner in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
