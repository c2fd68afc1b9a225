"""Spikes of cells, kept on the device for the synapses that they change."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import HISTORY, NO_SPIKE, ROOM, TOLD

#: Spikes of a cell for which there is room at first.
FEW_SPIKES = 128


class History:
    """The steps at which the cells of a population spiked, the same for each group of synapses onto it that needs them.

    GeNN's code writes them, and a synapse reads on in them where it stopped when its source spiked last.
    """

    def __init__(self, model: Any, size: int) -> None:
        self._model, self._size = model, size
        self._groups: list[Any] = []
        self._room = 0
        #: Up to this step there is room, however often the cells spike.
        self._enough = 0

    @property
    def needed(self) -> bool:
        """Whether there are such groups."""
        return bool(self._groups)

    def add(self, group: Any) -> None:
        """Have a group of synapses of GeNN's know the spikes, too, before anything is simulated."""
        self._groups.append(group)

    def make_room(self, step: int, until: int) -> None:
        """See that the spikes of the steps up to another one can be kept."""
        if until <= self._enough:
            return
        most, more = (int(self._told().max()) if self._room else 0), until - step
        # behind the last spike of a cell stands the mark of the end
        if most + more >= self._room:
            self._grow(max(FEW_SPIKES, 2 * self._room, most + more + 1))
        self._enough = step + self._room - most - 1

    def _told(self) -> NDArray[np.uint32]:
        """How many spikes of each cell there are."""
        variable = self._groups[0].post_vars[TOLD]
        variable.pull_from_device()
        return np.array(variable.view)

    def _rows(self) -> NDArray[np.int32]:
        """The steps, a row for each cell."""
        if not self._room:
            return np.empty((self._size, 0), np.int32)
        kept = self._groups[0].extra_global_params[HISTORY]
        kept.pull_from_device()
        return np.array(kept.view).reshape(self._size, self._room)

    def _grow(self, room: int) -> None:
        """Move what is kept to where there is more room; GeNN frees the old arrays when the model is unloaded."""
        rows = np.full((self._size, room), NO_SPIKE, np.int32)
        rows[:, : self._room] = self._rows()
        for group in self._groups:
            allocated(self._model, group, HISTORY, rows.size).view[:] = rows.reshape(-1)
            group.extra_global_params[HISTORY].push_to_device()
            group.set_dynamic_param_value(ROOM, room)
        self._room = room

    def unseen(
        self, cells: NDArray[np.integer], seen: NDArray[np.integer], last: NDArray[np.integer]
    ) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.intp]]:
        """The spikes that synapses have yet to see, up to a last step of each.

        Parameters
        ----------
        cells, seen, last : int array, shape (synapses,)
            The target of each synapse, how many of its spikes it has seen, and the last step.

        Returns
        -------
        synapses, steps : int array, shape (spikes,)
        seen : int array, shape (synapses,)
            How many it has seen with them.
        """
        rows = self._rows()
        kept = rows < NO_SPIKE
        steps, counts = rows[kept].astype(np.int64), kept.sum(axis=1)
        first = np.cumsum(counts) - counts
        # one sorted sequence of the spikes of all cells
        keys = np.repeat(np.arange(self._size), counts) * NO_SPIKE + steps
        due = np.searchsorted(keys, cells.astype(np.int64) * NO_SPIKE + np.maximum(last, 0), side="right")
        due = np.maximum(due - first[cells], seen)
        number = due - seen
        synapses = np.repeat(np.arange(cells.size), number)
        rank = np.arange(synapses.size) - np.repeat(np.cumsum(number) - number, number)
        return synapses, steps[first[cells[synapses]] + seen[synapses] + rank], due


def allocated(model: Any, group: Any, name: str, size: int) -> Any:
    """An extra global parameter of a group with a new array of GeNN's."""
    parameter, runtime = group.extra_global_params[name], model._runtime
    runtime.allocate_array(group, name, size)
    parameter.set_array(runtime.get_array(group, name))
    return parameter
