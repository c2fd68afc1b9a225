"""Synapse models as data: parameters, states, and what a spike of either side does.

A :class:`SynapseModel` is a description and nothing else: it knows no simulator. Its text has the grammar of cell
models (:mod:`unisono.models.dynamics.text`); it is parsed, never executed, and its units are checked.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from unisono.models.cards import brief
from unisono.models.dynamics.expressions import evaluate, names_in, parse_expression
from unisono.models.dynamics.model import DynamicModel, Equation, Statement
from unisono.models.dynamics.text import Scope
from unisono.models.dynamics.units import UNITS
from unisono.models.errors import ModelError

#: The parameter or state that each synapse model has: PyNN's weight.
WEIGHT = "weight"

#: The unit of a weight: that of the receptor's state that a spike is added to (nA, uS or mV).
RECEPTOR = "receptor"

#: What can change a synapse.
SOURCE_SPIKES, TARGET_SPIKES, TIME = "spikes of the source", "spikes of the target", "time"
MODULATOR_SPIKES, POTENTIAL = "spikes of a modulating population", "the potential of the target"

#: The potential of the target, in the text of a rule that follows it, and the parameters that say what it counts as
#: from a spike on, mV, and for how long, ms.
V, V_PEAK, T_PEAK = "v", "v_peak", "t_peak"

#: The slope of a state that spikes alone change.
_STILL = "0.0"


@dataclass(frozen=True)
class SynapseSide:
    """States that all synapses on one side of a cell share: traces, moved by the spikes of that cell alone.

    Attributes
    ----------
    system : tuple of Equation
    statements : tuple of Statement
        Carried out in order at each spike of the cell, after its synapses have read the traces.
    """

    system: tuple[Equation, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the traces."""
        return tuple(equation.state for equation in self.system)


