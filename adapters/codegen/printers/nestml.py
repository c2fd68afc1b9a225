"""Cell models as NESTML, NEST's language of neuron models.

The text consists of assignments alone: the step program that all simulators share,
and the conventions of the project. NESTML only translates it to C++; it solves
no equation and converts no unit. Within a step NESTML carries out ``update``, then
``onCondition``; then NEST samples, and a current that arrives is taken up for the next
step. Input is added at the end of ``update``: blocks for each port (``onReceive``) would
cost a third of the simulation's time.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import ORDER_FOUR, coefficient_values, refractory_steps
from unisono.adapters.codegen.printers.printer import Printer
from unisono.adapters.codegen.program import ACTIVE, Assignment, Choice, Instruction, Loop, StepProgram
from unisono.models.cells.model import INJECTED, CellModel, parse_expression
from unisono.models.dynamics.expressions import evaluate

#: Names in NEST that are no names of the model: parts of a step, steps that the clamped states still stand still, those
#: that a spike begins, and whether the condition held at the last grid point (cells without a reset).
SUBSTEPS = "substeps"
STEPS_LEFT = "steps_left"
REFRACTORY_STEPS = "refractory_steps"
WAS_TRUE = "was_true"

#: What is injected: the current that devices send, which NEST hands over two steps after it is set, and one that is
#: set as a parameter and holds at once. One of them is zero, so that the sum is the other, to the bit.
ARRIVING = "arriving"
HELD = "held"

#: Refractory steps of a cell that has not begun: it neither spikes nor takes input that needs an active cell.
ASLEEP = 2**40

#: Functions that NESTML does not have, in NESTML. fmod(a, b) is exact, what stands here is so for positive
#: whole numbers below 2^53 and right to rounding for others.
_DEFINED = {
    "exprel": """\
function exprel(x real) real:
    if x == 0.0:
        return 1.0
    return expm1(x)/x""",
    "mod": """\
function mod(a real, b real) real:
    rest real = a - b*floor(a/b)
    if rest < 0.0:
        rest += b
    if rest >= b:
        rest -= b
    return rest""",
    "sqrt": """\
function sqrt(x real) real:
    return pow(x, 0.5)""",
}

_NAME = "@NAME@"


@dataclass(frozen=True)
class NestmlModel:
    """A cell model in NESTML, under a name that its content determines.

    Attributes
    ----------
    name : str
        Name of the model in NEST; two models of one name are the same.
    source : str
    program : StepProgram
    """

    name: str
    source: str
    program: StepProgram

    def port(self, receptor: str) -> int:
        """NEST's number of a receptor: 0 where there is but one, from 1 on otherwise."""
        model = self.program.model
        return model.inputs[receptor] + 1 if len(model.arrivals) > 1 else 0

    def values(self, parameters: Mapping[str, NDArray[Any]], dt: float) -> dict[str, NDArray[Any]]:
        """Values of NEST's parameters, shape () or (cells,) each, from those of the cell model."""
        model = self.program.model
        needed = {n: parameters[n] for n in model.parameters if n in (*self.program.parameters, *model.tested)}
        constants = {**coefficient_values(self.program, parameters, dt), **needed}
        counts = {REFRACTORY_STEPS: refractory_steps(model, parameters, dt)}
        if _repeated(self.program):
            counts[SUBSTEPS] = np.array(self.program.substeps)
        return {member(name): value for name, value in constants.items()} | counts

    def awake(
        self, parameters: Mapping[str, NDArray[Any]], initial: Mapping[str, NDArray[Any]]
    ) -> dict[str, NDArray[Any]]:
        """The state in which a cell begins, shape () or (cells,) each."""
        model = self.program.model
        state: dict[str, NDArray[Any]] = {member(name): initial[name] for name in model.states}
        if model.edge_triggered:
            state[WAS_TRUE] = np.asarray(evaluate(model.condition_tree, {**parameters, **initial})).astype(np.int64)
        return state | {STEPS_LEFT: np.zeros((), np.int64)}


def member(name: str) -> str:
    """Name of a model's variable in NESTML, where ``cm``, ``e``, ``t`` and others are taken."""
    return f"m_{name}"


