"""A Network as populations of a GeNN model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import (
    COUNT,
    DELAY,
    END,
    NEXT,
    SOURCE_STEP,
    TRAIN,
    in_synapse,
    synapse_code,
)
from unisono.adapters.codegen.synapse_values import SynapseValues, kept_per_synapse
from unisono.adapters.contract import Settings
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.pygenn.cells import Cells, number
from unisono.adapters.pygenn.compiler import NAME, PREFERENCES
from unisono.adapters.pygenn.inputs import Trains
from unisono.models.errors import SimulatorNotInstalled
from unisono.models.network import Change, CurrentInput, Network, SpikeInput

_READ, _WRITE = pygenn.VarAccess.READ_ONLY, pygenn.VarAccess.READ_WRITE

#: How many different numbers a byte holds, and two bytes.
_SMALL, _LARGE = 2**8, 2**16


#: On a GPU the input of a population that fits into one block of threads is summed in the block's shared memory,
#: without atomic operations (GeNN 5.4.0, presynapticUpdateStrategySIMT.cc): of two synapses onto a cell that are dealt
#: with at once one would be lost. What passes through the queue of delays is added atomically.
LARGEST_BLOCK = 1024


class Sources:
    """A population of spike sources, which plays its spikes by itself."""

    def __init__(self, model: Any, network: Network, index: int, live: bool) -> None:
        self._model = model
        size = network.populations[index].size
        spikes = [s for s in network.spikes if s.population == index]
        self._trains = Trains.of(size, spikes) if live else Trains.of(size, spikes, network.trials[0].steps)
        self._changed = bool(self._trains.steps.size)
        self._room = 0
        #: Whether a cell may fire several times in a step.
        self.counts = live or self._trains.most > 1
        neuron = pygenn.create_neuron_model(
            f"sources{index}",
            vars=[(NEXT, "unsigned int"), (END, "unsigned int", _READ), (COUNT, "unsigned int")],
            sim_code=SOURCE_STEP,
            threshold_condition_code=f"{COUNT} > 0",
            extra_global_params=[(TRAIN, "uint32_t*")],
        )
        self.group = model.add_neuron_population(f"sources{index}", size, neuron, {}, {NEXT: 0, END: 0, COUNT: 0})

    def feed(self, spikes: Sequence[SpikeInput], step: int) -> None:
        """Take further spikes, of grid points after ``step`` or, before the first step, of grid point 0."""
        self._trains = self._trains.joined(spikes, step if step else -1)
        self._changed = True

    def settle(self, step: int, connections: list[Connections]) -> None:
        """Give GeNN the spikes that were fed, those of grid point 0 where it looks for those of the step before."""
        if not self._changed:
            return
        self._changed = False
        begins, steps = self._trains.bounds[:-1], self._trains.steps
        self._store(steps)
        self._put(END, self._trains.bounds[1:])
        if step:
            self._put(NEXT, begins)
            return
        first = self._trains.first
        self._put(NEXT, begins + first)
        self._put(COUNT, first)
        cells = np.flatnonzero(first)
        for connection in connections if cells.size else ():
            connection.announce(cells)

    def _store(self, steps: NDArray[np.uint32]) -> None:
        """Bring the spikes to GeNN; for more than there were before it is given a new array, at least twice as large.

        GeNN does not free the old one before the model is unloaded.
        """
        train, runtime = self.group.extra_global_params[TRAIN], self._model._runtime
        if steps.size > self._room:
            self._room = max(steps.size, 2 * self._room)
            runtime.allocate_array(self.group, TRAIN, self._room)
            train.set_array(runtime.get_array(self.group, TRAIN))
        if self._room:
            train.view[: steps.size] = steps
            train.push_to_device()

    def _put(self, name: str, values: Any) -> None:
        variable = self.group.vars[name]
        variable.view[...] = values
        variable.push_to_device()


class Connections:
    """A projection, with the values in force."""

    def __init__(
        self,
        model: Any,
        network: Network,
        index: int,
        values: SynapseValues,
        source: Sources | Cells,
        target: Cells,
        live: bool,
    ) -> None:
        projection = network.projections[index]
        program, kept = values.program(index), values.kept(index)
        #: What was set since the last step.
        self._stale: list[NewValues] = []
        self._per_synapse = frozenset(program.values) if live else kept_per_synapse(network, index)
        shared = [name for name in program.values if name not in self._per_synapse]
        each = [name for name in program.values if name in self._per_synapse]
        # A spike acts in the step after that in which it was found, one step short of the delay.
        waiting = projection.delay - 1
        waiting = waiting.flat[0] if (waiting == waiting.flat[0]).all() else waiting
        counts = isinstance(source, Sources) and source.counts
        longest = int(waiting.max())
        queued = model.backend_name != "single_threaded_cpu" and target.size <= LARGEST_BLOCK
        variables = [(in_synapse(name), "scalar", _WRITE if name in program.changing else _READ) for name in each]
        if waiting.ndim:
            kind, text = _delay_type(longest)
            variables.append((DELAY, text, _READ))
        update = pygenn.create_weight_update_model(
            f"connections{index}",
            params=[(in_synapse(name), "scalar") for name in shared],
            vars=variables,
            pre_neuron_var_refs=[(COUNT, "unsigned int")] * counts,
            pre_spike_syn_code=synapse_code(program, DELAY if waiting.ndim else "0" * queued, counts),
        )
        arrays = {in_synapse(name): np.broadcast_to(kept[name], projection.size) for name in each}
        if waiting.ndim:
            arrays[DELAY] = waiting.astype(kind)
        self.group = model.add_synapse_population(
            f"connections{index}",
            "SPARSE",
            source.group,
            target.group,
            pygenn.init_weight_update(
                update,
                {in_synapse(name): number(kept[name]) for name in shared},
                arrays,
                pre_var_refs={COUNT: pygenn.create_var_ref(source.group, COUNT)} if counts else {},
            ),
            pygenn.init_postsynaptic(_SUM),
        )
        self.group.post_target_var = target.code.inputs[projection.receptor]
        if waiting.ndim:
            # GeNN writes the length of the queue into the code: a power of two, so that other seeds share it.
            self.group.max_dendritic_delay_timesteps = 1 << longest.bit_length()
        else:
            self.group.axonal_delay_steps = longest
            self.group.max_dendritic_delay_timesteps = 2 if queued else 1
        for name in shared:
            self.group.set_wu_param_dynamic(in_synapse(name))
        self.group.set_sparse_connections(projection.pre, projection.post)
        self.group.max_connections = _rounded(self.group.max_connections)

    def write(self, new: NewValues) -> None:
        """Set values, before the next step."""
        self._stale.append(new)

    def settle(self) -> None:
        """Put changed values in force."""
        for new in self._stale:
            for name, value in new.values.items():
                if name in self._per_synapse:
                    self._put(self.group.vars[in_synapse(name)], new, value)
                else:
                    self.group.set_dynamic_param_value(in_synapse(name), number(value))
        self._stale.clear()

    def _put(self, variable: Any, new: NewValues, value: NDArray[np.float64]) -> None:
        order = self.group.synapse_order
        if new.synapses is None:
            variable.values = np.broadcast_to(value, order.shape)[order]
        else:
            variable.pull_from_device()
            values = np.empty(order.shape)
            values[order] = variable.values
            values[new.synapses] = new.chosen(value)
            variable.values = values[order]
        variable.push_to_device()

    def announce(self, cells: NDArray[Any]) -> None:
        """Have source cells fire just before the first step; projections of a source may share the list of them."""
        try:
            counts = self.group._get_array("srcSpkCnt", pygenn.types.Uint32)
        except IndexError:
            return
        spikes = self.group._get_array("srcSpk", pygenn.types.Uint32)
        counts.view[0] = cells.size
        spikes.view[: cells.size] = cells
        counts.push_to_device()
        spikes.push_to_device()


#: Hands the sum of what arrived in a step on and forgets it: the states of receptors are the cell's.
_SUM = pygenn.create_postsynaptic_model("total", sim_code="injectCurrent(inSyn);\ninSyn = 0.0;")


class Assembly:
    """All populations of a trial.

    Parameters
    ----------
    network : Network
    settings : Settings
    values : SynapseValues
        Those in force when the trial begins.
    backend : str
        GeNN's name of it.
    live : bool
        Whether inputs and changes may come that the network does not hold.

    Attributes
    ----------
    driven : list of Cells
        Those into which currents may be injected.

    Raises
    ------
    SimulatorNotInstalled
        If PyGeNN was built without the backend.
    """

    def __init__(self, network: Network, settings: Settings, values: SynapseValues, backend: str, live: bool) -> None:
        if backend not in pygenn.genn_model.backend_modules:
            raise SimulatorNotInstalled(
                f"PyGeNN was built without its backend '{backend}'.",
                "Set CUDA_PATH to CUDA's folder, then remove PyGeNN's environment and make it again.",
            )
        precision = "float" if settings.precision == "single" else "double"
        self.model = pygenn.GeNNModel(precision, NAME, backend=backend, time_precision="double", **PREFERENCES)
        self.model.dt = network.dt
        used = {p.pre_population for p in network.projections if p.size}
        self.cells: dict[int, Cells] = {}
        self.sources: dict[int, Sources] = {}
        for index, population in enumerate(network.populations):
            if not population.is_source:
                self.cells[index] = Cells(self.model, network, index, settings, live)
            elif index in used:
                self.sources[index] = Sources(self.model, network, index, live)
        ends: dict[int, Sources | Cells] = {**self.sources, **self.cells}
        self.connections: dict[int, Connections] = {}
        for index, p in enumerate(network.projections):
            if p.size:
                source, target = ends[p.pre_population], self.cells[p.post_population]
                self.connections[index] = Connections(self.model, network, index, values, source, target, live)
        self.driven = [cells for cells in self.cells.values() if cells.driven]
        self._of_source = {
            index: [c for i, c in self.connections.items() if network.projections[i].pre_population == index]
            for index in self.sources
        }

    def load(self, steps: int) -> None:
        """Load the compiled code; spikes of so many steps are held until they are fetched."""
        self.model.load(num_recording_timesteps=steps)

    def write(self, change: Change) -> None:
        """Carry out a change of cells, as far as it concerns anything that is simulated."""
        if change.index in self.cells:
            self.cells[change.index].write(change)

    def set_synapses(self, new: NewValues) -> None:
        """Set values of synapses, as far as there are any."""
        if new.projection in self.connections:
            self.connections[new.projection].write(new)

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput], step: int) -> None:
        """Take inputs that lie ahead of a step."""
        for index, sources in self.sources.items():
            if mine := [s for s in spikes if s.population == index]:
                sources.feed(mine, step)
        for index, cells in self.cells.items():
            if injected := {n: c for n, c in currents.items() if c.population == index}:
                cells.currents.feed(injected)

    def settle(self, step: int) -> None:
        """Put all that was written and fed in force, for the steps from here on."""
        for cells in self.cells.values():
            cells.settle()
        for connections in self.connections.values():
            connections.settle()
        for index, sources in self.sources.items():
            sources.settle(step, self._of_source[index])


def _rounded(longest: int) -> int:
    """Places for the synapses of a source: GeNN writes their number into the code, which other seeds shall share."""
    grain = max(8, 1 << max(0, longest.bit_length() - 4))
    return -(-longest // grain) * grain


def _delay_type(longest: int) -> tuple[Any, str]:
    if longest < _SMALL:
        return np.uint8, "uint8_t"
    return (np.uint16, "uint16_t") if longest < _LARGE else (np.uint32, "uint32_t")
