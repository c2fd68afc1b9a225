"""A simulation whose synapses are looked at in intervals: it pauses at each grid point that is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Signal, Spikes, StateSamples, TrialRecording
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.models.growing import Growing
from unisono.models.network import Change, CurrentInput, RecordingRequest, SpikeInput, SynapseRequest


class Sampled(Simulation):
    """The same simulation, with samples of the states of synapses that its network asks for.

    What was recorded between two samples is read with each of them, since states at a grid point need the spikes up to
    it, and is put together again.

    Parameters
    ----------
    simulation : Simulation
        One that can be read while it runs: a live one.
    live : bool
        Whether inputs and changes come that the network does not hold.
    """

    def __init__(self, simulation: Simulation, live: bool) -> None:
        super().__init__(simulation.network, simulation.settings, simulation.cache, live)
        self.inner = simulation
        self._requests = self.network.synapse_recordings
        self._rows: dict[SynapseRequest, Growing] = {}
        self._parts: list[TrialRecording] = []

    @property
    def program_mb(self) -> float:  # type: ignore[override]
        """Peak memory of a program beside this process."""
        return self.inner.program_mb

    def prepare(self) -> None:
        """Compile what the simulation needs."""
        self.inner.compiled = self.compiled
        self.inner.prepare()

    def build(self) -> None:
        """Build the network, and sample its beginning."""
        self.inner.build()
        if not self.live:
            self.inner.hear(source_spikes(self.network))
        for request in self._requests:
            projection = self.network.projections[request.projection]
            expected = self.trial.steps // request.interval + 1
            self._rows[request] = Growing(np.float64, (projection.size,), max(1, expected))
            first = np.broadcast_to(projection.initial[request.state], projection.size)
            self._rows[request].extend(first[np.newaxis])

    def write(self, change: Change) -> None:
        """Set values at the present grid point, which its sample does not show."""
        self.inner.write(change)

    def run(self, until: int, progress: Progress) -> None:
        """Simulate up to a grid point, with a pause at each sample."""
        for stop in self._stops(until):
            self.inner.run(stop, progress)
            self.step = self.inner.step
            self._take(stop)
        self.inner.run(until, progress)
        self.step = self.inner.step

    def _stops(self, until: int) -> list[int]:
        """Grid points of samples after the present one."""
        intervals = {request.interval for request in self._requests}
        return sorted({step for n in intervals for step in range((self.step // n + 1) * n, until + 1, n)})

    def _take(self, step: int) -> None:
        part = self.inner.read()
        self._parts.append(part)
        self.inner.hear(part.spikes)
        for projection in {r.projection for r in self._requests if step % r.interval == 0}:
            states = self.inner.synapse_states(projection)
            for request, rows in self._rows.items():
                if request.projection == projection and step % request.interval == 0:
                    rows.extend(states[request.state][np.newaxis])

    def read(self) -> TrialRecording:
        """What was recorded since the last read, and all samples so far."""
        parts, self._parts = [*self._parts, self.inner.read()], []
        self.inner.hear(parts[-1].spikes)
        samples = tuple(
            StateSamples(request.projection, request.state, request.interval, rows.values)
            for request, rows in self._rows.items()
        )
        return replace(_joined(parts), samples=samples)

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