def nestml_model(program: StepProgram) -> NestmlModel:
    """The NESTML text of a cell model and its step; it does not depend on the number of substeps."""
    model = program.model
    expressions = [
        *program.expressions,
        *(s.expression for s in model.resets),
        model.condition,
    ]
    used = set().union(*map(_calls, expressions))
    constants = dict.fromkeys([*program.coefficients, *program.parameters, *model.tested])
    blocks = [
        _block("state", [*(f"{member(s)} real = 0.0" for s in model.states), f"{STEPS_LEFT} integer = {ASLEEP}"]),
        _block(
            "parameters",
            [
                *(f"{member(n)} real = 0.0" for n in constants),
                f"{HELD} real = 0.0",
                f"{REFRACTORY_STEPS} integer = 0",
                *[f"{SUBSTEPS} integer = 1"] * _repeated(program),
            ],
        ),
        # NESTML's C++ needs a port for spikes even where no synapse can lead.
        _block(
            "input",
            [*(f"{_port(i)} <- spike" for i in range(max(1, len(model.arrivals)))), f"{ARRIVING} real <- continuous"],
        ),
        _block("output", ["spike"]),
        *([*_DEFINED[f].splitlines(), ""] for f in _DEFINED if f in used),
        _update(program),
        _test(model),
    ]
    if model.edge_triggered:
        blocks[0].insert(-1, f"    {WAS_TRUE} integer = 0")
    text = [f"# Generated by Unisono from the equations of {_identifier(model.name)}.", f"model {_NAME}:"]
    source = "\n".join([*text, *_indented(line for block in blocks for line in block)]) + "\n"
    name = f"unisono_{_identifier(model.name)}_{hashlib.sha256(source.encode()).hexdigest()[:12]}"
    return NestmlModel(name, source.replace(_NAME, name), program)


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def _port(index: int) -> str:
    return f"input_{index}"


def _spike_port(index: int) -> str:
    return f"{_port(index)} <- spike"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _block(head: str, lines: Iterable[str]) -> list[str]:
    return [f"{head}:", *_indented(lines), ""]


def _update(program: StepProgram) -> list[str]:
    """The integration of one step."""
    states = program.model.states
    lines = list(_carried_out(program.instructions, set(states)))
    if _repeated(program):
        lines = ["part integer = 0", f"for part in 0 ... {SUBSTEPS} step 1:", *_indented(lines)]
    active = [f"{ACTIVE} real = 0.0", f"if {STEPS_LEFT} == 0:", f"    {ACTIVE} = 1.0"]
    injected = f"{member(INJECTED)} real = {ARRIVING} + {HELD}"
    ending = _carried_out(program.ending, set(states))
    return _block("update", [*active, injected, *lines, *ending, *_reception(program.model)])


def _repeated(program: StepProgram) -> bool:
    """Whether a step may have parts."""
    return program.method in ORDER_FOUR


def _carried_out(instructions: Iterable[Instruction], declared: set[str]) -> Iterator[str]:
    """The lines of instructions; ``declared`` are the names that need no declaration."""
    for instruction in instructions:
        match instruction:
            case Assignment(target=target, expression=expression):
                # A declaration, and nothing but it, may stand where a name is first used.
                yield f"{member(target)}{'' if target in declared else ' real'} = {printed(expression)}"
                declared.add(target)
            case Loop(left=left, body=body):
                yield f"while {printed(left)} > 0.0:"
                yield from _indented(_carried_out(body, set(declared)))
            case Choice(asked=asked, positive=positive, otherwise=otherwise):
                yield f"if {printed(asked)} > 0.0:"
                yield from _indented(_carried_out(positive, set(declared)))
                yield "else:"
                yield from _indented(_carried_out(otherwise, set(declared)))


def _reception(model: CellModel) -> Iterator[str]:
    """What spikes at the ports do."""
    for index, receptor in enumerate(model.arrivals):
        jump = f"{member(receptor.state)} += {_port(index)}"
        yield from [f"if {STEPS_LEFT} == 0:", f"    {jump}"] if receptor.only_when_active else [jump]


def _test(model: CellModel) -> list[str]:
    """Threshold, reset and refractory period; the condition of the block itself always holds."""
    spike = [*(f"{member(s.state)} = {printed(s.expression)}" for s in model.resets)]
    spike += [f"{STEPS_LEFT} = {REFRACTORY_STEPS}", "emit_spike()"]
    condition = printed(model.condition)
    lines = []
    if model.edge_triggered:
        lines = ["is_true integer = 0", f"if {condition}:", "    is_true = 1"]
        condition = f"is_true > {WAS_TRUE}"
    lines += [f"if {STEPS_LEFT} > 0:", f"    {STEPS_LEFT} -= 1", "else:", f"    if {condition}:"]
    lines += _indented(_indented(spike))
    if model.edge_triggered:
        lines.append(f"{WAS_TRUE} = is_true")
    return _block(f"onCondition({STEPS_LEFT} >= 0)", lines)


def _calls(expression: str) -> set[str]:
    """Functions that an expression calls."""
    tree = ast.parse(expression, mode="eval")
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def printed(expression: str) -> str:
    """An expression, or a comparison of two, in NESTML."""
    comparison = any(sign in expression for sign in "<>")
    return _Printer().text(parse_expression(expression, comparison))


class _Printer(Printer):
    """Names of the model, NESTML's functions."""

    functions: ClassVar = {"log": "ln"}
    power = "pow"

    def name(self, name: str) -> str:
        return name if name == ACTIVE else member(name)
