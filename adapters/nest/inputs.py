"""Input to a network in NEST: the spikes of sources, and currents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.nest.assembly import Synapses, assign_each
from unisono.adapters.nest.cells import Cells
from unisono.adapters.nest.senders import Senders, behind_synapse, different
from unisono.models.network import CurrentInput, Network, SpikeInput

#: Steps that NEST's clock is ahead. A step_current_generator acts one step after its
#: time, and that time must lie above zero.
OFFSET = 2

#: Changes of currents within a live run up to which they are held from change to change.
FEW_CHANGES = 3


class _Group(NamedTuple):
    """Generators of some sources, and how many steps after the source each spikes."""

    nodes: Any
    cells: NDArray[np.int64]
    later: NDArray[np.int64]


class Sources:
    """A spike_generator for each source, and one for each axonal delay where synapses act when spikes reach them.

    Every projection gets generators of its own, since NEST lets a device send through one synapse model only. They are
    made before any cell: NEST updates nodes in this order, so that a synapse can still send to cells in the same step.
    """

    def __init__(self, nest: Any, network: Network) -> None:
        self.nest, self.network = nest, network
        self.generators: dict[int, list[_Group]] = {}
        #: Spikes that lie ahead, by population.
        self.ahead: dict[int, SpikeInput] = {}

    def create(self, index: int, acting: bool) -> Senders:
        """Generators for a projection.

        Parameters
        ----------
        index : int
        acting : bool
            Whether the synapses are to act when the spikes reach them.
        """
        projection = self.network.projections[index]
        population = projection.pre_population
        if acting and projection.axonal.any():
            later = np.broadcast_to(projection.axonal, projection.size)
            (cells, later), places = different(projection.pre, later)
            delay = behind_synapse(projection)
        else:
            cells = np.arange(self.network.populations[population].size)
            later, places, delay = np.zeros(cells.size, np.int64), projection.pre, projection.delay
        nodes = self.nest.Create("spike_generator", cells.size)
        self.generators.setdefault(population, []).append(_Group(nodes, cells, later))
        return Senders(int(nodes[0].global_id), places, delay)

    def give(self, spikes: SpikeInput, after: int) -> None:
        """Add spikes of grid points after ``after``; those before are over.

        A generator forgets the spikes that it had when it is given others, so what still lies ahead is given again.
        """
        if spikes.population not in self.generators or not spikes.cells.size:
            return
        groups = self.generators[spikes.population]
        longest = max(int(group.later.max(initial=0)) for group in groups)
        concerned = np.unique(spikes.cells)
        before = self.ahead.get(spikes.population)
        ahead = spikes if before is None else _joined(before, spikes, after - longest)
        self.ahead[spikes.population] = ahead
        order = np.lexsort((ahead.steps, ahead.cells))
        cells, steps = ahead.cells[order], ahead.steps[order].astype(np.int64)
        single = ahead.counts.ndim == 0 and ahead.counts == 1
        counts = np.broadcast_to(ahead.counts, cells.shape)[order].astype(np.int64)
        lo, hi = np.searchsorted(cells, concerned), np.searchsorted(cells, concerned, "right")
        for group in groups:
            chosen = np.flatnonzero(np.isin(group.cells, concerned))
            times = {
                n: np.round((steps + (OFFSET + n)) * self.network.dt, 10) for n in set(group.later[chosen].tolist())
            }
            values = []
            for place, later in zip(np.searchsorted(concerned, group.cells[chosen]), group.later[chosen], strict=True):
                mine = slice(lo[place], hi[place])
                # where there are none, those of the spikes before are taken away
                several = np.empty(0, np.int64) if single else counts[mine]
                values.append({"spike_times": times[int(later)][mine], "spike_multiplicities": several})
            if values:
                assign_each(group.nodes if len(values) == len(group.nodes) else group.nodes[chosen.tolist()], values)


def _joined(before: SpikeInput, more: SpikeInput, after: int) -> SpikeInput:
    """Spikes of both after a grid point."""
    left = before.steps > after
    counts = [np.broadcast_to(s.counts, s.cells.shape) for s in (before, more)]
    return SpikeInput(
        more.population,
        np.concatenate([before.cells[left], more.cells]),
        np.concatenate([before.steps[left], more.steps]),
        np.concatenate([counts[0][left], counts[1]]),
    )


class Generators:
    """A step_current_generator for each current, in the order of their numbers, in which NEST adds them up."""

    def __init__(self, nest: Any, dt: float) -> None:
        self.nest, self.dt = nest, dt
        self.nodes: dict[int, Any] = {}

    def connect(self, currents: Mapping[int, CurrentInput], nodes: Mapping[int, Any]) -> None:
        """Connect the generators of those currents that have none with their cells, all at once.

        Parameters
        ----------
        currents : mapping of int to CurrentInput
            By the number of the injection.
        nodes : mapping of int to nodes
            By population.
        """
        missing = sorted(currents.keys() - self.nodes.keys())
        if not missing:
            return
        made = self.nest.Create("step_current_generator", len(missing))
        self.nodes |= zip(missing, made, strict=True)
        cells = [np.unique(currents[number].cells).astype(np.int64) for number in missing]
        first = [int(nodes[currents[number].population][0].global_id) for number in missing]
        post = np.concatenate([own + begin for own, begin in zip(cells, first, strict=True)])
        pre = np.repeat(np.asarray(made.tolist(), np.int64), [own.size for own in cells])
        ones = np.ones(pre.size)
        self.nest.Connect(pre, post, "one_to_one", {"weight": ones, "delay": ones * self.dt})

    def schedule(self, number: int, steps: NDArray[Any], amplitudes: NDArray[np.float64]) -> None:
        """Give a generator amplitudes in NEST's unit, from grid points on; its times lie one step before them."""
        times = np.round((steps.astype(np.int64) + OFFSET - 1) * self.dt, 10)
        assign_each(self.nodes[number], [{"amplitude_times": times, "amplitude_values": amplitudes}])


