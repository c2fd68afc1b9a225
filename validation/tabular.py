"""Results that are tables: CSV, and pandas DataFrames where pandas is installed."""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unisono.models.errors import PackageNotInstalled
from unisono.models.files import save_text

if TYPE_CHECKING:
    import pandas as pd


class Tabular(ABC):
    """A result that is a table."""

    @abstractmethod
    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """Its columns and its rows; None where a value is not defined."""

    def to_csv(self, path: str | Path | None = None) -> str:
        """The table as comma-separated values, also written to a file if a path is given.

        What is not defined is empty.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        columns, rows = self._table()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
        if path is not None:
            save_text(path, text.getvalue())
        return text.getvalue()

    def to_dataframe(self) -> pd.DataFrame:
        """The table as a DataFrame, with the columns of :meth:`to_csv`; what is not defined is NaN.

        Raises
        ------
        PackageNotInstalled
            If pandas cannot be imported.
        """
        try:
            import pandas as pd
        except ImportError as error:
            reason = f"pandas cannot be imported: {error}."
            raise PackageNotInstalled(reason, "Install it: pip install pandas") from None
        columns, rows = self._table()
        return pd.DataFrame([tuple(row) for row in rows], columns=list(columns))
