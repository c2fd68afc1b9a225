"""What happens at a synapse as a small program, the same for every simulator; each adapter only prints it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from unisono.adapters.codegen.draws import with_draws
from unisono.adapters.codegen.program import LENGTH, Assignment
from unisono.adapters.codegen.synapse_flow import NOW, STEPS, Decay, moved
from unisono.adapters.codegen.synapse_sides import Side, before, needed, renamed
from unisono.models.dynamics.expressions import names_in
from unisono.models.dynamics.model import Statement
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL, TARGET_SPIKES, WEIGHT

#: What is added to an amount and taken away again, so that it lies on the grid of exact sums
#: (:mod:`unisono.adapters.codegen.synapse_values`). No name of a model holds two underscores in a row.
TO_GRID = "to__grid"

#: Steps that synapses keep: up to which their states have moved, of the last spike of the source, and of the target.
LAST, LAST_PRE, LAST_POST = "last__step", "pre__step", "post__step"


@dataclass(frozen=True)
class SynapseProgram:
    """What a spike of the source, or of the target, does at one synapse.

    At one synapse and step, first the spikes of the target act that take at least a step to the synapse, then those of
    the source, then those of the target that take none.

    Attributes
    ----------
    model : SynapseModel
    assignments : tuple of Assignment
        To be carried out in order for each spike of the source; targets that are no values are temporary.
    sent : str
        What is then delivered to the receptor.
    values : tuple of str
        What a simulator keeps for the synapses, see :class:`~unisono.adapters.codegen.synapse_values.SynapseValues`:
        the parameters and states that the program names; of a synapse that nothing changes, its weight alone.
    common : tuple of str
        Those of them that are the same for all synapses of a network, always.
    at_target : tuple of Assignment
        To be carried out for each spike of the target that reaches the synapse; empty where none changes it.
    at_modulator : tuple of Assignment
        To be carried out for each spike of a modulating cell. No simulator prints it: see
        :class:`~unisono.adapters.contract.synapse_reader.Modulation`.
    written : tuple of str
        Values that no spike changes in the simulator, and that are written to it again and again.
    """

    model: SynapseModel
    assignments: tuple[Assignment, ...]
    sent: str
    values: tuple[str, ...]
    common: tuple[str, ...] = ()
    at_target: tuple[Assignment, ...] = ()
    at_modulator: tuple[Assignment, ...] = ()
    written: tuple[str, ...] = ()

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that no synapse keeps, in order of first use."""
        both = (*self.assignments, *self.at_target)
        return tuple(dict.fromkeys(a.target for a in both if a.target not in self.values))

    @property
    def changing(self) -> tuple[str, ...]:
        """Values that change while it runs."""
        changed = {a.target for a in (*self.assignments, *self.at_target, *self.at_modulator)}.union(self.written)
        return tuple(name for name in self.values if name in changed)

    @property
    def counts_steps(self) -> bool:
        """Whether synapses keep steps, each as one of their values."""
        return not {LAST, LAST_PRE, LAST_POST}.isdisjoint(self.values)

    @property
    def decays(self) -> tuple[Decay, ...]:
        """What depends on a number of steps and on parameters alone, each once."""
        found = {a.target: a for a in (*self.assignments, *self.at_target) if isinstance(a, Decay)}
        return tuple(found.values())

    @property
    def known_at_target(self) -> tuple[str, ...]:
        """Values that a spike of the target reads or changes."""
        known = {a.target for a in self.at_target}.union(*(names_in(_tree(a.expression)) for a in self.at_target))
        return tuple(name for name in self.values if name in known)


def synapse_program(model: SynapseModel) -> SynapseProgram:
    """The program of a synapse model on a simulator.

    Of one that follows the potential a simulator only sends what it is given: what happens there is carried out beside
    it (:mod:`unisono.adapters.contract.followed`).

    Raises
    ------
    UnsupportedFeature
        If its equations have no closed form.
    """
    if not model.changed_by:
        return SynapseProgram(model, (), WEIGHT, (WEIGHT,))
    if POTENTIAL not in model.changed_by:
        return event_program(model)
    event_program(model)  # its equations must have a closed form
    named = names_in(model.sent_tree)
    values = tuple(name for name in (*model.parameters, *model.states) if name in named)
    written = tuple(name for name in values if name in model.states)
    return SynapseProgram(model, (), _on_grid(model.sent), (*values, TO_GRID), written=written)


