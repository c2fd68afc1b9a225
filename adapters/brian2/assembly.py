"""A Network as Brian2 objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import brian2
import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.compiler import called, held, set_constant
from unisono.adapters.brian2.functions import NAMESPACE
from unisono.adapters.brian2.inputs import Currents, Sources
from unisono.adapters.brian2.loops import looping
from unisono.adapters.codegen.printers.brian2 import (
    WAS_ABOVE,
    group_code,
    group_values,
    in_synapse,
    named,
    on_arrival,
    synapse_variables,
)
from unisono.adapters.codegen.substeps import population_step, refuse_other_step
from unisono.adapters.codegen.synapse_values import SynapseValues, kept_per_synapse
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import SMALL, cells_may_differ, changes_of
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Network

#: Input is added before the threshold is tested at the same grid point.
SCHEDULE = ["start", "groups", "synapses", "thresholds", "resets", "end"]

#: Synapses up to which a projection stores all values for each, as :data:`SMALL` says for cells.
SMALL_PROJECTION = 10_000


class Cells:
    """A population as a NeuronGroup.

    Parameters
    ----------
    network : Network
    index : int
    settings : Settings
    clock : brian2.Clock
    live : bool
        Whether changes and currents may come that the network does not hold.
    miniature : bool
        Make one cell, to compile the code.

    Attributes
    ----------
    substeps : int
        How often the code of the integration is to be carried out in each step.
    codes : list
        Code objects of the group, once they are made.
    """

    def __init__(
        self, network: Network, index: int, settings: Settings, clock: brian2.Clock, live: bool, miniature: bool
    ) -> None:
        self._network, self._index, self._live = network, index, live
        self.population = network.populations[index]
        self.model = self.population.model
        numerics = settings.numerics
        self._program = None if numerics == "native" else population_step(network, index, numerics)
        self.substeps = 1 if self._program is None else self._program.substeps
        self.codes: list[Any] = []
        self._parameters = dict(self.population.parameters)
        self._stale = False
        values = self._values(self._parameters)
        self._per_cell = self._stored_per_cell(values)
        code = group_code(self.model, self._program, values, self._per_cell)
        self.group = brian2.NeuronGroup(
            1 if miniature else self.population.size,
            code.equations,
            threshold=code.threshold,
            reset=code.reset or None,
            refractory=code.refractory,
            namespace=NAMESPACE,
            clock=clock,
            name=f"cells{index}",
            **({} if code.step is None else {"method": _Step(code.step)}),
        )
        if code.step is not None:
            self.group.state_updater.codeobj_class = looping(self.group.state_updater.codeobj_class)
        if code.memory:
            self.group.run_regularly(code.memory, when="resets")
        self.currents = Currents(self[named(INJECTED)])
        if miniature:
            self._set({name: value for name, value in values.items() if name not in self._per_cell})
        else:
            self._set(values)
            self._initialize()

    def _values(self, parameters: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return group_values(self.model, self._program, parameters, self._network.dt)

    def _stored_per_cell(self, values: Mapping[str, NDArray[Any]]) -> frozenset[str]:
        """Names of the values that are stored for each cell; the others are shared constants."""
        all_of_them = self.population.size <= SMALL
        if self._program is None:
            # Brian2 may round a shared constant otherwise than a value of each cell.
            all_of_them |= any(_differs(c) for c in changes_of(self._network, "parameter", self._index))
        else:
            all_of_them |= self._live or cells_may_differ(self._network, self._index)
        injected = self._program is None or any(c.population == self._index for c in self._network.currents)
        return frozenset(name for name, v in values.items() if all_of_them or np.ndim(v)) | (
            {named(INJECTED)} if all_of_them or injected else set()
        )

    def _initialize(self) -> None:
        """The states at grid point 0, where a cell that is above its threshold does not cross it."""
        for name, value in self.population.initial.items():
            self[named(name)][:] = value
        if self.model.edge_triggered:
            rounded = {name: self[named(name)] for name in self.population.initial}  # as they are kept
            values = {**self.population.parameters, **rounded}
            self[WAS_ABOVE][:] = evaluate(self.model.condition_tree, values)

    def __getitem__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self.group.variables[name].get_value()
        return values

    @cached_property
    def spikespace(self) -> NDArray[np.int32]:
        """The cells that spiked in this step; the last entry is their number."""
        return self["_spikespace"]

    def write(self, change: Change) -> None:
        """Set a state at once; what follows from parameters is set by :meth:`refresh`.

        Raises
        ------
        UnsupportedFeature
            If the code would have had to be different from the beginning of a live run.
        """
        values = change.among(self._parameters, self.population.size)
        self._check(change, values)
        if change.kind == "state":
            concerned = slice(None) if change.cells is None else change.cells
            self[named(change.name)][concerned] = change.values
            return
        self._parameters = values
        self._stale = True

    def _check(self, change: Change, values: Mapping[str, NDArray[Any]]) -> None:
        """Refuse a change for which the compiled code would have had to be different from the beginning."""
        unfit = change.kind == "parameter" and _differs(change)
        if unfit and self._program is None and self._live and self.population.size > SMALL:
            raise UnsupportedFeature(
                f"'{change.name}' of population '{self.population.label}' cannot become different between cells during "
                "a run with Brian2's own numerics.",
                "Use numerics='matched', or give the cells different values before the first run.",
            )
        refuse_other_step(self._program, change, values, self._network.dt, self.population.label)

    def refresh(self) -> None:
        """Bring all that follows from changed parameters up to date."""
        if self._stale:
            self._set(self._values(self._parameters))
            self._stale = False

    def _set(self, values: Mapping[str, NDArray[Any]]) -> None:
        for name, value in values.items():
            self[name][:] = value
            if name not in self._per_cell:
                set_constant(self.codes, name, self[name][0])


def _differs(change: Change) -> bool:
    return change.cells is not None or bool(change.values.ndim)


class _Step:
    """A Brian2 state updater that gives a step already written."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __call__(self, equations: Any, variables: Any = None, method_options: Any = None) -> str:
        return self._code


