"""What both sessions need of a network: who reaches whom, weights in force, samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from unisono.adapters.contract.recording import Signal
from unisono.models.network import Floats, Integers, Network


class Wiring:
    """Synapses by source, and their weights."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.weights = [np.array(np.broadcast_to(p.weight, p.size)) for p in network.projections]
        self._outgoing = []
        for projection in network.projections:
            order = np.argsort(projection.pre, kind="stable")
            size = network.populations[projection.pre_population].size
            self._outgoing.append((order, np.searchsorted(projection.pre[order], np.arange(size + 1))))

    def reached(self, population: int, cells: Integers) -> Iterator[tuple[int, int, Integers]]:
        """Projection, delay in steps and the synapses of that delay through which spikes of cells go."""
        for index, projection in enumerate(self.network.projections):
            if projection.pre_population != population:
                continue
            order, first = self._outgoing[index]
            synapses = np.concatenate([order[first[c] : first[c + 1]] for c in cells])
            delays = np.broadcast_to(projection.delay, projection.size)[synapses]
            for delay in np.unique(delays):
                yield index, int(delay), synapses[delays == delay]


class Samples:
    """The sampled signals of a network that is simulated population by population."""

    def __init__(self, network: Network, steps: int) -> None:
        self.requests = [r for r in network.recordings if r.variable != "spikes"]
        self.network = network
        self.values = [np.zeros((steps // r.interval + 1, r.cells.size)) for r in self.requests]
        self._of: dict[tuple[int, int], list[tuple[Floats, int, str, int]]] = {}
        for request, values in zip(self.requests, self.values, strict=True):
            for column, cell in enumerate(request.cells.tolist()):
                entry = (values, column, request.variable, request.interval)
                self._of.setdefault((request.population, cell), []).append(entry)

    def of(self, population: int, cell: int) -> list[tuple[Floats, int, str, int]]:
        """Where the samples of one cell go: values, column in them, variable, interval in steps."""
        return self._of.get((population, cell), [])

    def take(self, step: int, states: Mapping[int, Mapping[str, Floats]]) -> None:
        """Sample all populations at a grid point; ``states`` are theirs by index and name."""
        for request, values in zip(self.requests, self.values, strict=True):
            if step % request.interval == 0:
                values[step // request.interval] = states[request.population][request.variable][request.cells]

    def signals(self) -> tuple[Signal, ...]:
        """The samples as the recording wants them."""
        populations = self.network.populations
        return tuple(
            Signal(r.population, r.variable, populations[r.population].model.units[r.variable], r.cells, r.interval, v)
            for r, v in zip(self.requests, self.values, strict=True)
        )
