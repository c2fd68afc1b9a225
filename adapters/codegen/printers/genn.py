"""Cells and synapses in the language of GeNN 5, which is much like C; text and numbers only, without GeNN itself.

``scalar`` is GeNN's floating-point type, whichever precision was chosen. Every name of the model and of its
step is changed, see :func:`named`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from unisono.adapters.codegen.cell_step import coefficient_values, refractory_steps
from unisono.adapters.codegen.printers.printer import CPrinter, SelfContainedPrinter, Table, Tables
from unisono.adapters.codegen.program import ACTIVE, Assignment, Choice, Instruction, Loop, StepProgram
from unisono.adapters.codegen.synapse_flow import NOW, Decay
from unisono.adapters.codegen.synapse_step import SynapseProgram
from unisono.models.cells.model import INJECTED, CellModel

#: Around every name of the model and its step: no name of GeNN's (``dt``, ``t``, ``id``, ``Isyn``, ``exp``, ...),
#: nor of ours below, begins and ends like this.
AROUND = "cell_", "_"

#: Names in the generated code, besides those of the model: the steps of the refractory period; one more than the steps
#: that are left of it; whether the threshold condition held at the last grid point (bit 1) and at this (bit 0).
REFRACTORY_STEPS = "n_refrac"
WAIT = "wait"
ABOVE = "above"

#: Around every name of the synapse model.
AROUND_SYNAPSE = "syn_", "_"

#: Around the names of copies that the code of a synapse takes of its values: a compiler need not write them to memory
#: after each of several spikes.
AROUND_LOCAL = "here_", "_"

#: In synapses: steps on top of those that all of a group wait, and how often the source fired in its step.
DELAY = "d"
COUNT = "fired"

#: Where spikes of the target change synapses: the steps of those spikes, a row for each cell, which :data:`NO_SPIKE`
#: ends, and the length of a row; how many there are of a cell, and how many a synapse has seen; the steps from the
#: arrival of a spike of the source at the synapses to the end of the step in which they are read.
HISTORY, ROOM, TOLD, SEEN, AFTER = "history", "room", "told", "seen", "after"

#: Later than any step; it fits into an ``int``.
NO_SPIKE = 2**31 - 1

#: What a spike of the target does in the step in which it is found, which ends at its grid point.
TARGET_SPIKE = f"""\
{HISTORY}[((uint64_t)id * {ROOM}) + {TOLD}] = (int)((t / dt) + 1.5);
{TOLD} += 1;
"""

#: What a spike source needs: its spikes of all steps, sorted; of each cell the next one and the end of its own.
TRAIN, NEXT, END = "train", "next", "end"

#: Spikes are handed on in the step after the one that they were found in. A source's spike of grid point ``k`` is
#: therefore found in the step that ends there, which began at ``k - 1``; 1.5 rounds to the nearest step.
SOURCE_STEP = f"""\
{COUNT} = 0;
const unsigned int due = (unsigned int)((t / dt) + 1.5);
while ({NEXT} < {END} && {TRAIN}[{NEXT}] == due) {{
    {COUNT} += 1;
    {NEXT} += 1;
}}
"""


@dataclass(frozen=True)
class NeuronCode:
    """A population in GeNN's language.

    Attributes
    ----------
    parameters, variables : tuple of (str, str)
        Names and types of what all cells share, and of what each has for itself and the code only reads.
    states : tuple of (str, str)
        Names and types of what the code changes.
    inputs : mapping of str to str
        By receptor, the name of the sum of the weights that arrive in a step.
    step, condition, reset : str
    """

    parameters: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    states: tuple[tuple[str, str], ...]
    inputs: Mapping[str, str]
    step: str
    condition: str
    reset: str


def neuron_code(
    program: StepProgram, names: Collection[str], per_cell: Collection[str], driven: bool, receptors: Collection[str]
) -> NeuronCode:
    """The code of a population.

    Parameters
    ----------
    program : StepProgram
    names : collection of str
        Names of all values, see :func:`neuron_values`.
    per_cell : collection of str
        Names of those that differ between cells.
    driven : bool
        Whether currents are injected.
    receptors : collection of str
        Those that have synapses.
    """
    model = program.model
    types = {name: "int" if name == REFRACTORY_STEPS else "scalar" for name in sorted(names)}
    states = [(named(state), "scalar") for state in model.states]
    states += [(WAIT, "int")] * bool(model.refractory) + [(ABOVE, "uint8_t")] * model.edge_triggered
    variables = [(name, kind) for name, kind in types.items() if name in per_cell]
    variables += [(named(INJECTED), "scalar")] * driven
    ending = _carried_out(program.ending, set(model.states))
    inputs = {receptor: f"in_{number}" for receptor, number in model.inputs.items() if receptor in receptors}
    return NeuronCode(
        parameters=tuple((name, kind) for name, kind in types.items() if name not in per_cell),
        variables=tuple(variables),
        states=tuple(states),
        inputs=inputs,
        step="\n".join([*_head(model, driven), *_parts(program), *ending, *_arrivals(model, inputs), *_memory(model)]),
        condition=_condition(model),
        reset="\n".join(_reset(model)),
    )


def neuron_values(program: StepProgram, parameters: Mapping[str, NDArray[Any]], dt: float) -> dict[str, NDArray[Any]]:
    """Every value that the code of a population names, shape () or (cells,), by the names it has there.

    States and the injected current are no such values.
    """
    model = program.model
    used = {*program.parameters, *model.tested}
    values: dict[str, Any] = {name: value for name, value in parameters.items() if name in used}
    values |= coefficient_values(program, parameters, dt)
    steps = {REFRACTORY_STEPS: refractory_steps(model, parameters, dt)} if model.refractory else {}
    return {named(name): value for name, value in values.items()} | steps


def synapse_code(program: SynapseProgram, delay: str = "", counts: bool = False) -> str:
    """What a spike does for each of its synapses.

    Parameters
    ----------
    program : SynapseProgram
    delay : str
        Steps to wait for on top of what all synapses wait: :data:`DELAY`, which each synapse has, or a number.
        Without one the input does not pass through GeNN's queue.
    counts : bool
        Whether a source fires several times in a step; each time counts for itself, as it would elsewhere.
    """
    tables = {decay.target: table_of(decay) for decay in program.decays}
    printer, lines = SelfContainedPrinter(AROUND_LOCAL if program.at_target else AROUND_SYNAPSE), list[str]()
    if program.common or program.at_target:
        lines.append(f"const scalar {printer.name(NOW)} = floor((t / dt) + 0.5);")
    lines += printer.lines(program.assignments, program.values, "scalar", tables)
    sent = printer.text(ast.parse(program.sent, mode="eval").body)
    lines.append(f"addToPostDelay({sent}, {delay});" if delay else f"addToPost({sent});")
    if counts:
        lines = [f"for (unsigned int i = 0; i < {COUNT}; i++) {{", *_indented(lines), "}"]
    if not program.at_target:
        return "\n".join(lines)
    copies = [
        f"{'' if n in program.changing else 'const '}scalar {printer.name(n)} = {in_synapse(n)};"
        for n in program.values
    ]
    back = [f"{in_synapse(name)} = {printer.name(name)};" for name in program.changing]
    return "\n".join([*copies, *_seen_to(program, printer, delay == DELAY, tables), *lines, *back])


def _seen_to(program: SynapseProgram, printer: CPrinter, delays: bool, tables: Tables) -> Iterator[str]:
    """Carry out the spikes of the target that reach the synapse before the spike of its source.

    Parameters
    ----------
    program : SynapseProgram
    printer : CPrinter
    delays : bool
        Whether each synapse has a delay on top of what all have.
    tables : mapping of str to Table
    """
    # A synapse is read in the step that ends this long after a spike of the source has reached it, and counts steps by
    # their beginnings: a spike of the target of grid point p reaches it at p + dendritic, which is called p + reach.
    yield f"const int dendritic = {AFTER}{f' + (int){DELAY}' if delays else ''};"
    yield f"const int reach = dendritic + {AFTER} - 1;"
    yield "const int last = (int)((t / dt) + 0.5) - reach - ((dendritic == 0) ? 1 : 0);"
    yield f"const uint64_t row = (uint64_t)id_post * {ROOM};"
    yield f"unsigned int next = {SEEN};"
    yield f"while ({HISTORY}[row + next] <= last) {{"
    yield f"    const scalar {printer.name(NOW)} = {HISTORY}[row + next] + reach;"
    yield from _indented(printer.lines(program.at_target, program.values, "scalar", tables))
    yield "    next += 1;"
    yield "}"
    yield f"{SEEN} = next;"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def table_of(decay: Decay) -> Table:
    """What the table of a decay is called, and how many steps it has."""
    return Table(f"table_{decay.target}", f"size_{decay.target}")


def in_synapse(name: str) -> str:
    """What a parameter or state of the synapse model is called in GeNN."""
    return name.join(AROUND_SYNAPSE)


def named(name: str) -> str:
    """What a variable of the model, or of its step, is called in GeNN."""
    return name.join(AROUND)


def printed(expression: str) -> str:
    """An expression or condition in GeNN's language."""
    return CPrinter(AROUND).text(ast.parse(expression, mode="eval").body)


