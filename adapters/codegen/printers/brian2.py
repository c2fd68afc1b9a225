"""A cell model in Brian2's language; text and numbers only, Brian2 itself is not needed.

Quantities carry no Brian2 units: numbers are in PyNN's units, the equations
divide by ``ms`` once. Every name of the model and of its step is changed, see :func:`named`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import coefficient_values, refractory_steps
from unisono.adapters.codegen.printers.printer import CPrinter, Printer
from unisono.adapters.codegen.program import ACTIVE, Assignment, Choice, Instruction, Loop, StepProgram, assigned
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram
from unisono.models.cells.model import INJECTED, CellModel, Receptor
from unisono.models.dynamics.expressions import names_in

#: Around every name of the model and its step. No name of Brian2's (``cm``, ``e``, ``i``, ``lastspike``, ...), of the
#: languages it writes, or of ours below begins and ends like this; Brian2 also keeps names that begin with
#: ``xi_``, and in synapses those that end with ``_pre`` and ``_post``.
AROUND = "cell_", "_"

#: Names in the generated code that are no names of the model: the steps of the refractory period and those that are
#: left of it, whether the threshold condition holds and whether it did at the grid point before, and what arrives in a
#: step, by state.
REFRACTORY_STEPS = "n_refrac"
LEFT = "steps_left"
WAS_ABOVE = "was_above"
BEFORE = "above_before"
ARRIVED = "arrived__"

#: Around every name of the synapse model.
AROUND_SYNAPSE = "syn_", "_"

#: Marks of loops and choices, which Brian2's language does not have: assignments of what has to be positive.
LOOP, LOOP_END = "loop_begins_", "loop_ends_"
CHOICE, OTHERWISE, CHOICE_END = "choice_begins_", "choice_otherwise_", "choice_ends_"
_MARK = re.compile(
    rf"\b(?P<mark>{'|'.join((LOOP, LOOP_END, CHOICE, OTHERWISE, CHOICE_END))})\d+ = (?P<asked>.*?);?\s*$"
)

#: Functions that Brian2 lacks, or that its languages define otherwise, by the names they have here:
#: its ``%`` has the sign of the divisor, its ``exprel`` bounds of its own, its ``floor`` whole numbers of 32 bits, and
#: a division by zero stops its code.
OWN_FUNCTIONS = {"min": "c_min", "max": "c_max", "mod": "c_mod", "exprel": "c_exprel", "floor": "c_floor"}
DIVISION = "c_div"

#: Draws at synapses, which no expression of C++ has as its value.
DRAWS = {"binomial": "c_binomial"}

#: 1 or 0 for a condition, as a floating-point number: compilers vectorise no conversion of the whole numbers that
#: Brian2's ``int`` gives.
FLAG = "c_flag"

#: The value of each function in C++, of the arguments x and y.
CPP_VALUES = {
    "c_min": "x < y ? x : y",
    "c_max": "x > y ? x : y",
    "c_mod": "fmod(x, y)",
    "c_exprel": "x != 0 ? expm1(x)/x : 1",
    "c_floor": "floor(x)",
    "c_div": "x/y",
    "c_flag": "x ? 1.0 : 0.0",
}


def draw_in_cpp(name: str) -> str:
    """The function of a draw, whose arguments are called x, y and z, in C++."""
    arguments, drawn = ("x", "y", "z"), "drawn"
    body = CPrinter(("", "")).lines([Assignment(drawn, f"{name}({', '.join(arguments)})")], arguments, "double")
    declared = ", ".join(f"double {argument}" for argument in arguments)
    return "\n".join([f"static inline double {DRAWS[name]}({declared})", "{", *body, f"return {drawn};", "}"])


@dataclass(frozen=True)
class GroupCode:
    """A population in Brian2's language.

    Attributes
    ----------
    equations : str
        Equations of all states, and declarations of all values.
    step : str or None
        Abstract code of one part of a step; None leaves the numerics to Brian2.
    threshold : str
    reset : str
        What is done in a step for the cells that spike; may be empty.
    refractory : str or bool
        Condition, or False if there is no refractory period.
    ending : str
        Abstract code after the integration, before the test: the input of the step is added, and its sums begin anew.
    """

    equations: str
    step: str | None
    threshold: str
    reset: str
    refractory: str | bool
    ending: str


def group_code(
    model: CellModel,
    program: StepProgram | None,
    names: Collection[str],
    per_cell: Collection[str],
    arriving: bool = True,
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
    arriving : bool
        Whether any synapse leads to the cells.
    """
    lines = [_equation(model, index, program is None) for index in range(len(model.system))]
    for name in sorted({*names, named(INJECTED)}):
        kind = "integer" if name == REFRACTORY_STEPS else "1"
        lines.append(f"{name} : {kind} ({'constant' if name in per_cell else 'shared, constant'})")
    condition = printed(model.condition)
    resets = [_statement(s.state, s.expression) for s in model.resets]
    if model.refractory:
        # A spike tested in step k belongs to the end of it: the refractory steps are k+1 ... k+n.
        lines.append(f"{LEFT} : integer")
        resets.append(f"{LEFT} = {REFRACTORY_STEPS}")
    if model.edge_triggered:
        lines += [f"{name} : boolean" for name in (WAS_ABOVE, BEFORE)]
    lines += [f"{name} : 1" for name in arrivals(model)]
    step: str | None = None
    last: list[str] = []
    if program is not None:
        active = f"{FLAG}(not_refractory)" if model.refractory else "1"
        step = "\n".join([f"{named(ACTIVE)} = {active}", *_carried_out(model, program.instructions)])
        last = list(_carried_out(model, program.ending))
        if any(named(ACTIVE) in line for line in last):
            last.insert(0, f"{named(ACTIVE)} = {active}")
    return GroupCode(
        equations="\n".join(lines),
        step=step,
        threshold=f"{condition} and not {BEFORE}" if model.edge_triggered else condition,
        reset="\n".join(resets),
        refractory=f"{LEFT} > 0" if model.refractory else False,
        ending="\n".join([*last, *_ending(model, condition, arriving)]),
    )