@dataclass(frozen=True)
class SynapseModel(DynamicModel):
    """A synapse: what a spike delivers, and how spikes of its source and its target change it.

    At one synapse and step: first the spikes of modulating cells, then those of the target that take at least a step to
    the synapse, then those of the source (update, then send), then those of the target that take none. Traces are read
    as they were before the spikes of the step, so that spikes that meet in a step are no pair. Several spikes in a step
    count one after another.

    Attributes
    ----------
    name : str
    parameters : mapping of str to Parameter
        ``weight``, with the unit ``receptor``, is one of them unless it is a state.
    equations : str
        Of the states of each synapse between spikes; one that spikes alone change has the slope 0. They read
        parameters and states of the synapse.
    initial : mapping of str to float
        States and traces at t = 0; those left out are 0.
    initially : mapping of str to str
        States that begin as a parameter of the synapse is at t = 0.
    random : tuple of str
        States whose initial values are drawn for each synapse.
    source : str
    pre, post : str
        Traces of the source's and of the target's side: their equations, and the statements that a spike of that cell
        carries out (``x += 1``). They read parameters and their own traces.
    on_pre, on_post : str
        Statements that a spike of the source or of the target carries out at the synapse: they change its states, and
        read everything. ``name = expression : unit`` gives a name to a value for the statements that follow.
    on_modulator : str
        The same for a spike of any cell that modulates the projection: it reaches all synapses of the projection.
    potential : str
        Equations of what is kept of each target's potential ``v``: each begins as the potential and is moved at the end
        of each step, over which ``v`` counts as it is there, after a reset. From a spike of the target on, ``v`` is the
        parameter ``v_peak`` for ``t_peak``. They read parameters and ``v``; ``on_pre`` reads both as they left the cell
        a dendritic delay before, at least a step.
    drive : str
        A definition, ``name = expression : unit``, of parameters, ``v`` and what is kept of it.
    on_drive : str
        Statements that are carried out at the synapse for each step in which the drive is positive; they read the name
        of the drive, as its integral over the step.
    send : str
        What a spike of the source delivers to the receptor, after ``on_pre``; it may read the values named there. In a
        rule that follows the potential it reads parameters and states alone, and spikes of a source in the same step
        deliver the same.

    Raises
    ------
    ModelError
        If the text cannot be parsed, names a symbol that is not declared, or its units do not fit;
        the message points at the place.
    """

    KIND: ClassVar[str] = "Synapse model"

    initially: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    pre: str = field(default="", kw_only=True)
    post: str = field(default="", kw_only=True)
    on_pre: str = field(default="", kw_only=True)
    on_post: str = field(default="", kw_only=True)
    on_modulator: str = field(default="", kw_only=True)
    potential: str = field(default="", kw_only=True)
    drive: str = field(default="", kw_only=True)
    on_drive: str = field(default="", kw_only=True)
    send: str = field(default=WEIGHT, kw_only=True)
    pre_side: SynapseSide = field(init=False)
    post_side: SynapseSide = field(init=False)
    pre_statements: tuple[Statement, ...] = field(init=False)
    post_statements: tuple[Statement, ...] = field(init=False)
    modulator_statements: tuple[Statement, ...] = field(init=False)
    potential_system: tuple[Equation, ...] = field(init=False)
    driving: Statement | None = field(init=False)
    drive_statements: tuple[Statement, ...] = field(init=False)
    sent: str = field(init=False)

    __repr__ = brief

    def _read(self) -> None:
        declared = {name: parameter.unit for name, parameter in self.parameters.items()}
        synapse, pre, post = (Scope(self.name, declared, self.KIND) for _ in range(3))
        object.__setattr__(self, "system", tuple(Equation(*entry) for entry in synapse.equations(self.equations)))
        for name, scope in (("pre", pre), ("post", post)):
            system, statements = scope.side(name, getattr(self, name))
            side = SynapseSide(tuple(Equation(*e) for e in system), tuple(Statement(*s) for s in statements))
            object.__setattr__(self, f"{name}_side", side)
        everything = self._read_potential(synapse.joined(pre, post), declared)
        for name, scope in (("modulator", everything.joined()), ("post", everything.joined()), ("pre", everything)):
            found = scope.statements(f"on_{name}", getattr(self, f"on_{name}"), self.states, with_locals=True)
            object.__setattr__(self, f"{name}_statements", tuple(Statement(*s) for s in found))
        object.__setattr__(self, "sent", everything.value("send", self.send, RECEPTOR))
        if self.driving is not None and (others := names_in(self.sent_tree) - {*self.parameters, *self.states}):
            raise ModelError(
                f"{self.KIND} '{self.name}' follows the potential, and what it sends depends on '{min(others)}'.",
                "Send what parameters and states of the synapse make.",
            )
        if self.units.get(WEIGHT) != RECEPTOR:
            raise ModelError(
                f"{self.KIND} '{self.name}' has no parameter or state '{WEIGHT}' with the unit '{RECEPTOR}'.",
                "Declare it: it is what PyNN calls the weight.",
            )
        self._check_states(set(self.random))
        self._check_states(set(self.initial) - set(self.traces))
        self._check_states(set(self.initially))
        for state, name in self.initially.items():
            if name not in self.parameters or self.units[name] != self.units[state]:
                raise ModelError(
                    f"{self.KIND} '{self.name}': '{state}' cannot begin as '{name}'.",
                    f"Name a parameter with the unit {self.units[state]}.",
                )

    def _read_potential(self, everything: Scope, declared: Mapping[str, str]) -> Scope:
        """Read what follows the potential of the target; returns what a spike of the source may read."""
        parts: dict[str, Any] = {"potential_system": (), "driving": None, "drive_statements": ()}
        if self.potential or self.drive or self.on_drive:
            self._check_potential()
            target = Scope(self.name, {**declared, V: "mV"}, self.KIND)
            system = tuple(Equation(*e) for e in target.equations(self.potential, "potential"))
            known = everything.joined(target)
            drives = [Statement(*s) for s in target.statements("drive", self.drive, (), with_locals=True)]
            if len(drives) != 1:
                raise ModelError(f"{self.KIND} '{self.name}' has {len(drives)} drives.", "Define one.")
            target.units[drives[0].state] *= UNITS["ms"]
            found = everything.joined(target).statements("on_drive", self.on_drive, self.states, with_locals=True)
            statements = tuple(Statement(*s) for s in found)
            parts = {"potential_system": system, "driving": drives[0], "drive_statements": statements}
            everything = known
        for name, part in parts.items():
            object.__setattr__(self, name, part)
        return everything

    def _check_potential(self) -> None:
        """A rule that follows the potential says what a spike counts as, and nothing else about the target."""
        for name, unit in ((V_PEAK, "mV"), (T_PEAK, "ms")):
            if name not in self.parameters or self.parameters[name].unit != unit:
                raise ModelError(
                    f"{self.KIND} '{self.name}' follows the potential and has no parameter '{name}' in {unit}.",
                    f"Declare '{V_PEAK}' and '{T_PEAK}': what the potential counts as from a spike on, and how long.",
                )
        if self.post or self.on_post or self.on_modulator:
            raise ModelError(
                f"{self.KIND} '{self.name}' follows the potential and spikes of the target or of modulating cells.",
                "Leave out 'post', 'on_post' and 'on_modulator', or 'potential', 'drive' and 'on_drive'.",
            )

    def begins(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the states of a synapse are at t = 0 unless they are given, from values of its parameters."""
        return {n: values[self.initially[n]] if n in self.initially else self.initial[n] for n in self.states}

    @property
    def traces(self) -> tuple[str, ...]:
        """Names of the states of either side."""
        return self.pre_side.states + self.post_side.states

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every state, trace and parameter."""
        sides = {e.state: e.unit for side in (self.pre_side, self.post_side) for e in side.system}
        return sides | {e.state: e.unit for e in self.system} | {n: p.unit for n, p in self.parameters.items()}

    @property
    def shared(self) -> tuple[str, ...]:
        """Parameters that traces use, so that they are the same for all synapses of a projection."""
        sides = (self.pre_side, self.post_side)
        trees = [e.tree for side in sides for e in side.system] + [s.tree for side in sides for s in side.statements]
        trees += [e.tree for e in self.potential_system]
        used = set().union(*map(names_in, trees))
        if self.driving is not None:
            used |= {V_PEAK, T_PEAK} | names_in(self.driving.tree)
        return tuple(name for name in self.parameters if name in used)

    @cached_property
    def changed_by(self) -> frozenset[str]:
        """What changes a synapse, and so what a simulator must be able to do (:class:`Capabilities.synapses`).

        Returns
        -------
        frozenset of str
            Some of :data:`SOURCE_SPIKES`, :data:`TARGET_SPIKES`, :data:`MODULATOR_SPIKES`, :data:`POTENTIAL` and
            :data:`TIME`; empty for a static synapse.
        """
        found = set()
        if self.pre_side.states or any(statement.state in self.states for statement in self.pre_statements):
            found.add(SOURCE_SPIKES)
        if self.post_side.states or self.post_statements:
            found.add(TARGET_SPIKES)
        if self.modulator_statements:
            found.add(MODULATOR_SPIKES)
        if self.driving is not None:
            found.add(POTENTIAL)
        if any(e.rhs != _STILL for e in (*self.system, *self.pre_side.system, *self.post_side.system)):
            found.add(TIME)
        return frozenset(found)

    @property
    def is_static(self) -> bool:
        """Whether each spike delivers the same: nothing changes the synapse."""
        return not self.changed_by

    @cached_property
    def sent_tree(self) -> ast.expr:
        """The parsed expression of what is delivered."""
        return parse_expression(self.sent)

    def delivered(self, values: Mapping[str, Any]) -> Any:
        """What a spike delivers, from values of parameters, states and traces at that moment.

        Parameters
        ----------
        values : mapping of str to number or array
        """
        known = dict(values)
        for statement in self.pre_statements:
            known[statement.state] = evaluate(statement.tree, known)
        return evaluate(self.sent_tree, known)
