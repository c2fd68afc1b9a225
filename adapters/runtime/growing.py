"""Arrays that grow at their end, at a cost in proportion to what is added."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class GrowingArray:
    """Rows that are appended; room is doubled when it runs out.

    Parameters
    ----------
    kind : dtype
    width : int, optional
        Columns of a row; without it the array is flat.
    """

    def __init__(self, kind: DTypeLike, width: int | None = None) -> None:
        self._rest = () if width is None else (int(width),)
        self._array: NDArray[Any] = np.empty((16, *self._rest), kind)
        self._size = 0

    def extend(self, rows: NDArray[Any]) -> None:
        """Append rows."""
        end = self._size + len(rows)
        if end > len(self._array):
            larger = np.empty((max(end, 2 * len(self._array)), *self._rest), self._array.dtype)
            larger[: self._size] = self._array[: self._size]
            self._array = larger
        self._array[self._size : end] = rows
        self._size = end

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """All rows so far, read-only; later rows do not change them."""
        view = self._array[: self._size]
        view.flags.writeable = False
        return view
