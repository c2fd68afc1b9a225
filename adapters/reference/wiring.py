"""What both simulations need of a network: who reaches whom, weights in force, samples."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from unisono.adapters.contract.recording import Signal
from unisono.adapters.reference.synapses import Synapses
from unisono.models.network import Change, CurrentInput, Floats, Integers, Network, RecordingRequest


class Wiring:
    """Synapses by source, and their values.

    Parameters
    ----------
    network : Network
    rounded : bool
        Whether what is delivered lies on the grid of exact sums, as it does on every simulator.
    """

    def __init__(self, network: Network, rounded: bool = True) -> None:
        self.network, self._rounded = network, rounded
        self.synapses = [Synapses(projection, network.dt) for projection in network.projections]
        receiving = [network.populations[p.post_population].model.inputs[p.receptor] for p in network.projections]
        self._effects = [(p.post_population, e) for p, e in zip(network.projections, receiving, strict=True)]
        self._set_units()
        self._outgoing = []
        for projection in network.projections:
            order = np.argsort(projection.pre, kind="stable")
            size = network.populations[projection.pre_population].size
            self._outgoing.append((order, np.searchsorted(projection.pre[order], np.arange(size + 1))))

    def reached(self, population: int, cells: Integers) -> Iterator[tuple[int, int, Integers]]:
        """Projection, axonal delay in steps and the synapses of that delay that spikes of cells reach."""
        for index, projection in enumerate(self.network.projections):
            if projection.pre_population != population:
                continue
            order, first = self._outgoing[index]
            synapses = np.concatenate([order[first[c] : first[c + 1]] for c in cells])
            delays = np.broadcast_to(projection.axonal, projection.size)[synapses]
            for delay in np.unique(delays):
                yield index, int(delay), synapses[delays == delay]

    def write(self, change: Change, synapses: Any = slice(None)) -> None:
        """Set a parameter or a state of synapses of a projection."""
        values = self.synapses[change.index].values[change.name]
        values[synapses] = np.broadcast_to(change.values, values.shape)[synapses]
        self._set_units()

    def deliver(self, index: int, synapses: Any, now: float) -> Any:
        """A spike passes synapses of a projection, each once: it changes them; returns what it delivers.

        Parameters
        ----------
        index : int
        synapses : int, or array of int
            Indices of the synapses; none is named twice.
        now : float
            Time in steps.
        """
        amounts, unit = self.synapses[index].pass_source(synapses, now), self._units[self._effects[index]]
        return np.rint(amounts / unit) * unit if unit and self._rounded else amounts

    def _set_units(self) -> None:
        """What is delivered is a whole number of 2^(e-35), 2^e above the largest weight with the same effect."""
        self._units: dict[tuple[int, int], float] = {}
        for effect, synapses in zip(self._effects, self.synapses, strict=True):
            largest = synapses.largest
            unit = math.ldexp(1.0, math.frexp(largest)[1] - 35) if largest else 0.0
            self._units[effect] = max(unit, self._units.get(effect, 0.0))


class Injection:
    """A current into some cells: its amplitude by grid point."""

    def __init__(self, population: int, cells: Integers) -> None:
        # A cell that is named twice gets the current once, as one source injects it once.
        self.population, self.cells = population, np.unique(cells)
        self._steps: list[int] = []
        self._amplitudes: list[float] = []

    def append(self, more: CurrentInput) -> None:
        """Add changes of the amplitude after those it has."""
        self._steps += more.steps.tolist()
        self._amplitudes += more.amplitudes.tolist()

    def at(self, step: int) -> float:
        """The amplitude, nA, over the step that begins at a grid point."""
        past = bisect_right(self._steps, step)
        return self._amplitudes[past - 1] if past else 0.0


class Samples:
    """The sampled signals of a network that is simulated population by population."""

    def __init__(self, network: Network, rounded: bool = True) -> None:
        self.network, self._rounded = network, rounded
        self._rows: dict[RecordingRequest, list[Floats]] = {}
        for request in network.recordings:
            self.add(request)

    def add(self, request: RecordingRequest) -> None:
        """Sample a further variable from now on."""
        if request.variable != "spikes":
            self._rows[request] = []

    def take(
        self,
        step: int,
        states: Mapping[int, Mapping[str, Floats]],
        requests: Iterable[RecordingRequest] | None = None,
    ) -> None:
        """Sample at a grid point what is due there; ``states`` are those of the populations, by index and name."""
        for request in self._rows if requests is None else requests:
            if request.population in states and request in self._rows and step % request.interval == 0:
                self._rows[request].append(states[request.population][request.variable][request.cells])

    def signals(self) -> tuple[Signal, ...]:
        """The samples since the last call."""
        found = []
        for request, rows in self._rows.items():
            unit = self.network.populations[request.population].model.units[request.variable]
            values = np.array(rows).reshape(len(rows), request.cells.size)
            found.append(Signal(request.population, request.variable, unit, request.cells, request.interval, values))
            rows.clear()
        return tuple(found)
