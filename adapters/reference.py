"""The oracle: the conventions of the project in NumPy, integrated to 1e-12.

Nothing here is fast, and nothing is shared with the code that the simulators
run: each step is solved by SciPy's DOP853 (Hairer, Norsett & Wanner, Solving
ODEs I, sect. II.5) with tight tolerances, so it can say who is right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.base import Adapter, Capabilities, Progress, Session, Settings
from unisono.adapters.recording import Signal, Spikes, TrialRecording
from unisono.adapters.sources import source_spikes
from unisono.models.equations import INJECTED
from unisono.models.errors import UnsupportedFeature
from unisono.models.expressions import evaluate
from unisono.models.network import Change, Network

#: Cells above which a run would take hours.
LARGEST = 500

RELATIVE_TOLERANCE = 1e-12
ABSOLUTE_TOLERANCE = 1e-13


class ReferenceAdapter(Adapter):
    """NumPy and SciPy, for small networks."""

    name = "reference"
    distribution = "scipy"
    install = "pip install scipy"
    capabilities = Capabilities(threads=False)

    def version(self) -> str:
        """Version of SciPy, whose integrator it is."""
        import scipy

        return str(scipy.__version__)

    def check(self, network: Network, settings: Settings) -> None:
        """Also refuse networks that are too large."""
        super().check(network, settings)
        if network.neurons > LARGEST:
            raise UnsupportedFeature(
                f"The reference is for networks of up to {LARGEST} cells, this one has {network.neurons}.",
                "Take a smaller one.",
            )

    def session(self, network: Network, settings: Settings, cache: Path) -> Session:
        """A session in NumPy."""
        return ReferenceSession(network, settings, cache)


class Cells:
    """The state of one population."""

    def __init__(self, network: Network, index: int) -> None:
        population = network.populations[index]
        self.index, self.size, self.dt = index, population.size, network.dt
        self.model = population.model
        self.parameters = {n: np.array(np.broadcast_to(v, self.size)) for n, v in population.parameters.items()}
        self.state = {n: np.array(np.broadcast_to(population.initial[n], self.size)) for n in self.model.states}
        self.refractory = np.zeros(self.size, np.int64)
        self.current = np.zeros(self.size)
        #: Whether the condition held at the last grid point; only a crossing model asks.
        self.above = self._condition()

    def integrate(self) -> None:
        """Advance the state by one step."""
        from scipy.integrate import solve_ivp

        active = self.refractory == 0
        states = self.model.states

        def slopes(_: float, flat: NDArray[np.float64]) -> NDArray[np.float64]:
            values: dict[str, Any] = {**self.parameters, INJECTED: self.current}
            values |= zip(states, flat.reshape(len(states), -1), strict=True)
            rows = [np.broadcast_to(evaluate(e.tree, values), self.size) for e in self.model.system]
            for row, equation in enumerate(self.model.system):
                if equation.held_in_refractoriness:
                    rows[row] = np.where(active, rows[row], 0.0)
            return np.concatenate(rows)

        start = np.concatenate([self.state[s] for s in states])
        solution = solve_ivp(
            slopes,
            (0.0, self.dt),
            start,
            method="DOP853",
            rtol=RELATIVE_TOLERANCE,
            atol=ABSOLUTE_TOLERANCE,
            t_eval=(self.dt,),
        )
        self.state = dict(zip(states, solution.y[:, -1].reshape(len(states), -1).copy(), strict=True))

    def receive(self, receptor: str, weights: NDArray[np.float64]) -> None:
        """Add the summed weights that arrive at this grid point."""
        target, jump = self.model.receptors[receptor], weights
        if target.only_when_active:
            jump = np.where(self.refractory == 0, jump, 0.0)
        self.state[target.state] = self.state[target.state] + jump

    def fire(self) -> NDArray[np.int64]:
        """Test the threshold and reset; returns the cells that spike."""
        free = self.refractory == 0
        self.refractory = np.maximum(self.refractory - 1, 0)
        above = self._condition()
        spiking = np.flatnonzero(free & above & ~self.above) if self.model.crossing else np.flatnonzero(free & above)
        self.above = above
        for statement in self.model.resets:
            new = evaluate(statement.tree, {**self.parameters, **self.state})
            self.state[statement.state][spiking] = np.broadcast_to(new, self.size)[spiking]
        if self.model.refractory:
            self.refractory[spiking] = np.rint(self.parameters[self.model.refractory][spiking] / self.dt)
        return spiking

    def _condition(self) -> NDArray[np.bool_]:
        values = {**self.parameters, **self.state}
        return np.array(np.broadcast_to(evaluate(self.model.condition_tree, values), self.size))


class ReferenceSession(Session):
    """One trial in NumPy."""

    def build(self) -> None:
        """Make states, outgoing synapses by source and the calendar of inputs."""
        network = self.network
        self.cells = {i: Cells(network, i) for i, p in enumerate(network.populations) if not p.is_source}
        self.weights = [np.array(np.broadcast_to(p.weight, p.size)) for p in network.projections]
        self.outgoing = []
        for projection in network.projections:
            order = np.argsort(projection.pre, kind="stable")
            size = network.populations[projection.pre_population].size
            self.outgoing.append((order, np.searchsorted(projection.pre[order], np.arange(size + 1))))
        #: step -> (projection, synapses) that arrive then; the weight is read on arrival.
        self.calendar: dict[int, list[tuple[int, NDArray[Any]]]] = {}
        self.sources = source_spikes(network)
        for index, spikes in self.sources.items():
            for step, cell in zip(spikes.steps.tolist(), spikes.cells.tolist(), strict=True):
                self._send(index, np.array([cell]), step)
        self.fired: dict[int, list[tuple[int, NDArray[Any]]]] = {i: [] for i in self.cells}
        self.requests = [r for r in network.recordings if r.variable != "spikes"]
        self.samples: list[list[NDArray[np.float64]]] = [[] for _ in self.requests]

    def _send(self, population: int, cells: NDArray[Any], step: int) -> None:
        for index, projection in enumerate(self.network.projections):
            if projection.pre_population != population:
                continue
            order, first = self.outgoing[index]
            synapses = np.concatenate([order[first[c] : first[c + 1]] for c in cells])
            delays = np.broadcast_to(projection.delay, projection.size)[synapses]
            for delay in np.unique(delays):
                self.calendar.setdefault(step + int(delay), []).append((index, synapses[delays == delay]))

    def run(self, progress: Progress) -> None:
        """Step through the epochs."""
        step = 0
        self._sample(step)
        for epoch in self.trial.epochs:
            for change in epoch.changes:
                self._change(change)
            for _ in range(epoch.steps):
                self._set_currents(step)
                for cells in self.cells.values():
                    cells.integrate()
                step += 1
                self._deliver(step)
                for index, cells in self.cells.items():
                    spiking = cells.fire()
                    if spiking.size:
                        self.fired[index].append((step, spiking))
                        self._send(index, spiking, step)
                self._sample(step)
                progress(step)

    def _set_currents(self, step: int) -> None:
        for cells in self.cells.values():
            cells.current[:] = 0.0
        for current in self.network.currents:
            past = np.searchsorted(current.steps, step, side="right")
            if past:
                # A cell that is named twice gets the current once, as one source injects it once.
                self.cells[current.population].current[np.unique(current.cells)] += current.amplitudes[past - 1]

    def _deliver(self, step: int) -> None:
        sums: dict[tuple[int, str], NDArray[np.float64]] = {}
        for index, synapses in self.calendar.pop(step, ()):
            projection = self.network.projections[index]
            key = (projection.post_population, projection.receptor)
            total = sums.setdefault(key, np.zeros(self.cells[key[0]].size))
            np.add.at(total, projection.post[synapses], self.weights[index][synapses])
        # Each receptor discards or takes input by the refractoriness before this grid point's test.
        for (population, receptor), total in sums.items():
            self.cells[population].receive(receptor, total)

    def _sample(self, step: int) -> None:
        for request, samples in zip(self.requests, self.samples, strict=True):
            if step % request.interval == 0:
                samples.append(self.cells[request.population].state[request.variable][request.cells].copy())

    def _change(self, change: Change) -> None:
        where = slice(None) if change.cells is None else change.cells
        if change.kind == "weight":
            self.weights[change.index][:] = change.values
        elif change.index in self.cells:
            cells = self.cells[change.index]
            table = cells.parameters if change.kind == "parameter" else cells.state
            table[change.name][where] = change.values

    def collect(self) -> TrialRecording:
        """Spikes and samples as they are."""
        spikes = dict(self.sources)
        for index, entries in self.fired.items():
            cells = np.concatenate([c for _, c in entries]) if entries else np.empty(0)
            steps = np.concatenate([np.full(c.size, s) for s, c in entries]) if entries else np.empty(0)
            spikes[index] = Spikes.sorted(cells, steps)
        signals = tuple(
            Signal(
                r.population,
                r.variable,
                self.cells[r.population].model.units[r.variable],
                r.cells,
                r.interval,
                np.array(s),
            )
            for r, s in zip(self.requests, self.samples, strict=True)
        )
        return TrialRecording(self.trial.steps, spikes, signals)
