"""The guard of a run: potentials that are no numbers, or that no reversal potential allows, end it with a named error.

A wrong step shows in two ways. A NaN never spikes, so no reset makes it a number again, and a look at the states
now and then is enough. A potential that is only far off may come back; its samples show it, and every look between.
The shared step program itself makes a state NaN where its load is beyond what its method can do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.derivative import derivative
from unisono.adapters.codegen.parts import LARGEST_LOAD
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.simulation import Simulation
from unisono.models.cells.model import INJECTED
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import DivergedState
from unisono.models.network import Network

#: What no potential comes to, mV, unless a current drives it there.
LARGEST_POTENTIAL = 1e4

#: Steps between two looks at the states, at least, and seconds: NEST takes 10 to 30 us to show the state of a cell.
INTERVAL, PAUSE = 1000, 2.0


class Guard:
    """Looks at the states of a simulation as it runs.

    Parameters
    ----------
    simulation : Simulation
    methods : mapping of int to str
        How the cells of each population are integrated, see
        :meth:`~unisono.adapters.contract.adapter.Adapter.method`.
    """

    def __init__(self, simulation: Simulation, methods: Mapping[int, str]) -> None:
        self._simulation, self._network, self._methods = simulation, simulation.network, methods
        #: Grid points of the last look, and up to which samples were examined.
        self._last, self._examined = simulation.step, -1
        self._looked = time.monotonic()

    def passed(self, step: int) -> None:
        """Look, if the last look was some time ago.

        Raises
        ------
        DivergedState
            See :meth:`look`.
        """
        if step - self._last >= INTERVAL and time.monotonic() - self._looked >= PAUSE:
            self.look(step)

    def look(self, step: int) -> None:
        """Look at the potentials of all cells.

        Raises
        ------
        DivergedState
            If one of them is no number, or out of range.
        """
        for index, name in _potentials(self._network):
            found = self._simulation.states(index, (name,)).get(name)
            if found is not None:
                wrong = np.flatnonzero(self._wrong(index, name, found))
                if wrong.size:
                    cell = int(wrong[0])
                    self._raise(index, name, cell, float(found[cell]), self._last, step)
        self._last, self._looked = step, time.monotonic()

    def examine(self, recorded: TrialRecording) -> None:
        """Look at the samples that were read since the last call.

        Raises
        ------
        DivergedState
            If one of them is no number, or out of range.
        """
        potentials = set(_potentials(self._network))
        for signal in recorded.signals:
            if (signal.population, signal.variable) in potentials and signal.values.size:
                wrong = np.argwhere(self._wrong(signal.population, signal.variable, signal.values))
                if wrong.size:
                    row, column = (int(i) for i in wrong[0])
                    step = (self._examined // signal.interval + 1 + row) * signal.interval
                    value = float(signal.values[row, column])
                    self._raise(signal.population, signal.variable, int(signal.cells[column]), value, step, step)
        self._examined = recorded.steps

    def _wrong(self, index: int, name: str, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Which values no right step gives; what rises above the threshold is reset."""
        if self._methods[index] == "exact" or self._network.populations[index].model.units[name] != "mV":
            return np.asarray(~np.isfinite(values))
        if self._network.populations[index].model.edge_triggered:
            return np.asarray(~(np.abs(values) < LARGEST_POTENTIAL))
        return np.asarray(~(values > -LARGEST_POTENTIAL))

    def _raise(self, index: int, name: str, cell: int, value: float, since: int, step: int) -> None:
        population, dt = self._network.populations[index], self._network.dt
        when = f"at {step * dt:g} ms" if since == step else f"between {since * dt:g} and {step * dt:g} ms"
        what = f"is {value:.3g} {population.model.units[name]}" if np.isfinite(value) else "is no finite number"
        load = self._load(index, cell)
        least = "at least " if self._methods[index] == "rk4" and np.isnan(value) else ""
        load = max(load, LARGEST_LOAD) if least else load
        where = f"'{name}' of cell {cell} of '{population.label}'"
        raise DivergedState(
            f"{where} {what} {when}: the time step of {dt:g} ms is too coarse, or a weight or current too large "
            f"(load, the time step over the shortest time constant: {least}{load:.3g}).",
            "Use a smaller time step, and check the units of weights and currents.",
        )

    def _load(self, index: int, cell: int) -> float:
        """The load of a step with the synaptic variables of the present, and initial values for what is no number."""
        population = self._network.populations[index]
        model = population.model
        values = {n: _of(v, cell) for n, v in (*population.parameters.items(), *population.initial.items())}
        for name, found in self._simulation.states(index, model.states).items():
            if abs(float(found[cell])) < LARGEST_POTENTIAL:
                values[name] = float(found[cell])
        rates = [derivative(e.tree, e.state) for e in model.system]
        with np.errstate(all="ignore"):
            sizes = [abs(float(evaluate(r, {**values, INJECTED: 0.0}))) for r in rates if r is not None]
        return max(sizes, default=0.0) * self._network.dt


def _of(values: NDArray[Any], cell: int) -> float:
    return float(np.ravel(values)[cell if np.ndim(values) else 0])


def _potentials(network: Network) -> Iterator[tuple[int, str]]:
    """Populations and their states in mV, or all states where no unit is that."""
    for index, population in enumerate(network.populations):
        if not population.is_source:
            states, units = population.model.states, population.model.units
            yield from ((index, name) for name in [s for s in states if units[s] == "mV"] or states)
