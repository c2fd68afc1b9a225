"""What the parameters of a population say of its step: the method, and the parts that all cells take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import ORDER_FOUR, step_program
from unisono.adapters.codegen.collocation import collocates, membrane_of
from unisono.adapters.codegen.program import StepProgram
from unisono.models.cells.model import CellModel
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Network

#: A part of a step is no longer than this part of the shortest time constant. At a twelfth the error of a
#: conductance's time course is (1/12)^4/2880 = 2e-8 of what it moves the potential by in a step (Simpson's rule).
LARGEST_PART = 1 / 12

Values = Mapping[str, NDArray[Any]]


def population_step(network: Network, population: int, numerics: str = "matched") -> StepProgram:
    """The step of a population, the same on every simulator and in the whole trial.

    Parameters
    ----------
    network : Network
    population : int
    numerics : str
        ``matched`` or ``euler``.
    """
    model = network.populations[population].model
    if numerics == "euler":
        return step_program(model, method="euler")
    substeps = substeps_of(network, population)
    return step_program(model, substeps, method_of(network, population, network.dt / substeps))


def method_of(network: Network, population: int, length: float) -> str:
    """The first method of order four that is right for all values that a population's parameters and states take.

    ``length`` is that of a substep, ms.
    """
    here = network.populations[population]
    collocated = collocates(here.model) and all(
        collocates(here.model, values, length) and not _below_zero(here.model, states)
        for values, states in _in_force(network, population)
    )
    return ORDER_FOUR[0 if collocated else 1]


def _in_force(network: Network, population: int) -> Iterator[tuple[Values, list[tuple[str, NDArray[Any]]]]]:
    """The parameters in each stretch of the schedule, and the states that are set at its beginning."""
    here = network.populations[population]
    values: dict[str, NDArray[Any]] = dict(here.parameters)
    yield values, list(here.initial.items())
    for change in network.changes("parameter", "state", index=population):
        values = change.among(values, here.size)
        yield values, [(change.name, change.values)] if change.kind == "state" else []


def _below_zero(model: CellModel, states: Iterable[tuple[str, NDArray[Any]]]) -> bool:
    """Whether a state is set to a value at which the rate of the membrane would fall."""
    membrane = membrane_of(model)
    return membrane is not None and any(n in membrane.rate_states and bool(np.any(v < 0)) for n, v in states)


def substeps_of(network: Network, population: int) -> int:
    """Parts in which all cells of a population take their steps, the same on every simulator and in the whole trial."""
    here = network.populations[population]
    changes = network.changes("parameter", index=population)
    return substeps_for(here.model, [*here.parameters.items(), *((c.name, c.values) for c in changes)], network.dt)


def substeps_for(model: CellModel, values: Iterable[tuple[str, NDArray[Any]]], dt: float) -> int:
    """Parts in which a step of ``dt`` ms is taken, for the values that parameters have in a trial.

    As many as bring a part down to the time step that the model recommends, and to ``LARGEST_PART``
    of the shortest time constant among the values: the error of the method grows with
    the fourth power of that ratio.
    """
    constants = {name for name, p in model.parameters.items() if p.unit == "ms" and p.positive}
    shortest = min((float(value.min()) for name, value in values if name in constants), default=math.inf)
    # 1e-9: a ratio that is a whole number but for rounding
    return max(1, math.ceil(dt / min(LARGEST_PART * shortest, model.time_step[0]) - 1e-9))


def refuse_other_step(program: StepProgram | None, change: Change, values: Values, dt: float, label: str) -> None:
    """Refuse a change that asks for another step than a running simulation takes.

    A run that knows of the change from the beginning takes the right one in the whole trial.

    Parameters
    ----------
    program : StepProgram or None
        The step of the running simulation; None with the simulator's own numerics, which refuse nothing.
    change : Change
        Of a parameter or a state.
    values : mapping of str to float64 array, shape () or (cells,)
        The parameters, this change included.
    dt : float
        Time step, ms.
    label : str
        Label of the population, for the message.

    Raises
    ------
    UnsupportedFeature
        If the change asks for more substeps, or for another method.
    """
    if program is None or program.method not in ORDER_FOUR:
        return
    parts = substeps_for(program.model, [(change.name, change.values)], dt)
    if change.kind == "parameter" and parts > program.substeps:
        raise UnsupportedFeature(
            f"'{change.name}' of population '{label}' cannot be set to {change.values.min():g} ms during a run: "
            f"it needs {parts} substeps per time step, and the running simulation takes {program.substeps}.",
            "Set it before the first run, or use a shorter time step.",
        )
    if program.method != ORDER_FOUR[0]:
        return
    if change.kind == "state":
        fits = not _below_zero(program.model, [(change.name, change.values)])
    else:
        fits = collocates(program.model, values, dt / program.substeps)
    if not fits:
        raise UnsupportedFeature(
            f"'{change.name}' of population '{label}' cannot be set to {change.values.min():g} during a run: "
            "the membrane would hardly leak, or its rate could change sign, and the running simulation integrates it "
            "by a method that is not right there.",
            "Set it before the first run.",
        )