def arrival(model: CellModel, receptor: str) -> str:
    """Name of the sum of what arrives at a receptor in a step."""
    target = model.receptors[receptor]
    # Two underscores in a row are in no name of a model; the last one keeps clear of Brian2's ``_post``.
    return f"{ARRIVED}{target.state}{'__active' if _discarded(target, model) else ''}_"


def arrivals(model: CellModel) -> dict[str, Receptor]:
    """What may arrive in a step, by the name of its sum; receptors with the same effect share one."""
    return {arrival(model, name): receptor for name, receptor in model.receptors.items()}


def _discarded(receptor: Receptor, model: CellModel) -> bool:
    return receptor.only_when_active and bool(model.refractory)


def _ending(model: CellModel, condition: str, arriving: bool) -> list[str]:
    """What follows the integration: input, the count of the refractory period, the memory of crossings."""
    lines = []
    inputs = arrivals(model) if arriving else {}
    for name, receptor in inputs.items():
        factor = "*int(not_refractory)" if _discarded(receptor, model) else ""
        lines += [f"{name}new = {named(receptor.state)} + {name}{factor}", f"{named(receptor.state)} = {name}new"]
    if model.refractory:
        lines += [f"{LEFT}_new = {LEFT} - int({LEFT} > 0)", f"{LEFT} = {LEFT}_new"]
    if model.edge_triggered:
        lines += [f"{BEFORE} = {WAS_ABOVE}", f"{WAS_ABOVE} = {condition}"]
    return [*lines, *(f"{name} = 0" for name in inputs)]


def group_values(
    model: CellModel, program: StepProgram | None, parameters: Mapping[str, NDArray[Any]], dt: float
) -> dict[str, NDArray[Any]]:
    """Every value that the code of a population names, shape () or (cells,), by the names it has there.

    The injected current is no value of the network's: the loop sets it.
    """
    values = dict(parameters)
    if program is not None:
        used = {*program.parameters, *model.tested}
        values = {name: value for name, value in parameters.items() if name in used}
        values |= coefficient_values(program, parameters, dt)
    steps = {REFRACTORY_STEPS: refractory_steps(model, parameters, dt)} if model.refractory else {}
    return {named(name): value for name, value in values.items()} | steps


def named(name: str) -> str:
    """What a variable of the model, or of its step, is called in Brian2."""
    return name.join(AROUND)


def in_synapse(name: str) -> str:
    """What a parameter or state of the synapse model is called in Brian2."""
    return name.join(AROUND_SYNAPSE)


def printed(expression: str, division: str = DIVISION, around: tuple[str, str] = AROUND) -> str:
    """An expression or condition in Brian2's language; without a function for them divisions stay as they are."""
    return _Printer(division, around).text(ast.parse(expression, mode="eval").body)


class _Printer(Printer):
    functions = OWN_FUNCTIONS | DRAWS

    def __init__(self, division: str, around: tuple[str, str] = AROUND) -> None:
        self.division, self.around = division, around

    def name(self, name: str) -> str:
        return name.join(self.around)


