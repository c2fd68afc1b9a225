"""One trial in NEST.

NEST's clock runs ``OFFSET`` steps ahead of the network's: in these first steps
nothing happens, then the initial values are set. So a source can spike and a
current can begin at t = 0, which NEST's own devices cannot do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Progress, Session, Settings
from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.nest import compiler
from unisono.adapters.nest.cells import Cells, GeneratedCells, cells_of
from unisono.adapters.nest.models import SYNAPSES, BuiltInModel
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Network, Projection

#: Steps that NEST's clock is ahead. A step_current_generator acts one step after its
#: time stamp, and a time stamp must lie above zero.
OFFSET = 2

#: Tics in which NEST may count a millisecond: its own choice, and powers of two for steps such as 2^-5 ms.
TICS_PER_MS = (1000, 2**10, 2**16, 10**6)

#: Projections with one weight for all synapses get a synapse model of their own, as long as NEST has room.
MAX_SYNAPSE_MODELS = 300


def tics_per_ms(dt: float) -> int:
    """Tics a millisecond for which a time step, ms, is a whole number of tics.

    Raises
    ------
    UnsupportedFeature
        If there is none.
    """
    for tics in TICS_PER_MS:
        if round(dt * tics) and abs(dt * tics - round(dt * tics)) <= 1e-9 * dt * tics:
            return tics
    raise UnsupportedFeature(
        f"NEST counts time in whole tics, of which a step of {dt:g} ms is no multiple.",
        f"Choose a multiple of {', '.join(f'1/{tics}' for tics in TICS_PER_MS[:-1])} or 1/{TICS_PER_MS[-1]} ms.",
    )


class NestSession(Session):
    """One trial in a fresh NEST kernel.

    Parameters
    ----------
    network, settings, cache
        As for every session.
    built_in : mapping of str to BuiltInModel
        The built-in models that may be used.
    """

    def __init__(self, network: Network, settings: Settings, cache: Path, built_in: Mapping[str, BuiltInModel]) -> None:
        super().__init__(network, settings, cache)
        self.cells: dict[int, Cells] = {
            index: cells_of(network, index, built_in, shared_numerics(settings))
            for index, p in enumerate(network.populations)
            if not p.is_source
        }
        self.libraries: list[Path] = []

    def prepare(self) -> None:
        """Compile the generated models."""
        generated = [c.generated for c in self.cells.values() if isinstance(c, GeneratedCells)]
        self.libraries = compiler.libraries(generated, self.cache)

    def build(self) -> None:
        """Create nodes and connections, run the first ``OFFSET`` steps, set the initial values."""
        import nest

        self.nest = nest
        _quiet(nest)
        nest.ResetKernel()
        tics = tics_per_ms(self.network.dt)
        nest.set(tics_per_ms=tics, resolution=self.network.dt)
        nest.local_num_threads = self.settings.threads
        for path in self.libraries:
            nest.Install(str(path))
        self.parameters = [dict(p.parameters) for p in self.network.populations]
        self.nodes: list[Any] = [self._create(i) if i in self.cells else None for i in range(len(self.parameters))]
        self.first = [0 if nodes is None else int(nodes[0].global_id) for nodes in self.nodes]
        self._inject()
        self.synapse_models = [self._connect(i, p) for i, p in enumerate(self.network.projections)]
        self.spike_recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
        self.multimeters: list[tuple[Any, Any]] = []
        self.weights: dict[int, NDArray[np.float64]] = {}
        for nodes, population in zip(self.nodes, self.network.populations, strict=True):
            if not population.is_source:
                nest.Connect(nodes, self.spike_recorder)
        self._request_signals()
        nest.Simulate(OFFSET * self.network.dt)
        self.spike_recorder.n_events = 0
        for index, cells in self.cells.items():
            initial = self.network.populations[index].initial
            self._set(self.nodes[index], cells.awake(self.parameters[index], initial))

    def _create(self, index: int) -> Any:
        """The nodes of a population, quiet."""
        cells = self.cells[index]
        nodes = self.nest.Create(cells.name, self.network.populations[index].size)
        for values in cells.asleep(self.parameters[index]):
            self._set(nodes, values)
        return nodes

    def _create_sources(self, index: int) -> Any:
        """A spike_generator for each source.

        Every projection gets generators of its own, since NEST lets a device
        send through one synapse model only.
        """
        size = self.network.populations[index].size
        nodes = self.nest.Create("spike_generator", size)
        for spikes in (s for s in self.network.spikes if s.population == index):
            order = np.lexsort((spikes.steps, spikes.cells))
            cells = spikes.cells[order]
            times = np.round((spikes.steps[order].astype(np.int64) + OFFSET) * self.network.dt, 10)
            counts = np.broadcast_to(spikes.counts, cells.shape)[order].astype(np.int64)
            single = spikes.counts.ndim == 0 and spikes.counts == 1
            present, begin = np.unique(cells, return_index=True)
            for cell, lo, hi in zip(present, begin, np.r_[begin, cells.size][1:], strict=True):
                given = {"spike_times": times[lo:hi]}
                if not single:
                    given["spike_multiplicities"] = counts[lo:hi]
                nodes[int(cell)].set(given)
        return nodes

    def _set(self, nodes: Any, values: Mapping[str, NDArray[Any]]) -> None:
        nodes.set({n: np.asarray(v).tolist() for n, v in values.items()})

    def _inject(self) -> None:
        """One step_current_generator a current; its stamps lie one step before the change."""
        dt = self.network.dt
        for current in self.network.currents:
            if not current.steps.size:
                continue
            factor = self.cells[current.population].current_factor
            generator = self.nest.Create("step_current_generator")
            times = np.round((current.steps.astype(np.int64) + OFFSET - 1) * dt, 10)
            generator.set({"amplitude_times": times, "amplitude_values": current.amplitudes * factor})
            targets = self.nodes[current.population][np.unique(current.cells).tolist()]
            self.nest.Connect(generator, targets, syn_spec={"delay": dt})

    def _connect(self, index: int, projection: Projection) -> str:
        """Connect two flat arrays; returns the name of the synapse model."""
        if not projection.size:
            return SYNAPSES[projection.synapse].name
        size, dt = projection.size, self.network.dt
        receptor, factor = self._receptor(projection)
        changed = any(c.kind == "weight" and c.index == index for e in self.trial.epochs for c in e.changes)
        own = not projection.weight.ndim and not changed and index < MAX_SYNAPSE_MODELS
        native = SYNAPSES[projection.synapse]
        model = f"synapse_{index}" if own or changed else native.name
        spec: dict[str, Any] = {"synapse_model": model, "receptor_type": receptor}
        if own:
            self.nest.CopyModel(native.same_weight, model, {"weight": float(projection.weight) * factor})
        else:
            if changed:
                self.nest.CopyModel(native.name, model)
            spec["weight"] = np.broadcast_to(projection.weight * factor, size)
        spec["delay"] = np.broadcast_to(projection.delay * dt, size)
        first = self.first[projection.pre_population]
        if self.network.populations[projection.pre_population].is_source:
            first = int(self._create_sources(projection.pre_population)[0].global_id)
        pre = projection.pre.astype(np.int64) + first
        post = projection.post.astype(np.int64) + self.first[projection.post_population]
        self.nest.Connect(pre, post, "one_to_one", spec)
        return model

    def _receptor(self, projection: Projection) -> tuple[int, float]:
        return self.cells[projection.post_population].receptor(projection.receptor)

    def _request_signals(self) -> None:
        dt = self.network.dt
        for request in self.network.recordings:
            if request.variable == "spikes" or request.population not in self.cells:
                continue
            name, factor = self.cells[request.population].recordable(request.variable)
            meter = self.nest.Create(
                "multimeter",
                params={
                    "record_from": [name],
                    "interval": request.interval * dt,
                    "offset": OFFSET * dt,
                    "time_in_steps": True,
                },
            )
            self.nest.Connect(meter, self.nodes[request.population][request.cells.tolist()], syn_spec={"delay": dt})
            self.multimeters.append((request, (meter, name, factor)))

    def run(self, progress: Progress) -> None:
        """Simulate epoch by epoch, in parts that let progress be told."""
        done = 0
        part = max(1, self.trial.steps // 20)
        for epoch in self.trial.epochs:
            for change in epoch.changes:
                self._change(change)
            end = done + epoch.steps
            with self.nest.RunManager():
                while done < end:
                    steps = min(part, end - done)
                    self.nest.Run(steps * self.network.dt)
                    done += steps
                    progress(done)
        if self.multimeters:
            # A multimeter hands its samples over one communication interval later; collect() trims the rest.
            self.nest.Simulate(2 * self.nest.min_delay)

    def _change(self, change: Change) -> None:
        if change.kind == "weight":
            self._change_weight(change)
        elif change.index in self.cells:
            change_cells = self._change_state if change.kind == "state" else self._change_parameter
            change_cells(change)

    def _change_parameter(self, change: Change) -> None:
        values = self.parameters[change.index]
        full = np.array(np.broadcast_to(values[change.name], self.network.populations[change.index].size))
        full[slice(None) if change.cells is None else change.cells] = change.values
        values[change.name] = full
        self._set(self.nodes[change.index], self.cells[change.index].changed(values))

    def _change_state(self, change: Change) -> None:
        nodes, parameters = self.nodes[change.index], dict(self.parameters[change.index])
        if change.cells is not None:
            nodes = nodes[change.cells.tolist()]
            parameters = {n: v[change.cells] if v.ndim else v for n, v in parameters.items()}
        self._set(nodes, self.cells[change.index].state(change.name, change.values, parameters))

    def _change_weight(self, change: Change) -> None:
        """Set weights; NEST keeps its own order, so both sides are sorted by pre, post, delay and old weight."""
        projection = self.network.projections[change.index]
        connections = self.nest.GetConnections(synapse_model=self.synapse_models[change.index])
        _, factor = self._receptor(projection)
        theirs = connections.get(["source", "target", "delay", "weight"])
        size = projection.size
        old = self._current_weights(change.index)
        ours = (
            old,
            np.broadcast_to(projection.delay, size),
            projection.post,
            projection.pre,
        )
        there = np.lexsort(
            [
                np.atleast_1d(theirs["weight"]) / factor,
                np.rint(np.atleast_1d(theirs["delay"]) / self.network.dt),
                np.atleast_1d(theirs["target"]),
                np.atleast_1d(theirs["source"]),
            ]
        )
        weights = np.empty(size)
        weights[there] = np.broadcast_to(change.values, size)[np.lexsort(ours)] * factor
        connections.set(weight=weights.tolist())
        self.weights[change.index] = np.broadcast_to(change.values, size)

    def _current_weights(self, index: int) -> NDArray[np.float64]:
        projection = self.network.projections[index]
        return self.weights.get(index, np.broadcast_to(projection.weight, projection.size))

    def collect(self) -> TrialRecording:
        """Spikes and samples; NEST already stamps a spike with the end of its step."""
        events = self.spike_recorder.events
        senders = np.asarray(events["senders"], np.int64)
        times = np.asarray(events["times"], np.int64) - OFFSET
        spikes = source_spikes(self.network)
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                last = self.first[index] + population.size
                mine = (senders >= self.first[index]) & (senders < last) & (times <= self.trial.steps)
                spikes[index] = Spikes.sorted(senders[mine] - self.first[index], times[mine])
        signals = tuple(self._signal(request, *meter) for request, meter in self.multimeters)
        return TrialRecording(self.trial.steps, spikes, signals)

    def _signal(self, request: Any, meter: Any, name: str, factor: float) -> Signal:
        population = self.network.populations[request.population]
        events = meter.events
        steps = np.asarray(events["times"], np.int64) - OFFSET
        rows = steps // request.interval
        columns = np.searchsorted(
            request.cells, np.asarray(events["senders"], np.int64) - self.first[request.population]
        )
        values = np.empty((self.trial.steps // request.interval + 1, request.cells.size))
        kept = (steps > 0) & (steps <= self.trial.steps)
        values[rows[kept], columns[kept]] = np.asarray(events[name])[kept] / factor
        values[0] = np.broadcast_to(population.initial[request.variable], population.size)[request.cells]
        unit = population.model.units[request.variable]
        return Signal(request.population, request.variable, unit, request.cells, request.interval, values)

    def close(self) -> None:
        """Leave an empty kernel."""
        self.nest.ResetKernel()


def shared_numerics(settings: Settings) -> str:
    """The numerics of generated models: a model that NEST does not have has no native ones."""
    return "matched" if settings.numerics == "native" else settings.numerics


def _quiet(nest: Any) -> None:
    """Errors only; the name of the setting depends on NEST's version."""
    if hasattr(nest, "VerbosityLevel"):
        nest.verbosity = nest.VerbosityLevel.ERROR
    else:
        nest.set_verbosity("M_ERROR")
