"""Spike sources of a Network as populations of a GeNN model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import COUNT, END, NEXT, SOURCE_STEP, TRAIN
from unisono.adapters.pygenn.history import allocated
from unisono.adapters.pygenn.inputs import Trains
from unisono.models.network import Network, SpikeInput

if TYPE_CHECKING:
    from unisono.adapters.pygenn.connections import SynapseGroup

_READ = pygenn.VarAccess.READ_ONLY


class Sources:
    """A population of spike sources, which plays its spikes by itself."""

    def __init__(self, model: Any, network: Network, index: int, live: bool) -> None:
        self._model = model
        size = network.populations[index].size
        spikes = [s for s in network.spikes if s.population == index]
        self._trains = Trains.of(size, spikes) if live else Trains.of(size, spikes, network.trials[0].steps)
        self._changed = bool(self._trains.steps.size)
        self._room = 0
        #: Whether a cell may fire several times in a step.
        self.counts = live or self._trains.most > 1
        neuron = pygenn.create_neuron_model(
            f"sources{index}",
            vars=[(NEXT, "unsigned int"), (END, "unsigned int", _READ), (COUNT, "unsigned int")],
            sim_code=SOURCE_STEP,
            threshold_condition_code=f"{COUNT} > 0",
            extra_global_params=[(TRAIN, "uint32_t*")],
        )
        self.group = model.add_neuron_population(f"sources{index}", size, neuron, {}, {NEXT: 0, END: 0, COUNT: 0})

    def feed(self, spikes: Sequence[SpikeInput], step: int) -> None:
        """Take further spikes, of grid points after ``step`` or, before the first step, of grid point 0."""
        self._trains = self._trains.joined(spikes, step if step else -1)
        self._changed = True

    def settle(self, step: int, connections: Iterable[SynapseGroup]) -> None:
        """Give GeNN the spikes that were fed, those of grid point 0 where it looks for those of the step before."""
        if not self._changed:
            return
        self._changed = False
        begins, steps = self._trains.bounds[:-1], self._trains.steps
        self._store(steps)
        self._put(END, self._trains.bounds[1:])
        if step:
            self._put(NEXT, begins)
            return
        first = self._trains.first
        self._put(NEXT, begins + first)
        self._put(COUNT, first)
        cells = np.flatnonzero(first)
        for connection in connections if cells.size else ():
            connection.announce(cells)

    def _store(self, steps: NDArray[np.uint32]) -> None:
        """Bring the spikes to GeNN; for more than there were before it is given a new array, at least twice as large.

        GeNN does not free the old one before the model is unloaded.
        """
        if steps.size > self._room:
            self._room = max(steps.size, 2 * self._room)
            allocated(self._model, self.group, TRAIN, self._room)
        if self._room:
            train = self.group.extra_global_params[TRAIN]
            train.view[: steps.size] = steps
            train.push_to_device()

    def _put(self, name: str, values: Any) -> None:
        variable = self.group.vars[name]
        variable.view[...] = values
        variable.push_to_device()
