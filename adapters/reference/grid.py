"""On the grid: the conventions of the project, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.substeps import substeps_of
from unisono.adapters.contract import Progress, Simulation
from unisono.adapters.contract.recording import Spikes, TrialRecording
from unisono.adapters.reference.flow import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, SolvedFlow
from unisono.adapters.reference.functions import ARRAYS, function
from unisono.adapters.reference.linear import linear_system
from unisono.adapters.reference.potentials import Potentials
from unisono.adapters.reference.stepped import step_of
from unisono.adapters.reference.wiring import Injection, Samples, Wiring
from unisono.models.cells.model import INJECTED, Receptor
from unisono.models.dynamics.expressions import evaluate
from unisono.models.dynamics.generator import advanced, counts, numbers
from unisono.models.errors import SimulatorFailed
from unisono.models.grid import to_steps
from unisono.models.network import Change, CurrentInput, Network, RecordingRequest, SpikeInput
from unisono.models.synapses.model import POTENTIAL, V

Floats = NDArray[np.float64]

#: Cells up to which floats are faster than arrays.
FEW = 8


class Cells:
    """The state of one population."""

    def __init__(self, network: Network, index: int, options: Mapping[str, Any] = MappingProxyType({})) -> None:
        population = network.populations[index]
        self.method = str(options.get("method", "exact"))
        self.substeps = int(options.get("substeps", 0)) or substeps_of(network, index)
        self.size, self.dt, self.model = population.size, network.dt, population.model
        self.parameters = {n: np.array(np.broadcast_to(v, self.size)) for n, v in population.parameters.items()}
        self.state = {n: np.array(np.broadcast_to(population.initial[n], self.size)) for n in self.model.states}
        self.refractory = np.zeros(self.size, np.int64)
        self.current = np.zeros(self.size)
        #: Whether the condition held at the last grid point; only an edge-triggered model asks.
        self.above = self._condition()
        self.prepare()

    def prepare(self) -> None:
        """Choose the integration; to be called again when parameters have changed."""
        self._advance: Callable[[Floats], Floats]
        if self.method != "exact":
            self._advance = self._as_stated()
            return
        matrix = linear_system(self.model, self.parameters, self.size)
        if matrix is not None:
            self._advance = self._propagator(matrix)
        else:
            self._advance = self._one_by_one() if self.size <= FEW else self._together()

    def integrate(self) -> None:
        """Advance the state by one step."""
        states = self.model.states
        before = self.state
        self.state = dict(zip(states, self._advance(np.array([before[s] for s in states])), strict=True))
        for found in self.model.poisson.values():
            # whole numbers, which an integration may move by rounding
            first, second = advanced(before[found.first], before[found.second])
            self.state |= {found.first: first, found.second: second}
            mean, none, weight = (self.parameters[name] for name in (found.mean, found.none, found.weight))
            self._add(self.model.receptors[found.receptor], weight * counts(numbers(first, second), mean, none))

    def _propagator(self, matrix: Floats) -> Callable[[Floats], Floats]:
        """The exact step of a linear system, by the exponential of its matrix."""
        from scipy.linalg import expm

        clamped = matrix.copy()
        clamped[:, [e.clamped for e in self.model.system] + [False, False]] = 0.0
        free, still = expm(matrix * self.dt), expm(clamped * self.dt)

        def advance(start: Floats) -> Floats:
            full = np.vstack([start, self.current, np.ones(self.size)])
            step = np.where((self.refractory == 0)[:, None, None], free, still)
            end: Floats = np.einsum("cij,jc->ic", step, full)[:-2]
            return end

        return advance

    def _as_stated(self) -> Callable[[Floats], Floats]:
        """The step of a stated method, with its error."""
        step = step_of(step_program(self.model, self.substeps, self.method), self.parameters, self.dt)
        return lambda start: step(start, self.current, (self.refractory == 0).astype(np.float64))

    def _one_by_one(self) -> Callable[[Floats], Floats]:
        """Any system, cell by cell in plain floats."""
        columns = [{n: float(v[cell]) for n, v in self.parameters.items()} for cell in range(self.size)]
        flows = [SolvedFlow(self.model, own, np.zeros(len(self.model.states))) for own in columns]

        def advance(start: Floats) -> Floats:
            for cell, flow in enumerate(flows):
                flow.state, flow.current = start[:, cell], float(self.current[cell])
                flow.clamped = bool(self.refractory[cell])
                flow.move(self.dt, 0)
            return np.array([flow.state for flow in flows]).T

        return advance

    def _together(self) -> Callable[[Floats], Floats]:
        """Any system, all cells at once, by DOP853 (Hairer, Norsett & Wanner, Solving ODEs I, sect. II.5)."""
        from scipy.integrate import DOP853

        names = (*self.model.states, INJECTED)
        rates = [function(e.tree, self.parameters, names, ARRAYS) for e in self.model.system]
        clamped = [e.clamped for e in self.model.system]
        length = self.dt

        def advance(start: Floats) -> Floats:
            nonlocal length
            active = self.refractory == 0

            def slopes(_: float, flat: Floats) -> Floats:
                values = [*flat.reshape(start.shape), self.current]
                rows = np.empty(start.shape)
                for row, rate, still in zip(rows, rates, clamped, strict=True):
                    row[:] = np.where(active, rate(values), 0.0) if still else rate(values)
                return rows.ravel()

            # The first step is as long as the last one was: an estimate from nothing costs as much as a step.
            with np.errstate(all="ignore"):
                solver = DOP853(
                    slopes,
                    0.0,
                    start.ravel(),
                    self.dt,
                    rtol=RELATIVE_TOLERANCE,
                    atol=ABSOLUTE_TOLERANCE,
                    first_step=min(length, self.dt),
                )
                while solver.status == "running":
                    solver.step()
            if solver.status == "failed":
                raise SimulatorFailed(f"The equations of {self.model.name} cannot be integrated: {solver.message}")
            length = solver.h_abs
            end: Floats = solver.y.reshape(start.shape).copy()
            return end

        return advance

    def receive(self, place: int, total: Floats) -> None:
        """Add the sum of what arrives at this grid point, see :attr:`CellModel.arrivals`."""
        self._add(self.model.arrivals[place], total)

    def _add(self, target: Receptor, jump: Floats) -> None:
        if target.only_when_active:
            jump = np.where(self.refractory == 0, jump, 0.0)
        self.state[target.state] = self.state[target.state] + jump

    def fire(self) -> NDArray[np.int64]:
        """Test the threshold and reset; returns the cells that spike."""
        free = self.refractory == 0
        self.refractory = np.maximum(self.refractory - 1, 0)
        above = self._condition()
        begins = above & ~self.above if self.model.edge_triggered else above
        spiking = np.flatnonzero(free & begins)
        self.above = above
        if not spiking.size:
            return spiking
        for statement in self.model.resets:
            new = evaluate(statement.tree, {**self.parameters, **self.state})
            self.state[statement.state][spiking] = np.broadcast_to(new, self.size)[spiking]
        if self.model.refractory:
            self.refractory[spiking] = to_steps(self.parameters[self.model.refractory][spiking], self.dt)
        return spiking

    def _condition(self) -> NDArray[np.bool_]:
        values = {**self.parameters, **self.state}
        return np.array(np.broadcast_to(evaluate(self.model.condition_tree, values), self.size))


class GridSimulation(Simulation):
    """Step by step."""

    def build(self) -> None:
        """Make states, synapses by source and the calendar of inputs."""
        network, options = self.network, self.settings.options
        self.cells = {i: Cells(network, i, options) for i, p in enumerate(network.populations) if not p.is_source}
        self.wiring = Wiring(network)
        #: step -> (projection, synapses) that spikes of the source reach then.
        self.reached: dict[int, list[tuple[int, NDArray[Any]]]] = {}
        #: step -> (projection, synapses) that spikes of the target reach then.
        self.returning: dict[int, list[tuple[int, NDArray[Any]]]] = {}
        #: By projection, what its synapses keep of the potentials of their targets.
        self.potentials = {
            index: Potentials(network, index)
            for index, p in enumerate(network.projections)
            if p.size and POTENTIAL in p.model.changed_by
        }
        #: step -> (projection, synapses, drive) that reaches them then.
        self.driving: dict[int, list[tuple[int, NDArray[Any], Floats]]] = {}
        #: step -> projections, one for each spike of a modulating cell that reaches its synapses then.
        self.modulating: dict[int, list[int]] = {}
        #: step -> (projection, synapses, what they deliver) that arrives then.
        self.arriving: dict[int, list[tuple[int, NDArray[Any], Floats]]] = {}
        self.currents: dict[int, Injection] = {}
        self.feed(network.spikes, dict(enumerate(network.currents)))
        self.fired: dict[int, list[tuple[int, NDArray[Any]]]] = {i: [] for i in self.cells}
        self.samples = Samples(network)
        self._sample(0)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Send the spikes of sources, and append to the currents."""
        for given in spikes:
            counts = np.broadcast_to(given.counts, given.cells.shape)
            for step, cell, count in zip(given.steps.tolist(), given.cells.tolist(), counts.tolist(), strict=True):
                for _ in range(count):
                    self._send(given.population, np.array([cell]), step)
        for number, current in currents.items():
            self.currents.setdefault(number, Injection(current.population, current.cells)).append(current)

    def _send(self, population: int, cells: NDArray[Any], step: int) -> None:
        for index, delay, synapses in self.wiring.reached(population, cells):
            self.reached.setdefault(step + delay, []).append((index, synapses))
        for index, delay in self.wiring.modulated(population):
            self.modulating.setdefault(step + delay, []).extend([index] * cells.size)

    def run(self, until: int, progress: Progress) -> None:
        """Step up to a grid point."""
        if not self.step:
            self._pass(0)
        while self.step < until:
            self._set_currents(self.step)
            for cells in self.cells.values():
                cells.integrate()
            self.step += 1
            self._modulate(self.step)
            self._return(self.step)
            self._pass(self.step)
            self._deliver(self.step)
            fired: dict[int, NDArray[Any]] = {}
            for index, cells in self.cells.items():
                spiking = fired[index] = cells.fire()
                if spiking.size:
                    self.fired[index].append((self.step, spiking))
                    self._send(index, spiking, self.step)
                    for projection, delay, synapses in self.wiring.returned(index, spiking):
                        self.returning.setdefault(self.step + delay, []).append((projection, synapses))
            self._drive(self.step, fired)
            # What needs no time comes last; a spike of the target after all of its sources.
            self._pass(self.step)
            self._return(self.step)
            self._sample(self.step)
            progress(self.step)

    def _set_currents(self, step: int) -> None:
        for cells in self.cells.values():
            cells.current[:] = 0.0
        for _, injection in sorted(self.currents.items()):
            self.cells[injection.population].current[injection.cells] += injection.at(step)

    def _pass(self, step: int) -> None:
        """The spikes that have reached their synapses pass them and go on."""
        reached = self.reached.pop(step, ())
        for index, synapses in reached:
            if index in self.potentials:  # before any of them sends
                self.wiring.synapses[index].pass_potential(synapses, step, self.potentials[index].seen(synapses, step))
        for index, synapses in reached:
            projection = self.network.projections[index]
            if index in self.potentials:
                amounts = self.wiring.rounded(index, self.wiring.synapses[index].sent(synapses))
            else:
                amounts = self.wiring.deliver(index, synapses, step)
            delays = np.broadcast_to(projection.dendritic, projection.size)[synapses]
            for delay in np.unique(delays):
                here = delays == delay
                self.arriving.setdefault(step + int(delay), []).append((index, synapses[here], amounts[here]))

    def _modulate(self, step: int) -> None:
        """The spikes of modulating cells change all synapses of their projections."""
        for index in self.modulating.pop(step, ()):
            self.wiring.synapses[index].pass_modulator(step)

    def _return(self, step: int) -> None:
        """The spikes of targets that have come back to their synapses change them."""
        for index, synapses in self.returning.pop(step, ()):
            self.wiring.synapses[index].pass_target(synapses, step)
        for index, synapses, drive in self.driving.pop(step, ()):
            self.wiring.synapses[index].pass_drive(synapses, step, drive)

    def _drive(self, step: int, fired: Mapping[int, NDArray[Any]]) -> None:
        """Synapses take note of the potentials at the end of a step, and those that these drive will change."""
        for index, potentials in self.potentials.items():
            projection, synapses = self.network.projections[index], self.wiring.synapses[index]
            shared = {name: synapses.values[name][0] for name in synapses.model.shared}
            target = projection.post_population
            drive = potentials.note(step, self.cells[target].state[V], fired[target], shared)
            if (driven := np.flatnonzero(drive > 0)).size:
                for _, delay, some in self.wiring.incoming(index, driven):
                    reached = index, some, drive[projection.post[some]]
                    self.driving.setdefault(step + delay, []).append(reached)

    def _deliver(self, step: int) -> None:
        sums: dict[tuple[int, int], Floats] = {}
        for index, synapses, amounts in self.arriving.pop(step, ()):
            projection = self.network.projections[index]
            key = (projection.post_population, self.cells[projection.post_population].model.inputs[projection.receptor])
            total = sums.setdefault(key, np.zeros(self.cells[key[0]].size))
            np.add.at(total, projection.post[synapses], amounts)
        # Input is discarded or taken by the refractory period before this grid point's test.
        for (population, number), total in sums.items():
            self.cells[population].receive(number, total)

    def _sample(self, step: int) -> None:
        self.samples.take(step, self._states())

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, Floats]:
        """The states themselves."""
        return {name: self.cells[population].state[name] for name in names}

    def synapse_states(self, projection: int) -> Mapping[str, Floats]:
        """The states of the synapses of a projection."""
        return self.wiring.synapses[projection].states(self.step)

    def _states(self) -> dict[int, dict[str, Floats]]:
        return {index: cells.state for index, cells in self.cells.items()}

    def write(self, change: Change) -> None:
        """Set parameters or states of cells or synapses."""
        where = slice(None) if change.cells is None else change.cells
        if change.kind == "synapse":
            self.wiring.write(change)
        elif change.index in self.cells:
            cells = self.cells[change.index]
            table = cells.parameters if change.kind == "parameter" else cells.state
            table[change.name][where] = change.values
            if change.kind == "parameter":
                cells.prepare()

    def record(self, request: RecordingRequest) -> None:
        """Sample a further variable, the present grid point included."""
        self.samples.add(request)
        self.samples.take(self.step, self._states(), [request])

    def read(self) -> TrialRecording:
        """Spikes and samples as they are."""
        spikes = {}
        for index, entries in self.fired.items():
            cells = np.concatenate([c for _, c in entries]) if entries else np.empty(0)
            steps = np.concatenate([np.full(c.size, s) for s, c in entries]) if entries else np.empty(0)
            spikes[index] = Spikes.sorted(cells, steps)
            entries.clear()
        return TrialRecording(self.step, spikes, self.samples.signals())