class Connections:
    """A projection as Synapses.

    Parameters
    ----------
    network : Network
    index : int
    source, target
        Groups of Brian2's.
    clock : brian2.Clock
    live : bool
        Whether changes may come that the network does not hold.
    miniature : bool
        Make one synapse, to compile the code.

    Attributes
    ----------
    codes : list
        Code objects of the projection, once they are made.
    """

    def __init__(
        self,
        network: Network,
        index: int,
        source: Any,
        target: Any,
        clock: brian2.Clock,
        live: bool,
        miniature: bool,
    ) -> None:
        projection = network.projections[index]
        model = network.populations[projection.post_population].model
        self._values = SynapseValues(projection)
        program = self._values.program
        all_of_them = live or projection.size <= SMALL_PROJECTION
        self._per_synapse = frozenset(program.values) if all_of_them else kept_per_synapse(network, index)
        self.codes: list[Any] = []
        # Spikes wait in the queue from the step that begins with them, one step short of the delay:
        # what leaves the queue in a step arrives at the end of it.
        waiting = (projection.delay - 1) * network.dt * 1e-3
        self.synapses = brian2.Synapses(
            source,
            target,
            model=synapse_variables(program.values, self._per_synapse),
            on_pre=on_arrival(program, model, projection.receptor),
            delay=None if waiting.ndim else float(waiting) * brian2.second,
            namespace=NAMESPACE,
            clock=clock,
            name=f"connections{index}",
        )
        with _numpy_target():
            pre, post = (np.zeros(1, np.uint32),) * 2 if miniature else (projection.pre, projection.post)
            self.synapses.connect(i=pre.view(np.int32), j=post.view(np.int32))
            self._set({n: v for n, v in self._values.kept.items() if not (miniature and n in self._per_synapse)})
            if waiting.ndim and not miniature:
                self.synapses.pre.variables["delay"].set_value(waiting)
            # Creating synapses and filling the queue are Python calls: nothing to compile.
            self.synapses.pre.before_run({})
        if isinstance(source, Sources):
            source.queues.append(self.synapses.pre.queue.push)

    def write(self, change: Change) -> None:
        """Set values, for all spikes that arrive from here on."""
        self._set(self._values.write(change))

    def _set(self, values: Mapping[str, NDArray[np.float64]]) -> None:
        for name, value in values.items():
            variable = self.synapses.variables[in_synapse(name)]
            variable.set_value(value)
            if name not in self._per_synapse:
                set_constant(self.codes, in_synapse(name), variable.get_value()[0])


