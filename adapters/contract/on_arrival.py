"""Simulators that read a synapse later than the spike reaches it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.settings import Settings
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.models.network import Change, Network

Floats = NDArray[np.float64]


class NewValues(NamedTuple):
    """Values that some synapses of a projection have from now on.

    Attributes
    ----------
    projection : int
    values : mapping of str to float64 array, shape () or (synapses,)
        Of all synapses of the projection, by name.
    synapses : int array or None
        Those that have them; None for all.
    """

    projection: int
    values: Mapping[str, Floats]
    synapses: NDArray[np.intp] | None

    @property
    def where(self) -> slice | NDArray[np.intp]:
        """The synapses, as an index."""
        return slice(None) if self.synapses is None else self.synapses

    def chosen(self, values: Floats) -> Floats:
        """Of values of all synapses, those of the synapses that are meant; one value stays one."""
        return values[self.where] if values.ndim else values


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
        #: What will be set, by grid point, in the order in which it was written.
        self._later: dict[int, list[NewValues]] = {}
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
                    self._later.setdefault(self.step + delay, []).append(new)
                else:
                    self.set_synapses(new)

    def run(self, until: int, progress: Progress) -> None:
        """Advance, and stop where changed synapses begin to act."""
        while True:
            for new in self._later.pop(self.step, ()):
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
