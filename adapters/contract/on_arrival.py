"""Simulators that read a synapse later than the spike reaches it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.settings import Settings
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.adapters.contract.synapse_reader import Kept, NewValues, SynapseReader
from unisono.models.network import Change, Network

Floats = NDArray[np.float64]


class OnArrival(Simulation):
    """A simulation whose synapses act when what they deliver arrives.

    A spike that has passed its synapse delivers what it left with, whatever is set while it is on its way. So a change
    takes effect at each synapse a dendritic delay later, when all that was sent before it has been read.

    Attributes
    ----------
    synapse_values : SynapseValues
        Those in force for spikes that are sent now.
    """

    #: What the simulator calls the step in which it reads a synapse, less the grid point at which that arrives.
    COUNTED_FROM = 0

    def __init__(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> None:
        super().__init__(network, settings, cache, live)
        single = settings.precision == "single"
        self.synapse_values = SynapseValues(network, single, lambda i: self.read_after(i) + self.COUNTED_FROM)
        #: What will be set, by grid point, in the order in which it was written, and when that was.
        self._later: dict[int, list[tuple[int, NewValues]]] = {}
        self._reader = SynapseReader(network, self.synapse_values)
        self._by_delay: dict[int, list[tuple[int, NDArray[np.intp] | None]]] = {}

    @abstractmethod
    def advance(self, until: int, progress: Progress) -> None:
        """What :meth:`run` is to other simulations."""

    @abstractmethod
    def set_synapses(self, new: NewValues) -> None:
        """Have synapses of a projection act with new values from the next step on."""

    @abstractmethod
    def write_cells(self, change: Change) -> None:
        """Set parameters or states of cells at the present grid point."""

    def kept(self, index: int) -> Mapping[str, Floats]:
        """The values of a projection's synapses as the simulator has them: copies, shape () or (synapses,).

        Empty if they cannot be had.
        """
        return {}

    def hear(self, spikes: Mapping[int, Spikes]) -> None:
        """Take note of spikes up to the present grid point."""
        self._reader.hear(spikes)

    def synapse_states(self, projection: int) -> Mapping[str, Floats]:
        """Present values of the states of synapses."""
        ahead = sorted((entry for due in self._later.values() for entry in due), key=itemgetter(0))
        changes = [(step, new) for step, new in ahead if new.projection == projection]
        values = self.kept(projection)
        if not values:
            return {}
        kept = Kept(values, self.step - self.read_after(projection), changes)
        return self._reader.states(projection, kept, self.step)

    def read_after(self, index: int) -> NDArray[Any]:
        """Steps between the passage of a spike and the reading of its synapse, shape () or (synapses,)."""
        return self.network.projections[index].dendritic

    def write(self, change: Change) -> None:
        """Set values at the present grid point, for the spikes that reach their synapses after it."""
        if change.kind != "synapse":
            self.write_cells(change)
            return
        for index, values in self.synapse_values.write(change).items():
            # Before the first step nothing is on its way.
            for delay, synapses in self._parts(index) if self.step else ((0, None),):
                new = NewValues(index, values, synapses)
                if delay:
                    self._later.setdefault(self.step + delay, []).append((self.step, new))
                else:
                    self.set_synapses(new)

    def run(self, until: int, progress: Progress) -> None:
        """Advance, and stop where changed synapses begin to act."""
        while True:
            for _, new in self._later.pop(self.step, ()):
                self.set_synapses(new)
            stop = min([until, *self._later])
            self.advance(stop, progress)
            if stop == until:
                return

    def _parts(self, index: int) -> list[tuple[int, NDArray[np.intp] | None]]:
        """The synapses of a projection by the steps after which they are read."""
        if index not in self._by_delay:
            self._by_delay[index] = list(_parts(self.read_after(index)))
        return self._by_delay[index]


def _parts(delays: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.intp] | None]]:
    different, which = np.unique(delays, return_inverse=True)
    if different.size == 1:
        yield int(different[0]), None
        return
    for number, delay in enumerate(different.tolist()):
        yield delay, np.flatnonzero(which.reshape(-1) == number)
