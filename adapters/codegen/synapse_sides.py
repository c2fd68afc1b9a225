"""The traces on the two sides of a synapse, as assignments: read at any spike, changed by one of their own side.

A synapse keeps the traces of both sides for itself, as they were after the last spike of that side and before it.
Spikes that meet in a step are no pair, so each reads the traces of the other side as they were before the step.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import NOW, STEPS, Decay, moved
from unisono.models.dynamics.expressions import substituted
from unisono.models.synapses.model import SynapseModel, SynapseSide


@dataclass(frozen=True)
class Side:
    """One side of a synapse.

    Attributes
    ----------
    model : SynapseModel
    content : SynapseSide
        Equations and statements.
    last : str
        Name of the step of the last spike of this side, which each synapse keeps.
    """

    model: SynapseModel
    content: SynapseSide
    last: str

    @property
    def names(self) -> dict[str, str]:
        """What a statement reads in place of each trace."""
        return {trace: f"{trace}__left" for trace in self.content.states}

    def read(self) -> Iterator[Assignment]:
        """Assign what is left of the traces now, before the spikes of this step."""
        if not self.content.states:
            return
        names, steps = self.names, f"{self.last}__past"
        yield Assignment(steps, f"max(0.0, {NOW} - {self.last})")
        yield Assignment(self._later, f"min(1.0, {steps})")
        for trace, left in names.items():
            yield Assignment(left, trace)
        for assignment in moved(self.model.KIND, self.model.name, self.content.system):
            yield renamed(assignment, {**names, STEPS: steps})
        for trace, left in names.items():
            yield Assignment(left, self._choice(left, before(trace)))

    def note(self) -> Iterator[Assignment]:
        """Have a spike of this side change the traces, after they were read."""
        following = {trace: f"{trace}__next" for trace in self.content.states}
        for trace, left in self.names.items():
            yield Assignment(following[trace], self._choice(left, trace))
        for statement in self.content.statements:
            yield renamed(Assignment(statement.state, statement.expression), following)
        for trace, left in self.names.items():
            yield Assignment(before(trace), left)
            yield Assignment(trace, following[trace])
        yield Assignment(self.last, NOW)

    @property
    def _later(self) -> str:
        """1 if the last spike was in a step before, else 0."""
        return f"{self.last}__later"

    def _choice(self, later: str, same: str) -> str:
        """One of two finite values, without a branch and without rounding."""
        return f"{self._later}*{later} + (1.0 - {self._later})*{same}"


def before(trace: str) -> str:
    """What a synapse calls a trace as it was before the spikes of the last step with any."""
    return f"{trace}__before"


def renamed(assignment: Assignment, names: Mapping[str, str]) -> Assignment:
    """The same with other names."""
    tree = ast.parse(assignment.expression, mode="eval").body
    replaced = substituted(tree, {old: ast.Name(new) for old, new in names.items()})
    target, expression = names.get(assignment.target, assignment.target), ast.unparse(replaced)
    if isinstance(assignment, Decay):
        return Decay(target, expression, names[assignment.steps])
    return Assignment(target, expression)


def needed(side: Side, used: Collection[str], changes: bool) -> bool:
    """Whether a side is read at a spike: a statement uses one of its traces, or the spike changes them."""
    return changes or not set(side.content.states).isdisjoint(used)