class Currents:
    """The currents of a live run.

    A device would act two steps late. So the sum of the currents into a cell is held by a value of the
    cell itself, set at each change. Where it changes often within a run it is set for the two steps in
    which no device can act, and devices take over; they end two steps before what comes next may begin, at zero.

    Parameters
    ----------
    nest : module
    dt : float
    cells : mapping of int to Cells
    nodes : mapping of int to nodes
        By population.
    """

    def __init__(self, nest: Any, network: Network, cells: Mapping[int, Cells], nodes: Mapping[int, Any]) -> None:
        self.network, self.cells, self.nodes = network, cells, nodes
        self.generators = Generators(nest, network.dt)
        self.given: dict[int, CurrentInput] = {}
        #: Grid points at which devices begin and end.
        self.driven = (0, 0)

    def feed(self, number: int, more: CurrentInput, now: int) -> None:
        """Append to a current; what is over is forgotten."""
        before = self.given.get(number)
        if before is not None:
            first = max(0, int(np.searchsorted(before.steps, now, "right")) - 1)
            steps = np.concatenate([before.steps[first:], more.steps])
            amplitudes = np.concatenate([before.amplitudes[first:], more.amplitudes])
            more = CurrentInput(more.population, more.cells, steps, amplitudes)
        self.given[number] = more

    def plan(self, now: int, until: int, synapses: Synapses) -> None:
        """Choose between holding and devices for a run."""
        changes = {step for current in self.given.values() for step in current.steps.tolist() if now < step < until}
        self.driven = (until, until)
        begin = now + OFFSET
        if len(changes) > FEW_CHANGES and begin < until:
            self.driven = (begin, until)
            if not self.generators.nodes.keys() >= self.given.keys():
                with synapses.sorted_anew():
                    self.generators.connect(self.given, self.nodes)
            for number, current in self.given.items():
                later = (current.steps > begin) & (current.steps < until)
                steps = np.r_[begin, current.steps[later], until]
                amplitudes = np.r_[_amplitude(current, begin), current.amplitudes[later], 0.0]
                self.generators.schedule(number, steps, amplitudes * self.cells[current.population].current_factor)
        #: Grid points at which what is held changes.
        self.stops = sorted({s for s in (*changes, self.driven[0]) if now < s <= self.driven[0] and s < until})

    def held(self, now: int) -> dict[int, NDArray[np.float64]]:
        """What is held from a grid point on, in NEST's unit, shape (cells,), by population."""
        sums: dict[int, NDArray[np.float64]] = {}
        for _, current in sorted(self.given.items()):
            size = self.network.populations[current.population].size
            total = sums.setdefault(current.population, np.zeros(size))
            if not self.driven[0] <= now < self.driven[1]:
                factor = self.cells[current.population].current_factor
                total[np.unique(current.cells)] += _amplitude(current, now) * factor
        return sums


def _amplitude(current: CurrentInput, step: int) -> float:
    """Amplitude in nA from a grid point on."""
    place = int(np.searchsorted(current.steps, step, "right")) - 1
    return float(current.amplitudes[place]) if place >= 0 else 0.0
