"""The synapses of a projection, event by event and each on its own: what the text of their model says, literally."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.reference.linear import coefficients
from unisono.models.dynamics.expressions import evaluate, names_in
from unisono.models.dynamics.model import Equation, Statement
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Projection
from unisono.models.synapses.model import RECEPTOR, SynapseModel, SynapseSide

Floats = NDArray[np.float64]
Values = dict[str, Floats]


class Synapses:
    """The synapses of a projection and the traces on their two sides, in the time of the synapse.

    Times are counted in steps; they may lie between two grid points.

    Parameters
    ----------
    projection : Projection
    dt : float
        Time step, ms.

    Attributes
    ----------
    values : dict of str to float64 array, shape (synapses,)
        Parameters and states.
    """

    def __init__(self, projection: Projection, dt: float) -> None:
        self.model: SynapseModel = projection.model
        self._dt, size = dt, projection.size
        self.values: Values = {n: np.array(np.broadcast_to(v, size)) for n, v in projection.values.items()}
        #: As a script set them: spikes do not change these.
        self._given: Values = {n: v.copy() for n, v in self.values.items()}
        self._moving = {e.state for e in self.model.system if e.rhs != "0.0"}
        #: Whether the states move on at spikes of the target, too: where those read or change what moves.
        named = set().union(*({s.state} | names_in(s.tree) for s in self.model.post_statements))
        self._moves_at_post = bool(self._moving & named)
        self._every = np.arange(size)
        self._last = np.zeros(size)
        # A trace begins at the cell, so the synapse sees it later.
        self._pre = _Side(self.model, self.model.pre_side, projection.axonal, size, dt)
        self._post = _Side(self.model, self.model.post_side, projection.dendritic, size, dt)

    @property
    def largest(self) -> float:
        """The largest weight, or parameter in its unit, that a script set."""
        if self.model.is_static:
            weights = [np.asarray(self.model.delivered(self._given))]
        else:
            weights = [v for n, v in self._given.items() if self.model.units[n] == RECEPTOR]
        return max((float(np.abs(w).max()) for w in weights if w.size), default=0.0)

    def set(self, name: str, values: Any, synapses: Any = slice(None)) -> None:
        """Set a parameter or a state of synapses, as a script does."""
        for table in (self.values, self._given):
            table[name][synapses] = np.broadcast_to(values, table[name].shape)[synapses]

    def pass_source(self, synapses: Any, now: float) -> Any:
        """A spike of the source passes synapses, each once; returns what it delivers.

        Parameters
        ----------
        synapses : int, or array of int
            None is named twice.
        now : float
        """
        known = self._known(synapses, now, moves=True)
        self._carry_out(self.model.pre_statements, synapses, known)
        self._pre.note(synapses, now, self.values)
        return np.asarray(evaluate(self.model.sent_tree, known))

    def pass_potential(self, synapses: Any, now: float, seen: Values) -> None:
        """A spike of the source passes synapses that follow the potential, each once, with what they see of it."""
        self._carry_out(self.model.pre_statements, synapses, self._known(synapses, now, moves=True) | seen)
        self._pre.note(synapses, now, self.values)

    def sent(self, synapses: Any) -> Any:
        """What synapses that follow the potential deliver."""
        return np.asarray(evaluate(self.model.sent_tree, {n: v[synapses] for n, v in self.values.items()}))

    def pass_drive(self, synapses: Any, now: float, drive: Floats) -> None:
        """The drive of the target reaches synapses, each once; ``drive`` is its integral over a step."""
        known = self._known(synapses, now, moves=True)
        if self.model.driving is not None:
            known[self.model.driving.state] = drive
        self._carry_out(self.model.drive_statements, synapses, known)

    def pass_target(self, synapses: Any, now: float) -> None:
        """A spike of the target reaches synapses, each once."""
        known = self._known(synapses, now, moves=self._moves_at_post)
        self._carry_out(self.model.post_statements, synapses, known)
        self._post.note(synapses, now, self.values)

    def pass_modulator(self, now: float) -> None:
        """A spike of a modulating cell reaches all synapses."""
        known = self._known(self._every, now, moves=True)
        self._carry_out(self.model.modulator_statements, self._every, known)

    def states(self, now: float) -> Values:
        """States at a time, shape (synapses,) each."""
        found = {name: self.values[name].copy() for name in self.model.states}
        if self._moving:
            found |= moved(self.model, self.model.system, self.values, (now - self._last) * self._dt)
        return found

    def _known(self, synapses: Any, now: float, moves: bool) -> Values:
        """All that a statement may read."""
        known = {name: values[synapses] for name, values in self.values.items()}
        if self._moving and moves:
            past = (now - self._last[synapses]) * self._dt
            known |= moved(self.model, self.model.system, known, past)
            self._last[synapses] = now
            for name in self._moving:
                self.values[name][synapses] = known[name]
        for side in (self._pre, self._post):
            known |= side.read(synapses, now, self.values)
        return known

    def _carry_out(self, statements: Iterable[Statement], synapses: Any, known: Values) -> None:
        for statement in statements:
            known[statement.state] = evaluate(statement.tree, known)
            if statement.state in self.values:
                self.values[statement.state][synapses] = known[statement.state]


class _Side:
    """The traces of one side, kept for each synapse."""

    def __init__(self, model: SynapseModel, side: SynapseSide, begin: Any, size: int, dt: float) -> None:
        self._model, self._side, self._dt = model, side, dt
        first = {name: np.full(size, model.initial.get(name, 0.0)) for name in side.states}
        #: After the spikes of the last step with any, before them, and that step.
        self._after, self._before = first, {name: values.copy() for name, values in first.items()}
        self._last = np.array(np.broadcast_to(begin, size), np.float64)

    def read(self, synapses: Any, now: float, parameters: Values) -> Values:
        """The traces as they were before the spikes of this step."""
        if not self._side.states:
            return {}
        last = self._last[synapses]
        known = {n: v[synapses] for n, v in (*parameters.items(), *self._after.items())}
        come = moved(self._model, self._side.system, known, np.maximum(now - last, 0.0) * self._dt)
        return {n: np.where(now > last, come[n], self._before[n][synapses]) for n in self._side.states}

    def note(self, synapses: Any, now: float, parameters: Values) -> None:
        """A spike changes the traces."""
        if not self._side.states:
            return
        before, later = self.read(synapses, now, parameters), now > self._last[synapses]
        known = {n: v[synapses] for n, v in parameters.items()}
        known |= {n: np.where(later, before[n], self._after[n][synapses]) for n in self._side.states}
        for statement in self._side.statements:
            known[statement.state] = evaluate(statement.tree, known)
        for name in self._side.states:
            self._before[name][synapses], self._after[name][synapses] = before[name], known[name]
        self._last[synapses] = now


def moved(model: SynapseModel, system: tuple[Equation, ...], known: Mapping[str, Any], past: Any) -> Values:
    """The states of a system after a time.

    Linear equations ``x' = a x + sum(c y) + b`` in which ``y' = d y`` have the solution
    ``x exp(a t) + c y (exp(d t) - exp(a t))/(d - a) + b (exp(a t) - 1)/a``.

    Raises
    ------
    UnsupportedFeature
        If the equations are not like this.
    """
    states = [equation.state for equation in system]
    size = np.broadcast_shapes(np.shape(past), *(np.shape(known[s]) for s in states))
    flat = {n: np.broadcast_to(v, size).reshape(-1) for n, v in known.items()}
    t = np.broadcast_to(past, size).reshape(-1)
    rows = {e.state: coefficients(e.tree, [*states, "1"], flat, t.size) for e in system}
    found: Values = {}
    for number, state in enumerate(states):
        row = rows[state]
        if row is None:
            raise _refused(model, state)
        a, result = row[:, number], flat[state] * np.exp(row[:, number] * t)
        result = result + row[:, -1] * _grown(a, t)
        for other, name in enumerate(states):
            if other == number or not row[:, other].any():
                continue
            drive = rows[name]
            if drive is None or np.delete(drive, other, axis=1).any():
                raise _refused(model, state)
            result = result + row[:, other] * flat[name] * _exchanged(a, drive[:, other], t)
        found[state] = result.reshape(size)
    return found


def _grown(a: Floats, t: Floats) -> Floats:
    """Integral of ``exp(a s)`` over the time."""
    safe = np.where(a == 0, 1.0, a)
    return np.where(a == 0, t, np.expm1(safe * t) / safe)


def _exchanged(a: Floats, d: Floats, t: Floats) -> Floats:
    same = a == d
    safe = np.where(same, 1.0, d - a)
    return np.where(same, t * np.exp(a * t), (np.exp(d * t) - np.exp(a * t)) / safe)


def _refused(model: SynapseModel, state: str) -> UnsupportedFeature:
    return UnsupportedFeature(
        f"{model.KIND} '{model.name}': the equation of '{state}' has no closed form.",
        "Write linear equations, in which a state is driven by others that decay on their own.",
    )
