"""f-I curves: the rate of a cell by the current into it, on several simulators, beside the closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Runs
from unisono.models.cards import Card
from unisono.models.cells import CELLS
from unisono.models.cells.families import LEAKY
from unisono.models.cells.model import CellModel
from unisono.models.cells.parameter_sets import PARAMETER_SETS, USUAL_CURRENT
from unisono.models.errors import UnisonoError, UnknownName
from unisono.models.grid import to_step
from unisono.models.network import CurrentInput, Epoch, Network, Population, Trial
from unisono.models.registry import unknown
from unisono.models.words import listed
from unisono.validation.mean_field.first_passage import Cell, interval
from unisono.validation.runner import Runner
from unisono.validation.tabular import Tabular
from unisono.validation.verdict import Level
from unisono.validation.written import Written, plain

#: Simulated time, and the part of it that is cut, ms.
DURATION, TRANSIENT = 1000.0, 200.0

#: Points of a curve for which no currents are given.
POINTS = 21


@dataclass(frozen=True)
class CurveCell:
    """A cell whose curve is asked for.

    Attributes
    ----------
    name : str
        Of a cell model, or of a named parameter set.
    model : CellModel
    parameters, initial : mapping of str to float
        Those that differ from the model's.
    current : float
        At which it fires, nA.
    """

    name: str
    model: CellModel
    parameters: Mapping[str, float] = field(default_factory=dict)
    initial: Mapping[str, float] = field(default_factory=dict)
    current: float = 1.0

    @staticmethod
    def named(name: str, **given: float) -> CurveCell:
        """The cell of that name, with some of its parameters.

        Raises
        ------
        UnknownName
            If there is no such cell, parameter set or parameter.
        """
        chosen = PARAMETER_SETS.get(name)
        if chosen is None and name not in CELLS:
            raise unknown("cell model or parameter set", name, (*CELLS, *PARAMETER_SETS))
        model = CELLS[chosen.cell if chosen else name]
        for parameter in given:
            if parameter not in model.parameters:
                raise UnknownName(
                    f"{name} has no parameter '{parameter}'.", f"It has: {', '.join(sorted(model.parameters))}."
                )
        if chosen is None:
            return CurveCell(name, model, given, {}, USUAL_CURRENT.get(name, 1.0))
        return CurveCell(name, model, {**chosen.parameters, **given}, chosen.initial, chosen.current)

    @property
    def usual_currents(self) -> tuple[float, ...]:
        """From 0 to twice the current at which it fires, nA."""
        return tuple(float(f"{2 * self.current * k / (POINTS - 1):.6g}") for k in range(POINTS))


@dataclass(frozen=True, eq=False, repr=False)
class CurrentCurve(Written, Tabular):
    """Rates by current.

    Attributes
    ----------
    cell : str
    parameters : mapping of str to float
        Those that differ from the model's defaults.
    currents : tuple of float
        nA.
    dt, duration, transient : float
        ms.
    rates : mapping of str to tuple of float
        By simulator, Hz.
    closed_form, on_grid : tuple of float
        Rate in closed form, and with intervals that end on the grid, Hz; empty where no closed form is known.
    verdict : Level
        ``identical`` where every spike lies in the same step.
    failed : mapping of str to str
        Simulators without a result, and why.
    versions : mapping of str to str
    """

    cell: str
    parameters: Mapping[str, float]
    currents: tuple[float, ...]
    dt: float
    duration: float
    transient: float
    rates: Mapping[str, tuple[float, ...]]
    closed_form: tuple[float, ...]
    on_grid: tuple[float, ...]
    verdict: Level
    failed: Mapping[str, str]
    versions: Mapping[str, str]

    def _card(self) -> Card:
        facts = (", ".join(self.rates), f"{self.currents[0]:g} to {self.currents[-1]:g} nA")
        columns = ("current (nA)", *(f"{name} (Hz)" for name in self.rates))
        rows = [
            (f"{current:g}", *(f"{rate:.3g}" for rate in rates))
            for current, *rates in zip(self.currents, *self.rates.values(), strict=True)
        ]
        css = self.verdict.outcome.css
        return Card("CurrentCurve", f"of {self.cell}", facts, self.verdict.value, css, self.summary, columns, rows)

    @property
    def exit_status(self) -> int:
        """0: identical. 1: different. 2: a run failed, or there is one only."""
        return int(self.verdict.outcome)

    @property
    def largest_difference(self) -> float:
        """The largest difference between the rates of two simulators, Hz."""
        values = np.array(list(self.rates.values()))
        return float(np.ptp(values, axis=0).max()) if len(values) else 0.0

    @property
    def summary(self) -> str:
        """What was found, in a sentence or two."""
        if self.failed:
            return f"{listed(self.failed)} gave no result."
        if len(self.rates) < 2:
            said = "One simulator: nothing to compare."
        elif self.verdict is Level.IDENTICAL:
            said = f"Every spike lies in the same step on all {len(self.rates)} simulators."
        else:
            said = f"Rates differ by up to {self.largest_difference:.3g} Hz between simulators."
        if not self.closed_form:
            return said
        first = np.array(next(iter(self.rates.values())))
        off = float(np.abs(first - self.on_grid).max())
        exact = float(np.abs(first - self.closed_form).max())
        return (
            f"{said} Rates differ from the closed form with intervals that end on the grid by at most {off:.2g} Hz, "
            f"from the exact one by {exact:.2g} Hz."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data: all fields, ``summary`` and ``largest_difference`` (Hz)."""
        return plain({**vars(self), "summary": self.summary, "largest_difference": self.largest_difference})  # type: ignore[no-any-return]

    def _table(self) -> tuple[Sequence[str], Sequence[Sequence[Any]]]:
        """One row a current: rates in Hz by simulator, then the closed form."""
        columns: dict[str, Sequence[float]] = {"current (nA)": self.currents, **self.rates}
        if self.closed_form:
            columns |= {"closed form": self.closed_form, "closed form on the grid": self.on_grid}
        return list(columns), list(zip(*columns.values(), strict=True))


