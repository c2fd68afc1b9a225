"""How far recorded signals may lie apart: by the numerical error of the methods, and by nothing else.

Two simulators that carry out the same stated method differ by rounding. Where the methods differ, the reference
integrates the cell of the largest difference with the input that it had
(:mod:`unisono.validation.compare.isolated_cell`): exactly, which says how far each simulator is off, and by each stated
method, which says how far that method may be off at this time step. A simulator's own numerics state no order: their
measured error counts up to :data:`UNSTATED`, as it does for a tie at the threshold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.codegen.affine import linear_states
from unisono.adapters.codegen.cell_step import METHODS as STATED
from unisono.adapters.codegen.substeps import substeps_of
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.cards import brief
from unisono.models.errors import UnisonoError, UnknownName
from unisono.models.network import Network
from unisono.models.words import with_unit
from unisono.validation.compare.comparators import Mismatch
from unisono.validation.compare.first_difference import REFERENCE
from unisono.validation.compare.isolated_cell import History, IsolatedCell, isolated
from unisono.validation.compare.signals import TraceDifference, Worst
from unisono.validation.runner import Runner

#: What rounding may come to, as a part of the signal: 7e-9 mV at 70 mV. Matched simulators differ by 1e-14 of the
#: signal or less; what is more is room for sums in another order and for time constants that are nearly equal.
ROUNDING = 1e-10

#: The same between methods, where it is not worth a measurement: 7e-7 mV at 70 mV, what one step of order four adds.
METHODS = 1e-8

#: What a method that states no order may be off, as a part of the signal, where an exact propagator exists and where
#: not: 7e-7 and 7e-4 mV at 70 mV.
UNSTATED = {"linear": 1e-8, "other": 1e-5}


@dataclass(frozen=True)
class SignalCheck:
    """Whether a recorded variable agrees while all spikes are identical.

    Attributes
    ----------
    trace : TraceDifference
    time_ms : float
        Of the largest difference, in the trial.
    cell : int
    difference : float
        In the unit of the variable.
    allowed : float or None
        What numerical errors allow; None where that could not be measured.
    why : str
        Where that comes from.
    errors : mapping of simulator to float
        How far each is off there, by the reference; empty where it was not asked.
    methods : mapping of simulator to str
    """

    trace: TraceDifference
    time_ms: float
    cell: int
    difference: float
    allowed: float | None
    why: str
    errors: Mapping[str, float] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)

    __repr__ = brief

    @property
    def agrees(self) -> bool | None:
        """Whether the difference is allowed; None where that is not known."""
        return None if self.allowed is None else self.difference <= self.allowed

    def __str__(self) -> str:
        trace = self.trace
        where = f"'{trace.variable}' of cell {self.cell} of '{trace.population}'"
        text = f"{where} differs by {with_unit(self.difference, trace.unit, 3)} at {self.time_ms:g} ms"
        if self.allowed is None:
            return f"{text}; what numerical errors allow is not known: {self.why}."
        off = " and ".join(
            f"{registry.title(name)} is off by {with_unit(e, trace.unit)}" for name, e in self.errors.items()
        )
        said = f" By the reference, {off}." if off else ""
        return f"{text}; {with_unit(self.allowed, trace.unit)} is allowed ({self.why}).{said}"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        trace = self.trace
        return {
            "trial": trace.trial,
            "population": trace.population,
            "variable": trace.variable,
            "unit": trace.unit,
            "cell": self.cell,
            "time_ms": self.time_ms,
            "difference": self.difference,
            "allowed": self.allowed,
            "agrees": self.agrees,
            "errors": dict(self.errors),
            "methods": dict(self.methods),
            "text": str(self),
        }


class SignalExaminer:
    """Finds what numerical errors allow of the difference of two signals.

    Parameters
    ----------
    runs : Runs
    executor : Runner or None
        What runs the reference; None where nothing may be run.
    tolerance : float or None
        What is allowed of every signal, in its unit, in place of numerical errors.
    """

    def __init__(self, runs: Runs, executor: Runner | None, tolerance: float | None = None) -> None:
        self.runs = runs
        self._executor = executor
        self._tolerance = tolerance

    def check(self, trace: TraceDifference, a: str, b: str) -> SignalCheck | None:
        """The largest difference while spikes are identical, and what is allowed; None where nothing was compared."""
        if not trace.comparable or not trace.samples:
            return None
        worst = trace.worst or Worst(0.0, 0, trace.cell or 0, 0.0)
        network = self.runs.network
        methods = {name: method_of(self.runs[name], network, trace.population_index) for name in (a, b)}
        place = round(worst.step * network.dt, 9), worst.cell, worst.difference
        if self._tolerance is not None:
            return SignalCheck(trace, *place, self._tolerance, "as required", {}, methods)
        same = len(set(methods.values())) == 1 and methods[a] in STATED
        least = (ROUNDING if same else METHODS) * worst.scale
        why = f"both integrate by the method '{methods[a]}', so that they differ by rounding" if same else "rounding"
        found = SignalCheck(trace, *place, least, why, {}, methods)
        return found if same or worst.difference <= least else self._measured(found, worst)

    def _measured(self, found: SignalCheck, worst: Worst) -> SignalCheck:
        """The same with what the reference says of the methods."""
        if self._executor is None:
            return replace(found, allowed=None, why="it was not measured")
        try:
            return self._by_reference(found, worst)
        except UnisonoError as error:
            return replace(found, allowed=None, why=str(error).rstrip("."))

    def _by_reference(self, found: SignalCheck, worst: Worst) -> SignalCheck:
        trace, names = found.trace, tuple(found.methods)
        recording = self.runs[names[0]].recording
        if recording is None:
            raise UnisonoError(f"{names[0]} gave no result.")
        single = next(islice(self.runs.network.single_trials(), trace.trial, None))
        # One step more: a sample shows the value after a reset, and the isolated cell ends before its last step's.
        place = Mismatch(0, worst.step + 1, trace.population_index, worst.cell, True)
        history = History(single, place, replace(recording, trials=(recording.trials[trace.trial],)))
        cell = isolated(history, (trace.variable,))
        exact = self._integrated(cell, Settings())
        errors = {name: self._error(name, trace, cell, exact) for name in names}
        parts = substeps_of(single, trace.population_index)
        population = single.populations[trace.population_index]
        kind = "linear" if trace.variable in linear_states(population.model) else "other"
        allowed, reasons = METHODS * worst.scale, []
        for name, method in found.methods.items():
            if method not in STATED:
                limit = UNSTATED[kind] * worst.scale
                allowed += min(errors[name], limit)
                reasons.append(
                    f"{registry.title(name)} states no order, and may be off by {with_unit(limit, trace.unit)}"
                )
            elif method != "exact":
                stated = self._integrated(cell, Settings(options={"method": method, "substeps": parts}))
                error = float(np.abs(stated - exact)[_window(cell)].max())
                allowed += error
                reasons.append(
                    f"the method '{method}' is off by up to {with_unit(error, trace.unit)} at this time step"
                )
        why = "; ".join(dict.fromkeys(reasons)) or "both are exact"
        return replace(found, allowed=allowed, why=why, errors=errors)

    def _integrated(self, cell: IsolatedCell, settings: Settings) -> NDArray[np.float64]:
        """The variable of the isolated cell at every step from its beginning."""
        if self._executor is None:
            raise UnisonoError("Signals are compared without running anything.")
        run = self._executor.run(cell.network, [REFERENCE], settings)[REFERENCE]
        trial = cell.trial_of(run)
        return trial.signals[0].values[:, 0]

    def _error(self, name: str, trace: TraceDifference, cell: IsolatedCell, exact: NDArray[np.float64]) -> float:
        """How far a simulator is off in the steps that it sampled."""
        recording = self.runs[name].recording
        if recording is None:
            raise UnisonoError(f"{name} gave no result.")
        signal = next(
            s
            for s in recording.trials[trace.trial].signals
            if (s.population, s.variable) == (trace.population_index, trace.variable)
        )
        window = _window(cell)
        steps = np.arange(cell.begin, cell.begin + exact.size)[window]
        sampled = steps % signal.interval == 0
        column = int(np.flatnonzero(signal.cells == self._cell(trace))[0])
        theirs = signal.values[steps[sampled] // signal.interval, column]
        return float(np.abs(theirs - exact[window][sampled]).max())

    def _cell(self, trace: TraceDifference) -> int:
        return trace.worst.cell if trace.worst else 0


def _window(cell: IsolatedCell) -> slice:
    """The samples of the isolated cell that are compared: up to the step before its last."""
    return slice(cell.first - cell.begin, cell.end - cell.begin)


def method_of(run: Run, network: Network, population: int) -> str:
    """How a simulator integrated a population; ``not stated`` of an unknown one, or in single precision."""
    if run.settings.precision == "single":
        return "single precision"
    try:
        return registry.get(run.simulator).method(network, population, run.settings)
    except UnknownName:
        return "not stated"
