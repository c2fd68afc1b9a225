"""A live simulation without a simulator: leaky cells by forward Euler, the same however their time is divided."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from unisono.models.network import Epoch, Network, RecordingRequest


@dataclass
class Spikes:
    """Spikes of a population so far."""

    found: list[tuple[int, int]] = field(default_factory=list)

    @property
    def cells(self):
        return np.array([cell for _, cell in self.found], np.uint32)

    @property
    def steps(self):
        return np.array([step for step, _ in self.found], np.int64)


@dataclass
class Signal:
    """Samples of v so far."""

    population: int
    cells: np.ndarray
    interval: int
    begin: int
    rows: list = field(default_factory=list)
    variable: str = "v"

    @property
    def values(self):
        return np.array(self.rows).reshape(len(self.rows), self.cells.size)

    def sample(self, step, v):
        if step % self.interval == 0:
            self.rows.append(v[self.population][self.cells].copy())


@dataclass
class Trial:
    """What was recorded in a trial."""

    spikes: dict[int, Spikes]
    signals: list[Signal]


class Toy:
    """One live simulation; it keeps a list of what it was told.

    Attributes
    ----------
    told : list
        ``("trial", network)``, ``("extend", epoch, spikes, currents)``, ``("record", request)``,
        ``("finish", network)``, ``("close",)``.
    """

    def __init__(self):
        self.told = []
        self.trials = []
        self.steps = 0

    def begin_trial(self, network: Network) -> None:
        assert [trial.epochs for trial in network.trials] == [()] and not network.spikes and not network.currents
        self.told.append(("trial", network))
        self.network = network
        cells = {i: p for i, p in enumerate(network.populations) if not p.is_source}
        self.parameters = {i: _wide(p.parameters, p.size) for i, p in cells.items()}
        self.state = {i: _wide(p.initial, p.size) for i, p in cells.items()}
        self.weights = [np.array(np.broadcast_to(p.weight, p.size)) for p in network.projections]
        self.arriving = {}
        self.levels = {}
        self.now = 0
        self.trials.append(Trial({i: Spikes() for i in cells}, []))
        for request in network.recordings:
            self._record(request)

    def _v(self):
        return {i: state["v"] for i, state in self.state.items()}

    def _record(self, request: RecordingRequest):
        if request.variable == "v":
            begin = -(-self.now // request.interval) * request.interval
            signal = Signal(request.population, request.cells, request.interval, begin)
            signal.sample(self.now, self._v())
            self.trials[-1].signals.append(signal)

    def record(self, request: RecordingRequest) -> None:
        self.told.append(("record", request))
        self._record(request)

    def extend(self, epoch: Epoch, spikes, currents) -> None:
        self.told.append(("extend", epoch, list(spikes), dict(currents)))
        end = self.now + epoch.steps
        for change in epoch.changes:
            where = slice(None) if change.cells is None else change.cells
            if change.kind == "synapse":
                self.weights[change.index][:] = change.values
            else:
                table = self.parameters if change.kind == "parameter" else self.state
                table[change.index][change.name][where] = change.values
        for train in spikes:
            assert train.steps.min() > self.now or (self.now == 0 and train.steps.min() == 0)
            assert train.steps.max() <= end
            counts = np.broadcast_to(train.counts, train.cells.shape)
            for cell, step, count in zip(train.cells.tolist(), train.steps.tolist(), counts.tolist(), strict=True):
                self._send(train.population, cell, step, count)
        changes = {}
        for number, current in currents.items():
            assert current.steps.min() >= self.now and current.steps.max() < end
            for step, amplitude in zip(current.steps.tolist(), current.amplitudes.tolist(), strict=True):
                changes.setdefault(step, []).append((number, current, amplitude))
        for _ in range(epoch.steps):
            for number, current, amplitude in changes.get(self.now, ()):
                self.levels[number] = (current.population, current.cells, amplitude)
            self._step()

    def _send(self, population, cell, step, count=1):
        for index, projection in enumerate(self.network.projections):
            if projection.pre_population == population:
                delays = np.broadcast_to(projection.delay, projection.size)
                for synapse in np.flatnonzero(projection.pre == cell):
                    self.arriving.setdefault(step + int(delays[synapse]), []).append((index, synapse, count))

    def _step(self):
        dt = self.network.dt
        injected = {i: np.zeros(state["v"].size) for i, state in self.state.items()}
        for number in sorted(self.levels):
            population, cells, amplitude = self.levels[number]
            injected[population][cells] += amplitude
        for i, state in self.state.items():
            p = self.parameters[i]
            current = p["i_offset"] + injected[i]
            state["v"] += dt * ((p["v_rest"] - state["v"]) / p["tau_m"] + current / p["cm"])
        self.now += 1
        self.steps += 1
        # in an order of its own: spikes of a chunk and of the whole trial are sent in another one
        for index, synapse, count in sorted(self.arriving.pop(self.now, ())):
            projection = self.network.projections[index]
            v = self.state[projection.post_population]["v"]
            v[projection.post[synapse]] += count * self.weights[index][synapse]
        for i, state in self.state.items():
            for cell in np.flatnonzero(state["v"] >= self.parameters[i]["v_thresh"]).tolist():
                state["v"][cell] = self.parameters[i]["v_reset"][cell]
                self.trials[-1].spikes[i].found.append((self.now, cell))
                self._send(i, cell, self.now)
        for signal in self.trials[-1].signals:
            signal.sample(self.now, self._v())

    def finish(self, network: Network) -> None:
        self.told.append(("finish", network))

    def close(self) -> None:
        self.told.append(("close",))


def _wide(values, size):
    return {name: np.array(np.broadcast_to(value, size)) for name, value in values.items()}


def batch(network: Network) -> list[Trial]:
    """What a run of the whole network records: each trial in its epochs, with all its inputs at hand."""
    toy = Toy()
    for single in network.single_trials():
        (trial,) = single.trials
        toy.begin_trial(replace(single, spikes=(), currents=(), trials=(replace(trial, epochs=()),)))
        begin = 0
        for epoch in trial.epochs:
            end = begin + epoch.steps
            toy.extend(epoch, *_inputs(single, begin, end))
            begin = end
    return toy.trials


def _inputs(network, begin, end):
    spikes, currents = [], {}
    for train in network.spikes:
        counts = np.broadcast_to(train.counts, train.cells.shape)
        held = (train.steps > (begin or -1)) & (train.steps <= end)
        if held.any():
            spikes.append(replace(train, cells=train.cells[held], steps=train.steps[held], counts=counts[held]))
    for number, current in enumerate(network.currents):
        held = (current.steps >= begin) & (current.steps < end)
        if held.any():
            currents[number] = replace(current, steps=current.steps[held], amplitudes=current.amplitudes[held])
    return spikes, currents


def same_trials(one, other) -> bool:
    """Whether two recordings are equal, bit for bit."""
    return len(one) == len(other) and all(
        a.spikes.keys() == b.spikes.keys()
        and all(a.spikes[i].found == b.spikes[i].found for i in a.spikes)
        and len(a.signals) == len(b.signals)
        and all(np.array_equal(s.values, t.values) for s, t in zip(a.signals, b.signals, strict=True))
        for a, b in zip(one, other, strict=True)
    )
