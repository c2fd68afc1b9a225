"""A Network as Brian2 objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import brian2
import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.functions import NAMESPACE
from unisono.adapters.brian2.inputs import Currents, Sources
from unisono.adapters.codegen.cell_step import step_program, substeps_of
from unisono.adapters.codegen.printers.brian2 import WAS_ABOVE, WEIGHT, group_code, group_values, named, on_arrival
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import SMALL, parameters_by_epoch, varying, weights_by_epoch
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Network

#: Input is added before the threshold is tested at the same grid point.
SCHEDULE = ["start", "groups", "synapses", "thresholds", "resets", "end"]


def configure(settings: Settings, cache: Path) -> None:
    """Set Brian2's preferences for this process."""
    prefs = brian2.prefs
    prefs.codegen.target = settings.options.get("target", "cython")
    single = settings.precision == "single"
    prefs.core.default_float_dtype = np.float32 if single else np.float64
    # Brian2 finds compiled code by its text, whatever the compiler's options were: a folder for each set of them.
    prefs.codegen.runtime.cython.cache_dir = str(cache / "brian2" / (settings.numerics + "_single" * single))
    prefs.codegen.runtime.cython.multiprocess_safe = True
    if "codegen.synapse_connect_target" in prefs:
        prefs.codegen.synapse_connect_target = "numpy"
    if settings.numerics != "native":
        # Strict IEEE arithmetic, so that results depend neither on the compiler nor on the processor.
        prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffp-contract=off", "-std=c++17"]
        prefs.codegen.loop_invariant_optimisations = False
    brian2.BrianLogger.log_level_warn()
    # The objects are run without Network.run, which is what would mark them as used.
    brian2.BrianLogger.suppress_name("unused_brian_object")
    # Cells whose spikes are crossings have neither a reset nor, most of them, refractoriness.
    brian2.BrianLogger.suppress_name("only_threshold")


class Cells:
    """A population as a NeuronGroup, with its values in each epoch.

    Parameters
    ----------
    network : Network
    index : int
    settings : Settings
    clock : brian2.Clock
    miniature : bool
        Make one cell, to compile the code.
    """

    def __init__(self, network: Network, index: int, settings: Settings, clock: brian2.Clock, miniature: bool) -> None:
        self.population = network.populations[index]
        self.model = self.population.model
        numerics = settings.numerics
        program = None if numerics == "native" else step_program(self.model, substeps_of(network, index), numerics)
        #: How often the code of a step is to be carried out in each.
        self.substeps = 1 if program is None else program.substeps
        self._epochs = [
            group_values(self.model, program, parameters, network.dt)
            for parameters in parameters_by_epoch(network, index)
        ]
        currents = [c for c in network.currents if c.population == index]
        per_cell = varying(self._epochs) | ({named(INJECTED)} if currents else set())
        self._per_cell = {*self._epochs[0], named(INJECTED)} if self.population.size <= SMALL else per_cell
        code = group_code(self.model, program, self._epochs[0], self._per_cell)
        size = 1 if miniature else self.population.size
        self.group = brian2.NeuronGroup(
            size,
            code.equations,
            threshold=code.threshold,
            reset=code.reset or None,
            refractory=code.refractory,
            namespace=NAMESPACE,
            clock=clock,
            name=f"cells{index}",
            **({} if code.step is None else {"method": _Step(code.step)}),
        )
        if code.memory:
            self.group.run_regularly(code.memory, when="resets")
        self.set_values(0, miniature)
        self.currents: Currents | None = None
        if not miniature:
            self._initialize()
            if currents:
                self.currents = Currents(currents, network.trials[0].steps, self[named(INJECTED)])

    def _initialize(self) -> None:
        """The states at grid point 0, where a cell that is above its threshold does not cross it."""
        for name, value in self.population.initial.items():
            self[named(name)][:] = value
        if self.model.crossing:
            held = {name: self[named(name)] for name in self.population.initial}  # as rounded as they are kept
            values = {**self.population.parameters, **held}
            self[WAS_ABOVE][:] = evaluate(self.model.condition_tree, values)

    def __getitem__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self.group.variables[name].get_value()
        return values

    @cached_property
    def spikespace(self) -> NDArray[np.int32]:
        """The cells that spiked in this step; the last entry is their number."""
        return self["_spikespace"]

    def set_values(self, epoch: int, miniature: bool = False) -> None:
        """Put parameters and coefficients of an epoch in force."""
        for name, value in self._epochs[epoch].items():
            if not (miniature and name in self._per_cell):
                self[name][:] = value


class _Step:
    """A Brian2 state updater that gives a step already written."""

    def __init__(self, code: str) -> None:
        self._code = code

    def __call__(self, equations: Any, variables: Any = None, method_options: Any = None) -> str:
        return self._code


