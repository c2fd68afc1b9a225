"""A trial on Brian2: the loop over the steps, and what is done between Brian2's own code."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.assembly import Assembly
from unisono.adapters.brian2.compiler import Library, compiles, configure
from unisono.adapters.brian2.recorders import Sampler, SpikeRecorder
from unisono.adapters.codegen.printers.brian2 import named
from unisono.adapters.contract import Progress
from unisono.adapters.contract.on_arrival import OnArrival
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Change, CurrentInput, RecordingRequest, SpikeInput

#: Steps between two reports of progress.
REPORT_EVERY = 100


class Brian2Simulation(OnArrival):
    """Runs Brian2's compiled code step by step, with times counted in integers.

    ``Network.run`` would do the same, but generates all code anew in each run,
    counts in floating-point time, and forgets the spikes of the last step.
    """

    #: In the step that ends at a grid point, Brian2's clock still shows the one before.
    COUNTED_FROM = -1

    _assembly: Assembly
    _library: Library
    _code: list[Callable[[], Any]]
    _recorders: list[SpikeRecorder]
    _samplers: list[Sampler]

    def prepare(self) -> None:
        """Make groups of cells, and compile the code of all objects, unless it is in the cache."""
        configure(self.settings)
        self._assembly = Assembly(self.network, self.settings, self.synapse_values, self.live)
        self._library = Library(self.cache / "brian2", self.settings.numerics == "native")
        if compiles(self.settings):
            self._assembly.prepare(self._library, self.compiled)

    def build(self) -> None:
        """Make synapses, inputs and recorders, and load the compiled code."""
        configure(self.settings)
        self._assembly.fill()
        self._code = self._assembly.code(self._library)
        self._recorders = [SpikeRecorder(g.spikespace, list(g.populations), g.first) for g in self._assembly.groups]
        self._samplers = []
        for request in self.network.recordings:
            self.record(request)
        self.feed(self.network.spikes, dict(enumerate(self.network.currents)))

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs that lie ahead."""
        self.expect(spikes)
        self._assembly.feed(spikes, currents)

    def record(self, request: RecordingRequest) -> None:
        """Sample a variable, the present grid point included; spikes are recorded anyway."""
        if request.variable == "spikes":
            return
        cells = self._assembly.cells[request.population]
        unit, state = cells.model.units[request.variable], cells[named(request.variable)]
        self._samplers.append(Sampler(request, unit, state, self.step, max(self.step, self.trial.steps)))

    def write_cells(self, change: Change) -> None:
        """Set values of cells at the present grid point."""
        self._assembly.write(change)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses, for what arrives from here on."""
        self._assembly.set_synapses(new)

    def kept(self, index: int) -> Mapping[str, NDArray[np.float64]]:
        """The values of a projection's synapses: copies."""
        return self._assembly.kept(index)

    def advance(self, until: int, progress: Progress) -> None:
        """Carry out the steps up to a grid point."""
        timestep, time, dt = (self._assembly.clock.variables[n].get_value() for n in ("timestep", "t", "dt"))
        length = dt.item()
        before = self._assembly.plan(self.step, until)
        after = [recorder.record for recorder in self._recorders]
        code, samplers = self._code, self._samplers
        for sampler in samplers:
            sampler.reserve(self.step, until)
        for step in range(self.step, until):
            for act in before:
                act(step)
            for call in code:
                call()
            timestep[0] = step + 1
            time[0] = (step + 1) * length
            for note in after:
                note(step + 1)
            for sampler in samplers:
                if (step + 1) % sampler.interval == 0:
                    sampler.take()
            if step % REPORT_EVERY == 0:
                progress(step)
        self.step = until
        progress(until)

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """The states themselves."""
        cells = self._assembly.cells[population]
        return {name: cells[named(name)] for name in names}

    def read(self) -> TrialRecording:
        """Spikes of all cells, and samples in the order in which their recording began."""
        spikes = {index: found for recorder in self._recorders for index, found in recorder.read().items()}
        return TrialRecording(self.step, spikes, tuple(sampler.read() for sampler in self._samplers))

    def close(self) -> None:
        """Drop all Brian2 objects, so that their names are free and their memory too."""
        del self._assembly, self._library, self._code, self._recorders, self._samplers
        gc.collect()