def event_program(model: SynapseModel) -> SynapseProgram:
    """All that happens at a synapse of a model; ``at_target`` is what a drive does in one that follows the potential.

    Raises
    ------
    UnsupportedFeature
        If its equations have no closed form.
    """
    pre, post = sides(model)
    delivered = renamed(Assignment("", model.sent), {**pre.names, **post.names})
    events = _at_spike(model, model.pre_statements, names_in(model.sent_tree), pre, post)
    *at_source, delivered = with_draws((*events, delivered))
    at_target: tuple[Assignment, ...] = ()
    if TARGET_SPIKES in model.changed_by:
        at_target = with_draws(_at_spike(model, model.post_statements, (), post, pre))
    at_modulator: tuple[Assignment, ...] = ()
    if MODULATOR_SPIKES in model.changed_by:
        at_modulator = with_draws(_without_a_side(model, model.modulator_statements, (pre, post)))
    if POTENTIAL in model.changed_by:
        at_target = with_draws(_without_a_side(model, model.drive_statements, (pre, post)))
    sent = _on_grid(delivered.expression)
    everything = (*at_source, *at_target, *at_modulator)
    expressions = (sent, *(a.expression for a in everything))
    named = {a.target for a in everything}.union(*(names_in(_tree(text)) for text in expressions))
    states = (*model.states, *model.traces, *map(before, model.traces))
    known = (*model.parameters, *states, LAST, LAST_PRE, LAST_POST, LENGTH, TO_GRID)
    values = tuple(name for name in known if name in named)
    common = tuple(name for name in (LENGTH,) if name in values)
    return SynapseProgram(model, tuple(at_source), sent, values, common, at_target, at_modulator)


def _on_grid(sent: str) -> str:
    return f"(({sent}) + {TO_GRID}) - {TO_GRID}"


def _tree(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def sides(model: SynapseModel) -> tuple[Side, Side]:
    """The side of the source and that of the target."""
    return Side(model, model.pre_side, LAST_PRE), Side(model, model.post_side, LAST_POST)


def _at_spike(
    model: SynapseModel, statements: Sequence[Statement], used: Collection[str], own: Side, other: Side
) -> tuple[Assignment, ...]:
    """What a spike of a side does.

    Parameters
    ----------
    model : SynapseModel
    statements : sequence of Statement
    used : collection of str
        What is read besides.
    own, other : Side
    """
    used = set(used).union(*({s.state} | names_in(s.tree) for s in statements))
    flow = moved(model.KIND, model.name, model.system)
    # A spike of the source moves all states on; one of the target only where its statements read or change what moves.
    if own.last == LAST_POST and used.isdisjoint(a.target for a in flow):
        flow = ()
    names = {**own.names, **other.names}

    def lines() -> Iterator[Assignment]:
        if flow:
            yield Assignment(STEPS, f"{NOW} - {LAST}")
            yield from flow
        for side in (own, other):
            if needed(side, used, changes=side is own):
                yield from side.read()
        yield from (renamed(Assignment(s.state, s.expression), names) for s in statements)
        if own.content.states or TARGET_SPIKES in model.changed_by:
            yield from own.note()
        if flow:
            yield Assignment(LAST, NOW)

    return tuple(lines())


def _without_a_side(model: SynapseModel, statements: Sequence[Statement], both: Sequence[Side]) -> Iterator[Assignment]:
    """What neither side's spikes do: it reads the traces of both and changes neither."""
    used = set[str]().union(*({s.state} | names_in(s.tree) for s in statements))
    if flow := moved(model.KIND, model.name, model.system):
        yield Assignment(STEPS, f"{NOW} - {LAST}")
        yield from flow
    for side in both:
        if needed(side, used, changes=False):
            yield from side.read()
    names = {name: left for side in both for name, left in side.names.items()}
    yield from (renamed(Assignment(s.state, s.expression), names) for s in statements)
    if flow:
        yield Assignment(LAST, NOW)
