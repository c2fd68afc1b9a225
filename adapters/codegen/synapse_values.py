"""What a simulator keeps for the synapses of a network: arrays by name, the same for every simulator.

What a synapse delivers lies on a grid: it is a whole number of units of 2^(e-35), where 2^e is above the largest weight
in force at any synapse with the same effect on the same population. Every sum of up to 2^17 of the largest weights is
then exact in double precision, and so no order of synapses, projections, threads or objects changes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.adapters.codegen.program import LENGTH
from unisono.adapters.codegen.synapse_sides import before
from unisono.adapters.codegen.synapse_step import (
    LAST,
    LAST_POST,
    LAST_PRE,
    TO_GRID,
    SynapseProgram,
    synapse_program,
)
from unisono.models.network import Change, Network, Projection
from unisono.models.synapses.model import RECEPTOR, WEIGHT

Floats = NDArray[np.float64]

#: Binary digits that a weight keeps at most; the largest ones keep one less, and the sign.
DIGITS = 35

#: Times a unit of the grid: what is added to a number and taken away again rounds it to the grid. A double has 53
#: binary digits, so that from 2^52 units on it is a whole number of them.
_ROUNDING = 1.5 * 2.0**52


class _Values:
    """The values of a projection's synapses that are in force, as a script set them."""

    def __init__(self, projection: Projection, others: Mapping[str, Floats]) -> None:
        self.model = projection.model
        self.program = synapse_program(self.model)
        self._values = {**projection.values, **others}

    def set(self, change: Change) -> None:
        self._values[change.name] = change.values
        self.__dict__.pop("exponent", None)

    @property
    def delivered(self) -> dict[str, Floats]:
        """What is kept, before anything is rounded."""
        if self.model.is_static:
            return {WEIGHT: np.asarray(self.model.delivered(self._values), np.float64)}
        return {name: self._values[name] for name in self.program.values if name != TO_GRID}

    @cached_property
    def exponent(self) -> int | None:
        """Power of two above the largest weight; None where there is none but 0."""
        if self.model.is_static:
            arrays = list(self.delivered.values())
        else:
            arrays = [value for name, value in self._values.items() if self.model.units.get(name) == RECEPTOR]
        largest = max((float(np.max(np.abs(a))) for a in arrays if a.size), default=0.0)
        return math.frexp(largest)[1] if largest else None


class SynapseValues:
    """The values of all synapses of a network that are in force.

    A synapse that nothing changes is kept as one number, what each spike delivers, whatever parameters its model has;
    so every simulator with weights runs every such model. Of the others all is kept that their program names.

    Parameters
    ----------
    network : Network
    single : bool
        Whether the simulator computes in single precision, which no grid makes exact.
    begun : callable, optional
        By projection, the steps that the simulator has counted when the time of the synapses begins: shape () or
        (synapses,); without it none.
    """

    def __init__(
        self, network: Network, single: bool = False, begun: Callable[[int], ArrayLike] = lambda index: 0
    ) -> None:
        self._single = single
        #: By projection, see above.
        self.begun = [np.asarray(begun(index), np.float64) for index in range(len(network.projections))]
        self._of = [
            _Values(projection, generated(projection, network.dt, begun))
            for projection, begun in zip(network.projections, self.begun, strict=True)
        ]
        self._effects = [_effect(network, projection) for projection in network.projections]
        self._members: dict[tuple[int, Any], list[int]] = {}
        for index, effect in enumerate(self._effects):
            self._members.setdefault(effect, []).append(index)

    def program(self, index: int) -> SynapseProgram:
        """The program of a projection's synapses."""
        return self._of[index].program

    def kept(self, index: int) -> dict[str, Floats]:
        """What is kept for the synapses of a projection, by name, shape () or (synapses,)."""
        values, unit = self._of[index], self._unit(index)
        if not values.model.is_static:
            return values.delivered | {TO_GRID: np.asarray(0.0 if self._single else unit * _ROUNDING)}
        amounts = values.delivered[WEIGHT]
        return {WEIGHT: np.asarray(np.rint(amounts / unit) * unit) if unit else amounts}

    def weight(self, index: int) -> Floats:
        """What each spike delivers, where nothing changes the synapses: shape () or (synapses,)."""
        return self.kept(index)[WEIGHT]

    def sharing(self, index: int) -> list[int]:
        """The projections whose spikes are added up with those of a projection, itself among them."""
        return self._members[self._effects[index]]

    def _unit(self, index: int) -> float:
        """Unit of the grid of a projection; 0 where all that could arrive is 0."""
        known = [e for other in self.sharing(index) if (e := self._of[other].exponent) is not None]
        return math.ldexp(1.0, max(known) - DIGITS) if known else 0.0

    def write(self, change: Change) -> dict[int, dict[str, Floats]]:
        """Put a change of a parameter or state in force.

        Returns
        -------
        dict of int to dict of str to float64 array, shape () or (synapses,)
            By projection, what is kept and is to be set: the grid of others changes with the largest weight.
        """
        index = change.index
        before, values = self._unit(index), self._of[index]
        values.set(change)
        kept = self.kept(index)
        found = {index: kept if values.model.is_static else {n: v for n, v in kept.items() if n == change.name}}
        if self._unit(index) != before:
            for other in self.sharing(index):
                rounded = WEIGHT if self._of[other].model.is_static else TO_GRID
                found.setdefault(other, {})[rounded] = self.kept(other)[rounded]
        return found


def generated(projection: Projection, dt: float, begun: Floats) -> dict[str, Floats]:
    """What synapses keep besides their parameters and states, when their time begins; traces begin at the cells."""
    model = projection.model
    traces = {name: np.asarray(model.initial.get(name, 0.0)) for name in model.traces}
    steps = {LAST: begun, LAST_PRE: begun + projection.axonal, LAST_POST: begun + projection.dendritic}
    return traces | {before(name): value for name, value in traces.items()} | steps | {LENGTH: np.asarray(dt)}


def _effect(network: Network, projection: Projection) -> tuple[int, Any]:
    """What tells apart sums: the population, and what the spikes do to it."""
    model = network.populations[projection.post_population].model
    return projection.post_population, model.inputs.get(projection.receptor)


def kept_per_synapse(network: Network, index: int) -> frozenset[str]:
    """Names of the values that differ between the synapses of a projection, at first or after a change in the trial.

    A change acts at each synapse a dendritic delay later, so what changes differs for a while where delays do.
    """
    projection = network.projections[index]
    changes = network.changes("synapse", index=index)
    different = {n for n, v in projection.values.items() if np.ndim(v)} | {c.name for c in changes if np.ndim(c.values)}
    if np.ndim(projection.dendritic):
        different |= {c.name for c in changes}
        effect, projections = _effect(network, projection), network.projections
        if any(_effect(network, projections[c.index]) == effect for c in network.changes("synapse")):
            different.add(TO_GRID)
    if projection.model.is_static:
        return frozenset({WEIGHT} if different else ())
    program = synapse_program(projection.model)
    return frozenset(different & set(program.values)).union(program.changing)
