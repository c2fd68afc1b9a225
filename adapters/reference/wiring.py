"""What both simulations need of a network: who reaches whom, weights in force, samples."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from unisono.adapters.contract.recording import Signal
from unisono.adapters.reference.synapses import Synapses
from unisono.models.growing import Growing
from unisono.models.network import Change, CurrentInput, Floats, Integers, Network, RecordingRequest
from unisono.models.synapses.model import TARGET_SPIKES


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
        sizes = [population.size for population in network.populations]
        self._outgoing = [_by_cell(p.pre, sizes[p.pre_population]) for p in network.projections]
        self._incoming = [_by_cell(p.post, sizes[p.post_population]) for p in network.projections]

    def reached(self, population: int, cells: Integers) -> Iterator[tuple[int, int, Integers]]:
        """Projection, axonal delay in steps and the synapses of that delay that spikes of cells reach."""
        for index, projection in enumerate(self.network.projections):
            if projection.pre_population != population:
                continue
            yield from _parted(index, self._outgoing[index], cells, projection.axonal)

    def returned(self, population: int, cells: Integers) -> Iterator[tuple[int, int, Integers]]:
        """Projection, dendritic delay in steps and the synapses of that delay that spikes of their targets reach."""
        for index, projection in enumerate(self.network.projections):
            if projection.post_population == population and TARGET_SPIKES in projection.model.changed_by:
                yield from self.incoming(index, cells)

    def incoming(self, index: int, cells: Integers) -> Iterator[tuple[int, int, Integers]]:
        """The same of one projection."""
        yield from _parted(index, self._incoming[index], cells, self.network.projections[index].dendritic)

    def modulated(self, population: int) -> Iterator[tuple[int, int]]:
        """Projection and delay in steps, of those that a population modulates."""
        for index, projection in enumerate(self.network.projections):
            yield from ((index, m.delay) for m in projection.modulators if m.population == population)

    def write(self, change: Change, synapses: Any = slice(None)) -> None:
        """Set a parameter or a state of synapses of a projection."""
        self.synapses[change.index].set(change.name, change.values, synapses)
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
        return self.rounded(index, self.synapses[index].pass_source(synapses, now))

    def rounded(self, index: int, amounts: Any) -> Any:
        """What synapses of a projection deliver, on the grid of exact sums."""
        unit = self._units[self._effects[index]]
        return np.rint(amounts / unit) * unit if unit and self._rounded else amounts

    def _set_units(self) -> None:
        """What is delivered is a whole number of 2^(e-35), 2^e above the largest weight with the same effect."""
        self._units: dict[tuple[int, int], float] = {}
        for effect, synapses in zip(self._effects, self.synapses, strict=True):
            largest = synapses.largest
            unit = math.ldexp(1.0, math.frexp(largest)[1] - 35) if largest else 0.0
            self._units[effect] = max(unit, self._units.get(effect, 0.0))


def _by_cell(ends: Integers, size: int) -> tuple[Integers, Integers]:
    """Synapses sorted by the cell at one end, and where those of each cell begin."""
    order = np.argsort(ends, kind="stable")
    return order, np.searchsorted(ends[order], np.arange(size + 1))


def _parted(
    index: int, sorted_by_cell: tuple[Integers, Integers], cells: Integers, delay: Integers
) -> Iterator[tuple[int, int, Integers]]:
    """The synapses of cells by their delays."""
    order, first = sorted_by_cell
    synapses = np.concatenate([order[first[c] : first[c + 1]] for c in cells])
    delays = np.broadcast_to(delay, order.shape)[synapses]
    for steps in np.unique(delays):
        yield index, int(steps), synapses[delays == steps]


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
        self._rows: dict[RecordingRequest, Growing] = {}
        for request in network.recordings:
            self.add(request)

    def add(self, request: RecordingRequest) -> None:
        """Sample a further variable from now on."""
        if request.variable != "spikes":
            self._rows[request] = self._room(request)

    def _room(self, request: RecordingRequest) -> Growing:
        """Room for the samples of the trial."""
        return Growing(np.float64, request.cells.shape, max(1, self.network.trials[0].steps // request.interval + 1))

    def take(
        self,
        step: int,
        states: Mapping[int, Mapping[str, Floats]],
        requests: Iterable[RecordingRequest] | None = None,
    ) -> None:
        """Sample at a grid point what is due there; ``states`` are those of the populations, by index and name."""
        for request in self._rows if requests is None else requests:
            if request.population in states and request in self._rows and step % request.interval == 0:
                self._rows[request].extend(states[request.population][request.variable][request.cells][np.newaxis])

    def signals(self) -> tuple[Signal, ...]:
        """The samples since the last call."""
        found = []
        for request, rows in self._rows.items():
            unit = self.network.populations[request.population].model.units[request.variable]
            given = rows.values
            found.append(Signal(request.population, request.variable, unit, request.cells, request.interval, given))
            self._rows[request] = self._room(request)
        return tuple(found)
