"""How a simulator's cells and synapses deviate from the reference's."""

from __future__ import annotations

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run
from unisono.models.network import Network
from unisono.validation.circuit.deviation import Deviation
from unisono.validation.circuit.errors import errors, precision
from unisono.validation.circuit.measured import Measured, measured, of_suspect
from unisono.validation.circuit.network import circuit_of
from unisono.validation.circuit.steps import initial_values, off_grid, steps
from unisono.validation.runner import Runner


def examine(
    network: Network, population: int, cell: int, suspect: Run, baseline: Run, executor: Runner, reference: str
) -> tuple[Deviation, ...]:
    """What is wrong with cells like one of a network's on a simulator.

    Parameters
    ----------
    network : Network
        Of a single trial.
    population, cell : int
    suspect, baseline : Run
        Of the simulator, and of one whose errors are taken for normal.
    executor : Runner
    reference : str
        The simulator that is right.

    Returns
    -------
    tuple of Deviation
        Empty where nothing is wrong.

    Raises
    ------
    UnisonoError
        If the test circuit cannot be run.
    """
    circuit = circuit_of(network, population, cell)
    right = measured(circuit, reference, Settings(), executor)
    mine = of_suspect(circuit, suspect, right, executor)
    normal = measured(circuit, baseline.simulator, baseline.settings, executor)

    def finer() -> tuple[Measured, Measured]:
        half = circuit_of(network, population, cell, finer=2)
        half_right = measured(half, reference, Settings(), executor)
        return of_suspect(half, suspect, half_right, executor), half_right

    found = [*initial_values(mine), *off_grid(mine), *steps(mine, right)]
    if (single := precision(mine, right)) is not None:
        found.append(single)
    found += errors(mine, right, normal, finer, [f.kind for f in found])
    return tuple(found)
