"""A Network as populations of a GeNN model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import step_program, substeps_of
from unisono.adapters.codegen.printers.genn import (
    ABOVE,
    COUNT,
    DELAY,
    END,
    NEXT,
    REFRACTORY_STEPS,
    SOURCE_STEP,
    TRAIN,
    WAIT,
    WEIGHT,
    named,
    neuron_code,
    neuron_values,
    synapse_code,
)
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import parameters_by_epoch, varying, weights_by_epoch
from unisono.adapters.pygenn.compiler import NAME, PREFERENCES
from unisono.adapters.pygenn.inputs import Currents, Trains
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import SimulatorNotInstalled
from unisono.models.network import Network

_READ = pygenn.VarAccess.READ_ONLY

#: How many different numbers a byte holds, and two bytes.
_SMALL, _LARGE = 2**8, 2**16


#: On a GPU the input of a population that fits into one block of threads is summed in the block's shared memory,
#: without atomic operations (GeNN 5.4.0, presynapticUpdateStrategySIMT.cc): of two synapses onto a cell that are dealt
#: with at once one would be lost. What passes through the queue of delays is added atomically.
LARGEST_BLOCK = 1024


class Cells:
    """A population, with its values in each epoch."""

    def __init__(self, model: Any, network: Network, index: int, settings: Settings) -> None:
        self.population = network.populations[index]
        self.model = self.population.model
        self.size = self.population.size
        self.float = np.float32 if settings.precision == "single" else np.float64
        program = step_program(self.model, substeps_of(network, index), settings.numerics)
        self._epochs = [
            neuron_values(program, parameters, network.dt) for parameters in parameters_by_epoch(network, index)
        ]
        self._per_cell = varying(self._epochs)
        inputs = [c for c in network.currents if c.population == index and c.steps.size and c.cells.size]
        self.currents = Currents(inputs, self.size) if inputs else None
        receptors = {p.receptor for p in network.projections if p.post_population == index and p.size}
        self.code = neuron_code(program, self._epochs[0], self._per_cell, self.currents is not None, receptors)
        neuron = pygenn.create_neuron_model(
            f"cells{index}",
            params=list(self.code.parameters),
            vars=[*((*v, _READ) for v in self.code.variables), *self.code.states],
            sim_code=self.code.step,
            threshold_condition_code=self.code.condition,
            reset_code=self.code.reset,
            additional_input_vars=[(name, "scalar", 0.0) for name in self.code.inputs.values()],
        )
        values = self._epochs[0]
        self.group = model.add_neuron_population(
            f"cells{index}",
            self.size,
            neuron,
            {name: _number(values[name]) for name, _ in self.code.parameters},
            {name: self._initial(name, values) for name, _ in (*self.code.variables, *self.code.states)},
        )
        for name, _ in self.code.parameters:
            self.group.set_param_dynamic(name)  # its value is no part of the code
        self.group.spike_recording_enabled = True

    def _initial(self, name: str, values: dict[str, NDArray[Any]]) -> NDArray[Any]:
        """A variable at grid point 0, where a cell that is above its threshold does not cross it."""
        states = {named(state): value for state, value in self.population.initial.items()}
        found: Any = 0
        if name in values or name in states:
            found = values[name] if name in values else states[name]
        elif name == ABOVE:
            held = {state: self.float(value) for state, value in self.population.initial.items()}
            found = evaluate(self.model.condition_tree, {**self.population.parameters, **held})
        kind: Any = {ABOVE: np.uint8, WAIT: np.int32, REFRACTORY_STEPS: np.int32}.get(name, self.float)
        return np.broadcast_to(np.asarray(found).astype(kind), self.size)

    def set_values(self, epoch: int) -> None:
        """Put parameters and coefficients of an epoch in force."""
        for name, value in self._epochs[epoch].items():
            if name in self._per_cell:
                self.write(name, value)
            else:
                self.group.set_dynamic_param_value(name, _number(value))

    def write(self, name: str, values: Any, cells: Any = slice(None)) -> None:
        """Set a variable of all cells or of those given."""
        variable = self.group.vars[name]
        if not isinstance(cells, slice):
            variable.pull_from_device()
        variable.view[cells] = values
        variable.push_to_device()

    def recorded_spikes(self) -> Any:
        """GeNN's array of the spikes it holds: for each step a bit a cell, in words of 32."""
        return self.group._get_array("recordSpk", pygenn.types.Uint32)

    def inject(self, step: int) -> None:
        """Set the currents that begin at a step."""
        if self.currents is not None:
            self.write(named(INJECTED), self.currents.at(step))


class Sources:
    """A population of spike sources, which plays its spikes by itself."""

    def __init__(self, model: Any, network: Network, index: int) -> None:
        size = network.populations[index].size
        spikes = [s for s in network.spikes if s.population == index]
        self.trains = Trains.of(size, spikes, network.trials[0].steps)
        neuron = pygenn.create_neuron_model(
            f"sources{index}",
            vars=[(NEXT, "unsigned int"), (END, "unsigned int", _READ), (COUNT, "unsigned int")],
            sim_code=SOURCE_STEP,
            threshold_condition_code=f"{COUNT} > 0",
            extra_global_params=[(TRAIN, "uint32_t*")],
        )
        bounds = self.trains.bounds
        values = {NEXT: bounds[:-1] + self.trains.first, END: bounds[1:], COUNT: self.trains.first}
        self.group = model.add_neuron_population(f"sources{index}", size, neuron, {}, values)
        # GeNN allocates no empty array.
        self.group.extra_global_params[TRAIN].set_init_values(np.r_[self.trains.steps, np.uint32(0)])

    def fire_at_0(self, connections: list[Connections]) -> None:
        """Put the spikes of grid point 0 where GeNN looks for those of the step before the first one."""
        cells = np.flatnonzero(self.trains.first)
        for connection in connections if cells.size else ():
            connection.announce(cells)