def current_curve(
    cell: CurveCell,
    on: Sequence[str],
    currents: Sequence[float] = (),
    *,
    dt: float | None = None,
    duration: float = DURATION,
    transient: float = TRANSIENT,
    settings: Settings | None = None,
    executor: Runner | None = None,
) -> CurrentCurve:
    """Run a cell under constant currents, all of them in one network, on several simulators.

    Parameters
    ----------
    cell : CurveCell
    on : sequence of str
        Names of simulators.
    currents : sequence of float
        nA; from 0 to twice the one at which the cell fires by default.
    dt : float, optional
        Time step, ms; the model's recommended one by default.
    duration, transient : float
        Simulated time, and the part that is cut, ms.
    settings : Settings, optional
    executor : Runner, optional

    Raises
    ------
    UnisonoError
        If the transient leaves no time.
    UnknownName, NetworkError, UnsupportedFeature, NotReady
        Before anything starts.
    """
    if not 0 <= transient < duration:
        raise UnisonoError(
            f"A transient of {transient:g} ms leaves nothing of {duration:g} ms.", "Take a longer duration."
        )
    currents = tuple(currents or cell.usual_currents)
    network = curve_network(cell, currents, cell.model.time_step[0] if dt is None else dt, duration)
    runs = (executor or Executor()).run(network, on, settings)
    recordings = {run.settings.name_of(name): run.recording for name, run in runs.items() if run.recording is not None}
    exact, on_grid = closed_forms(cell, currents, network.dt)
    return CurrentCurve(
        cell.name,
        dict(cell.parameters),
        currents,
        network.dt,
        duration,
        transient,
        {name: tuple(rates_of(r, len(currents), transient).tolist()) for name, r in recordings.items()},
        exact,
        on_grid,
        _verdict(list(recordings.values()), len(runs)),
        {run.settings.name_of(name): str(run.error) for name, run in runs.items() if run.recording is None},
        _versions(runs),
    )


def curve_network(cell: CurveCell, currents: Sequence[float], dt: float, duration: float) -> Network:
    """A cell for each current, without synapses."""
    parameters = {name: np.float64(value) for name, value in cell.parameters.items()}
    initial = {name: np.float64(value) for name, value in cell.initial.items()}
    population = Population("cells", cell.model.name, len(currents), parameters, initial)  # type: ignore[arg-type]
    inputs = tuple(
        CurrentInput(0, np.array([index]), np.array([0]), np.array([current]))
        for index, current in enumerate(currents)
        if current
    )
    return Network(
        dt=dt,
        populations=(population,),
        currents=inputs,
        trials=(Trial((Epoch(max(1, to_step(duration, dt))),)),),
        label=f"f-I curve of {cell.name}",
    )


def rates_of(recording: Recording, cells: int, transient: float) -> NDArray[np.float64]:
    """Rate of each cell after the transient, Hz, shape (cells,).

    The intervals between spikes, counted over their whole time: a count in a window is off by up to one spike. With one
    spike, that one over the time that is left.
    """
    trial = recording.trials[0]
    spikes = trial.spikes[0]
    times = spikes.milliseconds(recording.dt)
    left = trial.steps * recording.dt - transient
    found = np.zeros(cells)
    for cell in range(cells):
        own = times[(spikes.cells == cell) & (times > transient)]
        if own.size > 1:
            found[cell] = 1000.0 * (own.size - 1) / (own[-1] - own[0])
        elif own.size:
            found[cell] = 1000.0 / left
    return found


def closed_forms(cell: CurveCell, currents: Sequence[float], dt: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Rates by current in closed form, Hz: exact, and with intervals that end on the grid; empty for other cells."""
    if cell.model.name not in LEAKY:
        return (), ()
    value = {name: p.default for name, p in cell.model.parameters.items()} | dict(cell.parameters)
    rest = value["v_rest"]
    exact, on_grid = [], []
    for current in currents:
        refractory = to_step(value["tau_refrac"], dt)
        mean = (current + value["i_offset"]) * value["tau_m"] / value["cm"]
        thresholds = value["v_thresh"] - rest, value["v_reset"] - rest
        rise = interval(Cell(value["tau_m"], 0.0, *thresholds), mean)
        exact.append(1000.0 / (value["tau_refrac"] + rise))
        # A rise that ends within rounding of a grid point ends there.
        on_grid.append(0.0 if math.isinf(rise) else 1000.0 / ((refractory + math.ceil(rise / dt - 1e-9)) * dt))
    return tuple(exact), tuple(on_grid)


def _verdict(recordings: Sequence[Recording], asked: int) -> Level:
    if len(recordings) < asked or asked < 2:
        return Level.CANNOT_TELL
    first, *others = (recording.trials[0].spikes[0] for recording in recordings)
    return Level.IDENTICAL if all(map(first.on_same_steps, others)) else Level.DIFFERENT


def _versions(runs: Runs) -> dict[str, str]:
    return {name: str(run.provenance.get("version", "")) for name, run in runs.items()}
