"""What happens at a synapse as a small program, the same for every simulator; each adapter only prints it."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.adapters.codegen.program import LENGTH, Assignment
from unisono.adapters.codegen.synapse_flow import PAST, moved
from unisono.models.dynamics.expressions import names_in, parse_expression
from unisono.models.errors import UnsupportedFeature
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import SOURCE_SPIKES, TIME, WEIGHT

#: What is added to an amount and taken away again, so that it lies on the grid of exact sums
#: (:mod:`unisono.adapters.codegen.synapse_values`). No name of a model holds two underscores in a row.
TO_GRID = "to__grid"

#: The step in which the program is carried out, which every printer knows, and that of the last time, which synapses
#: keep. Numbers, for they are whole and far below 2^53.
NOW, LAST = "now__step", "last__step"


@dataclass(frozen=True)
class SynapseProgram:
    """What a spike of the source does at one synapse.

    Attributes
    ----------
    model : SynapseModel
    assignments : tuple of Assignment
        To be carried out in order for each spike; targets that are no states are temporary.
    sent : str
        What is then delivered to the receptor.
    values : tuple of str
        What a simulator keeps for the synapses, see :class:`~unisono.adapters.codegen.synapse_values.SynapseValues`:
        the parameters and states that the program names; of a synapse that nothing changes, its weight alone.
    common : tuple of str
        Those of them that are the same for all synapses of a network, always.
    """

    model: SynapseModel
    assignments: tuple[Assignment, ...]
    sent: str
    values: tuple[str, ...]
    common: tuple[str, ...] = ()

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that no synapse keeps, in order of first use."""
        return tuple(dict.fromkeys(a.target for a in self.assignments if a.target not in self.values))


def synapse_program(model: SynapseModel) -> SynapseProgram:
    """The program of a synapse model that nothing changes, or spikes of the source and time alone.

    Raises
    ------
    UnsupportedFeature
        If spikes of the target change it, or it has traces: no simulator runs that yet. Or if its equations have no
        closed form.
    """
    if not model.changed_by:
        return SynapseProgram(model, (), WEIGHT, (WEIGHT,))
    if model.traces or model.changed_by - {SOURCE_SPIKES, TIME}:
        raise UnsupportedFeature(
            f"The synapse model '{model.name}' has traces, or spikes of the target change it.",
            "Simulators run models that spikes of the source and time change.",
        )
    assignments = tuple(Assignment(s.state, s.expression) for s in model.pre_statements)
    flow = moved(model.KIND, model.name, model.system)
    if flow:
        time = Assignment(PAST, f"({NOW} - {LAST})*{LENGTH}")
        assignments = (time, *flow, *assignments, Assignment(LAST, NOW))
    expressions = [parse_expression(a.expression) for a in assignments]
    named = names_in(model.sent_tree).union({a.target for a in assignments}, *map(names_in, expressions))
    values = tuple(name for name in (*model.parameters, *model.states, LAST, LENGTH) if name in named)
    sent = f"(({model.sent}) + {TO_GRID}) - {TO_GRID}"
    return SynapseProgram(model, assignments, sent, (*values, TO_GRID), (LENGTH,) if flow else ())
