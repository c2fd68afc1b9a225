"""What a stated method gives at the network's time step, to say how large its error is.

Here alone the reference carries out the step that the simulators share (:mod:`unisono.adapters.codegen.cell_step`):
not to say who is right, but how far a simulator that follows its stated method may be off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import coefficient_values
from unisono.adapters.codegen.program import ACTIVE, Assignment, Choice, Instruction, Loop, StepProgram
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
    moves = [_move(instruction, constants, names) for instruction in program.instructions]

    def step(start: Floats, current: Floats, active: Floats) -> Floats:
        values = [*start, current, active, *(np.zeros_like(current) for _ in program.temporaries)]
        for _ in range(program.substeps):
            for move in moves:
                move(values)
        return np.array([np.broadcast_to(value, current.shape) for value in values[: len(states)]])

    return step


def _move(
    instruction: Instruction, constants: Mapping[str, Floats], names: tuple[str, ...]
) -> Callable[[list[Floats]], None]:
    """What an instruction does to the values of the names."""
    if isinstance(instruction, Assignment):
        place = names.index(instruction.target)
        value = function(parse_expression(instruction.expression), constants, names, ARRAYS)

        def assign(values: list[Floats]) -> None:
            values[place] = value(values)

        return assign
    if isinstance(instruction, Loop):
        return _loop(instruction, constants, names)
    return _choice(instruction, constants, names)


def _loop(loop: Loop, constants: Mapping[str, Floats], names: tuple[str, ...]) -> Callable[[list[Floats]], None]:
    left = function(parse_expression(loop.left), constants, names, ARRAYS)
    body = [_move(assignment, constants, names) for assignment in loop.body]
    places = {names.index(assignment.target) for assignment in loop.body}

    def repeat(values: list[Floats]) -> None:
        while (going := np.asarray(left(values) > 0.0)).any():
            before = {place: values[place] for place in places}
            for move in body:
                move(values)
            for place in places:
                values[place] = np.where(going, values[place], before[place])

    return repeat


def _choice(choice: Choice, constants: Mapping[str, Floats], names: tuple[str, ...]) -> Callable[[list[Floats]], None]:
    asked = function(parse_expression(choice.asked), constants, names, ARRAYS)
    positive, otherwise = ([_move(i, constants, names) for i in way] for way in (choice.positive, choice.otherwise))

    def choose(values: list[Floats]) -> None:
        chosen, other = np.asarray(asked(values) > 0.0), values.copy()
        for move in otherwise:
            move(values)
        if chosen.any():
            for move in positive:
                move(other)
            for place, value in enumerate(other):
                values[place] = np.where(chosen, value, values[place])

    return choose
