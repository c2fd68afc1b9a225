"""The elements of a Network besides its projections: populations, inputs, recordings.

Each is a frozen dataclass over arrays that checks itself. Times are counted in steps,
values have PyNN's units (ms, mV, nF, nA, uS), and a value that is the same for all cells
or synapses is stored once, as an array of shape ``()``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unisono.models.cards import brief
from unisono.models.cells import CELLS, SOURCES
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import NetworkError
from unisono.models.network.arrays import (
    MAX_STEPS,
    Floats,
    Integers,
    check_parameters,
    compact,
    complete,
    frozen,
    indices,
    printable,
)
from unisono.models.network.fingerprint import LABEL


@dataclass(frozen=True, eq=False)
class Population:
    """Cells of one model, or spike sources.

    Attributes
    ----------
    label : str
    cell : str
        Name of a cell model or a spike source.
    size : int
    parameters : mapping of str to float64 array, shape () or (size,)
        PyNN names and units. Parameters that are left out take the model's default.
    initial : mapping of str to float64 array, shape () or (size,)
        State variables at t = 0. Those left out take the model's default.
    positions : float64 array, shape (size, 3), optional
        In micrometres.
    definition : str
        The whole cell model as text (:meth:`CellModel.to_text`); empty for those of
        :data:`unisono.models.cells.CELLS`.
    """

    label: str = field(metadata=LABEL)
    cell: str
    size: int
    parameters: Mapping[str, Floats] = field(default_factory=dict)
    initial: Mapping[str, Floats] = field(default_factory=dict)
    positions: Floats | None = None
    definition: str = ""

    __repr__ = brief

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", printable(self.label))
        where = f"Population '{self.label}'"
        if self.size < 1:
            raise NetworkError(f"{where} has size {self.size}; it needs at least one cell.")
        if self.is_source:
            defaults: dict[str, float] = {}
            states: Mapping[str, float] = {}
            known: set[str] = set(SOURCES[self.cell])
        else:
            model = self.model
            defaults = {name: p.default for name, p in model.parameters.items()}
            states, known = model.initial, set(defaults)
        object.__setattr__(
            self,
            "parameters",
            complete(self.parameters, defaults, known, self.size, where, f"{self.cell} has no parameter"),
        )
        object.__setattr__(
            self,
            "initial",
            complete(self.initial, states, set(states), self.size, where, f"{self.cell} has no state variable"),
        )
        if not self.is_source:
            check_parameters(model, self.parameters, where)
            if model.refractory and (self.parameters[model.refractory] < 0).any():
                raise NetworkError(f"{where}: {model.refractory} must not be negative.")
            self._check_slopes(where)
        if self.positions is not None:
            positions = frozen(np.asarray(self.positions, np.float64))
            if positions.shape != (self.size, 3):
                raise NetworkError(f"{where}: positions have shape {positions.shape}, not {(self.size, 3)}.")
            object.__setattr__(self, "positions", positions)

    @property
    def is_source(self) -> bool:
        """Whether this is a population of spike sources."""
        return not self.definition and self.cell in SOURCES

    @property
    def model(self) -> CellModel:
        """The cell model.

        Raises
        ------
        UnknownName
            If it has no model of that name, as a spike source.
        """
        return CellModel.from_text(self.definition) if self.definition else CELLS[self.cell]

    def _check_slopes(self, where: str) -> None:
        """Refuse parameters for which an equation has no value, such as equal time constants of a difference."""
        values: dict[str, Any] = {**self.parameters, **self.initial, INJECTED: np.float64(0)}
        with np.errstate(all="ignore"):
            for equation in self.model.system:
                if not np.isfinite(evaluate(equation.tree, values)).all():
                    raise NetworkError(
                        f"{where}: with these parameters the equation of '{equation.state}' is not a finite number.",
                        "Look for a division by zero or an exponential out of range.",
                    )


@dataclass(frozen=True, eq=False)
class SpikeInput:
    """The instantiated spikes of a population of sources in one trial.

    Attributes
    ----------
    population, trial : int
    cells : uint32 array, shape (events,)
    steps : int32 array, shape (events,)
        Time of each event in steps; sorted by step, then cell; no pair twice.
    counts : uint16 array, shape () or (events,)
        Spikes of that cell in that step.
    """

    population: int
    cells: Integers
    steps: Integers
    counts: Integers = field(default_factory=lambda: np.uint16(1))  # type: ignore[arg-type,return-value]
    trial: int = 0

    __repr__ = brief

    def __post_init__(self) -> None:
        where = f"Spikes of population {self.population}"
        cells, steps = indices(self.cells, f"{where}: cells"), np.asarray(self.steps)
        counts = (
            np.broadcast_to(np.asarray(self.counts), cells.shape) if np.ndim(self.counts) else np.asarray(self.counts)
        )
        if cells.shape != steps.shape:
            raise NetworkError(f"{where}: cells and steps have different lengths, {cells.size} and {steps.size}.")
        if steps.size and (steps.min() < 0 or steps.max() > MAX_STEPS):
            raise NetworkError(f"{where}: spike times must not be negative.")
        if counts.size and (counts.min() < 1 or counts.max() > np.iinfo(np.uint16).max):
            raise NetworkError(f"{where}: counts must be between 1 and 65535.")
        key = steps.astype(np.int64) << 32 | cells
        if not (key[1:] > key[:-1]).all():
            order = np.argsort(key, kind="stable")
            cells, steps, key = cells[order], steps[order], key[order]
            if (np.diff(key) == 0).any():
                first = np.flatnonzero(np.r_[True, np.diff(key) > 0])
                total = np.add.reduceat(np.broadcast_to(counts, key.shape)[order].astype(np.int64), first)
                cells, steps, counts = cells[first], steps[first], total
            elif counts.ndim:
                counts = counts[order]
        object.__setattr__(self, "cells", frozen(cells))
        object.__setattr__(self, "steps", frozen(steps.astype(np.int32, copy=False)))
        object.__setattr__(
            self, "counts", compact(counts.astype(np.uint16, copy=False), cells.size, f"{where}: counts")
        )


@dataclass(frozen=True, eq=False)
class CurrentInput:
    """A current into some cells of a population in one trial, constant between its changes.

    Attributes
    ----------
    population, trial : int
    cells : uint32 array, shape (cells,)
    steps : int32 array, shape (changes,)
        Steps at which the amplitude changes, increasing; before the first it is zero.
    amplitudes : float64 array, shape (changes,)
        In nA.
    """

    population: int
    cells: Integers
    steps: Integers
    amplitudes: Floats
    trial: int = 0

    __repr__ = brief

    def __post_init__(self) -> None:
        where = f"Current into population {self.population}"
        object.__setattr__(self, "cells", indices(self.cells, f"{where}: cells"))
        steps = np.asarray(self.steps)
        if steps.size and (steps.min() < 0 or steps.max() > MAX_STEPS or (np.diff(steps) <= 0).any()):
            raise NetworkError(f"{where}: times must not be negative and must increase.")
        object.__setattr__(self, "steps", frozen(steps.astype(np.int32, copy=False)))
        amplitudes = np.asarray(self.amplitudes, np.float64)
        if amplitudes.shape != steps.shape:
            raise NetworkError(f"{where}: {steps.size} times and {amplitudes.size} amplitudes.")
        if not np.isfinite(amplitudes).all():
            raise NetworkError(f"{where}: an amplitude is not a finite number.")
        object.__setattr__(self, "amplitudes", frozen(amplitudes))


@dataclass(frozen=True)
class SynapseRequest:
    """A state of the synapses of a projection to sample.

    Attributes
    ----------
    projection : int
    state : str
        Of the synapse model, ``weight`` where spikes change it.
    interval : int
        Steps between samples.
    """

    projection: int
    state: str
    interval: int = 1

    __repr__ = brief

    def __post_init__(self) -> None:
        if self.interval < 1:
            raise NetworkError(f"The sampling interval of '{self.state}' is below one time step.")


@dataclass(frozen=True)
class Modulator:
    """A population whose spikes reach all synapses of a projection, as those that release dopamine do.

    Attributes
    ----------
    population : int
    delay : int
        Steps from a spike of any of its cells to the synapses, at least 1.
    """

    population: int
    delay: int = 1

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class RecordingRequest:
    """A state variable to sample, or the spikes a script asked for.

    Spikes of all cells are recorded in every run; a request for ``spikes`` only
    marks what the script wants to see.

    Attributes
    ----------
    population : int
    variable : str
        ``spikes`` or a recordable state variable.
    cells : uint32 array, shape (cells,)
    interval : int
        Steps between samples.
    """

    population: int
    variable: str
    cells: Integers
    interval: int = 1

    __repr__ = brief

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", indices(np.unique(np.asarray(self.cells)), "Recorded cells"))
        if self.interval < 1:
            raise NetworkError(f"The sampling interval of '{self.variable}' is below one time step.")
