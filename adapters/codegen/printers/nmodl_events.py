"""Mechanisms that carry events in NEURON: the synapses of a projection, and the player of the sources' spikes."""

from __future__ import annotations

from unisono.adapters.codegen.printers.nmodl_text import NAME, UNUSED, Mechanism, named


def fan_mechanism() -> Mechanism:
    """The synapses of a projection: an event stands for all synapses of one source and delay.

    Its two weights are the first synapse and the one behind the last; the
    synapses lie in flat arrays that the mechanism borrows from three Vectors.
    """
    return Mechanism(*named("fan", _FAN))


def player_mechanism() -> Mechanism:
    """A player of spikes: a step sends those of the grid point at which it begins, as cells send theirs.

    It borrows two Vectors, the times of the spikes, in order and one step late, and their senders; a time comes
    before the next half of the step. NEURON's own PatternStim looks ahead by a hundred spikes and puts events of its
    own into the queue, which change the order of others of equal time; and it cannot go on with further spikes.
    """
    return Mechanism(*named("player", _PLAYER))


_FAN = f"""\
: The synapses of one projection, as flat arrays.

NEURON {{
    THREADSAFE
    ARTIFICIAL_CELL {NAME}
    BBCOREPOINTER targets, weights, inboxes
}}

ASSIGNED {{
    targets
    weights
    inboxes
}}

PROCEDURE borrow() {{
VERBATIM
    _p_targets = vector_arg(1);
    _p_weights = vector_arg(2);
    _p_inboxes = vector_arg(3);
ENDVERBATIM
}}

NET_RECEIVE(first, behind) {{
    INITIAL {{
        : Without this block NEURON would set the second weight to zero.
    }}
VERBATIM
    // The targets are 32-bit integers, two in the place of a double.
    auto const* const target = reinterpret_cast<unsigned const*>(vector_vec(static_cast<IvocVect*>(_p_targets)));
    auto const* const weight = vector_vec(static_cast<IvocVect*>(_p_weights));
    auto* const inbox = vector_vec(static_cast<IvocVect*>(_p_inboxes));
    auto const end = static_cast<size_t>(_args[1]);
    for (auto k = static_cast<size_t>(_args[0]); k < end; ++k) {{
        inbox[target[k]] += weight[k];
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