class Assembly:
    """All Brian2 objects of a trial.

    Parameters
    ----------
    network : Network
    settings : Settings
    live : bool
        Whether changes and inputs may come that the network does not hold.
    miniature : bool
        One cell a population and one synapse a projection: the code that is generated, and so the
        compiled code in the cache, is that of the whole network.
    """

    def __init__(self, network: Network, settings: Settings, live: bool, miniature: bool = False) -> None:
        self.clock = brian2.Clock(network.dt * 1e-3 * brian2.second, name="network_clock")
        self.cells: dict[int, Cells] = {}
        self.sources: dict[int, Sources] = {}
        for index, population in enumerate(network.populations):
            if population.is_source:
                self.sources[index] = Sources(population.size, self.clock, f"sources{index}")
            else:
                self.cells[index] = Cells(network, index, settings, self.clock, live, miniature)
        groups = {**self.sources, **{index: cells.group for index, cells in self.cells.items()}}
        self.connections: dict[int, Connections] = {}
        for index, p in enumerate(network.projections):
            if p.size:  # Brian2 refuses a projection without synapses
                ends = groups[p.pre_population], groups[p.post_population]
                self.connections[index] = Connections(network, index, *ends, self.clock, live, miniature)
        self._network = brian2.Network(*groups.values(), *(c.synapses for c in self.connections.values()))
        self._network.schedule = SCHEDULE

    def code(self) -> list[Callable[[], Any]]:
        """What has to be called in each step, in order; generates and compiles it."""
        parts = self._network.sorted_objects
        for part in parts:
            part.before_run({})
        owners: dict[str, Cells | Connections] = {cells.group.name: cells for cells in self.cells.values()}
        owners |= {connections.synapses.name: connections for connections in self.connections.values()}
        # The parts of a step are one code, so that it does not depend on their number.
        repeated = {cells.group.state_updater.name: cells.substeps for cells in self.cells.values()}
        sources = {source.name for source in self.sources.values()}
        calls: list[Callable[[], Any]] = []
        for part in parts:
            here: list[Callable[[], Any]] = []
            for code in map(held, part.code_objects):
                owners[part.group.name].codes.append(code)
                if not code.name.endswith("_push_spikes"):
                    here.append(called(code))
                elif part.source.name not in sources:  # sources push their spikes themselves
                    here.append(part.push_spikes)  # the code object is text that calls this
            calls += here * repeated.get(part.name, 1)
        return calls

    def compile_share(self, share: int, shares: int) -> None:
        """Compile the code of every ``shares``-th object, so that several processes can divide the work."""
        for part in self._network.sorted_objects[share::shares]:
            part.before_run({})

    def write(self, change: Change) -> None:
        """Carry out a change; those of sources and of projections without synapses concern nothing here."""
        concerned = self.connections if change.kind == "weight" else self.cells
        if change.index in concerned:
            concerned[change.index].write(change)

    def plan(self, first: int, last: int) -> list[Callable[[int], None]]:
        """Be ready for the steps between two grid points; returns what has to be called before each of them."""
        for cells in self.cells.values():
            cells.refresh()
        calls: list[Callable[[int], None]] = []
        calls += [source.fire for source in self.sources.values() if source.plan(first, last)]
        calls += [cells.currents.inject for cells in self.cells.values() if cells.currents.plan(first, last)]
        return calls


@contextmanager
def _numpy_target() -> Iterator[None]:
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        yield
    finally:
        brian2.prefs.codegen.target = target
