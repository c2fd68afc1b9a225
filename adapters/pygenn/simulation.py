"""A trial on PyGeNN: the loop over the steps is Python's, which stops where something is due."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Progress, Settings
from unisono.adapters.contract.delay_groups import DelayGroup, delay_groups, read_after
from unisono.adapters.contract.on_arrival import OnArrival
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.pygenn.assembly import Assembly
from unisono.adapters.pygenn.compiler import compile_model
from unisono.adapters.pygenn.recorders import FEW_SAMPLES, HELD_STEPS, Sampler, SpikeRecorder, held_steps
from unisono.models.network import Change, CurrentInput, Network, RecordingRequest, SpikeInput

#: Steps between two reports of progress.
REPORT_EVERY = 100


class PygennSimulation(OnArrival):
    """One trial.

    Parameters
    ----------
    network, settings, cache, live
        As for every simulation.
    backend : str
        What GeNN generates code for.
    """

    #: GeNN reads a synapse in the step that ends at the grid point, whose number is that of its beginning.
    COUNTED_FROM = -1

    def __init__(self, network: Network, settings: Settings, cache: Path, live: bool, backend: str) -> None:
        super().__init__(network, settings, cache, live)
        self._backend = backend

    def prepare(self) -> None:
        """Generate and compile the code, unless it is in the cache."""
        self._assembly = Assembly(
            self.network, self.settings, self.synapse_values, self._groups, self._backend, self.live
        )
        compile_model(self._assembly.model, self.cache, self.compiled)

    def build(self) -> None:
        """Load the code, and bring values and connections into its memory."""
        self._held = held_steps(self.network, HELD_STEPS if self.live else self.trial.steps)
        self._assembly.load(self._held)
        cells = self._assembly.cells
        self._spikes = {index: SpikeRecorder(population, self._held) for index, population in cells.items()}
        self._samplers: list[Sampler] = []
        self.expect(self.network.spikes)
        for request in self.network.recordings:
            self.record(request)

    def record(self, request: RecordingRequest) -> None:
        """Sample a variable from here on; spikes are recorded in any case."""
        if request.variable == "spikes":
            return
        room = FEW_SAMPLES if self.live else self.trial.steps // request.interval + 1
        sampler = Sampler(self._assembly.cells[request.population], request, room)
        self._samplers.append(sampler)
        if self.step % sampler.interval == 0:
            sampler.take()

    def write_cells(self, change: Change) -> None:
        """Set values of cells for the steps from here on."""
        self._assembly.write(change)

    @cached_property
    def _groups(self) -> list[tuple[DelayGroup, ...]]:
        """The synapses of each projection by their axonal delays."""
        return [delay_groups(projection) for projection in self.network.projections]

    def read_after(self, index: int) -> NDArray[Any]:
        """A group of synapses is read at once; GeNN's queue holds what some of them deliver later."""
        return read_after(self._groups[index], self.network.projections[index].size)

    def kept(self, index: int) -> Mapping[str, NDArray[np.float64]]:
        """What GeNN keeps for the synapses of a projection, fetched from the device."""
        return self._assembly.kept(index, self.step)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses, for what arrives from here on."""
        self._assembly.set_synapses(new)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        self.expect(spikes)
        self._assembly.feed(spikes, currents, self.step)

    def advance(self, until: int, progress: Progress) -> None:
        """Step up to a grid point."""
        self._assembly.settle(self.step)
        advance = self._assembly.model._runtime.step_time
        driven = self._assembly.driven
        for stop in self._stops(until):
            for cells in driven:
                cells.inject(self.step)
            self._assembly.make_room(self.step, stop)
            for _ in range(stop - self.step):
                advance()
            self.step = stop
            if stop % self._held == 0:
                self._fetch()
            for sampler in self._samplers:
                if stop % sampler.interval == 0:
                    sampler.take()
            progress(stop)

    def _stops(self, until: int) -> list[int]:
        """Grid points after the present one at which something is to be done, the last one included."""
        intervals = {REPORT_EVERY, self._held, *(s.interval for s in self._samplers)}
        stops = [np.array([until]), *(cells.currents.changes(until) for cells in self._assembly.driven)]
        stops += [np.arange(self.step // i * i, until, i) for i in intervals]
        ordered = np.unique(np.concatenate(stops))
        return ordered[ordered > self.step].tolist()  # type: ignore[no-any-return]

    def _fetch(self) -> None:
        for recorder in self._spikes.values():
            recorder.fetch(self.step)

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """The states, fetched from the device."""
        return {name: self._assembly.cells[population].values(name) for name in names}

    def read(self) -> TrialRecording:
        """Spikes of the cells and samples since the last call."""
        self._fetch()
        spikes = {index: recorder.read() for index, recorder in self._spikes.items()}
        return TrialRecording(self.step, spikes, tuple(sampler.read() for sampler in self._samplers))

    def close(self) -> None:
        """Free GeNN's memory and unload the code."""
        self._assembly.model.unload()
        del self._assembly, self._spikes, self._samplers
        gc.collect()
