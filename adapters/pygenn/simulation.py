"""A trial on PyGeNN: the loop over the steps is Python's, which stops where something is due."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np

from unisono.adapters.contract import Progress, Settings, Simulation
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.pygenn.assembly import Assembly
from unisono.adapters.pygenn.compiler import compile_model
from unisono.adapters.pygenn.recorders import Sampler, SpikeRecorder, held_steps
from unisono.models.network import Network

#: Steps between two reports of progress.
REPORT_EVERY = 100


class PygennSimulation(Simulation):
    """One trial.

    Parameters
    ----------
    network, settings, cache
        As for every session.
    backend : str
        What GeNN generates code for.
    """

    def __init__(self, network: Network, settings: Settings, cache: Path, backend: str) -> None:
        super().__init__(network, settings, cache)
        self._backend = backend

    def prepare(self) -> None:
        """Generate and compile the code, unless it is in the cache."""
        self._assembly = Assembly(self.network, self.settings, self._backend)
        compile_model(self._assembly.model, self.cache)

    def build(self) -> None:
        """Load the code, and bring values and connections into its memory."""
        self._held = held_steps(self.network)
        self._assembly.load(self._held)
        self._assembly.set_epoch(self.network, 0)
        cells = self._assembly.cells
        self._spikes = {index: SpikeRecorder(population, self._held) for index, population in cells.items()}
        self._samplers = [
            Sampler(cells[request.population], request, self.trial.steps)
            for request in self.network.recordings
            if request.variable != "spikes"
        ]
        for sampler in self._samplers:
            sampler.take(0)

    def run(self, progress: Progress) -> None:
        """Carry out the trial's epochs."""
        step, advance = 0, self._assembly.model._runtime.step_time
        ends = np.cumsum([epoch.steps for epoch in self.trial.epochs]).tolist()
        epochs = {end: number for number, end in enumerate(ends[:-1], start=1)}
        changes = {i: set(c.currents.changes) for i, c in self._assembly.cells.items() if c.currents}
        for stop in self._stops({*epochs}.union(*changes.values())):
            for _ in range(stop - step):
                advance()
            fetched = step - step % self._held
            step = stop
            if stop - fetched == self._held or stop == self.trial.steps:
                for recorder in self._spikes.values():
                    recorder.fetch(stop, stop - fetched)
            for sampler in self._samplers:
                if stop and stop % sampler.interval == 0:
                    sampler.take(stop)
            if stop in epochs:
                self._assembly.set_epoch(self.network, epochs[stop])
            for index, due in changes.items():
                if stop in due:
                    self._assembly.cells[index].inject(stop)
            progress(stop)

    def _stops(self, due: set[int]) -> list[int]:
        """Grid points at which something is to be done, the first and the last one included."""
        last = self.trial.steps
        intervals = {REPORT_EVERY, self._held, *(s.interval for s in self._samplers)}
        stops = [np.array([0, last, *due]), *(np.arange(0, last + 1, interval) for interval in intervals)]
        ordered = np.unique(np.concatenate(stops))
        return ordered[ordered <= last].tolist()  # type: ignore[no-any-return]

    def collect(self) -> TrialRecording:
        """Spikes of all populations and the sampled signals."""
        spikes = source_spikes(self.network) | {index: r.spikes() for index, r in self._spikes.items()}
        signals = tuple(sampler.signal() for sampler in self._samplers)
        return TrialRecording(self.trial.steps, dict(sorted(spikes.items())), signals)

    def close(self) -> None:
        """Free GeNN's memory and unload the code."""
        self._assembly.model.unload()
        del self._assembly, self._spikes, self._samplers
        gc.collect()
