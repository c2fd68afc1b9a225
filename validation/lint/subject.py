"""A network as the rules look at it: what is a network of cells and what a test of single ones, who excites whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import NetworkError
from unisono.models.library.weights import POTENTIAL, weight_for
from unisono.models.network import Floats, Network, Population, Projection
from unisono.models.synapses.model import TARGET_SPIKES
from unisono.validation.statistics.signs import sign_of

#: Cells in loops from which on they are a network, to which rules about networks apply.
LEAST_CELLS = 50

#: Synapses that a cell has from other cells, in the mean, from which on it is a network: fewer are a chain or a test.
LEAST_INPUTS = 5.0

#: mV: from rest to the threshold of a cell that names neither.
USUAL_GAP = 15.0

#: mV: where a cell that names no threshold is linearised.
USUAL_POTENTIAL = -55.0

#: ms: the shortest span over which a rate of sources is taken.
SHORTEST_SPAN = 50.0


@dataclass(frozen=True)
class Leaky:
    """A leaky integrate-and-fire population, each value of shape () or (cells,).

    Attributes
    ----------
    rest, reset, threshold : float64 array
        mV.
    tau, capacitance, refractory, current : float64 array
        ms, nF, ms, nA; the current is the constant one.
    """

    rest: Floats
    reset: Floats
    threshold: Floats
    tau: Floats
    capacitance: Floats
    refractory: Floats
    current: Floats

    def steady(self, current: Floats | float) -> Floats:
        """The potential that a current (nA) leads to, without a threshold, mV."""
        return np.asarray(self.rest + self.tau / self.capacitance * current, np.float64)


@dataclass(frozen=True, eq=False)
class Subject:
    """A network at the beginning of its first run, with what several rules ask of it.

    Attributes
    ----------
    whole : Network
        With all its trials.
    """

    whole: Network

    @cached_property
    def network(self) -> Network:
        """The network with the changes that are made before the first step."""
        first = next((epoch for trial in self.whole.trials for epoch in trial.epochs), None)
        return self.whole if first is None else self.whole.changed(first.changes).begun(first.changes)

    @property
    def dt(self) -> float:
        """The time step, ms."""
        return self.network.dt

    @cached_property
    def longest(self) -> float:
        """Duration of the longest trial, ms."""
        return max((trial.steps for trial in self.network.trials), default=0) * self.dt

    @cached_property
    def cells(self) -> dict[int, Population]:
        """Populations of cells, sources left out, by index."""
        return {i: p for i, p in enumerate(self.network.populations) if not p.is_source}

    @cached_property
    def incoming(self) -> dict[int, list[Projection]]:
        """Projections that have synapses, by the index of their target."""
        found: dict[int, list[Projection]] = {index: [] for index in range(len(self.network.populations))}
        for projection in self.network.projections:
            if projection.size:
                found[projection.post_population].append(projection)
        return found

    def recurrent_into(self, index: int) -> list[Projection]:
        """Projections from cells onto a population."""
        return [p for p in self.incoming[index] if p.pre_population in self.cells]

    @cached_property
    def loops(self) -> frozenset[int]:
        """Populations whose spikes come back to them through synapses; none where cells or synapses are too few.

        A chain of populations that closes to a ring, each exciting the next one alone, is left out: a volley goes round
        in it, and what holds for networks does not hold for it.
        """
        targets: dict[int, set[int]] = {index: set() for index in self.cells}
        for index in self.cells:
            for projection in self.recurrent_into(index):
                targets[projection.pre_population].add(index)
        back = (index for index in self.cells if index in _reached(targets, index))
        found = frozenset(index for index in back if not self._in_ring(index))
        cells = sum(self.cells[index].size for index in found)
        synapses = sum(projection.size for index in found for projection in self.recurrent_into(index))
        return found if cells >= LEAST_CELLS and synapses >= LEAST_INPUTS * cells else frozenset()

    def _in_ring(self, index: int) -> bool:
        """Whether a population is part of a ring of three or more populations, each excited by the one before alone."""
        before, seen = index, list[int]()
        while before not in seen:
            seen.append(before)
            into = self.recurrent_into(before)
            if len({p.pre_population for p in into}) != 1 or any((self.signs(p) < 0).any() for p in into):
                return False
            before = into[0].pre_population
        return before == index and len(seen) > 2

    @property
    def is_network(self) -> bool:
        """Whether it is a recurrent network, not a test of single cells, to which rules about networks apply."""
        return bool(self.loops)

    def sign(self, projection: Projection) -> int:
        """+1 where its spikes excite, -1 where they inhibit, 0 where that is undecided."""
        return sign_of(self.network, projection)

    def signs(self, projection: Projection) -> NDArray[np.int64]:
        """The sign of every synapse, shape (synapses,)."""
        post = self.network.populations[projection.post_population]
        receptor = None if post.is_source else post.model.receptors.get(projection.receptor)
        weights = np.broadcast_to(projection.weight, projection.size)
        if receptor is not None and receptor.sign > 0:
            return np.full(projection.size, self.sign(projection))
        return np.sign(weights).astype(np.int64)

    def kinds(self, index: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which cells of a population excite others, and which inhibit others."""
        size = self.network.populations[index].size
        excites, inhibits = np.zeros(size, bool), np.zeros(size, bool)
        for projection in self.network.projections:
            if projection.pre_population == index and projection.size:
                signs = self.signs(projection)
                excites[projection.pre[signs > 0]] = True
                inhibits[projection.pre[signs < 0]] = True
        return excites, inhibits

    def mean(self, index: int, name: str) -> float:
        """Mean of a parameter over the cells of a population."""
        return float(np.mean(self.network.populations[index].parameters[name]))

    def leaky(self, index: int) -> Leaky | None:
        """The population as leaky integrate-and-fire cells; None if it is of another kind."""
        population = self.network.populations[index]
        if population.is_source or population.model.condition != "v >= v_thresh":
            return None
        names = "v_rest", "v_reset", "v_thresh", "tau_m", "cm", "tau_refrac", "i_offset"
        units = "mV", "mV", "mV", "ms", "nF", "ms", "nA"
        if any(population.model.units.get(name) != unit for name, unit in zip(names, units, strict=True)):
            return None
        return Leaky(*(population.parameters[name] for name in names))

    def gap(self, index: int) -> float:
        """From the lower one of rest and reset to the threshold, mV; the usual one where a cell names none."""
        parameters = self.network.populations[index].parameters
        if not {"v_rest", "v_reset", "v_thresh"} <= parameters.keys():
            return USUAL_GAP
        low = min(self.mean(index, "v_rest"), self.mean(index, "v_reset"))
        return max(self.mean(index, "v_thresh") - low, 1e-9)

    def leak(self, index: int) -> float | None:
        """The leak conductance, uS; None where a cell does not have tau_m and a capacitance in nF."""
        units = self.network.populations[index].model.units
        if units.get("tau_m") != "ms" or units.get("cm") != "nF":
            return None
        return self.mean(index, "cm") / self.mean(index, "tau_m")

    def weight_unit(self, projection: Projection) -> str:
        """Unit of the weights of a projection onto cells."""
        return self.cells[projection.post_population].model.weight_unit(projection.receptor)

    def is_conductance(self, projection: Projection) -> bool:
        """Whether the weights of a projection onto cells are conductances."""
        return self.weight_unit(projection) in ("uS", "nS")

    def unit_lift(self, index: int, receptor: str) -> float:
        """What a spike of weight 1 adds to the potential at threshold, mV, if the membrane keeps its charge."""
        key = index, receptor
        if key not in self._unit_lifts:
            self._unit_lifts[key] = _unit_lift(self, index, receptor)
        return self._unit_lifts[key]

    @cached_property
    def _unit_lifts(self) -> dict[tuple[int, str], float]:
        return {}

    def lift(self, projection: Projection) -> float:
        """What a spike adds to the potential at threshold, mV: the mean of all synapses, negative for inhibition."""
        return float(np.mean(projection.weight)) * self.unit_lift(projection.post_population, projection.receptor)

    def inputs(self, projection: Projection) -> float:
        """Mean number of synapses that a target cell has from this projection."""
        return projection.size / self.network.populations[projection.post_population].size

    def all_inputs(self, projections: Iterable[Projection]) -> float:
        """Mean number of synapses that a target cell has from projections."""
        return sum(self.inputs(p) for p in projections)

    def volley(self, projections: Iterable[Projection]) -> float:
        """What one spike at each of these synapses adds to the potential of a target cell, mV, in the mean."""
        return sum(self.inputs(p) * self.lift(p) for p in projections)

    @cached_property
    def plastic(self) -> dict[Projection, None]:
        """Projections whose weights the spikes of the target change, in order."""
        return {p: None for p in self.network.projections if p.size and TARGET_SPIKES in p.model.changed_by}

    @cached_property
    def mean_rates(self) -> dict[int, Floats]:
        """Rate of each source over the longest trial, 1/ms, by index of the population."""
        return {index: count / max(self.longest, self.dt) for index, (count, _) in self._source_spikes.items()}

    @cached_property
    def source_rates(self) -> dict[int, Floats]:
        """Rate of each source while its population is active, 1/ms, by index of the population."""
        return {index: count / span if span else count for index, (count, span) in self._source_spikes.items()}

    @cached_property
    def _source_spikes(self) -> dict[int, tuple[Floats, float]]:
        """Spikes of each source, and the time over which its population spikes, ms, by index of the population."""
        found = {}
        for index, population in enumerate(self.network.populations):
            if not population.is_source:
                continue
            counts, span = np.zeros(population.size), 0.0
            for spikes in self.network.spikes:
                if spikes.population == index and spikes.steps.size:
                    counts += np.bincount(spikes.cells, np.broadcast_to(spikes.counts, spikes.cells.shape), counts.size)
                    span += max(float(spikes.steps[-1] - spikes.steps[0]) * self.dt, SHORTEST_SPAN)
            found[index] = counts, span
        return found

    def drive(self, projection: Projection) -> float:
        """Spikes that reach a target cell from sources, 1/ms, in the mean; 0 where the projection is of cells."""
        rates = self.source_rates.get(projection.pre_population)
        size = self.network.populations[projection.post_population].size
        return 0.0 if rates is None else float(rates[projection.pre].sum() / size)

    def largest_current(self, index: int) -> float:
        """The largest sum of currents that sources send into a cell of a population, nA."""
        largest = np.zeros(self.network.populations[index].size)
        for current in self.network.currents:
            if current.population == index and current.amplitudes.size:
                largest[current.cells] += max(float(current.amplitudes.max()), 0.0)
        return float(largest.max())

    def is_changed(self, index: int) -> bool:
        """Whether parameters or states of a population change later, so that its first values say little."""
        epochs = [epoch for trial in self.whole.trials for epoch in trial.epochs][1:]
        return any(c.kind != "synapse" and c.index == index for epoch in epochs for c in epoch.changes)


def _reached(targets: dict[int, set[int]], start: int) -> set[int]:
    """All that can be reached from a population in one or more synapses."""
    found: set[int] = set()
    waiting = list(targets[start])
    while waiting:
        index = waiting.pop()
        if index not in found:
            found.add(index)
            waiting += targets[index]
    return found


def _unit_lift(subject: Subject, index: int, receptor: str) -> float:
    population = subject.network.populations[index]
    values = {name: float(np.mean(value)) for name, value in population.parameters.items()}
    at = values["v_thresh"] if {"v_thresh", "v_rest"} <= values.keys() else USUAL_POTENTIAL
    for psp in (1.0, -1.0):
        try:
            return psp / weight_for(population.model, receptor, psp, {**values, POTENTIAL: at})
        except NetworkError:
            continue  # of the other sign
    return 0.0