def _equation(model: CellModel, index: int, native: bool) -> str:
    """A state as Brian2 declares it; its slope only where Brian2 is to solve it."""
    equation = model.system[index]
    if not native:
        return f"d{named(equation.state)}/dt = 0/ms : 1"
    # Brian2 compiles "(unless refractory)" into a branch in the loop over the cells; the matched
    # step holds the states by arithmetic, which the compiler can vectorise.
    flag = " (unless refractory)" if equation.clamped and model.refractory else ""
    # A linear equation has to look like one.
    slope = printed(equation.rhs, division="")
    return f"d{named(equation.state)}/dt = ({slope})/ms : 1{flag}"


def _carried_out(model: CellModel, instructions: Iterable[Instruction]) -> Iterator[str]:
    """Abstract code of instructions."""
    states, numbers = model.states, count()
    declared = set(states)

    def lines(instructions: Iterable[Instruction], repeated: Collection[str] = ()) -> Iterator[str]:
        for instruction in instructions:
            number = next(numbers)
            match instruction:
                case Assignment(target=target, expression=expression):
                    if target in repeated and not names_in(ast.parse(expression, mode="eval")):
                        # Brian2 would take what begins with a plain number for shared by all cells.
                        yield _statement(target, states[0])
                    yield _statement(target, expression)
                    declared.add(target)
                case Loop(left=left, body=body):
                    yield f"{LOOP}{number} = {printed(left)}"
                    yield from lines(body)
                    yield f"{LOOP_END}{number} = {printed(left)}"
                case Choice(asked=asked, positive=positive, otherwise=otherwise):
                    both = {a.target for a in assigned(positive)} & {a.target for a in otherwise}
                    # In the languages that Brian2 writes, a name ends with the block in which it is first assigned.
                    for target in sorted(both):
                        if target in states:
                            yield f"{named(target)}_new = {named(target)}"
                        elif target not in declared:
                            yield _statement(target, states[0])
                    yield f"{CHOICE}{number} = {printed(asked)}"
                    yield from lines(positive, {a.target for i in positive if isinstance(i, Loop) for a in i.body})
                    yield f"{OTHERWISE}{number} = {printed(asked)}"
                    yield from lines(otherwise)
                    yield f"{CHOICE_END}{number} = {printed(asked)}"

    return lines(instructions)


def structured(lines: Iterable[str], flow: Callable[..., Iterable[str]]) -> list[str]:
    """Code that Brian2 has generated from :attr:`GroupCode.step`, with loops and choices in place of their marks.

    Parameters
    ----------
    lines : iterable of str
    flow : callable
        From what has to be positive and the lines of the body to a loop; with the lines for where it is not positive,
        to a choice.
    """
    open_: list[tuple[str, list[list[str]]]] = [("", [[]])]
    for line in lines:
        found = _MARK.search(line)
        if not found:
            open_[-1][1][-1].append(line)
        elif found["mark"] in (LOOP, CHOICE):
            open_.append((found["asked"], [[]]))
        elif found["mark"] == OTHERWISE:
            open_[-1][1].append([])
        else:
            asked, bodies = open_.pop()
            open_[-1][1][-1] += flow(asked, *bodies)
    return open_[0][1][0]


def flow_in_c(asked: str, body: Iterable[str], otherwise: Iterable[str] | None = None) -> Iterator[str]:
    """A loop or a choice in C++."""
    yield f"{'while' if otherwise is None else 'if'} (({asked}) > 0) {{"
    yield from body
    if otherwise is not None:
        yield "} else {"
        yield from otherwise
    yield "}"


def _statement(target: str, expression: str, around: tuple[str, str] = AROUND) -> str:
    """An assignment as abstract code.

    Brian2 turns ``x = x + ...`` into ``x += ...`` and on the way rounds numbers such as 1/6 to
    15 digits; what goes through a temporary is left as it is.
    """
    name, value = target.join(around), printed(expression, around=around)
    if target in names_in(ast.parse(expression, mode="eval")):
        return f"{name}_new = {value}\n{name} = {name}_new"
    return f"{name} = {value}"


def synapse_variables(kept: Sequence[str], per_synapse: Collection[str]) -> str:
    """What is kept for the synapses, as Brian2 declares it; ``per_synapse`` are those that each has for itself."""
    shared = " (shared, constant)"
    return "\n".join(f"{in_synapse(name)} : 1{'' if name in per_synapse else shared}" for name in kept)


def on_arrival(program: SynapseProgram, model: CellModel, receptor: str) -> str:
    """What a spike does when it arrives; ``model`` is that of the target."""
    now = [f"{in_synapse(NOW)} = t_in_timesteps"] * bool(program.common)
    lines = [*now, *(_statement(a.target, a.expression, AROUND_SYNAPSE) for a in program.assignments)]
    return "\n".join([*lines, f"{arrival(model, receptor)}_post += {printed(program.sent, around=AROUND_SYNAPSE)}"])
