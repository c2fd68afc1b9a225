"""Cells of a Network as a population of a GeNN model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import (
    ABOVE,
    REFRACTORY_STEPS,
    WAIT,
    named,
    neuron_code,
    neuron_values,
)
from unisono.adapters.codegen.substeps import population_step, refuse_other_step
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import cells_may_differ
from unisono.adapters.pygenn.history import History
from unisono.adapters.pygenn.inputs import Currents
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.network import Change, Network

_READ = pygenn.VarAccess.READ_ONLY


class Cells:
    """A population, with the parameters in force."""

    def __init__(self, model: Any, network: Network, index: int, settings: Settings, live: bool) -> None:
        self.population = network.populations[index]
        self.model = self.population.model
        self.size = self.population.size
        self.float = np.float32 if settings.precision == "single" else np.float64
        self._dt = network.dt
        self._program = population_step(network, index, settings.numerics)
        self._parameters = dict(self.population.parameters)
        self._changed = False
        values = neuron_values(self._program, self._parameters, network.dt)
        each = live or cells_may_differ(network, index)
        self._per_cell = frozenset(name for name, value in values.items() if each or np.ndim(value))
        inputs = {n: c for n, c in enumerate(network.currents) if c.population == index and c.steps.size}
        self.currents = Currents(self.size)
        self.currents.feed(inputs)
        self.driven = live or any(c.cells.size for c in inputs.values())
        receptors = {p.receptor for p in network.projections if p.post_population == index and p.size}
        self.code = neuron_code(self._program, values, self._per_cell, self.driven, receptors)
        neuron = pygenn.create_neuron_model(
            f"cells{index}",
            params=list(self.code.parameters),
            vars=[*((*v, _READ) for v in self.code.variables), *self.code.states],
            sim_code=self.code.step,
            threshold_condition_code=self.code.condition,
            reset_code=self.code.reset,
            additional_input_vars=[(name, "scalar", 0.0) for name in dict.fromkeys(self.code.inputs.values())],
        )
        self.group = model.add_neuron_population(
            f"cells{index}",
            self.size,
            neuron,
            {name: number(values[name]) for name, _ in self.code.parameters},
            {name: self._initial(name, values) for name, _ in (*self.code.variables, *self.code.states)},
        )
        for name, _ in self.code.parameters:
            self.group.set_param_dynamic(name)  # its value is no part of the code
        self.group.spike_recording_enabled = True
        #: Its spikes, for synapses that they change.
        self.history = History(model, self.size)

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

    def write(self, change: Change) -> None:
        """Set a state now, or a parameter before the next step.

        Raises
        ------
        UnsupportedFeature
            If the steps would have to be others: a run that knows of the change takes those from its beginning.
        """
        values = change.among(self._parameters, self.size)
        refuse_other_step(self._program, change, values, self._dt, self.population.label)
        if change.kind == "state":
            self._put(named(change.name), change.values, slice(None) if change.cells is None else change.cells)
            return
        self._parameters = values
        self._changed = True

    def settle(self) -> None:
        """Put changed parameters, and what is computed from them, in force."""
        if not self._changed:
            return
        self._changed = False
        for name, value in neuron_values(self._program, self._parameters, self._dt).items():
            if name in self._per_cell:
                self._put(name, value)
            else:
                self.group.set_dynamic_param_value(name, number(value))

    def _put(self, name: str, values: Any, cells: Any = slice(None)) -> None:
        """Set a variable of all cells or of those given."""
        variable = self.group.vars[name]
        if not isinstance(cells, slice):
            variable.pull_from_device()
        variable.view[cells] = values
        variable.push_to_device()

    def values(self, state: str) -> NDArray[Any]:
        """Present values of a state."""
        variable = self.group.vars[named(state)]
        variable.pull_from_device()
        return np.array(variable.view)

    def recorded_spikes(self) -> Any:
        """GeNN's array of the spikes it holds: for each step a bit a cell, in words of 32."""
        return self.group._get_array("recordSpk", pygenn.types.Uint32)

    def inject(self, step: int) -> None:
        """Set the currents from a step on, if they change there."""
        if self.currents.next_change <= step:
            self._put(named(INJECTED), self.currents.at(step))


def number(value: NDArray[Any]) -> int | float:
    """A value of shape () as Python's own number, whole if it is."""
    number: int | float = np.asarray(value).item()
    return number
