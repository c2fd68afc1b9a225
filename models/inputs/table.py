"""Values that hold from given times on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from unisono.models.grid import to_steps
from unisono.models.inputs.common import Floats, Integers

#: Bits of a key that hold the time.
_TIME = 32


@dataclass(frozen=True, eq=False)
class Table:
    """Piecewise constant values: one sequence for all cells, or one for each.

    Attributes
    ----------
    keys : int64 array, shape (entries,)
        Index of the sequence and the grid point from which on an entry holds, as one sortable number.
    values : tuple of float64 arrays, shape (entries,) each
    single : bool
        Whether one sequence holds for all cells.
    """

    keys: Integers
    values: tuple[Floats, ...]
    single: bool

    @classmethod
    def of(cls, starts: Sequence[Floats], *values: Sequence[Floats]) -> Table:
        """Put a table together.

        Parameters
        ----------
        starts : sequence of float64 arrays
            For each sequence the times, in steps and increasing, from which on its values hold. They are rounded to
            the grid; of entries that fall together the last one holds.
        *values : sequences of float64 arrays
            The values of each quantity, as many as there are times.
        """
        steps = [to_steps(times, 1.0).clip(0, 2**31) for times in starts]
        keys = np.concatenate([(i << _TIME) + times for i, times in enumerate(steps)])
        return cls(keys, tuple(np.concatenate(list(v)) for v in values), len(steps) == 1)

    def entry(self, cells: Integers, steps: Integers) -> Integers:
        """Index of the entry that holds for a cell over the step that begins at a grid point; -1 before its first."""
        owner = np.zeros_like(cells) if self.single else cells
        found = np.searchsorted(self.keys, (owner << _TIME) + steps, side="right") - 1
        return np.where((found >= 0) & (self.keys[found] >> _TIME == owner), found, -1)

    def next_start(self, cells: Integers, steps: Integers, stop: Integers) -> Integers:
        """Grid point at which the next entry of a cell begins, or ``stop`` if that comes first."""
        owner = np.zeros_like(cells) if self.single else cells
        found = np.searchsorted(self.keys, (owner << _TIME) + steps, side="right")
        key = self.keys[np.minimum(found, self.keys.size - 1)]
        ours = (found < self.keys.size) & (key >> _TIME == owner)
        return np.where(ours, np.minimum(key & (1 << _TIME) - 1, stop), stop)
