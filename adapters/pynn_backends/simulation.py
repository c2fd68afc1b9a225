"""One trial on one of PyNN's backends, as an ordinary user would set it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Progress, Settings, Simulation
from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.pynn_backends.modules import module
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Change, Network, Population, Projection, RecordingRequest
from unisono.models.synapses.model import WEIGHT

#: Spike times this far from the grid, in steps, are no rounding.
ON_GRID = 1e-6


class PynnSimulation(Simulation):
    """A trial through the PyNN API: ``setup`` with PyNN's defaults, ``run``, ``get_data``.

    Parameters
    ----------
    backend : str
        Name of the module in PyNN.
    network, settings, cache
        As for every simulation.
    """

    def __init__(self, backend: str, network: Network, settings: Settings, cache: Path) -> None:
        super().__init__(network, settings, cache)
        self.backend = backend

    def prepare(self) -> None:
        """Import PyNN; compile its mechanisms where that has not been done."""
        self.sim = module(self.backend, self.cache, self.compiled)
        if self.backend == "brian2":
            import brian2

            brian2.prefs.codegen.runtime.cython.cache_dir = str(self.cache / "brian2" / "pynn")

    def build(self) -> None:
        """Populations, projections, currents and recorders."""
        self.sim.setup(timestep=self.network.dt)
        self.populations = [self._population(i, p) for i, p in enumerate(self.network.populations)]
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                self._record(index)
        from unisono.adapters.pynn_backends.connector import made

        self.synapses = list(self.network.projections)
        self.projections = {
            index: made(
                self.sim,
                self.backend,
                projection,
                self.network.dt,
                self.populations[projection.pre_population],
                self.populations[projection.post_population],
            )
            for index, projection in enumerate(self.network.projections)
            if projection.size
        }
        self.currents = [
            self._current(self.populations[c.population], c)
            for c in self.network.currents
            if c.steps.size and c.cells.size
        ]

    def _population(self, index: int, population: Population) -> Any:
        """Cells with their parameters and initial values, or the instantiated spikes of a source."""
        if population.is_source:
            times = self._times(index)
            return self.sim.Population(
                population.size, self.sim.SpikeSourceArray(spike_times=times), label=population.label
            )
        kind = getattr(self.sim, population.cell)
        known = set(kind.default_parameters)
        values = {n: _plain(v) for n, v in population.parameters.items() if n in known}
        initial = {n: _plain(v) for n, v in population.initial.items() if n in kind.default_initial_values}
        made = self.sim.Population(population.size, kind(**values), label=population.label)
        made.initialize(**initial)
        return made

    def _times(self, index: int) -> Any:
        """The spike times of each source of a population, ms."""
        import pyNN.parameters

        spikes = source_spikes(self.network)[index]
        order = np.argsort(spikes.cells, kind="stable")
        cells, times = spikes.cells[order], np.round(spikes.steps[order] * self.network.dt, 10)
        bounds = np.searchsorted(cells, np.arange(self.network.populations[index].size + 1))
        each = [pyNN.parameters.Sequence(times[lo:hi]) for lo, hi in pairwise(bounds.tolist())]
        # pyNN.brian2 takes a list of one for what it holds.
        return each if len(each) > 1 else each[0]

    def _record(self, index: int) -> None:
        """Spikes of all cells, and what is asked for."""
        self.populations[index].record("spikes")
        for request in self._requests(index):
            if request.cells.size:
                self._view(request).record(request.variable, sampling_interval=request.interval * self.network.dt)

    def _requests(self, index: int) -> list[RecordingRequest]:
        return [r for r in self.network.recordings if r.population == index and r.variable != "spikes"]

    def _view(self, request: RecordingRequest) -> Any:
        population = self.populations[request.population]
        if request.cells.size == self.network.populations[request.population].size:
            return population
        return population[request.cells.astype(int)]

    def _current(self, population: Any, current: Any) -> Any:
        source = self.sim.StepCurrentSource(
            times=np.round(current.steps * self.network.dt, 10), amplitudes=np.array(current.amplitudes)
        )
        source.inject_into(population[np.unique(current.cells).astype(int)])
        return source

    def write(self, change: Change) -> None:
        """Change values with ``set`` and ``initialize``, as a script does between two runs."""
        if change.kind == "synapse":
            if change.index in self.projections:
                self._set_synapses(change)
        elif not self.network.populations[change.index].is_source:
            population = self.populations[change.index]
            concerned = population if change.cells is None else population[change.cells.astype(int)]
            act = concerned.set if change.kind == "parameter" else concerned.initialize
            act(**{change.name: _plain(change.values)})

    def _set_synapses(self, change: Change) -> None:
        projection = self.synapses[change.index] = self.synapses[change.index].changed(**{change.name: change.values})
        static = projection.delivered
        name, values = (change.name, change.values) if static is None else (WEIGHT, np.asarray(static))
        self.projections[change.index].set(**{name: _by_pair(values, projection, self.network.populations)})

    def synapse_states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """The weights that ``Projection.get`` gives; PyNN shows no other states of synapses."""
        from unisono.adapters.pynn_backends.connector import weights

        described = self.network.projections[projection]
        if WEIGHT not in described.model.states:
            return {}
        return {WEIGHT: weights(self.projections[projection], described) if described.size else np.empty(0)}

    def run(self, until: int, progress: Progress) -> None:
        """``run`` up to a grid point."""
        if until > self.step:
            self.sim.run((until - self.step) * self.network.dt)
            self.step = until
        progress(until)

    def read(self) -> TrialRecording:
        """What ``get_data`` gives; spike times are rounded to steps, and that is all."""
        spikes, signals = {}, []
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                segment = self.populations[index].get_data().segments[0]
                spikes[index] = self._spikes(segment)
                signals += [self._signal(segment, request) for request in self._requests(index)]
        return TrialRecording(self.step, spikes, tuple(signals))

    def _spikes(self, segment: Any) -> Spikes:
        trains = segment.spiketrains
        times = np.concatenate([np.empty(0), *(t.rescale("ms").magnitude for t in trains)])
        cells = np.repeat([int(t.annotations["source_index"]) for t in trains], [len(t) for t in trains]).astype(int)
        steps = np.rint(times / self.network.dt).astype(np.int64)
        kept = steps <= self.step
        exact = np.abs(times / self.network.dt - steps)
        # Some backends interpolate: then what they said is kept beside the steps.
        off_grid = times[kept] if exact.size and exact.max() > ON_GRID else None
        return Spikes.sorted(cells[kept], steps[kept], off_grid)

    def _signal(self, segment: Any, request: RecordingRequest) -> Signal:
        """The samples, those at both ends included.

        Raises
        ------
        SimulatorFailed
            If PyNN gives other samples than were asked for.
        """
        population = self.network.populations[request.population]
        unit = population.model.units[request.variable]
        rows = self.step // request.interval + 1
        values: NDArray[np.float64] = np.empty((rows, request.cells.size))
        if request.cells.size:
            (found,) = segment.filter(name=request.variable)
            if found.shape[0] < rows or found.shape[1] != request.cells.size:
                raise SimulatorFailed(
                    f"pyNN.{self.backend} gave samples of '{request.variable}' of shape {found.shape}"
                    f" in place of {values.shape}.",
                    "Record at every time step.",
                )
            order = np.argsort(found.array_annotations["channel_index"], kind="stable")
            values[:] = np.asarray(found.magnitude)[:rows, order]
        return Signal(request.population, request.variable, unit, request.cells, request.interval, values)

    def close(self) -> None:
        """Let PyNN tidy up."""
        self.sim.end()


def _plain(values: NDArray[np.float64]) -> Any:
    """A number where all cells have the same."""
    return np.array(values) if values.ndim else float(values)


def _by_pair(weights: NDArray[np.float64], projection: Projection, populations: Sequence[Population]) -> Any:
    """One weight for all synapses, or a matrix of one for each pair of cells, which is what PyNN takes."""
    if not weights.ndim:
        return float(weights)
    matrix = np.zeros((populations[projection.pre_population].size, populations[projection.post_population].size))
    matrix[projection.pre, projection.post] = weights
    return matrix