class Connections:
    """A projection, with its weights in each epoch."""

    def __init__(self, model: Any, network: Network, index: int, source: Sources | Cells, target: Cells) -> None:
        projection = network.projections[index]
        self._epochs = list(weights_by_epoch(network, index))
        self._per_synapse = any(np.ndim(w) for w in self._epochs)
        # A spike acts in the step after that in which it was found, one step short of the delay.
        waiting = projection.delay - 1
        waiting = waiting.flat[0] if (waiting == waiting.flat[0]).all() else waiting
        program = synapse_program(projection.model)
        counts = isinstance(source, Sources) and source.trains.most > 1
        longest = int(waiting.max())
        queued = model.backend_name != "single_threaded_cpu" and target.size <= LARGEST_BLOCK
        variables: list[tuple[Any, ...]] = [(WEIGHT, "scalar", _READ)] * self._per_synapse
        if waiting.ndim:
            kind, text = _delay_type(longest)
            variables.append((DELAY, text, _READ))
        update = pygenn.create_weight_update_model(
            f"connections{index}",
            params=[] if self._per_synapse else [(WEIGHT, "scalar")],
            vars=variables,
            pre_neuron_var_refs=[(COUNT, "unsigned int")] * counts,
            pre_spike_syn_code=synapse_code(program, DELAY if waiting.ndim else "0" * queued, counts),
        )
        values = {WEIGHT: np.broadcast_to(self._epochs[0], projection.size)} if self._per_synapse else {}
        if waiting.ndim:
            values[DELAY] = waiting.astype(kind)
        self.group = model.add_synapse_population(
            f"connections{index}",
            "SPARSE",
            source.group,
            target.group,
            pygenn.init_weight_update(
                update,
                {} if self._per_synapse else {WEIGHT: _number(self._epochs[0])},
                values,
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
        if not self._per_synapse:
            self.group.set_wu_param_dynamic(WEIGHT)
        self.group.set_sparse_connections(projection.pre, projection.post)
        self.group.max_connections = _rounded(self.group.max_connections)

    def set_weights(self, epoch: int) -> None:
        """Put the weights of an epoch in force."""
        if not self._per_synapse:
            self.group.set_dynamic_param_value(WEIGHT, _number(self._epochs[epoch]))
            return
        values = np.broadcast_to(self._epochs[epoch], self.group.synapse_order.shape)
        variable = self.group.vars[WEIGHT]
        variable.values = values[self.group.synapse_order]
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
    backend : str
        GeNN's name of it.

    Raises
    ------
    SimulatorNotInstalled
        If PyGeNN was built without the backend.
    """

    def __init__(self, network: Network, settings: Settings, backend: str) -> None:
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
                self.cells[index] = Cells(self.model, network, index, settings)
            elif index in used:
                self.sources[index] = Sources(self.model, network, index)
        ends: dict[int, Sources | Cells] = {**self.sources, **self.cells}
        self.connections = {
            index: Connections(self.model, network, index, ends[p.pre_population], self.cells[p.post_population])
            for index, p in enumerate(network.projections)
            if p.size
        }
        self._of_source = {
            index: [c for i, c in self.connections.items() if network.projections[i].pre_population == index]
            for index in self.sources
        }

    def load(self, steps: int) -> None:
        """Load the compiled code; spikes of so many steps are held until they are fetched."""
        self.model.load(num_recording_timesteps=steps)
        for index, sources in self.sources.items():
            sources.fire_at_0(self._of_source[index])

    def set_epoch(self, network: Network, epoch: int) -> None:
        """Carry out the changes at the beginning of an epoch."""
        changes = network.trials[0].epochs[epoch].changes
        for kind, index in dict.fromkeys((c.kind, c.index) for c in changes):
            if kind == "weight" and index in self.connections:
                self.connections[index].set_weights(epoch)
            elif kind == "parameter" and index in self.cells:
                self.cells[index].set_values(epoch)
        for change in changes:
            if change.kind == "state":
                concerned = slice(None) if change.cells is None else change.cells
                self.cells[change.index].write(named(change.name), change.values, concerned)


def _number(value: NDArray[Any]) -> int | float:
    """A value of shape () as Python's own number, whole if it is."""
    number: int | float = np.asarray(value).item()
    return number


def _rounded(longest: int) -> int:
    """Places for the synapses of a source: GeNN writes their number into the code, which other seeds shall share."""
    grain = max(8, 1 << max(0, longest.bit_length() - 4))
    return -(-longest // grain) * grain


def _delay_type(longest: int) -> tuple[Any, str]:
    if longest < _SMALL:
        return np.uint8, "uint8_t"
    return (np.uint16, "uint16_t") if longest < _LARGE else (np.uint32, "uint32_t")
