"""A simulation whose synapses are looked at in intervals: it pauses at each grid point that is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from unisono.adapters.contract.pausing import Pausing
from unisono.adapters.contract.recording import StateSamples, TrialRecording
from unisono.adapters.contract.simulation import Progress, Simulation
from unisono.models.growing import Growing
from unisono.models.network import SynapseRequest


class Sampled(Pausing):
    """The same simulation, with samples of the states of synapses that its network asks for.

    What was recorded between two samples is read with each of them, since states at a grid point need the spikes up to
    it.

    Parameters
    ----------
    simulation : Simulation
        One that can be read while it runs: a live one.
    live : bool
        Whether inputs and changes come that the network does not hold.
    """

    def __init__(self, simulation: Simulation, live: bool) -> None:
        super().__init__(simulation, live)
        self._requests = self.network.synapse_recordings
        self._rows: dict[SynapseRequest, Growing] = {}

    def build(self) -> None:
        """Build the network, and sample its beginning."""
        super().build()
        for request in self._requests:
            projection = self.network.projections[request.projection]
            expected = self.trial.steps // request.interval + 1
            self._rows[request] = Growing(np.float64, (projection.size,), max(1, expected))
            first = np.broadcast_to(projection.initial[request.state], projection.size)
            self._rows[request].extend(first[np.newaxis])

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
        self.pause()
        for projection in {r.projection for r in self._requests if step % r.interval == 0}:
            states = self.inner.synapse_states(projection)
            for request, rows in self._rows.items():
                if request.projection == projection and step % request.interval == 0:
                    rows.extend(states[request.state][np.newaxis])

    def read(self) -> TrialRecording:
        """What was recorded since the last read, and all samples so far."""
        samples = tuple(
            StateSamples(request.projection, request.state, request.interval, rows.values)
            for request, rows in self._rows.items()
        )
        return replace(super().read(), samples=samples)
