"""Arrays that grow at their end, at a cost that does not depend on how long they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Growing:
    """An array to which rows are added; its room doubles, so each row is moved a few times at most.

    Parameters
    ----------
    dtype : data type
    row : tuple of int
        Shape of a row; () for a flat array.
    room : int
        Rows for which there is room at first: as many as are expected, where that is known.
    """

    def __init__(self, dtype: DTypeLike, row: tuple[int, ...] = (), room: int = 64) -> None:
        self._room: NDArray[Any] = np.empty((room, *row), dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> NDArray[Any]:
        """What was added so far; a read-only view, whose content never changes."""
        view = self._room[: self._size]
        view.flags.writeable = False
        return view

    def extend(self, rows: Any) -> None:
        """Add rows, an array of shape (rows, ...)."""
        rows = np.asarray(rows)
        size = self._size + len(rows)
        if size > len(self._room):
            room = np.empty((max(size, 2 * len(self._room)), *self._room.shape[1:]), self._room.dtype)
            room[: self._size] = self._room[: self._size]
            self._room = room
        self._room[self._size : size] = rows
        self._size = size
