"""NEST: its built-in models, brought to the project's conventions.

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

from unisono.adapters.base import Adapter, Capabilities, Progress, Session, Settings
from unisono.adapters.nest_models import NATIVE
from unisono.adapters.recording import Signal, Spikes, TrialRecording
from unisono.adapters.sources import source_spikes
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Network, Projection

#: Steps that NEST's clock is ahead. A step_current_generator acts one step after its
#: time stamp, and a time stamp must lie above zero.
OFFSET = 2

#: NEST counts time in tics of 1/1000 ms.
TIC = 1e-3

#: Projections with one weight for all synapses get a synapse model of their own, as long as NEST has room.
MAX_SYNAPSE_MODELS = 300


class NestAdapter(Adapter):
    """NEST 3 through PyNEST, in one process, with any number of threads."""

    name = "nest"
    distribution = "nest-simulator"
    install = "pip install 'unisono[nest]'"
    capabilities = Capabilities(cells=frozenset(NATIVE))

    def version(self) -> str:
        """Version of NEST."""
        import nest

        return str(nest.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse what NEST's built-in models cannot take."""
        super().check(network, settings)
        if abs(network.dt / TIC - round(network.dt / TIC)) > 1e-9:
            raise UnsupportedFeature(
                f"NEST's time step must be a multiple of {TIC} ms, not {network.dt} ms.", "Choose another time step."
            )
        for population in network.populations:
            if population.is_source:
                continue
            native = NATIVE[population.cell]
            for state, values in population.initial.items():
                if state not in native.states and state not in native.rise_states and np.any(values):
                    raise UnsupportedFeature(
                        f"NEST's {native.name} cannot start from a {state} other than zero "
                        f"(population '{population.label}').",
                        "Leave its initial value at 0.",
                    )
            if (population.parameters["v_reset"] >= population.parameters["v_thresh"]).any():
                raise UnsupportedFeature(
                    f"NEST needs v_reset below v_thresh (population '{population.label}').", "Lower v_reset."
                )

    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A fresh NEST kernel."""
        return NestSession(network, settings, cache)


class NestSession(Session):
    """One trial in a fresh NEST kernel."""

    def build(self) -> None:
        """Create nodes and connections, run the first ``OFFSET`` steps, set the initial values."""
        import nest

        self.nest = nest
        _quiet(nest)
        nest.ResetKernel()
        nest.resolution = self.network.dt
        nest.local_num_threads = self.settings.threads
        self.parameters = [dict(p.parameters) for p in self.network.populations]
        self.nodes: list[Any] = [
            None if p.is_source else self._create(i) for i, p in enumerate(self.network.populations)
        ]
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
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                drive = NATIVE[population.cell].translated(self.parameters[index])["I_e"]
                self._set(self.nodes[index], {"I_e": drive})
                for state, values in population.initial.items():
                    self._set_state(index, state, values, None)

    def _create(self, index: int) -> Any:
        """The nodes of a population, quiet: far below threshold and without drive."""
        population = self.network.populations[index]
        native = NATIVE[population.cell]
        nodes = self.nest.Create(native.name, population.size)
        values = self.parameters[index]
        translated = native.translated(values)
        translated["I_e"] = np.float64(0.0)  # type: ignore[assignment]
        translated["t_ref"] = np.rint(values["tau_refrac"] / self.network.dt) * self.network.dt
        translated["V_m"] = values["v_thresh"] - 1e3
        # NEST checks V_reset < V_th at every call: the two go together, and first.
        self._set(nodes, {n: translated.pop(n) for n in ("V_reset", "V_th")})
        self._set(nodes, translated)
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
        nodes.set({n: v.tolist() if np.ndim(v) else float(v) for n, v in values.items()})

    def _inject(self) -> None:
        """One step_current_generator a current; its stamps lie one step before the change."""
        dt = self.network.dt
        for current in self.network.currents:
            if not current.steps.size:
                continue
            generator = self.nest.Create("step_current_generator")
            times = np.round((current.steps.astype(np.int64) + OFFSET - 1) * dt, 10)
            generator.set({"amplitude_times": times, "amplitude_values": current.amplitudes * 1e3})
            targets = self.nodes[current.population][np.unique(current.cells).tolist()]
            self.nest.Connect(generator, targets, syn_spec={"delay": dt})

    def _connect(self, index: int, projection: Projection) -> str:
        """Connect two flat arrays; returns the name of the synapse model."""
        if not projection.size:
            return "static_synapse"
        size, dt = projection.size, self.network.dt
        factor = self._weight_factor(projection)
        changed = any(c.kind == "weight" and c.index == index for e in self.trial.epochs for c in e.changes)
        own = not projection.weight.ndim and not changed and index < MAX_SYNAPSE_MODELS
        model = f"synapse_{index}" if own or changed else "static_synapse"
        spec: dict[str, Any] = {"synapse_model": model}
        if own:
            self.nest.CopyModel("static_synapse_hom_w", model, {"weight": float(projection.weight) * factor})
        else:
            if changed:
                self.nest.CopyModel("static_synapse", model)
            spec["weight"] = np.broadcast_to(projection.weight * factor, size)
        spec["delay"] = np.broadcast_to(projection.delay * dt, size)
        first = self.first[projection.pre_population]
        if self.network.populations[projection.pre_population].is_source:
            first = int(self._create_sources(projection.pre_population)[0].global_id)
        pre = projection.pre.astype(np.int64) + first
        post = projection.post.astype(np.int64) + self.first[projection.post_population]
        self.nest.Connect(pre, post, "one_to_one", spec)
        return model

    def _weight_factor(self, projection: Projection) -> float:
        post = self.network.populations[projection.post_population]
        return NATIVE[post.cell].receptors[projection.receptor]

    def _request_signals(self) -> None:
        dt = self.network.dt
        for request in self.network.recordings:
            population = self.network.populations[request.population]
            if request.variable == "spikes" or population.is_source:
                continue
            name, factor = NATIVE[population.cell].recordables[request.variable]
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
        elif change.kind == "state":
            self._set_state(change.index, change.name, change.values, change.cells)
        elif not self.network.populations[change.index].is_source:
            values = self.parameters[change.index]
            size = self.network.populations[change.index].size
            full = np.array(np.broadcast_to(values[change.name], size))
            full[slice(None) if change.cells is None else change.cells] = change.values
            values[change.name] = full
            translated = NATIVE[self.network.populations[change.index].cell].translated(values)
            translated["t_ref"] = np.rint(values["tau_refrac"] / self.network.dt) * self.network.dt
            self._set(self.nodes[change.index], translated)

    def _set_state(self, index: int, state: str, values: NDArray[np.float64], cells: NDArray[Any] | None) -> None:
        native = NATIVE[self.network.populations[index].cell]
        nodes = self.nodes[index] if cells is None else self.nodes[index][cells.tolist()]
        if state in native.states:
            name, factor = native.states[state]
            self._set(nodes, {name: values * factor})
        elif state in native.rise_states:
            name, tau = native.rise_states[state]
            constant = np.broadcast_to(self.parameters[index][tau], self.network.populations[index].size)
            constant = constant if cells is None else constant[cells]
            self._set(nodes, {name: values * 1e3 / constant})

    def _change_weight(self, change: Change) -> None:
        """Set weights; NEST keeps its own order, so both sides are sorted by pre, post, delay and old weight."""
        projection = self.network.projections[change.index]
        connections = self.nest.GetConnections(synapse_model=self.synapse_models[change.index])
        factor = self._weight_factor(projection)
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


def _quiet(nest: Any) -> None:
    """Errors only; the name of the setting depends on NEST's version."""
    if hasattr(nest, "VerbosityLevel"):
        nest.verbosity = nest.VerbosityLevel.ERROR
    else:
        nest.set_verbosity("M_ERROR")
