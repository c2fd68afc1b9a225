"""Mechanisms that carry events in NEURON: the synapses of a projection, and the player of the sources' spikes."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from unisono.adapters.codegen.printers.nmodl_text import NAME, UNUSED, Mechanism, named
from unisono.adapters.codegen.printers.printer import LESSER_AND_GREATER, CppPrinter
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram


def synapse_dispatcher(program: SynapseProgram) -> Mechanism:
    """The synapses of a projection: an event stands for all synapses of one source and delay.

    Its two weights are the first synapse and the one behind the last; the synapses lie in flat arrays that the
    mechanism borrows from Vectors (:func:`borrowed_arrays`). A Vector of one value holds it for all synapses.

    Where spikes of the target change the synapses, each catches up with those before a spike of its source acts, by
    the target's history (:mod:`unisono.adapters.codegen.printers.nmodl`); ``catch_up`` has all synapses do so, or those
    whose places are in a Vector, with the spikes that reach them up to a step.
    """
    arrays = borrowed_arrays(program)
    clock = [f"    auto const {_PRINTER.name(NOW)} = std::floor(t / dt + 0.5);"] if program.changing else []
    each = _references(program, 8)
    if program.at_target:
        # A spike of the target that takes no time acts after those of the sources in the same step.
        each += _caught_up(program, f"{_PRINTER.name(NOW)} - (dendritic == 0 ? 1.0 : 0.0)")
    each += _indented(_PRINTER.lines(program.assignments, program.values, "double"), 8)
    each.append(f"        inbox[target[k]] += {_PRINTER.text(ast.parse(program.sent, mode='eval').body)};")
    parts = {
        "<ARRAYS>": [", ".join(arrays)],
        "<DECLARED>": [f"    {array}" for array in arrays],
        "<BORROWED>": [f"    _p_{array} = vector_arg({number});" for number, array in enumerate(arrays, start=1)],
        "<VALUES>": _values(program) + clock,
        "<EACH>": each,
        "<CATCH_UP>": _catch_up(program) if program.at_target else [],
    }
    source = _DISPATCHER
    for place, lines in parts.items():
        source = source.replace(place, "\n".join(lines))
    return Mechanism(*named(f"{program.model.name}_dispatcher", source))


def borrowed_arrays(program: SynapseProgram) -> tuple[str, ...]:
    """What a dispatcher borrows, in this order.

    ``targets`` are the places of the targets' sums in the ``inboxes``, as 32-bit integers, two in the place of a
    double; ``values_0`` and so on are the program's values. Where spikes of the target change the synapses, ``cursors``
    holds for each a pair of such integers: where in the ``history`` the last spike of its target stands that it has
    caught up with, and its dendritic delay in steps.
    """
    values = (f"values_{number}" for number in range(len(program.values)))
    return ("targets", *values, "inboxes", *(("cursors", "history") if program.at_target else ()))


def _values(program: SynapseProgram) -> list[str]:
    """Where the arrays of the values lie, and whether the synapses share one value."""
    lines = []
    for number, name in enumerate(program.values):
        array = _PRINTER.name(name)
        lines.append(f"    void* const {array}kept = _p_values_{number};")
        lines.append(f"    auto* const {array}all = doubles({array}kept);")
        if name not in program.changing:
            lines.append(f"    size_t const {array}each = length({array}kept) > 1;")
    if program.at_target:
        lines.append("    auto* const cursor = integers(_p_cursors);")
        lines.append("    auto const* const spike = integers(_p_history);")
    return lines


def _references(program: SynapseProgram, indent: int) -> list[str]:
    """The values of synapse ``k``."""
    found = []
    for array, name in ((_PRINTER.name(name), name) for name in program.values):
        place = "k" if name in program.changing else f"k*{array}each"
        found.append(f"auto& {array} = {array}all[{place}];")
    return _indented(found, indent)


def _caught_up(program: SynapseProgram, until: str) -> list[str]:
    """Synapse ``k`` catches up with the spikes of its target that reach it up to a step.

    It acts a dendritic delay late, when what it sends arrives, and so does a spike of the target.
    """
    lines = [
        "auto& seen = cursor[2*k];",
        "auto const dendritic = cursor[2*k + 1];",
        f"auto const until = {until};",
        "for (unsigned next; (next = spike[2*seen + 1]) != 0; seen = next) {",
        f"    double const {_PRINTER.name(NOW)} = spike[2*next] + 2*dendritic;",
        f"    if ({_PRINTER.name(NOW)} > until) break;",
        *_indented(_PRINTER.lines(program.at_target, program.values, "double"), 4),
        "}",
    ]
    return _indented(lines, 8)


def _catch_up(program: SynapseProgram) -> list[str]:
    """The procedure ``catch_up(until, places)``."""
    return [
        "PROCEDURE catch_up() {",
        "VERBATIM",
        *_values(program),
        "    auto* const chosen = ifarg(2) ? vector_arg(2) : nullptr;",
        "    auto const* const places = chosen ? doubles(chosen) : nullptr;",
        "    auto const size = length(chosen ? chosen : _p_cursors);",
        "    for (size_t i = 0; i < size; ++i) {",
        "        auto const k = places ? static_cast<size_t>(places[i]) : i;",
        *_references(program, 8),
        *_caught_up(program, "*getarg(1)"),
        "    }",
        "ENDVERBATIM",
        "}",
        "",
    ]


def _indented(lines: Iterable[str], indent: int) -> list[str]:
    return [" " * indent + line for line in lines]


def player_mechanism() -> Mechanism:
    """A player of spikes: a step sends those of the grid point at which it begins, as cells send theirs.

    It borrows two Vectors, the times of the spikes, in order and one step late, and their senders; a time comes
    before the next half of the step. NEURON's own PatternStim looks ahead by a hundred spikes and puts events of its
    own into the queue, which change the order of others of equal time; and it cannot go on with further spikes.
    """
    return Mechanism(*named("player", _PLAYER))


#: Around every name of the synapse model: none of NMODL's macros (``v``, ``t``, ``exp``, ...) looks like this.
_PRINTER = CppPrinter(("syn_", "_"))

_DISPATCHER = f"""\
: The synapses of one projection, as flat arrays.

