"""A cell model in Brian2's language; text and numbers only, Brian2 itself is not needed.

Quantities carry no Brian2 units: numbers are in PyNN's units, the equations
divide by ``ms`` once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from unisono.adapters.codegen.step import ACTIVE, Assignment, StepProgram, coefficient_values, refractory_steps
from unisono.models.equations import INJECTED, CellModel, Receptor

#: Names in the generated code that are no names of the model: the steps of
#: refractoriness, and the step that is the first one after it.
REFRACTORY_STEPS = "n_refrac"
RELEASE = "release_step"

WEIGHT = "w"

#: Names that Brian2 keeps for itself (``cm`` is a centimetre), and what they are called instead.
RENAMED = {"cm": "c_m"}


@dataclass(frozen=True)
class GroupCode:
    """A population in Brian2's language.

    Attributes
    ----------
    equations : str
        Equations of all states, and declarations of all values.
    step : str or None
        Abstract code of one step; None leaves the numerics to Brian2.
    threshold, reset, refractory : str
    """

    equations: str
    step: str | None
    threshold: str
    reset: str
    refractory: str


def group_code(
    model: CellModel, program: StepProgram | None, names: Collection[str], per_cell: Collection[str]
) -> GroupCode:
    """The code of a population.

    Parameters
    ----------
    model : CellModel
    program : StepProgram or None
        The matched step of the model; None for Brian2's own numerics.
    names : collection of str
        Names of all values, see :func:`group_values`; the injected current comes by itself.
    per_cell : collection of str
        Names of those that differ between cells. The others are shared constants, which Brian2
        passes to the compiled code as plain numbers.
    """
    # Brian2 compiles "(unless refractory)" into a branch in the loop over the cells; the matched
    # step holds the states by arithmetic, which the compiler can vectorise.
    flag = " (unless refractory)" if program is None else ""
    lines = [
        f"d{e.state}/dt = ({renamed(e.rhs)})/ms : 1" + (flag if e.held_in_refractoriness else "") for e in model.system
    ]
    for name in sorted({*names, INJECTED}):
        kind = "integer" if name == REFRACTORY_STEPS else "1"
        lines.append(f"{name} : {kind} ({'constant' if name in per_cell else 'shared, constant'})")
    lines.append(f"{RELEASE} : integer")
    step = None
    if program is not None:
        step = "\n".join([f"{ACTIVE} = int(not_refractory)", *map(_statement, program.assignments)])
    return GroupCode(
        equations="\n".join(lines),
        step=step,
        threshold=f"v >= {model.threshold}",
        # A spike tested in step k belongs to the end of it: the held steps are k+1 ... k+n.
        reset=f"v = {model.reset}\n{RELEASE} = t_in_timesteps + {REFRACTORY_STEPS} + 1",
        refractory=f"t_in_timesteps < {RELEASE}",
    )


def group_values(
    model: CellModel, program: StepProgram | None, parameters: Mapping[str, NDArray[Any]], dt: float
) -> dict[str, NDArray[Any]]:
    """Every value that the code of a population names, shape () or (cells,).

    The injected current is no value of the network's: the loop sets it.
    """
    coefficients = {} if program is None else coefficient_values(program, parameters, dt)
    return {
        **{renamed(name): value for name, value in parameters.items()},
        **coefficients,
        REFRACTORY_STEPS: refractory_steps(model, parameters, dt),
    }


def renamed(text: str) -> str:
    """An expression, or a name, with the names that Brian2 allows."""
    return re.sub(r"\b[A-Za-z]\w*\b", lambda match: RENAMED.get(match[0], match[0]), text)


def _statement(assignment: Assignment) -> str:
    """An assignment as abstract code.

    Brian2 turns ``x = x + ...`` into ``x += ...`` and on the way rounds numbers such as 1/6 to
    15 digits; what goes through a temporary is left as it is.
    """
    target, expression = assignment.target, renamed(assignment.expression)
    if re.search(rf"\b{target}\b", expression):
        return f"{target}_new = {expression}\n{target} = {target}_new"
    return f"{target} = {expression}"


def on_arrival(receptor: Receptor) -> str:
    """What a spike does when it arrives; :data:`WEIGHT` holds the weight times the receptor's factor."""
    return f"{receptor.state}_post += {WEIGHT}" + ("*int(not_refractory_post)" if receptor.only_when_active else "")
