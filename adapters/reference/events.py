"""Off the grid: every spike at the time at which the threshold is crossed.

No delay is shorter than a time step, so cells are independent of each other for as long as the
shortest delay between them. Each is followed through such a window on its own, from stop to
stop: arriving spikes, changes of its current, samples, the end of its refractory period. Times
are pairs (step, ms past it), so that times on the grid are exact and what is simultaneous stays so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Progress, Simulation
from unisono.adapters.contract.recording import Signal, Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.reference.flow import Flow, LinearFlow, Series, SolvedFlow, series_of
from unisono.adapters.reference.linear import linear_system
from unisono.adapters.reference.wiring import Wiring
from unisono.models.cells.model import CellModel
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Change, CurrentInput, Network

#: Steps, and ms in [0, dt) past them.
Time = tuple[int, float]

#: Steps of a window, and with it of a report of progress, where delays allow more.
LONGEST_WINDOW = 64

#: A refractory period this close to a multiple of dt, in steps, is one: the rest is rounding.
ON_GRID = 1e-9


def later(time: Time, span: float, dt: float) -> Time:
    """The time ``span`` ms later."""
    step, past = time
    whole = round(span / dt)
    if abs(span / dt - whole) < ON_GRID:
        return step + whole, past
    total = past + span
    steps = math.floor(total / dt)
    return step + steps, min(max(total - steps * dt, 0.0), math.nextafter(dt, 0.0))


class Cell:
    """One cell: its flow, its refractory period, the spikes that are on their way to it.

    Attributes
    ----------
    inbox : list
        A heap of (time, projection, synapse).
    """

    def __init__(self, flow: Flow, dt: float, fired: Callable[[Time], None]) -> None:
        self.flow, self.dt, self.fired = flow, dt, fired
        self.now: Time = (0, 0.0)
        self.clamped_until: Time | None = None
        self.inbox: list[tuple[Time, int, int]] = []
        #: Whether the condition held; only an edge-triggered model asks.
        self.was_above = flow.above()

    @property
    def model(self) -> CellModel:
        """The model of the cell."""
        return self.flow.model

    def reach(self, stop: Time) -> None:
        """Move to ``stop``, spiking on the way; a refractory period that ends there is not yet over."""
        while self.now < stop:
            if self.clamped_until is not None and self.clamped_until < stop:
                self._move(self.clamped_until, 0)
                self.test()
            elif self.clamped_until is not None:
                self._move(stop, 0)
            elif not self._move(stop, -1 if self.model.edge_triggered and self.was_above else +1):
                continue
            elif self.model.edge_triggered and self.was_above:
                self.was_above = False
            else:
                self._fire()

    def _move(self, stop: Time, watch: int) -> bool:
        """Move to ``stop`` or to where the condition changes; returns whether it did."""
        span = (stop[0] - self.now[0]) * self.dt + (stop[1] - self.now[1])
        found = self.flow.move(span, watch) if span > 0 else None
        if found is None:
            self.now = stop
            return False
        step, past = self.now
        steps = math.floor((past + found) / self.dt)
        offset = min(max(past + found - steps * self.dt, 0.0), math.nextafter(self.dt, 0.0))
        self.now = min((step + steps, offset), stop)
        return True

    def receive(self, state: int, weight: float, only_when_active: bool) -> None:
        """Add an arriving weight to a state; in the refractory period it may be discarded."""
        if not (only_when_active and self.clamped_until is not None):
            self.flow.state[state] += weight

    def test(self) -> None:
        """End a refractory period that is over; spike if the condition holds.

        To be called where something has jumped: elsewhere a change of the condition is met on the way.
        """
        if self.clamped_until is not None:
            if self.now < self.clamped_until:
                return
            self.clamped_until, self.flow.clamped = None, False
            if self.model.edge_triggered:
                self.was_above = self.flow.above()
        above = self.flow.above()
        if above and not (self.model.edge_triggered and self.was_above):
            self._fire()
        elif not above:
            self.was_above = False

    def _fire(self) -> None:
        self.fired(self.now)
        self.was_above = True
        self.flow.reset()
        period = self.flow.parameters[self.model.refractory] if self.model.refractory else 0.0
        if period > 0:
            self.clamped_until, self.flow.clamped = later(self.now, period, self.dt), True
        elif not self.model.edge_triggered and self.flow.above():
            raise SimulatorFailed(
                f"A cell of model {self.model.name} spikes endlessly at {self.now[0] * self.dt + self.now[1]:g} "
                "ms: its reset leaves it above the threshold and it has no refractory period.",
                "Set the reset below the threshold, or give it a refractory period.",
            )


class Pool:
    """The cells of one population."""

    def __init__(self, network: Network, index: int, fired: Callable[[int, int, Time], None]) -> None:
        population = network.populations[index]
        self.model, self.size = population.model, population.size
        self.parameters = {n: np.array(np.broadcast_to(v, self.size)) for n, v in population.parameters.items()}
        initial = np.array([np.broadcast_to(population.initial[s], self.size) for s in self.model.states]).T
        flows = self._flows(initial)
        self.cells = [
            Cell(flow, network.dt, lambda time, cell=cell: fired(index, cell, time))  # type: ignore[misc]
            for cell, flow in enumerate(flows)
        ]

    def _flows(self, states: NDArray[np.float64]) -> Iterator[Flow]:
        """The flow of every cell with the parameters in force; equal cells share their series."""
        matrix = linear_system(self.model, self.parameters, self.size)
        known: dict[bytes, tuple[Series, Series] | None] = {}
        for cell, state in enumerate(states):
            own = {name: float(values[cell]) for name, values in self.parameters.items()}
            series = None
            if matrix is not None:
                key = np.array([*own.values()]).tobytes()
                if key not in known:
                    known[key] = series_of(self.model, matrix[cell], self.parameters, cell)
                series = known[key]
            if series is None:
                yield SolvedFlow(self.model, own, state.copy())
            else:
                yield LinearFlow(self.model, own, state.copy(), series)

    def change(self, name: str, where: slice | NDArray[np.uint32], values: NDArray[np.float64]) -> None:
        """Set a parameter or a state."""
        if name in self.parameters:
            self.parameters[name][where] = values
            flows = self._flows(np.array([cell.flow.state for cell in self.cells]))
            for cell, flow in zip(self.cells, flows, strict=True):
                flow.current, flow.clamped = cell.flow.current, cell.flow.clamped
                cell.flow = flow
            return
        column = np.array([cell.flow.state[self.model.states.index(name)] for cell in self.cells])
        column[where] = values
        for cell, value in zip(self.cells, column, strict=True):
            cell.flow.state[self.model.states.index(name)] = value

    def states(self) -> dict[str, NDArray[np.float64]]:
        """The states by name, shape (cells,) each."""
        table = np.array([cell.flow.state for cell in self.cells])
        return {name: table[:, column] for column, name in enumerate(self.model.states)}


class EventSimulation(Simulation):
    """From event to event."""

    def build(self) -> None:
        """Make the cells, and send the spikes of the sources."""
        network = self.network
        self.fired: dict[int, list[tuple[int, Time]]] = {}
        self.pools: dict[int, Pool] = {}
        for index, population in enumerate(network.populations):
            if not population.is_source:
                self.fired[index] = []
                self.pools[index] = Pool(network, index, self._spike)
        self.wiring = Wiring(network, rounded=False)
        self.dendritic = [np.broadcast_to(p.dendritic, p.size) for p in network.projections]
        for index, spikes in source_spikes(network).items():
            for step, cell in zip(spikes.steps.tolist(), spikes.cells.tolist(), strict=True):
                self._send(index, cell, (step, 0.0))
        self.samples = SampleTable(network, self.trial.steps)
        self.currents = injected(network)
        recurrent = [p for p in network.projections if p.pre_population in self.pools and p.size]
        self.window = min([LONGEST_WINDOW, *(int(p.delay.min()) for p in recurrent)])
        for index, pool in self.pools.items():
            for number, single in enumerate(pool.cells):
                self._settle(index, number, single, 0)
        #: Whether a cell may lie above its threshold without having crossed it.
        self.untested = True
        #: step -> changed synapses whose spikes sent before the change have arrived then.
        self.later: dict[int, list[tuple[Change, NDArray[np.intp]]]] = {}

    def _spike(self, population: int, cell: int, time: Time) -> None:
        self.fired[population].append((cell, time))
        self._send(population, cell, time)

    def _send(self, population: int, cell: int, time: Time) -> None:
        for index, axonal, synapses in self.wiring.reached(population, np.array([cell])):
            projection = self.network.projections[index]
            cells = self.pools[projection.post_population].cells
            delays = axonal + self.dendritic[index][synapses]
            for synapse, delay in zip(synapses.tolist(), delays.tolist(), strict=True):
                heappush(cells[projection.post[synapse]].inbox, ((time[0] + delay, time[1]), index, synapse))

    def run(self, until: int, progress: Progress) -> None:
        """Follow the cells window by window."""
        if self.untested:
            for pool in self.pools.values():
                for cell in pool.cells:
                    cell.test()
            self.untested = False
        while self.step < until:
            for change, synapses in self.later.pop(self.step, ()):
                self.wiring.write(change, synapses)
            stop = min(self.step + self.window, until, *self.later)
            for index, pool in self.pools.items():
                for number, cell in enumerate(pool.cells):
                    self._follow(index, number, cell, (self.step, stop))
            self.step = stop
            progress(stop)

    def _follow(self, population: int, number: int, cell: Cell, window: tuple[int, int]) -> None:
        """Follow one cell through a window."""
        first, last = window
        changes = self.currents.get((population, number), {})
        stops = {last, *(step for step in changes if first < step <= last)}
        for interval in {interval for *_, interval in self.samples.of(population, number)}:
            stops.update(range(first + interval - first % interval, last + 1, interval))
        for step in sorted(stops):
            self._receive(cell, (step, 0.0))
            cell.reach((step, 0.0))
            if cell.clamped_until == cell.now:
                cell.test()
            self._settle(population, number, cell, step)

    def _receive(self, cell: Cell, until: Time) -> None:
        """Bring a cell to each arrival up to a time, and add what arrives."""
        while cell.inbox and cell.inbox[0][0] <= until:
            time = cell.inbox[0][0]
            cell.reach(time)
            while cell.inbox and cell.inbox[0][0] == time:
                _, index, synapse = heappop(cell.inbox)
                receptor = cell.model.receptors[self.network.projections[index].receptor]
                passed = time[0] + time[1] / cell.dt - float(self.dendritic[index][synapse])
                state = cell.model.states.index(receptor.state)
                cell.receive(state, float(self.wiring.deliver(index, synapse, passed)), receptor.only_when_active)
            cell.test()

    def _settle(self, population: int, number: int, cell: Cell, step: int) -> None:
        """What happens at a grid point after its spikes: the current changes, signals are sampled."""
        changes = self.currents.get((population, number), {})
        cell.flow.current = changes.get(step, cell.flow.current)
        for values, column, variable, interval in self.samples.of(population, number):
            if step % interval == 0:
                values[step // interval, column] = cell.flow.state[cell.model.states.index(variable)]

    def write(self, change: Change) -> None:
        """Set parameters or states of cells or synapses."""
        self.untested = True
        where = slice(None) if change.cells is None else change.cells
        if change.kind == "synapse":
            delays = self.dendritic[change.index]
            for delay in np.unique(delays).tolist():
                self.later.setdefault(self.step + delay * bool(self.step), []).append(
                    (change, np.flatnonzero(delays == delay))
                )
        elif change.index in self.pools:
            self.pools[change.index].change(change.name, where, change.values)

    def read(self) -> TrialRecording:
        """Spikes at their exact times, samples as they are; the whole schedule, once."""
        spikes, dt = {}, self.network.dt
        for index, fired in self.fired.items():
            cells = np.array([cell for cell, _ in fired], np.uint32)
            # The step that contains a spike ends after it, or with it; the first step begins with time.
            steps = np.array([max(1, step + (past > 0)) for _, (step, past) in fired], np.int64)
            times = np.array([step * dt + past for _, (step, past) in fired], np.float64)
            spikes[index] = Spikes.sorted(cells, steps, times)
        return TrialRecording(self.trial.steps, spikes, self.samples.signals())


class SampleTable:
    """The samples of a whole trial; each cell fills its own, at its own pace."""

    def __init__(self, network: Network, steps: int) -> None:
        self.network = network
        self.requests = [r for r in network.recordings if r.variable != "spikes"]
        self.values = [np.zeros((steps // r.interval + 1, r.cells.size)) for r in self.requests]
        self._of: dict[tuple[int, int], list[tuple[NDArray[np.float64], int, str, int]]] = {}
        for request, values in zip(self.requests, self.values, strict=True):
            for column, cell in enumerate(request.cells.tolist()):
                entry = (values, column, request.variable, request.interval)
                self._of.setdefault((request.population, cell), []).append(entry)

    def of(self, population: int, cell: int) -> list[tuple[NDArray[np.float64], int, str, int]]:
        """Where the samples of one cell go: values, column in them, variable, interval in steps."""
        return self._of.get((population, cell), [])

    def signals(self) -> tuple[Signal, ...]:
        """The samples as the recording wants them."""
        populations = self.network.populations
        return tuple(
            Signal(r.population, r.variable, populations[r.population].model.units[r.variable], r.cells, r.interval, v)
            for r, v in zip(self.requests, self.values, strict=True)
        )


def injected(network: Network) -> dict[tuple[int, int], dict[int, float]]:
    """The current into each cell that gets one, nA, by the step from which it holds."""
    shares: dict[tuple[int, int], list[CurrentInput]] = {}
    for current in network.currents:
        for cell in np.unique(current.cells).tolist():
            shares.setdefault((current.population, cell), []).append(current)
    found = {}
    for key, currents in shares.items():
        steps = np.unique(np.concatenate([current.steps for current in currents]))
        total = np.zeros(steps.size)
        for current in currents:
            past = np.searchsorted(current.steps, steps, side="right")
            total += np.concatenate([[0.0], current.amplitudes])[past]
        found[key] = dict(zip(steps.tolist(), total.tolist(), strict=True))
    return found
