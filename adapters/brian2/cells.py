"""Cells in Brian2: one NeuronGroup for all populations whose cells take the same step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any

import brian2
import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.functions import NAMESPACE
from unisono.adapters.brian2.history import History
from unisono.adapters.brian2.inputs import Currents
from unisono.adapters.brian2.loops import NumpyLoops, add_functions
from unisono.adapters.codegen.printers.brian2 import WAS_ABOVE, group_code, group_values, named
from unisono.adapters.codegen.program import StepProgram
from unisono.adapters.codegen.substeps import population_step, refuse_other_step
from unisono.adapters.contract import Settings
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Change, Network

#: What a group is made for: a cell model and its step; None for Brian2's own numerics.
Kind = tuple[CellModel, StepProgram | None]


def kinds(network: Network, settings: Settings) -> list[tuple[Kind, list[int]]]:
    """The populations whose cells have the same model and take the same step."""
    found: list[tuple[Kind, list[int]]] = []
    for index, population in enumerate(network.populations):
        if population.is_source:
            continue
        program = None if settings.numerics == "native" else population_step(network, index, settings.numerics)
        kind = (population.model, program)
        for known, members in found:
            if known == kind:
                members.append(index)
                break
        else:
            found.append((kind, [index]))
    return found


class Group:
    """A NeuronGroup.

    Parameters
    ----------
    network : Network
    kind : (CellModel, StepProgram or None)
    members : list of int
        The populations, which are slices of the group.
    clock : brian2.Clock
    number : int
        Of the group.

    Attributes
    ----------
    substeps : int
        How often the code of the integration is to be carried out in each step.
    populations : dict of int to Cells
    """

    def __init__(self, network: Network, kind: Kind, members: list[int], clock: brian2.Clock, number: int) -> None:
        self.model, self.program = kind
        self.substeps = 1 if self.program is None else self.program.substeps
        sizes = [network.populations[index].size for index in members]
        self.first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        names = group_values(self.model, self.program, network.populations[members[0]].parameters, network.dt)
        # A value that each cell has for itself costs nothing, and the code is the same whatever differs.
        arriving = any(p.size and p.post_population in members for p in network.projections)
        code = group_code(self.model, self.program, names, {*names, named(INJECTED)}, arriving)
        self.group = brian2.NeuronGroup(
            int(self.first[-1]),
            code.equations,
            threshold=code.threshold,
            reset=code.reset or None,
            refractory=code.refractory,
            namespace=NAMESPACE,
            clock=clock,
            name=f"cells{number}",
            **({} if code.step is None else {"method": _Step(code.step)}),
        )
        if code.step is not None and brian2.prefs.codegen.target == "numpy":
            add_functions()
            self.group.state_updater.codeobj_class = NumpyLoops
        if code.ending:
            ending = self.group.run_regularly(code.ending, when="arrivals")
            if brian2.prefs.codegen.target == "numpy":
                ending.codeobj_class = NumpyLoops
        self.currents = Currents(self[named(INJECTED)])
        self.populations = {
            index: Cells(network, index, self, slice(begin, end))
            for index, (begin, end) in zip(members, pairwise(self.first.tolist()), strict=True)
        }
        for cells in self.populations.values():
            cells.initialize()

    def __getitem__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self.group.variables[name].get_value()
        return values

    def place(self, population: int) -> int:
        """Where the cells of a population begin."""
        return int(self.populations[population].place.start)

    @cached_property
    def history(self) -> History:
        """The spikes that synapses have yet to see."""
        return History(self.spikespace, self.group.clock.variables["timestep"].get_value())

    @cached_property
    def spikespace(self) -> NDArray[np.int32]:
        """The cells that spiked in this step; the last entry is their number."""
        return self["_spikespace"]


class _Step:
    """A Brian2 state updater that gives a step already written."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __call__(self, equations: Any, variables: Any = None, method_options: Any = None) -> str:
        return self._code


class Cells:
    """A population: a slice of a group.

    Parameters
    ----------
    network : Network
    index : int
    group : Group
    place : slice
    """

    def __init__(self, network: Network, index: int, group: Group, place: slice) -> None:
        self.population, self.place = network.populations[index], place
        self._dt, self._group = network.dt, group
        self._parameters = dict(self.population.parameters)
        self._stale = False

    @property
    def model(self) -> CellModel:
        """The model of the cells."""
        return self._group.model

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._group[name][self.place]

    def initialize(self) -> None:
        """Set the values at grid point 0, where a cell that is above its threshold does not cross it."""
        self._set()
        for name, value in self.population.initial.items():
            self[named(name)][:] = value
        if self.model.edge_triggered:
            rounded = {name: self[named(name)] for name in self.population.initial}  # as they are kept
            values = {**self.population.parameters, **rounded}
            self[WAS_ABOVE][:] = evaluate(self.model.condition_tree, values)

    def write(self, change: Change) -> None:
        """Set a state at once; what follows from parameters is set by :meth:`refresh`.

        Raises
        ------
        UnsupportedFeature
            If the code would have had to be different from the beginning of a live run.
        """
        values = change.among(self._parameters, self.population.size)
        refuse_other_step(self._group.program, change, values, self._dt, self.population.label)
        if change.kind == "state":
            self[named(change.name)][slice(None) if change.cells is None else change.cells] = change.values
            return
        self._parameters = values
        self._stale = True

    def refresh(self) -> None:
        """Bring all that follows from changed parameters up to date."""
        if self._stale:
            self._set()
            self._stale = False

    def _set(self) -> None:
        values: Mapping[str, Any] = group_values(self.model, self._group.program, self._parameters, self._dt)
        for name, value in values.items():
            self[name][:] = value
