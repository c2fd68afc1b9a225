"""The C++ sources of a design: the model that GeNN's code generator reads, and the tables of the program around it.

The program itself, ``driver.cc``, is the same for all networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unisono.adapters.codegen.brian2_code import WEIGHT
from unisono.adapters.genn.design import CellsDesign, ConnectionsDesign, Design

#: The name of GeNN's model; its code comes to lie in a folder of this name with ``_CODE`` behind it.
MODEL = "network"

#: Strict IEEE arithmetic, so that results depend neither on the compiler nor on the processor.
CPU_FLAGS = "-O3 -march=native -ffp-contract=off -w"
GPU_FLAGS = "-O3 --fmad=false -w"

#: Delay of each synapse, in a projection whose delays differ.
DELAY = "waiting"


@dataclass(frozen=True)
class Variable:
    """A value of each cell: its name, its C++ type, and whether the code changes it."""

    name: str
    type: str
    changes: bool


@dataclass(frozen=True)
class CellsCode:
    """GeNN's code of a population, as the text of C++ string literals.

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
class Translation:
    """Code of the populations and, as the text of a C++ string literal each, of the projections; by name."""

    cells: dict[str, CellsCode]
    connections: dict[str, str]


@dataclass(frozen=True)
class Table:
    """An array of the program: its name, the number of its elements and their type."""

    name: str
    size: int
    type: str


def cells_tables(cells: CellsDesign, code: CellsCode, scalar: str) -> list[Table]:
    """The arrays of a population, in the order in which they are given to the program."""
    each = [Table(f"{v.name}{cells.name}", cells.size, v.type) for v in code.variables]
    return [*each, *([Table(f"shared{cells.name}", len(cells.shared), scalar)] if cells.shared else [])]


def synapse_variables(connections: ConnectionsDesign, scalar: str) -> list[Table]:
    """The values of each synapse of a projection; their number is not known before it is filled."""
    found = [Table(WEIGHT, 0, scalar)] if connections.per_synapse else []
    return [*found, *([Table(DELAY, 0, "uint16_t")] if connections.longest else [])]


def sources(design: Design, translation: Translation) -> dict[str, str]:
    """All generated files, by name."""
    scalar = "float" if design.single else "double"
    return {
        "model.cc": _model(design, translation, scalar),
        "tables.h": _tables(design, translation, scalar),
    }


def _model(design: Design, translation: Translation, scalar: str) -> str:
    parts = ['#include "modelSpec.h"\n']
    parts += [_neuron_class(cells, translation.cells[cells.name], scalar) for cells in design.cells]
    parts += [_weight_class(c, translation.connections[c.name], scalar) for c in design.connections]
    parts.append(_ARRIVAL)
    lines = [
        f'GENN_PREFERENCES.userCxxFlagsGNU = "{CPU_FLAGS}";',
        *([f'GENN_PREFERENCES.userNvccFlags = "{GPU_FLAGS}";'] if design.cuda else []),
        f"model.setDT({design.dt * 1e-3!r});",
        f'model.setName("{MODEL}");',
        f"model.setPrecision({'GENN_FLOAT' if design.single else 'GENN_DOUBLE'});",
        "model.setTimePrecision(TimePrecision::DOUBLE);",
        "model.setFusePostsynapticModels(true);",
    ]
    for cells in design.cells:
        unset = ", ".join("uninitialisedVar()" for _ in translation.cells[cells.name].variables)
        lines.append(
            f'model.addNeuronPopulation<{cells.name}_class>("{cells.name}", {cells.size}, {{}}, '
            f"{cells.name}_class::VarValues({unset}));"
        )
    for s in design.sources:
        lines.append(f'model.addNeuronPopulation<NeuronModels::SpikeSource>("{s.name}", {s.size}, {{}}, {{}});')
    for c in design.connections:
        lines += _population_of_synapses(c, len(synapse_variables(c, scalar)))
    body = "\n".join(f"    {line}" for line in lines)
    return "\n".join([*parts, f"void modelDefinition(ModelSpec &model)\n{{\n{body}\n}}\n"])


#: What has arrived is added to the sum of the population that is named with it, and nothing is left.
_ARRIVAL = """class Arrival : public PostsynapticModels::Base
{
public:
    DECLARE_MODEL(Arrival, 0, 0);
    SET_APPLY_INPUT_CODE("$(Isyn) += $(inSyn); $(inSyn) = 0;");
};
IMPLEMENT_MODEL(Arrival);
"""


def _neuron_class(cells: CellsDesign, code: CellsCode, scalar: str) -> str:
    name = f"{cells.name}_class"
    access = {True: "VarAccess::READ_WRITE", False: "VarAccess::READ_ONLY"}
    variables = ", ".join(f'{{"{v.name}", "{v.type}", {access[v.changes]}}}' for v in code.variables)
    inputs = ", ".join(f'{{"{arrival}", "{scalar}", "0"}}' for arrival in code.arrivals)
    shared = f'SET_EXTRA_GLOBAL_PARAMS({{{{"shared", "{scalar}*"}}}});' if cells.shared else ""
    return f"""class {name} : public NeuronModels::Base
{{
public:
    DECLARE_MODEL({name}, 0, {len(code.variables)});
    SET_SIM_CODE("{code.step}");
    SET_THRESHOLD_CONDITION_CODE("{code.condition}");
    SET_RESET_CODE("{code.reset}");
    SET_SUPPORT_CODE("{code.support}");
    SET_VARS({{{variables}}});
    SET_ADDITIONAL_INPUT_VARS({{{inputs}}});
    {shared}
    SET_NEEDS_AUTO_REFRACTORY(false);
}};
IMPLEMENT_MODEL({name});
"""


