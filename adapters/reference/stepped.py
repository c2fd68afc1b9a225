"""What a stated method gives at the network's time step, to say how large its error is.

Here alone the reference carries out the step that the simulators share (:mod:`unisono.adapters.codegen.cell_step`):
not to say who is right, but how far a simulator that follows its stated method may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import ACTIVE, StepProgram, coefficient_values
from unisono.adapters.reference.functions import ARRAYS, function
from unisono.models.cells.model import INJECTED, parse_expression

Floats = NDArray[np.float64]

#: States, current and activity (1 outside the refractory period) before a step to the states after it.
Step = Callable[[Floats, Floats, Floats], Floats]


def step_of(program: StepProgram, parameters: Mapping[str, Floats], dt: float) -> Step:
    """A step program as a function of the states.

    Parameters
    ----------
    program : StepProgram
    parameters : mapping of str to float64 array, shape (cells,)
    dt : float
        ms.

    Returns
    -------
    callable
        Of the states, shape (states, cells), the current, nA, and the activity, shape (cells,) each.
    """
    states = program.model.states
    names = (*states, INJECTED, ACTIVE, *program.temporaries)
    constants = {**parameters, **coefficient_values(program, parameters, dt)}
    moves = [
        (names.index(a.target), function(parse_expression(a.expression), constants, names, ARRAYS))
        for a in program.assignments
    ]

    def step(start: Floats, current: Floats, active: Floats) -> Floats:
        values = [*start, current, active, *(np.zeros_like(current) for _ in program.temporaries)]
        for _ in range(program.substeps):
            for place, move in moves:
                values[place] = move(values)
        return np.array([np.broadcast_to(value, current.shape) for value in values[: len(states)]])

    return step
