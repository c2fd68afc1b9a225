"""A trial on Brian2: the loop over the steps, and what is done between Brian2's own code."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.assembly import Assembly, Cells, configure
from unisono.adapters.codegen.printers.brian2 import named
from unisono.adapters.contract import Progress, Simulation
from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.models.network import RecordingRequest

#: Steps between two reports of progress.
REPORT_EVERY = 100


class Brian2Simulation(Simulation):
    """Runs Brian2's compiled code step by step, with times counted in integers.

    ``Network.run`` would do the same, but generates all code anew in each run,
    counts in floating-point time, and forgets the spikes of the last step.
    """

    _assembly: Assembly
    _code: list[Callable[[], Any]]
    _recorders: list[_Recorder]

    def prepare(self) -> None:
        """Compile the code of a miniature of the network, unless it is in the cache."""
        configure(self.settings, self.cache)
        miniature = Assembly(self.network, self.settings, miniature=True)
        _in_processes(os.cpu_count() or 1, miniature.compile_share)
        miniature.code()

    def build(self) -> None:
        """Make groups, synapses, inputs and recorders, and load the compiled code."""
        configure(self.settings, self.cache)
        self._assembly = Assembly(self.network, self.settings)
        self._assembly.set_epoch(self.network, 0)
        self._code = self._assembly.code()
        self._recorders = [_Recorder(self, index, cells) for index, cells in self._assembly.cells.items()]

    def run(self, progress: Progress) -> None:
        """Carry out the trial's epochs."""
        step = 0
        for number, epoch in enumerate(self.trial.epochs):
            if number and self._assembly.set_epoch(self.network, number):
                self._code = self._assembly.code()
            self._run_steps(step, step + epoch.steps, progress)
            step += epoch.steps
        progress(step)

    def _run_steps(self, first: int, last: int, progress: Progress) -> None:
        timestep, time, dt = (self._assembly.clock.variables[n].get_value() for n in ("timestep", "t", "dt"))
        before = [source.fire for source in self._assembly.sources.values()]
        before += [cells.currents.inject for cells in self._assembly.cells.values() if cells.currents]
        after = [recorder.record for recorder in self._recorders]
        code = self._code
        for step in range(first, last):
            for act in before:
                act(step)
            for call in code:
                call()
            timestep[0] = step + 1
            time[0] = (step + 1) * dt[0]
            for note in after:
                note(step + 1)
            if step % REPORT_EVERY == 0:
                progress(step)

    def collect(self) -> TrialRecording:
        """Spikes of all populations and the sampled signals."""
        spikes = source_spikes(self.network) | {r.index: r.spikes() for r in self._recorders}
        signals = tuple(signal for recorder in self._recorders for signal in recorder.signals())
        return TrialRecording(self.trial.steps, dict(sorted(spikes.items())), signals)

    def close(self) -> None:
        """Drop all Brian2 objects, so that their names are free and their memory too."""
        del self._assembly, self._code, self._recorders
        gc.collect()


def _in_processes(count: int, work: Callable[[int, int], None]) -> None:
    """Carry out the shares of a work at once, each in a copy of this process; errors are left to the caller's own try.

    What the copies leave behind is the compiled code in the cache, which Brian2 guards with locks.
    """
    children = []
    for share in range(1, count):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                work(share, count)
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    work(0, count)
    for child in children:
        os.waitpid(child, 0)


class _Recorder:
    """Spikes and samples of a population, taken at the end of each step."""

    def __init__(self, session: Simulation, index: int, cells: Cells) -> None:
        self.index = index
        self._spikespace = cells.spikespace
        self._cells: list[NDArray[np.int32]] = []
        self._steps: list[int] = []
        self._requests: list[tuple[RecordingRequest, str, NDArray[Any]]] = []
        self._samples: list[tuple[int, NDArray[Any], NDArray[Any], NDArray[Any]]] = []
        for request in session.network.recordings:
            if request.population == index and request.variable != "spikes":
                state = cells[named(request.variable)]
                shape = session.trial.steps // request.interval + 1, request.cells.size
                values = np.empty(shape, state.dtype)
                self._requests.append((request, cells.model.units[request.variable], values))
                self._samples.append((request.interval, state, request.cells.astype(np.intp), values))
        self._sample(0)

    def record(self, step: int) -> None:
        """Note the spikes of the step that ended at ``step``, and sample if it is time."""
        count = self._spikespace[-1]
        if count:
            self._cells.append(self._spikespace[:count].copy())
            self._steps.append(step)
        if self._samples:
            self._sample(step)

    def _sample(self, step: int) -> None:
        for interval, state, cells, values in self._samples:
            if step % interval == 0:
                np.take(state, cells, out=values[step // interval])

    def signals(self) -> list[Signal]:
        """All samples, in double precision whatever they were computed in."""
        return [
            Signal(self.index, r.variable, unit, r.cells, r.interval, values.astype(np.float64, copy=False))
            for r, unit, values in self._requests
        ]

    def spikes(self) -> Spikes:
        """All spikes so far."""
        cells = np.concatenate([np.empty(0, np.int32), *self._cells])
        return Spikes.sorted(cells, np.repeat(self._steps, [c.size for c in self._cells]))
