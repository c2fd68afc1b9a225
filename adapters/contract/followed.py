"""Synapses that follow the potential of their targets, carried out beside the simulator.

A simulator that stops after each step gives the potentials of its cells, and what happens at the synapses is computed
here, in the same way for all of them. They are given the weights that the next spikes deliver.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.program import LENGTH
from unisono.adapters.codegen.synapse_decays import DecayTables
from unisono.adapters.codegen.synapse_flow import STEPS, moved
from unisono.adapters.codegen.synapse_replay import carry_out, moved_on, read_statements
from unisono.adapters.codegen.synapse_step import event_program, synapse_program
from unisono.adapters.codegen.synapse_values import generated
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.contract.source_spikes import fed_spikes
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.dynamics.expressions import evaluate
from unisono.models.dynamics.model import Statement
from unisono.models.grid import to_steps
from unisono.models.network import Change, Network, SpikeInput
from unisono.models.synapses.model import T_PEAK, V_PEAK, SynapseModel, V

Floats = NDArray[np.float64]
Cells = NDArray[np.intp]


def driving(model: SynapseModel) -> Statement:
    """The drive of a model that follows the potential."""
    if model.driving is None:
        raise ValueError(f"{model.name} follows no potential")
    return model.driving


class Potential:
    """What is kept of the potential of each target of a projection.

    Parameters
    ----------
    model : SynapseModel
    begin : float64 array, shape (cells,)
        The potentials at t = 0, mV.
    dt : float
        ms.
    delay : int
        The longest dendritic delay, steps.
    """

    def __init__(self, model: SynapseModel, begin: Floats, dt: float, delay: int) -> None:
        self._dt, self._drive = dt, driving(model).tree
        self._moves = read_statements(moved(model.KIND, model.name, model.potential_system))
        self._names = (V, *(equation.state for equation in model.potential_system))
        self._past = np.full(begin.size, 2**31)
        #: By grid point, from the last one back.
        self._kept = deque([dict.fromkeys(self._names, begin)], maxlen=max(delay, 1) + 1)

    def move(self, v: Floats, spiking: Cells, parameters: Mapping[str, Any]) -> Floats:
        """Take the potentials at the end of a step, and the cells that spiked in it; returns the drive of each cell."""
        self._past[spiking] = 0
        peak = self._past < to_steps(parameters[T_PEAK], self._dt)
        self._past += 1
        known: dict[str, Any] = {**parameters, **self._kept[0], LENGTH: self._dt, STEPS: np.float64(1)}
        known[V] = np.where(peak, parameters[V_PEAK], v)
        for name, tree in self._moves:
            known[name] = evaluate(tree, known, as_in_c=True)
        self._kept.appendleft({name: known[name] for name in self._names})
        drive: Floats = evaluate(self._drive, known, as_in_c=True) * self._dt
        return np.broadcast_to(drive, v.shape)

    def seen(self, cells: Cells, ago: NDArray[Any]) -> dict[str, Floats]:
        """What was kept of cells some grid points ago, by name; before t = 0 as it was then."""
        ago, found = np.broadcast_to(ago, cells.shape), {name: np.empty(cells.size) for name in self._names}
        for steps in np.unique(ago):
            here, then = ago == steps, self._kept[min(steps, len(self._kept) - 1)]
            for name, values in found.items():
                values[here] = then[name][cells[here]]
        return found


class Followed:
    """The synapses of a projection that follow the potential of their targets.

    Parameters
    ----------
    network : Network
    index : int
        Of the projection.

    Attributes
    ----------
    source, target : int
        Its populations.
    """

    def __init__(self, network: Network, index: int) -> None:
        self._index, self._projection = index, network.projections[index]
        projection = self._projection
        self.source, self.target, self._model = projection.pre_population, projection.post_population, projection.model
        targets = network.populations[self.target]
        program, size = event_program(self._model), projection.size
        self._program, self._written = program, synapse_program(self._model).written
        self._drives = driving(self._model).state
        self._at_source, self._at_drive = read_statements(program.assignments), read_statements(program.at_target)
        given = {**projection.values, **generated(projection, network.dt, np.asarray(0.0))}
        self._values: dict[str, Floats] = {
            name: np.array(np.broadcast_to(value, size)) if name in program.changing else np.asarray(value, np.float64)
            for name, value in given.items()
            if name in program.values or name in self._model.shared
        }
        self._tables = DecayTables(program)
        self._fill()
        begin = np.array(np.broadcast_to(targets.initial[V], targets.size), np.float64)
        self._axonal, self._dendritic = (
            np.broadcast_to(delay, size).astype(np.int64) for delay in (projection.axonal, projection.dendritic)
        )
        self._potential = Potential(self._model, begin, network.dt, int(self._dendritic.max()))
        self._outgoing = _Ends(projection.pre, network.populations[self.source].size)
        self._incoming = _Ends(projection.post, targets.size)
        self._delays: list[int] = np.unique(self._axonal).tolist()
        #: By step, the cells of the source that spiked, and what drives synapses that it reaches then.
        self._spikes: dict[int, Cells] = {}
        self._driven: dict[int, list[tuple[Cells, Floats]]] = {}

    def expect(self, spikes: Iterable[SpikeInput]) -> None:
        """Take note of spikes of sources."""
        for population, train in fed_spikes(spikes).items():
            if population == self.source:
                self._note(train)

    def set(self, change: Change) -> None:
        """Set a parameter or state, for the spikes that reach the synapses from now on."""
        known = self._values.get(change.name)
        if known is not None and known.ndim:
            known[:] = change.values
        else:
            self._values[change.name] = np.array(change.values, np.float64)
        self._fill()

    def _fill(self) -> None:
        """Bring the tables of decays up to date."""
        tables = self._tables
        tables.fill(self._values)
        read = zip(tables.decays, tables.arrays, tables.sizes.tolist(), strict=True)
        self._decays = {decay.target: (decay.steps, array) for decay, array, size in read if size}

    def states(self, step: int) -> dict[str, Floats]:
        """States at a grid point, shape (synapses,) each."""
        found = moved_on(self._program, self._values, step)
        return {name: np.array(np.broadcast_to(value, self._projection.size)) for name, value in found.items()}

    def before(self, step: int) -> Iterator[tuple[NewValues, int]]:
        """Carry out what reaches the synapses in the step that follows a grid point, as far as it is known there.

        Yields
        ------
        NewValues
            Of synapses that spikes of the source reach.
        int
            Grid point, see :meth:`~unisono.adapters.contract.simulation.Simulation.plan`.
        """
        for now in (step, step + 1) if step == 0 else (step + 1,):
            for synapses, drive in self._driven.pop(now, ()):
                self._drive(synapses, drive, now)
            yield from self._pass(now, now - step, self._delays)

    def after(self, step: int, v: Floats, targets: Spikes, sources: Spikes | None) -> Iterator[tuple[NewValues, int]]:
        """Take what has come at a grid point; carries out what :meth:`before` could not know, and yields the same.

        Parameters
        ----------
        step : int
        v : float64 array, shape (targets,)
            mV.
        targets, sources : Spikes
            Of this step; None for sources whose spikes were known.
        """
        shared = {name: self._values[name].flat[0] for name in self._model.shared}
        drive = self._potential.move(v, targets.cells.astype(np.intp), shared)
        synapses = self._incoming.of(np.flatnonzero(drive > 0))
        drive, behind = drive[self._projection.post[synapses]], self._dendritic[synapses]
        for delay in np.unique(behind[behind > 0]).tolist():
            here = behind == delay
            self._driven.setdefault(step + delay, []).append((synapses[here], drive[here]))
        if sources is not None:
            self._note(sources)
            yield from self._pass(step, 0, [0])
        self._drive(synapses[behind == 0], drive[behind == 0], step)
        self._spikes.pop(step - self._delays[-1], None)

    def _note(self, train: Spikes) -> None:
        order = np.argsort(train.steps, kind="stable")
        steps, begins = np.unique(train.steps[order], return_index=True)
        for step, cells in zip(steps.tolist(), np.split(train.cells[order].astype(np.intp), begins[1:]), strict=False):
            self._spikes[step] = np.concatenate([self._spikes.get(step, cells[:0]), cells])

    def _drive(self, synapses: Cells, drive: Floats, now: int) -> None:
        carry_out(
            self._at_drive, self._values, synapses, np.full(synapses.size, now), {self._drives: drive}, self._decays
        )

    def _pass(self, now: int, ahead: int, delays: Iterable[int]) -> Iterator[tuple[NewValues, int]]:
        """Carry out the spikes of the source that reach synapses in a step, some after the last known potentials."""
        found = [np.empty(0, np.intp)]
        for delay in delays:
            if (cells := self._spikes.get(now - delay)) is not None:
                synapses = self._outgoing.of(cells)
                found.append(synapses[self._axonal[synapses] == delay])
        synapses, counts = np.unique(np.concatenate(found), return_counts=True)
        if not synapses.size:
            return
        ago = np.maximum(self._dendritic[synapses], 1) - ahead
        seen = self._potential.seen(self._projection.post[synapses].astype(np.intp), ago)
        for turn in range(counts.max()):  # several spikes in a step count one after another
            here = counts > turn
            steps, known = np.full(np.count_nonzero(here), now), {name: values[here] for name, values in seen.items()}
            carry_out(self._at_source, self._values, synapses[here], steps, known, self._decays)
        values = {name: np.empty(self._projection.size) for name in self._written}
        for name, given in values.items():
            given[synapses] = self._values[name][synapses]
        yield NewValues(self._index, values, synapses), now - 1


class _Ends:
    """Synapses by the cell at one end."""

    def __init__(self, ends: NDArray[Any], size: int) -> None:
        self._order = np.argsort(ends, kind="stable")
        self._begins = np.append(0, np.cumsum(np.bincount(ends, minlength=size)))

    def of(self, cells: Cells) -> Cells:
        """The synapses of some cells; of one that is named twice, twice."""
        parts = [self._order[self._begins[cell] : self._begins[cell + 1]] for cell in cells.tolist()]
        return np.concatenate([self._order[:0], *parts])
