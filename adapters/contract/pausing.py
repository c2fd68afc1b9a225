"""A simulation that pauses again and again: what was recorded between two pauses is put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording
from unisono.adapters.contract.simulation import Simulation
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.models.network import Change, CurrentInput, RecordingRequest, SpikeInput

#: Parts of a recording that are put together at once, so that none is copied more than twice.
PARTS = 1000


class Pausing(Simulation):
    """The same simulation, read at each pause.

    Parameters
    ----------
    simulation : Simulation
        One that can be read while it runs: a live one.
    live : bool
        Whether inputs and changes come that the network does not hold.

    Attributes
    ----------
    inner : Simulation
    """

    def __init__(self, simulation: Simulation, live: bool) -> None:
        super().__init__(simulation.network, simulation.settings, simulation.cache, live)
        self.inner = simulation
        self._parts: list[TrialRecording] = []
        self._longer: list[TrialRecording] = []

    @property
    def program_mb(self) -> float:  # type: ignore[override]
        """Peak memory of a program beside this process."""
        return self.inner.program_mb

    def prepare(self) -> None:
        """Compile what the simulation needs."""
        self.inner.compiled = self.compiled
        self.inner.prepare()

    def build(self) -> None:
        """Build the network."""
        self.inner.build()
        if not self.live:
            self.inner.hear(source_spikes(self.network))

    def write(self, change: Change) -> None:
        """Set values at the present grid point."""
        self.inner.write(change)

    def pause(self) -> TrialRecording:
        """Take what was recorded since the last pause, of which the simulation takes note."""
        part = self.inner.read()
        self._parts.append(part)
        if len(self._parts) == PARTS:
            self._longer.append(_joined(self._parts))
            self._parts = []
        self.inner.hear(part.spikes)
        return part

    def read(self) -> TrialRecording:
        """What was recorded since the last read."""
        self.pause()
        parts = [*self._longer, *self._parts]
        self._longer, self._parts = [], []
        return _joined(parts)

    def hear(self, spikes: Mapping[int, Spikes]) -> None:
        """Note spikes; those of cells are known already, and in a whole run those of sources."""
        sources = {index: s for index, s in spikes.items() if self.network.populations[index].is_source}
        if self.live and sources:
            self.inner.hear(sources)

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Present values of states of cells."""
        return self.inner.states(population, names)

    def synapse_states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """Present values of states of synapses."""
        return self.inner.synapse_states(projection)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        self.inner.feed(spikes, currents)

    def record(self, request: RecordingRequest) -> None:
        """Record a variable from now on."""
        self.inner.record(request)

    def close(self) -> None:
        """Free the simulator."""
        self.inner.close()


def _joined(parts: Sequence[TrialRecording]) -> TrialRecording:
    """Recordings of consecutive spans as one."""
    if len(parts) == 1:
        return parts[0]
    spikes = {
        index: Spikes(
            np.concatenate([part.spikes[index].cells for part in parts]),
            np.concatenate([part.spikes[index].steps for part in parts]),
        )
        for index in parts[-1].spikes
    }
    signals = []
    for column in zip_longest(*(part.signals for part in parts)):  # one that began late is missing at first
        known: list[Signal] = [signal for signal in column if signal is not None]
        signals.append(replace(known[-1], values=np.concatenate([signal.values for signal in known])))
    return TrialRecording(parts[-1].steps, spikes, tuple(signals))
