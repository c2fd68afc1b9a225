"""What happens at a synapse as a small program, the same for every simulator; each adapter only prints it."""

from __future__ import annotations

from dataclasses import dataclass

from unisono.adapters.codegen.program import Assignment
from unisono.models.dynamics.expressions import names_in
from unisono.models.errors import UnsupportedFeature
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import SOURCE_SPIKES, WEIGHT

#: What is added to an amount and taken away again, so that it lies on the grid of exact sums
#: (:mod:`unisono.adapters.codegen.synapse_values`). No name of a model holds two underscores in a row.
TO_GRID = "to__grid"


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
    """

    model: SynapseModel
    assignments: tuple[Assignment, ...]
    sent: str
    values: tuple[str, ...]

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that are no state variables, in order of first use."""
        return tuple(dict.fromkeys(a.target for a in self.assignments if a.target not in self.model.states))


def synapse_program(model: SynapseModel) -> SynapseProgram:
    """The program of a synapse model that nothing changes, or spikes of the source alone.

    Raises
    ------
    UnsupportedFeature
        If spikes of the target or time change it: no simulator runs that yet.
    """
    if not model.changed_by:
        return SynapseProgram(model, (), WEIGHT, (WEIGHT,))
    if others := model.changed_by - {SOURCE_SPIKES}:
        raise UnsupportedFeature(
            f"The synapse model '{model.name}' is changed by {' and '.join(sorted(others))}.",
            "Simulators run models that spikes of the source alone change.",
        )
    assignments = tuple(Assignment(s.state, s.expression) for s in model.pre_statements)
    named = names_in(model.sent_tree).union(*(names_in(s.tree) | {s.state} for s in model.pre_statements))
    values = tuple(name for name in (*model.parameters, *model.states) if name in named)
    return SynapseProgram(model, assignments, f"(({model.sent}) + {TO_GRID}) - {TO_GRID}", (*values, TO_GRID))
