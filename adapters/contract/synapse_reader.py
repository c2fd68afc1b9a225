"""What synapses are at a grid point, on simulators that carry out their events at other times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_replay import Events, modulate, moved_on, replay
from unisono.adapters.codegen.synapse_step import LAST_POST, SynapseProgram
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.recording import Spikes
from unisono.models.network import Network, SpikeInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Synapses that are brought up to the present at a time.
BLOCK = 2**16


class NewValues(NamedTuple):
    """Values that some synapses of a projection have from now on.

    Attributes
    ----------
    projection : int
    values : mapping of str to float64 array, shape () or (synapses,)
        Of all synapses of the projection, by name.
    synapses : int array or None
        Those that have them; None for all.
    """

    projection: int
    values: Mapping[str, Floats]
    synapses: NDArray[np.intp] | None

    @property
    def where(self) -> slice | NDArray[np.intp]:
        """The synapses, as an index."""
        return slice(None) if self.synapses is None else self.synapses

    def chosen(self, values: Floats) -> Floats:
        """Of values of all synapses, those of the synapses that are meant; one value stays one."""
        return values[self.where] if values.ndim else values

    def divided(self, parts: Iterable[tuple[int, NDArray[np.intp] | None]]) -> Iterator[tuple[int, NewValues]]:
        """The same for each part of the projection in which some of the synapses are.

        Parameters
        ----------
        parts : iterable of (int, int array or None)
            A number, such as the steps that the part is late, and its synapses; None for all.
        """
        for number, part in parts:
            if part is None or self.synapses is None:
                yield number, self if part is None else self._replace(synapses=part)
            elif (some := np.intersect1d(self.synapses, part)).size:
                yield number, self._replace(synapses=some)


class Modulation(NamedTuple):
    """A spike of a modulating cell that reaches some synapses of a projection.

    It changes states as a script would that stops before that step, and that is how simulators carry it out: they stop,
    the new states are computed here, and they are written. So a simulation stops for each such spike.

    Attributes
    ----------
    projection : int
    synapses : int array or None
        None for all.
    step : int
        In the time of the synapses. What happens there in this step comes after it.
    """

    projection: int
    synapses: NDArray[np.intp] | None
    step: int

    @property
    def since(self) -> int:
        """Grid point up to which all that happens at the synapses comes before it."""
        return self.step - 1

    def applied(
        self, program: SynapseProgram, values: Mapping[str, Floats], begun: NDArray[Any], size: int
    ) -> dict[str, Floats]:
        """The values that it changes, shape (synapses,) each.

        Parameters
        ----------
        program : SynapseProgram
        values : mapping of str to float64 array, shape () or (synapses,)
            Of all synapses of the projection.
        begun : array, shape () or (synapses,)
            What the simulator has counted when the time of the synapses begins.
        size : int
            Number of synapses of the projection.
        """
        changing = {n: np.array(np.broadcast_to(values[n], size)) for n in program.changing}
        synapses = np.arange(size) if self.synapses is None else self.synapses
        steps = np.broadcast_to(self.step + _of(begun.astype(np.int64), synapses), synapses.shape)
        modulate(program, known := {**values, **changing}, synapses, steps)
        return {name: known[name] for name in changing}


#: What is to come at synapses, and the grid point up to which what happens there comes before.
Later = tuple[int, "NewValues | Modulation"]


def modulations(
    network: Network, spikes: Iterable[SpikeInput], parts: Callable[[int], Iterable[tuple[int, NDArray[Any] | None]]]
) -> Iterator[tuple[int, Modulation]]:
    """What spikes of sources do at the projections that they modulate.

    Parameters
    ----------
    network : Network
    spikes : iterable of SpikeInput
    parts : callable
        By projection, its synapses by the steps that they act late.

    Yields
    ------
    int
        Grid point at which the simulator has carried out what comes before.
    Modulation
    """
    for given in spikes:
        counts = np.broadcast_to(given.counts, given.steps.shape)
        steps = np.repeat(given.steps, counts).tolist()
        for index, projection in enumerate(network.projections):
            delays = [m.delay for m in projection.modulators if m.population == given.population and projection.size]
            for step, delay, (late, synapses) in product(steps, delays, parts(index) if delays else ()):
                made = Modulation(index, synapses, step + delay)
                yield made.since + late, made


def in_order(later: Iterable[Later]) -> list[Later]:
    """By their grid points; what a script sets there comes before a spike in the step that follows."""
    return sorted(later, key=lambda entry: (entry[0], isinstance(entry[1], Modulation)))


class Kept(NamedTuple):
    """What a simulator keeps for the synapses of a projection now.

    Attributes
    ----------
    values : mapping of str to float64 array, shape () or (synapses,)
        All values of the program, in the order of the projection; none of them is the simulator's own.
    passed : int or int array, shape (synapses,)
        Grid point up to which spikes of the source have been carried out, in the time of the synapse: a spike of grid
        point k reaches it at k + the axonal delay. Spikes of the target have been up to the last one that the synapses
        keep (:data:`LAST_POST`).
    changes : sequence of (int, NewValues or Modulation)
        What was written, or came from a modulating cell, and is not among the values yet, with the grid points at which
        that was, in order.
    """

    values: Mapping[str, Floats]
    passed: int | NDArray[np.integer]
    changes: Sequence[Later] = ()


class _Train:
    """Spikes of a population, in order of the steps."""

    def __init__(self) -> None:
        self._parts: list[tuple[Integers, Integers]] = []

    def append(self, spikes: Spikes) -> None:
        if spikes.size:
            self._parts.append((spikes.cells.astype(np.int64), spikes.steps))

    def between(self, after: int, until: int) -> tuple[Integers, Integers]:
        """Cells and steps of the spikes in (after, until]."""
        found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        for cells, steps in reversed(self._parts):
            if steps[-1] <= after:
                break
            chosen = slice(*np.searchsorted(steps, [after, until], side="right"))
            found.append((cells[chosen], steps[chosen]))
        found.reverse()
        cells, steps = (np.concatenate(part) for part in zip(*found, strict=True))
        return cells, steps


class SynapseReader:
    """Brings what a simulator keeps for synapses up to the present, on a copy.

    Parameters
    ----------
    network : Network
    values : SynapseValues
        Of the simulation.
    """

    def __init__(self, network: Network, values: SynapseValues) -> None:
        self._network, self._values = network, values
        changing = [p for p in network.projections if not p.model.is_static]
        ends = {index for p in changing for index in (p.pre_population, p.post_population)}
        self._trains = {index: _Train() for index in ends}

    def hear(self, spikes: Mapping[int, Spikes]) -> None:
        """Note spikes that follow those noted before, by population."""
        for index in spikes.keys() & self._trains.keys():
            self._trains[index].append(spikes[index])

    def states(self, index: int, kept: Kept, now: int) -> dict[str, Floats]:
        """States of the synapses of a projection at a grid point, shape (synapses,) each.

        Parameters
        ----------
        index : int
        kept : Kept
        now : int
            The grid point; all spikes up to it have been noted.
        """
        size = self._network.projections[index].size
        # What a script has set is by projection; else blocks take less memory, and no more time.
        block = max(1, size) if kept.changes else BLOCK
        parts = [self._block(index, kept, now, slice(b, min(b + block, size))) for b in range(0, max(1, size), block)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _block(self, index: int, kept: Kept, now: int, block: slice) -> dict[str, Floats]:
        """The same of some synapses that follow each other; of all, where there are changes."""
        projection, program = self._network.projections[index], self._values.program(index)
        size = block.stop - block.start
        values = {n: np.array(np.broadcast_to(_of(v, block), size)) for n, v in kept.values.items()}
        begun, passed, axonal, dendritic = (
            _of(array, block)
            for array in (
                self._values.begun[index].astype(np.int64),
                np.asarray(kept.passed),
                projection.axonal,
                projection.dendritic,
            )
        )
        sources = self._events(index, "pre", block, passed - axonal, now - axonal)
        targets = Events(np.empty(0, np.intp), np.empty(0, np.int64))
        if program.at_target:
            last = values[LAST_POST].astype(np.int64) - begun - dendritic
            targets = self._events(index, "post", block, last, now - dendritic)
        sources, targets = (
            Events(e.synapses, e.steps + _of(delay, e.synapses))
            for e, delay in ((sources, axonal), (targets, dendritic))
        )
        after = -1 if now else 0  # before the first step, spikes of grid point 0 may still come
        for until, new in (*kept.changes, (now, None)):
            first, second = (e.between(after, until, begun) for e in (sources, targets))
            replay(program, values, first, second, np.asarray(dendritic == 0))
            after = until
            if isinstance(new, Modulation):
                values |= new.applied(program, values, self._values.begun[index], projection.size)
            elif new is not None:
                for name, value in new.values.items():
                    values[name][new.where] = new.chosen(value)
        found = moved_on(program, values, now + begun)
        return {name: np.array(np.broadcast_to(value, size)) for name, value in found.items()}

    def _events(self, index: int, end: str, block: slice, after: NDArray[Any], until: NDArray[Any]) -> Events:
        """Spikes at one end of synapses, in (after, until] of each, synapse by synapse, at the steps of the spikes."""
        projection = self._network.projections[index]
        ends = getattr(projection, end)[block].astype(np.int64)
        if not ends.size:
            return Events(np.empty(0, np.intp), np.empty(0, np.int64))
        begin, stop = int(np.min(after)), int(np.max(until))
        population = projection.pre_population if end == "pre" else projection.post_population
        cells, steps = self._trains[population].between(begin, stop)
        # spikes cell by cell, in order of the steps: those of a synapse follow each other
        length = max(stop - begin, 0) + 1
        spikes = np.sort(cells * length + (steps - begin))
        first, last = (np.searchsorted(spikes, ends * length + (t - begin), "right") for t in (after, until))
        counts = np.maximum(last - first, 0)
        synapses = np.repeat(np.arange(ends.size), counts)
        places = np.arange(synapses.size) + np.repeat(first - np.cumsum(counts) + counts, counts)
        return Events(synapses, spikes[places] % length + begin)


def _of(value: NDArray[Any], synapses: NDArray[np.intp] | slice) -> NDArray[Any]:
    """A value of each of some synapses; one for all stays one."""
    return value[synapses] if value.ndim else value