def _head(model: CellModel, driven: bool) -> list[str]:
    """Whether the cell is active in this step, and its current."""
    lines = [] if driven else [f"const scalar {named(INJECTED)} = 0.0;"]
    if not model.refractory:
        return [f"const scalar {named(ACTIVE)} = 1.0;", *lines]
    return [f"if ({WAIT} > 0) {{ {WAIT} -= 1; }}", f"const scalar {named(ACTIVE)} = ({WAIT} == 0) ? 1.0 : 0.0;", *lines]


def _parts(program: StepProgram) -> list[str]:
    """The instructions, as often as the step has substeps."""
    lines = list(_carried_out(program.instructions, set(program.model.states)))
    if program.substeps == 1:
        return ["{", *lines, "}"]
    return [f"for (int part = 0; part < {program.substeps}; part++) {{", *lines, "}"]


def _carried_out(instructions: Iterable[Instruction], known: set[str]) -> Iterator[str]:
    """The lines of instructions; ``known`` are the names that need no declaration."""
    for instruction in instructions:
        match instruction:
            case Assignment(target=target, expression=expression):
                yield f"{'' if target in known else 'scalar '}{named(target)} = {printed(expression)};"
                known.add(target)
            case Loop(left=left, body=body):
                yield f"while ({printed(left)} > 0.0) {{"
                yield from _carried_out(body, set(known))
                yield "}"
            case Choice(asked=asked, positive=positive, otherwise=otherwise):
                yield f"if ({printed(asked)} > 0.0) {{"
                yield from _carried_out(positive, set(known))
                yield "} else {"
                yield from _carried_out(otherwise, set(known))
                yield "}"


