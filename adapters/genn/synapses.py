"""What spikes do at synapses, in C++ in which GeNN 4 replaces what stands in ``$(...)``."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from unisono.adapters.codegen.printers.brian2 import AROUND_SYNAPSE, in_synapse
from unisono.adapters.codegen.printers.printer import CPrinter
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram

#: Delay of each synapse, in a projection whose delays differ.
DELAY = "waiting"

#: Of cells whose spikes change synapses: the room for the spikes of a cell, followed by a row of their steps for each
#: cell, which a step ends that never comes; how many there were; and of synapses, how many they have seen.
HISTORY, TOLD, SEEN = "history", "told", "seen"

#: What such a cell does when it spikes, in the step that ends at the grid point of the spike.
TARGET_SPIKE = f"""
$({HISTORY})[1 + ((size_t)$(id) * $({HISTORY})[0]) + $({TOLD})] = (int)(($(t) / DT) + 1.5);
$({TOLD}) += 1;
"""

#: The present step, which GeNN counts by its beginning.
_NOW = "($(t) / DT) + 0.5"


def at_source(program: SynapseProgram, shared: Collection[str], scalar: str, after: int, delays: bool) -> str:
    """What a spike of the source does at a synapse.

    Parameters
    ----------
    program : SynapseProgram
    shared : collection of str
        Values that all synapses have in common; they lie in arrays of one.
    scalar : str
        C++ type of a number.
    after : int
        Steps from the arrival of the spike at the synapse to the end of the step in which that is read.
    delays : bool
        Whether each synapse has a further delay.
    """
    printer = CPrinter(AROUND_SYNAPSE)
    places = {name: f"$({in_synapse(name)}){'[0]' if name in shared else ''}" for name in program.values}
    lines = list(_copies(program, places, scalar))
    if program.at_target:
        rows = f"$({HISTORY}_post)"
        lines += _reach(after, f"$({DELAY})" if delays else "")
        lines += [
            f"const int last = (int)({_NOW}) - reach - (dendritic == 0);",
            f"const int *const steps = &{rows}[1 + ((size_t)$(id_post) * {rows}[0])];",
            f"unsigned int next = $({SEEN});",
            *_seen(program, "steps[next] <= last", "steps[next]", scalar),
            f"$({SEEN}) = next;",
        ]
    if program.assignments:
        lines.append(f"const {scalar} {in_synapse(NOW)} = floor({_NOW});")
        lines += printer.lines(program.assignments, program.values, scalar)
    lines.append(f"const {scalar} sent = {printer.text(ast.parse(program.sent, mode='eval').body)};")
    lines.append(f"$(addToInSynDelay,sent,$({DELAY}));" if delays else "$(addToInSyn,sent);")
    lines += _back(program, places)
    return "\n".join(lines)


def catch_up(
    program: SynapseProgram, shared: Collection[str], scalar: str, after: int, delays: bool, name: str, row: int
) -> str:
    """A C++ function of the program, not of GeNN's code: all synapses see the spikes of their targets up to a step.

    Parameters
    ----------
    program, shared, scalar, after, delays
        As for :func:`at_source`.
    name : str
        Of the group of synapses.
    row : int
        Places for the synapses of a source.
    """
    places = {value: f"{in_synapse(value)}{name}[{0 if value in shared else 'at'}]" for value in program.values}
    body = [
        f"const size_t at = (source * {row}ULL) + place;",
        *_copies(program, places, scalar),
        f"const std::vector<int> &steps = spikes[ind{name}[at]];",
        *_reach(after, f"{DELAY}{name}[at]" if delays else ""),
        "const int last = step - 1 - reach;",
        f"unsigned int next = {SEEN}{name}[at];",
        *_seen(program, "next < steps.size() && steps[next] <= last", "steps[next]", scalar),
        f"{SEEN}{name}[at] = next;",
        *_back(program, places),
    ]
    return "\n".join(
        [
            f"static void catch_up_{name}(int step, size_t rows, const std::vector<std::vector<int>> &spikes) {{",
            "    for (size_t source = 0; source < rows; source++) {",
            f"        for (unsigned place = 0; place < rowLength{name}[source]; place++) {{",
            *(f"            {line}" for line in body),
            "        }",
            "    }",
            "}",
        ]
    )


def _copies(program: SynapseProgram, places: dict[str, str], scalar: str) -> Iterator[str]:
    """Copies of the values of a synapse, which need not be written to memory after each of several spikes."""
    for name, place in places.items():
        yield f"{'' if name in program.changing else 'const '}{scalar} {in_synapse(name)} = {place};"


def _back(program: SynapseProgram, places: dict[str, str]) -> Iterator[str]:
    return (f"{places[name]} = {in_synapse(name)};" for name in program.changing)


def _reach(after: int, delay: str) -> Iterator[str]:
    """What a spike of the target of grid point p is called in the time of the synapse, less p."""
    yield f"const int dendritic = {after}{f' + (int){delay}' if delay else ''};"
    yield f"const int reach = dendritic + {after - 1};"


def _seen(program: SynapseProgram, unseen: str, step: str, scalar: str) -> Iterator[str]:
    """Carry out spikes of the target, from ``next`` on."""
    yield f"for (; {unseen}; next++) {{"
    yield f"    const {scalar} {in_synapse(NOW)} = {step} + reach;"
    for line in CPrinter(AROUND_SYNAPSE).lines(program.at_target, program.values, scalar):
        yield f"    {line}"
    yield "}"