NEURON {{
    THREADSAFE
    ARTIFICIAL_CELL {NAME}
    BBCOREPOINTER <ARRAYS>
}}

VERBATIM
// NEURON's own exp() ends at 700.
#undef exp
{LESSER_AND_GREATER}
static inline size_t length(void* vector) {{ return vector_capacity(static_cast<IvocVect*>(vector)); }}
static inline double* doubles(void* vector) {{ return vector_vec(static_cast<IvocVect*>(vector)); }}
// Two in the place of a double.
static inline unsigned* integers(void* vector) {{ return reinterpret_cast<unsigned*>(doubles(vector)); }}
ENDVERBATIM

ASSIGNED {{
<DECLARED>
}}

PROCEDURE borrow() {{
VERBATIM
<BORROWED>
ENDVERBATIM
}}

<CATCH_UP>
NET_RECEIVE(first, behind) {{
    INITIAL {{
        : Without this block NEURON would set the second weight to zero.
    }}
VERBATIM
    auto const* const target = integers(_p_targets);
<VALUES>
    auto* const inbox = doubles(_p_inboxes);
    auto const end = static_cast<size_t>(_args[1]);
    for (auto k = static_cast<size_t>(_args[0]); k < end; ++k) {{
<EACH>
    }}
ENDVERBATIM
}}
{UNUSED}"""

_PLAYER = f"""\
: The spikes of all sources.

NEURON {{
    THREADSAFE
    POINT_PROCESS {NAME}
    RANGE sent
    BBCOREPOINTER times, senders
}}

ASSIGNED {{
    dt (ms)
    sent
    times
    senders
}}

BREAKPOINT {{
    SOLVE send
}}

PROCEDURE play() {{
VERBATIM
    _p_times = vector_arg(1);
    _p_senders = vector_arg(2);
    sent = 0.0;
ENDVERBATIM
}}

PROCEDURE send() {{
VERBATIM
    auto* const spikes = static_cast<IvocVect*>(_p_times);
    auto const* const time = vector_vec(spikes);
    auto const* const sender = vector_vec(static_cast<IvocVect*>(_p_senders));
    auto const size = static_cast<size_t>(vector_capacity(spikes));
    auto k = static_cast<size_t>(sent);
    for (; k < size && time[k] < t + 0.5*dt; ++k) {{
        nrn_fake_fire(static_cast<int>(sender[k]), time[k], 0);
    }}
    sent = static_cast<double>(k);
ENDVERBATIM
}}
{UNUSED}"""
