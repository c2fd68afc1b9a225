"""Mechanisms that carry events in NEURON: the synapses of a projection, and the player of the sources' spikes."""

from __future__ import annotations

import ast

from unisono.adapters.codegen.printers.nmodl_text import NAME, UNUSED, Mechanism, named
from unisono.adapters.codegen.printers.printer import CPrinter
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram


def synapse_dispatcher(program: SynapseProgram) -> Mechanism:
    """The synapses of a projection: an event stands for all synapses of one source and delay.

    Its two weights are the first synapse and the one behind the last; the synapses lie in flat arrays that the
    mechanism borrows from Vectors: the targets, then each of the program's values, then the inboxes.
    """
    printer = CPrinter(_IN_SYNAPSE)
    arrays = ["targets", *(f"values_{number}" for number in range(len(program.values))), "inboxes"]
    borrowed = [f"    _p_{array} = vector_arg({number});" for number, array in enumerate(arrays, start=1)]
    found = []
    for number, name in enumerate(program.values):
        vector = f"vector_vec(static_cast<IvocVect*>(_p_values_{number}))"
        found.append(f"    auto* const {printer.name(name)}all = {vector};")
    clock = f"    auto const {printer.name(NOW)} = std::floor(t / dt + 0.5);" if program.common else ""
    each = []
    for name in program.values:
        place = "0" if name in program.common else "k"
        each.append(f"auto& {printer.name(name)} = {printer.name(name)}all[{place}];")
    each += printer.lines(program.assignments, program.values, "double")
    each.append(f"inbox[target[k]] += {printer.text(ast.parse(program.sent, mode='eval').body)};")
    source = _DISPATCHER.replace("<ARRAYS>", ", ".join(arrays))
    source = source.replace("<DECLARED>", "\n".join(f"    {array}" for array in arrays))
    source = source.replace("<CLOCK>\n", f"{clock}\n" if clock else "")
    source = source.replace("<BORROWED>", "\n".join(borrowed)).replace("<VALUES>", "\n".join(found))
    source = source.replace("<EACH>", "\n".join(f"        {line}" for line in each))
    return Mechanism(*named(f"{program.model.name}_dispatcher", source))


def player_mechanism() -> Mechanism:
    """A player of spikes: a step sends those of the grid point at which it begins, as cells send theirs.

    It borrows two Vectors, the times of the spikes, in order and one step late, and their senders; a time comes
    before the next half of the step. NEURON's own PatternStim looks ahead by a hundred spikes and puts events of its
    own into the queue, which change the order of others of equal time; and it cannot go on with further spikes.
    """
    return Mechanism(*named("player", _PLAYER))


#: Around every name of the synapse model: none of NMODL's macros (``v``, ``t``, ``exp``, ...) looks like this.
_IN_SYNAPSE = "syn_", "_"

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
ENDVERBATIM

ASSIGNED {{
<DECLARED>
}}

PROCEDURE borrow() {{
VERBATIM
<BORROWED>
ENDVERBATIM
}}

NET_RECEIVE(first, behind) {{
    INITIAL {{
        : Without this block NEURON would set the second weight to zero.
    }}
VERBATIM
    // The targets are 32-bit integers, two in the place of a double.
    auto const* const target = reinterpret_cast<unsigned const*>(vector_vec(static_cast<IvocVect*>(_p_targets)));
<VALUES>
    auto* const inbox = vector_vec(static_cast<IvocVect*>(_p_inboxes));
    auto const end = static_cast<size_t>(_args[1]);
<CLOCK>
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
