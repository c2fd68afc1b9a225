"""Simulators that read a synapse later than the spike reaches it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.settings import Settings
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.adapters.contract.synapse_reader import (
    Kept,
    Later,
    Modulation,
    NewValues,
    SynapseReader,
    in_order,
    modulations,
)
from unisono.models.network import Change, Network, SpikeInput

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
        self._later: dict[int, list[Later]] = {}
        self._reader = SynapseReader(network, self.synapse_values)
        self._by_delay: dict[int, list[tuple[int, NDArray[np.intp] | None]]] = {}

    @abstractmethod
    def advance(self, until: int, progress: Progress) -> None:
        """What :meth:`run` is to other simulations."""

    @abstractmethod
    def set_synapses(self, new: NewValues) -> None:
        """Have synapses of a projection act with new values from the next step on.

        What spikes of the target have done before is carried out first; that alone, where there are no new values.
        """

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
        ahead = in_order(entry for due in self._later.values() for entry in due)
        changes = [(since, new) for since, new in ahead if new.projection == projection and _is_past(new, self.step)]
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

    def expect(self, spikes: Iterable[SpikeInput]) -> None:
        """Take note of spikes that may modulate synapses."""
        for step, new in modulations(self.network, spikes, self._parts):
            self._later.setdefault(step, []).append((new.since, new))

    def plan(self, new: NewValues, since: int) -> None:
        """Set values when all that was sent before has been read."""
        for late, some in new.divided(self._parts(new.projection)):
            self._later.setdefault(max(self.step, since + late), []).append((since, some))

    def _modulate(self, new: Modulation) -> None:
        """Carry out a spike of a modulating cell, when all that comes before it has been read."""
        index = new.projection
        self.set_synapses(NewValues(index, {}, new.synapses))  # what spikes of the target have done by then
        program, size = self.synapse_values.program(index), self.network.projections[index].size
        values = new.applied(program, self.kept(index), self.synapse_values.begun[index], size)
        self.set_synapses(NewValues(index, values, new.synapses))

    def run(self, until: int, progress: Progress) -> None:
        """Advance, and stop where changed synapses begin to act."""
        while True:
            for _, new in in_order(self._later.pop(self.step, ())):
                if isinstance(new, Modulation):
                    self._modulate(new)
                else:
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


def _is_past(new: NewValues | Modulation, now: int) -> bool:
    return not isinstance(new, Modulation) or new.step <= now


def _parts(delays: NDArray[Any]) -> Iterator[tuple[int, NDArray[np.intp] | None]]:
    different, which = np.unique(delays, return_inverse=True)
    if different.size == 1:
        yield int(different[0]), None
        return
    for number, delay in enumerate(different.tolist()):
        yield delay, np.flatnonzero(which.reshape(-1) == number)