class Connections:
    """A projection as Synapses, with its weights in each epoch."""

    def __init__(
        self,
        network: Network,
        index: int,
        source: Any,
        target: Any,
        clock: brian2.Clock,
        miniature: bool,
    ) -> None:
        projection = network.projections[index]
        model = network.populations[projection.post_population].model
        self._epochs = list(weights_by_epoch(network, index))
        self._per_synapse = any(np.ndim(w) for w in self._epochs)
        # Spikes wait in the queue from the step that begins with them, one step short of the delay:
        # what leaves the queue in a step arrives at the end of it.
        waiting = (projection.delay - 1) * network.dt * 1e-3
        self.synapses = brian2.Synapses(
            source,
            target,
            model=f"{WEIGHT} : 1" + ("" if self._per_synapse else " (shared, constant)"),
            on_pre=on_arrival(synapse_program(projection.model), model, projection.receptor),
            delay=None if waiting.ndim else float(waiting) * brian2.second,
            namespace={},
            clock=clock,
            name=f"connections{index}",
        )
        with _numpy_target():
            pre, post = (np.zeros(1, np.uint32),) * 2 if miniature else (projection.pre, projection.post)
            self.synapses.connect(i=pre.view(np.int32), j=post.view(np.int32))
            self.set_weights(0, miniature)
            if waiting.ndim and not miniature:
                self.synapses.pre.variables["delay"].set_value(waiting)
            # Creating synapses and filling the queue are Python calls: nothing to compile.
            self.synapses.pre.before_run({})

    def set_weights(self, epoch: int, miniature: bool = False) -> None:
        """Put the weights of an epoch in force."""
        if not (miniature and self._per_synapse):
            self.synapses.variables[WEIGHT].set_value(self._epochs[epoch])


class Assembly:
    """All Brian2 objects of a trial.

    Parameters
    ----------
    network : Network
    settings : Settings
    miniature : bool
        One cell a population and one synapse a projection: the code that is generated, and so the
        compiled code in the cache, is that of the whole network.
    """

    def __init__(self, network: Network, settings: Settings, miniature: bool = False) -> None:
        self.clock = brian2.Clock(network.dt * 1e-3 * brian2.second, name="network_clock")
        steps = network.trials[0].steps
        self.cells: dict[int, Cells] = {}
        self.sources: dict[int, Sources] = {}
        for index, population in enumerate(network.populations):
            if population.is_source:
                spikes = [s for s in network.spikes if s.population == index]
                self.sources[index] = Sources(population.size, spikes, steps, self.clock, f"sources{index}")
            else:
                self.cells[index] = Cells(network, index, settings, self.clock, miniature)
        groups = {**self.sources, **{index: cells.group for index, cells in self.cells.items()}}
        self.connections: dict[int, Connections] = {}
        for index, p in enumerate(network.projections):
            if p.size:  # Brian2 refuses a projection without synapses
                ends = groups[p.pre_population], groups[p.post_population]
                self.connections[index] = Connections(network, index, *ends, self.clock, miniature)
        self._network = brian2.Network(*groups.values(), *(c.synapses for c in self.connections.values()))
        self._network.schedule = SCHEDULE

    def code(self) -> list[Callable[[], Any]]:
        """What has to be called in each step, in order; generates and compiles it for the values in force."""
        parts = self._network.sorted_objects
        for part in parts:
            part.before_run({})
        # The parts of a step are one code, so that it does not depend on their number.
        repeated = {cells.group.state_updater.name: cells.substeps for cells in self.cells.values()}
        return [
            call
            for part in parts
            for call in [_called(part, code) for code in part.code_objects] * repeated.get(part.name, 1)
        ]

    def compile_share(self, share: int, shares: int) -> None:
        """Compile the code of every ``shares``-th object, so that several processes can divide the work."""
        for part in self._network.sorted_objects[share::shares]:
            part.before_run({})

    def set_epoch(self, network: Network, epoch: int) -> bool:
        """Carry out the changes at the beginning of an epoch; whether the code must be made anew."""
        changes = network.trials[0].epochs[epoch].changes
        for kind, index in dict.fromkeys((c.kind, c.index) for c in changes):
            if kind == "weight" and index in self.connections:
                self.connections[index].set_weights(epoch)
            elif kind == "parameter" and index in self.cells:
                self.cells[index].set_values(epoch)
        for change in changes:
            if change.kind == "state":
                concerned = slice(None) if change.cells is None else change.cells
                self.cells[change.index][named(change.name)][concerned] = change.values
        return any(change.kind != "state" for change in changes)


def _called(part: Any, code: Any) -> Callable[[], Any]:
    """The shortest way to what a code object does; a step takes a dozen of them and few microseconds for each."""
    if code.name.endswith("_push_spikes"):
        push: Callable[[], Any] = part.push_spikes  # the code object is text that calls this
        return push
    held = code.__call__.__self__  # what Brian2's weak reference leads to
    main = getattr(held.compiled_code["run"], "main", None)
    if main is None or held.nonconstant_values:
        return held.__call__  # type: ignore[no-any-return]
    return partial(main, held.namespace)


@contextmanager
def _numpy_target() -> Iterator[None]:
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        yield
    finally:
        brian2.prefs.codegen.target = target