def _arrivals(model: CellModel, inputs: Mapping[str, str]) -> list[str]:
    """What arrived at the grid point at the end of the step."""
    lines = []
    for total, receptor in {total: receptor for receptor, total in inputs.items()}.items():
        target = model.receptors[receptor]
        line = f"{named(target.state)} += {total};"
        lines.append(f"if ({WAIT} == 0) {{ {line} }}" if target.only_when_active and model.refractory else line)
    return lines


def _memory(model: CellModel) -> list[str]:
    """For cells that spike where the condition becomes true: what it is now, beside what it was."""
    if not model.edge_triggered:
        return []
    return [f"{ABOVE} = (uint8_t)((({ABOVE} & 1) << 1) | (({printed(model.condition)}) ? 1 : 0));"]


def _condition(model: CellModel) -> str:
    """The threshold test, which is skipped in the refractory period."""
    condition = f"{ABOVE} == 1" if model.edge_triggered else printed(model.condition)
    return f"({WAIT} == 0) && ({condition})" if model.refractory else condition


def _reset(model: CellModel) -> list[str]:
    lines = [f"{named(s.state)} = {printed(s.expression)};" for s in model.resets]
    return [*lines, f"{WAIT} = {REFRACTORY_STEPS} + 1;"] if model.refractory else lines
