"""Events at synapses, carried out in NumPy with the bits of the simulators.

A simulator carries out what happens at a synapse when that suits it: when what is sent arrives, or when the source
spikes again. What is read at a grid point shall include every event up to it, and reading shall change nothing that
follows. So events that a simulator has yet to carry out are carried out here, on a copy.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import NOW, STEPS, moved
from unisono.adapters.codegen.synapse_step import LAST, SynapseProgram
from unisono.models.dynamics.expressions import evaluate, parse_expression

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Events(NamedTuple):
    """Spikes at synapses.

    Attributes
    ----------
    synapses : int array, shape (events,)
    steps : int64 array, shape (events,)
        In the time of the synapses, as the simulator counts it.
    """

    synapses: NDArray[np.intp]
    steps: Integers

    def between(self, after: int, until: int, begun: NDArray[Any]) -> Events:
        """Those of steps in (after, until], counted from another beginning, shape () or (synapses,)."""
        chosen = (self.steps > after) & (self.steps <= until)
        synapses = self.synapses[chosen]
        return Events(synapses, self.steps[chosen] + (begun[synapses] if begun.ndim else begun))


def replay(
    program: SynapseProgram, values: dict[str, Floats], sources: Events, targets: Events, at_once: NDArray[np.bool_]
) -> None:
    """Carry out events at synapses, in order, in place.

    Parameters
    ----------
    program : SynapseProgram
    values : dict of str to float64 array, shape () or (synapses,)
        Those that the program changes are changed; they have the shape (synapses,).
    sources, targets : Events
        Spikes of the sources and of the targets. Those of a source in one step count one after another.
    at_once : bool array, shape () or (synapses,)
        Whether spikes of the target take no time to the synapse.
    """
    synapses = np.concatenate([targets.synapses, sources.synapses])
    steps = np.concatenate([targets.steps, sources.steps])
    of_target = np.arange(synapses.size) < targets.synapses.size
    last = of_target & (at_once[synapses] if np.ndim(at_once) else at_once)
    # by synapse, step and turn, in one number; events that share all of them are the same
    begin = int(steps.min(initial=0))
    span = int(steps.max(initial=begin)) - begin + 1
    order = np.argsort(3 * (synapses * span + steps - begin) + np.where(last, 2, np.where(of_target, 0, 1)))
    synapses, steps, of_target = synapses[order], steps[order], of_target[order]
    begins = np.flatnonzero(np.diff(synapses, prepend=-1))
    rank = np.arange(synapses.size) - np.repeat(begins, np.diff(np.append(begins, synapses.size)))
    by_rank = np.argsort(rank, kind="stable")
    bounds = np.searchsorted(rank[by_rank], np.arange(rank.max(initial=-1) + 2))
    at_target, at_source = read_statements(program.at_target), read_statements(program.assignments)
    for begin, end in pairwise(bounds.tolist()):
        mine = by_rank[begin:end]
        for spiking, statements in ((of_target[mine], at_target), (~of_target[mine], at_source)):
            if spiking.any():
                carry_out(statements, values, synapses[mine[spiking]], steps[mine[spiking]])


def modulate(program: SynapseProgram, values: dict[str, Floats], synapses: NDArray[np.intp], steps: Integers) -> None:
    """Carry out a spike of a modulating cell at some synapses, in place.

    Parameters
    ----------
    program : SynapseProgram
    values : dict of str to float64 array, shape () or (synapses,)
        Those that the program changes have the shape (synapses,).
    synapses : int array, shape (some,)
    steps : int64 array, shape (some,)
        In the time of the synapses, as the simulator counts it.
    """
    carry_out(read_statements(program.at_modulator), values, synapses, steps)


#: What is assigned, and the expression.
Statements = Sequence[tuple[str, ast.expr]]


def read_statements(assignments: Iterable[Assignment]) -> Statements:
    """Assignments, parsed."""
    return [(assignment.target, parse_expression(assignment.expression)) for assignment in assignments]


def carry_out(
    statements: Statements,
    values: dict[str, Floats],
    synapses: NDArray[np.intp],
    steps: Integers,
    others: Mapping[str, Floats] = MappingProxyType({}),
    tables: Mapping[str, tuple[str, Floats]] = MappingProxyType({}),
) -> None:
    """One event at each of some synapses, in place.

    Parameters
    ----------
    statements : sequence of (str, expression)
    values : dict of str to float64 array, shape () or (synapses,)
    synapses : int array, shape (some,)
    steps : int64 array, shape (some,)
    others : mapping of str to float64 array, shape () or (some,)
        What else they may read.
    tables : mapping of str to (str, float64 array)
        Targets that may be read from an array, with the name of the steps that are its index.
    """
    known: dict[str, Any] = {name: value[synapses] if value.ndim else value for name, value in values.items()}
    known |= others
    known[NOW] = steps.astype(np.float64)
    for target, tree in statements:
        past, table = tables.get(target, ("", None))
        if table is not None and known[past].max(initial=0.0) < table.size:
            known[target] = table[known[past].astype(np.intp)]
        else:
            known[target] = np.broadcast_to(evaluate(tree, known, as_in_c=True), steps.shape)
    for name in {target for target, _ in statements} & values.keys():
        values[name][synapses] = known[name]


def moved_on(program: SynapseProgram, values: Mapping[str, Floats], now: Any) -> dict[str, Floats]:
    """States at a step: those of the last event, moved on.

    Parameters
    ----------
    program : SynapseProgram
    values : mapping of str to float64 array, shape () or (synapses,)
    now : int or int array, shape (synapses,)
        In the time of the synapses, as the simulator counts it.
    """
    model = program.model
    known: dict[str, Any] = dict(values)
    if LAST in values:
        known[STEPS] = np.asarray(now - values[LAST], np.float64)
        for target, tree in read_statements(moved(model.KIND, model.name, model.system)):
            known[target] = evaluate(tree, known, as_in_c=True)
    return {name: np.asarray(known[name], np.float64) for name in model.states if name in known}
