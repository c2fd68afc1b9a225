"""What is generated for a design: the model that GeNN's code generator reads, and the tables of the program around it.

The program itself, ``driver.cc``, is the same for all networks, as is ``model.cc``, the reader in GeNN's generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unisono.adapters.codegen.printers.brian2 import in_synapse
from unisono.adapters.genn.design import CellsDesign, ConnectionsDesign, Design
from unisono.adapters.genn.synapses import DELAY, HISTORY, SEEN

#: The name of GeNN's model; its code comes to lie in a folder of this name with ``_CODE`` behind it.
MODEL = "network"

#: The units that GeNN's generator writes.
GENERATED = ("runner", "init", "neuronUpdate", "synapseUpdate", "customUpdate")

#: Strict IEEE arithmetic, so that results depend neither on the compiler nor on the processor.
CPU_FLAGS = "-O3 -march=native -ffp-contract=off -w"
GPU_FLAGS = "-O3 --fmad=false -w"


@dataclass(frozen=True)
class Variable:
    """A value of each cell: its name, its C++ type, and whether the code changes it."""

    name: str
    type: str
    changes: bool


@dataclass(frozen=True)
class CellsCode:
    """GeNN's code of a population.

    Attributes
    ----------
    step, condition, reset, support : str
    variables : tuple of Variable
    arrivals : tuple of str
        Names of the sums of what arrives in a step.
    """

    step: str
    condition: str
    reset: str
    support: str
    variables: tuple[Variable, ...]
    arrivals: tuple[str, ...]


@dataclass(frozen=True)
class ProgramArray:
    """An array of the program: its name, the number of its elements and their type."""

    name: str
    size: int
    type: str


def cells_tables(cells: CellsDesign, code: CellsCode, scalar: str) -> list[ProgramArray]:
    """The arrays of a population, in the order in which they are given to the program."""
    each = [ProgramArray(f"{v.name}{cells.name}", cells.size, v.type) for v in code.variables]
    return [*each, *([ProgramArray(f"shared{cells.name}", len(cells.shared), scalar)] if cells.shared else [])]


def synapse_variables(connections: ConnectionsDesign, scalar: str) -> list[ProgramArray]:
    """The values of each synapse of a projection; their number is not known before it is filled."""
    found = [ProgramArray(in_synapse(name), 0, scalar) for name in connections.per_synapse]
    found += [ProgramArray(DELAY, 0, "uint16_t")] * bool(connections.longest)
    return found + [ProgramArray(SEEN, 0, "uint32_t")] * bool(connections.catch_up)


def shared_tables(connections: ConnectionsDesign, scalar: str) -> list[ProgramArray]:
    """The values that all synapses of a projection share, each in an array of one; they come before the others."""
    return [ProgramArray(f"{in_synapse(name)}{connections.name}", 1, scalar) for name in connections.shared]


def sources(design: Design, translation: Mapping[str, CellsCode]) -> dict[str, str]:
    """All generated files, by name: the model, and the C++ unit with the tables and, for one thread, GeNN's code.

    Parameters
    ----------
    design : Design
    translation : mapping of str to CellsCode
        GeNN's code of the populations, by name.
    """
    scalar = "float" if design.single else "double"
    texts = map(str, _model(design, translation, scalar))
    return {
        "model.txt": "".join(f"{len(text.encode())}\n{text}\n" for text in texts),
        "network.cc": _tables(design, translation, scalar),
    }


def _model(design: Design, translation: Mapping[str, CellsCode], scalar: str) -> Iterator[str | int]:
    """All that ``model.cc`` reads, in its order."""
    yield CPU_FLAGS
    if design.cuda:
        yield GPU_FLAGS
    yield from (MODEL, repr(design.dt * 1e-3))
    yield int(design.single)
    yield len(design.cells)
    for cells in design.cells:
        yield from (cells.name, cells.size)
        yield from _cells(translation[cells.name], cells, scalar)
    yield len(design.sources)
    for s in design.sources:
        yield from (s.name, s.size)
    yield len(design.connections)
    for c in design.connections:
        # A spike of the cells is handed on in the step after it, whose end is one step later.
        yield from (c.name, c.source, c.target, c.arrives, c.waiting, c.longest, c.row)
        yield from _synapses(c, scalar)


def _cells(code: CellsCode, cells: CellsDesign, scalar: str) -> Iterator[str | int]:
    yield from (code.step, code.condition, code.reset, code.support, len(code.variables))
    for v in code.variables:
        yield from (v.name, v.type, int(v.changes))
    yield bool(cells.shared) + cells.heard
    yield from ("shared", f"{scalar}*") if cells.shared else ()
    yield from (HISTORY, "int*") if cells.heard else ()
    yield len(code.arrivals)
    for arrival in code.arrivals:
        yield from (arrival, scalar)


def _synapses(c: ConnectionsDesign, scalar: str) -> Iterator[str | int]:
    variables, changing = synapse_variables(c, scalar), {SEEN, *map(in_synapse, c.changing)}
    yield from (c.at_source, len(variables))
    for v in variables:
        yield from (v.name, v.type, int(v.name in changing))
    yield len(c.shared)
    for name in c.shared:
        yield from (in_synapse(name), f"{scalar}*")


def _tables(design: Design, translation: Mapping[str, CellsCode], scalar: str) -> str:
    """What the driver has to know: where the arrays are, and how they are sent to the device and fetched."""
    lines = ['#include "driver.h"', f'#include "{MODEL}_CODE/definitions.h"']
    if not design.cuda:
        # One unit is compiled much faster than many; nvcc has to see them one by one.
        lines += [f'#include "{MODEL}_CODE/{part}.cc"' for part in GENERATED]
    groups, sources, projections = [], [], []
    for cells in design.cells:
        code = translation[cells.name]
        given = cells_tables(cells, code, scalar)
        tables = ", ".join(_entry(table, i >= len(code.variables)) for i, table in enumerate(given))
        lines.append(f"static Array {cells.name}_arrays[] = {{{tables}}};")
        number = len(code.variables) + bool(cells.shared)
        history = "nullptr"
        if cells.heard:
            lines.append(f"static History {cells.name}_history = {_history(HISTORY + cells.name)};")
            history = f"&{cells.name}_history"
        groups.append(f"{{{cells.size}, {cells.name}_arrays, {number}, {_spikes(cells.name)}, {history}}}")
    for s in design.sources:
        sources.append(f"{{{s.size}, {_spikes(s.name)}}}")
    sizes = design.sizes
    for c in design.connections:
        arrays = [_entry(table, True) for table in shared_tables(c, scalar)]
        arrays += [_synaptic_entry(c, v, sizes[c.source]) for v in synapse_variables(c, scalar)]
        number = len(arrays)
        lines.append(f"static Array {c.name}_arrays[] = {{{', '.join(arrays)}}};")
        how = "nullptr, nullptr"
        if c.catch_up:
            lines.append(c.catch_up)
            how = f"catch_up_{c.name}, &{c.target}_history"
        places = f"{sizes[c.source]}, {c.row}, &rowLength{c.name}, &ind{c.name}"
        changes = str(bool(c.changing)).lower()
        projections.append(f"{{{places}, {c.name}_arrays, {number}, {changes}, {how}}}")
    lines.append(f"std::vector<Cells> all_cells = {{{', '.join(groups)}}};")
    lines.append(f"std::vector<Sources> all_sources = {{{', '.join(sources)}}};")
    lines.append(f"std::vector<Projection> all_projections = {{{', '.join(projections)}}};")
    return "\n".join(lines) + "\n"


def _entry(table: ProgramArray, shared: bool) -> str:
    """An array of cells, or one that is shared and has yet to be allocated."""
    name = table.name
    if shared:
        allocate = f"[]() {{ allocate{name}({table.size}); }}"
        push = f"[]() {{ push{name}ToDevice({table.size}); }}"
        pull = "nullptr"
    else:
        allocate = "nullptr"
        push = f"[]() {{ push{name}ToDevice(); }}"
        pull = f"[]() {{ pull{name}FromDevice(); }}"
    return f"{{(void **)&{name}, sizeof({table.type}), {table.size}, false, {allocate}, {push}, {pull}}}"


def _synaptic_entry(c: ConnectionsDesign, table: ProgramArray, rows: int) -> str:
    name = f"{table.name}{c.name}"
    push, pull = f"[]() {{ push{name}ToDevice(); }}", f"[]() {{ pull{name}FromDevice(); }}"
    return f"{{(void **)&{name}, sizeof({table.type}), {rows * c.row}ULL, true, nullptr, {push}, {pull}}}"


def _spikes(name: str) -> str:
    """How the spikes of the last step are reached: their number, their cells, to the device, and from it."""
    return (
        f"[]() -> unsigned & {{ return get{name}CurrentSpikeCount(); }}, []() {{ return get{name}CurrentSpikes(); }}, "
        f"[]() {{ push{name}CurrentSpikesToDevice(); }}, []() {{ pull{name}CurrentSpikesFromDevice(); }}"
    )


def _history(name: str) -> str:
    """The array of spikes, and how it is allocated, freed and sent to the device."""
    return (
        f"{{&{name}, [](unsigned size) {{ allocate{name}(size); }}, []() {{ free{name}(); }}, "
        f"[](unsigned size) {{ push{name}ToDevice(size); }}}}"
    )