def _weight_class(connections: ConnectionsDesign, code: str, scalar: str) -> str:
    name = f"{connections.name}_class"
    if connections.longest:
        # Brian2GeNN has no delays of single synapses; GeNN has.
        code = code.replace("$(addToInSyn,", "$(addToInSynDelay,").replace(");", f",$({DELAY}));")
    variables = synapse_variables(connections, scalar)
    declared = ", ".join(f'{{"{v.name}", "{v.type}", VarAccess::READ_ONLY}}' for v in variables)
    shared = "" if connections.per_synapse else f'SET_EXTRA_GLOBAL_PARAMS({{{{"{WEIGHT}", "{scalar}*"}}}});'
    return f"""class {name} : public WeightUpdateModels::Base
{{
public:
    DECLARE_MODEL({name}, 0, {len(variables)});
    SET_SIM_CODE("{code}");
    SET_VARS({{{declared}}});
    {shared}
}};
IMPLEMENT_MODEL({name});
"""


def _population_of_synapses(c: ConnectionsDesign, variables: int) -> Iterator[str]:
    # A spike of the cells is handed on in the step after it, whose end is one step later.
    waiting = c.delay - 1 if c.delay > 1 else "NO_DELAY"
    kind = "SPARSE_INDIVIDUALG" if variables else "SPARSE_GLOBALG"
    unset = ", ".join(["uninitialisedVar()"] * variables)
    yield (
        f"auto *{c.name} = model.addSynapsePopulation<{c.name}_class, Arrival>("
        f'"{c.name}", SynapseMatrixType::{kind}, {waiting}, "{c.source}", "{c.target}", '
        f"{{}}, {c.name}_class::VarValues({unset}), {{}}, {{}});"
    )
    yield f'{c.name}->setPSTargetVar("{c.arrives}");'
    yield f"{c.name}->setMaxConnections({c.row});"
    if c.longest:
        yield f"{c.name}->setMaxDendriticDelayTimesteps({c.longest});"


def _tables(design: Design, translation: Translation, scalar: str) -> str:
    """What the driver has to know: where the arrays are, and how they are sent to the device and fetched."""
    lines = [f"typedef {scalar} Scalar;"]
    groups, sources, projections = [], [], []
    for cells in design.cells:
        code = translation.cells[cells.name]
        tables = ", ".join(_entry(table) for table in cells_tables(cells, code, scalar))
        lines.append(f"static Array {cells.name}_arrays[] = {{{tables}}};")
        number = len(code.variables) + bool(cells.shared)
        groups.append(f"{{{cells.size}, {cells.name}_arrays, {number}, {_spikes(cells.name)}}}")
    for s in design.sources:
        sources.append(f"{{{s.size}, {_spikes(s.name)}}}")
    sizes = {part.name: part.size for part in (*design.cells, *design.sources)}
    for c in design.connections:
        tables = ", ".join(_synaptic_entry(c, v, sizes[c.source]) for v in synapse_variables(c, scalar))
        if not c.per_synapse:
            tables = ", ".join([_entry(Table(f"{WEIGHT}{c.name}", 1, scalar)), *([tables] if tables else [])])
        number = 1 + bool(c.longest)
        lines.append(f"static Array {c.name}_arrays[] = {{{tables}}};")
        projections.append(
            f"{{{sizes[c.source]}, {c.row}, &rowLength{c.name}, &ind{c.name}, {c.name}_arrays, {number}}}"
        )
    found = {"Cells": groups, "Sources": sources, "Projection": projections}
    lines += [f"static std::vector<{kind}> all_{kind} = {{{', '.join(entries)}}};" for kind, entries in found.items()]
    return "\n".join(lines) + "\n"


def _entry(table: Table) -> str:
    """An array of cells, or one that is shared and has yet to be allocated."""
    name = table.name
    if name.startswith(("shared", WEIGHT + "connections")):
        allocate = f"[]() {{ allocate{name}({table.size}); }}"
        push = f"[]() {{ push{name}ToDevice({table.size}); }}"
        pull = "nullptr"
    else:
        allocate = "nullptr"
        push = f"[]() {{ push{name}ToDevice(); }}"
        pull = f"[]() {{ pull{name}FromDevice(); }}"
    return f"{{(void **)&{name}, sizeof({table.type}), {table.size}, false, {allocate}, {push}, {pull}}}"


def _synaptic_entry(c: ConnectionsDesign, table: Table, rows: int) -> str:
    name = f"{table.name}{c.name}"
    push = f"[]() {{ push{name}ToDevice(); }}"
    return f"{{(void **)&{name}, sizeof({table.type}), {rows * c.row}ULL, true, nullptr, {push}, nullptr}}"


def _spikes(name: str) -> str:
    """How the spikes of the last step are reached: their number, their cells, to the device, and from it."""
    return (
        f"[]() -> unsigned & {{ return get{name}CurrentSpikeCount(); }}, []() {{ return get{name}CurrentSpikes(); }}, "
        f"[]() {{ push{name}CurrentSpikesToDevice(); }}, []() {{ pull{name}CurrentSpikesFromDevice(); }}"
    )
