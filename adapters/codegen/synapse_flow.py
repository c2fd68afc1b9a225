"""How the states of a synapse move between two events: closed forms of linear equations, as assignments.

The equations of synapses are few and simple: a state decays, on its own or towards a constant, and may be driven by
another one that decays. A time constant ``tau`` means ``exp(-(n h)/tau)``, with a whole number of steps ``n``, so that
all simulators compute the same decay; two states with rates ``r`` and ``q`` exchange

    (exp(-q t) - exp(-r t))/(r - q) = t exp(-min(r, q) t) exprel(-|r - q| t),

which has a value for equal rates, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unisono.adapters.codegen.program import LENGTH, Assignment
from unisono.models.dynamics.expressions import names_in
from unisono.models.dynamics.model import Equation
from unisono.models.errors import UnsupportedFeature

#: Steps since the last event, and that time in ms.
STEPS = "past__steps"
_PAST = f"({STEPS}*{LENGTH})"

#: The step in which something happens at a synapse, in its time: every printer knows it. A number, for it is whole and
#: far below 2^53; so are all steps that synapses keep.
NOW = "now__step"


@dataclass(frozen=True)
class Decay(Assignment):
    """What is left of a state after some steps, or what it has given to another.

    It depends on their number and on parameters alone, so that a simulator may read it from a table
    (:mod:`unisono.adapters.codegen.synapse_decays`).

    Attributes
    ----------
    steps : str
        Name of the number of steps: whole, and never negative.
    """

    steps: str = STEPS


class _NotSimple(Exception):
    """The equation is none of those that have a closed form here."""


@dataclass(frozen=True)
class _Factor:
    """``sign * above / below``; an empty text stands for 1."""

    sign: int = 1
    above: str = ""
    below: str = ""

    def times(self, text: str) -> _Factor:
        return _Factor(self.sign, f"({self.above})*({text})" if self.above else text, self.below)

    def over(self, text: str) -> _Factor:
        return _Factor(self.sign, self.above, f"({self.below})*({text})" if self.below else text)

    @property
    def text(self) -> str:
        value = f"(({self.above or '1.0'})/({self.below}))" if self.below else f"({self.above or '1.0'})"
        return f"(-{value})" if self.sign < 0 else value


#: A slope: the factor of each state, and under the empty name what is constant.
_Form = Mapping[str, _Factor]


def moved(kind: str, name: str, system: tuple[Equation, ...]) -> tuple[Assignment, ...]:
    """Assignments that move all states of a system by :data:`STEPS`; those that stand still have none.

    Parameters
    ----------
    kind, name : str
        What the model is, and its name, for messages.
    system : tuple of Equation

    Raises
    ------
    UnsupportedFeature
        If an equation has no closed form here.
    """
    states = frozenset(equation.state for equation in system)
    try:
        forms = {e.state: _form(e.tree, states) for e in system}
        still = {state for state, form in forms.items() if not form}
        forms = {state: _without_still(form, still) for state, form in forms.items() if form}
        # What drives another state comes after it, since the driven one needs its value of before.
        driven = [s for s, form in forms.items() if form.keys() - {s, ""}]
        for state in driven:
            for other in sorted(forms[state].keys() - {state, ""}):
                if forms[other].keys() != {other}:
                    raise _NotSimple
        order = [*driven, *(s for s in forms if s not in driven)]
        return tuple(assignment for state in order for assignment in _moved(state, forms))
    except _NotSimple:
        raise UnsupportedFeature(
            f"{kind} '{name}': between spikes its equations have no closed form.",
            "Write linear equations, in which a state is driven by others that decay on their own.",
        ) from None


def _without_still(form: _Form, still: set[str]) -> _Form:
    """States that stand still between events count as constants."""
    found = {name: factor for name, factor in form.items() if name not in still}
    for name in sorted(form.keys() & still):
        if "" in found:
            raise _NotSimple
        found[""] = form[name].times(name)
    return found


def _moved(state: str, forms: Mapping[str, _Form]) -> Iterator[Assignment]:
    form = forms[state]
    own = form.get(state)
    if own is None:
        yield from _summed(state, form, forms)
        return
    if own.sign > 0:
        raise _NotSimple
    decay = f"{state}__decay"
    yield Decay(decay, _decay(own))
    if "" in form:
        rest = _rest(form[""], own)
        total = f"{rest} + ({state} - {rest})*{decay}"
    else:
        total = f"{state}*{decay}"
    for other in sorted(form.keys() - {state, ""}):
        drive = forms[other][other]
        if drive.sign > 0:
            raise _NotSimple
        slow = f"min({_rate(own)}, {_rate(drive)})"
        apart = f"abs({_rate(own)} - {_rate(drive)})"
        given = f"{other}__to__{state}"
        yield Decay(given, f"{_PAST}*exp(-({_PAST}*{slow}))*exprel(-({_PAST}*{apart}))")
        total += f" + {form[other].text}*{other}*{given}"
    yield Assignment(state, total)


def _summed(state: str, form: _Form, forms: Mapping[str, _Form]) -> Iterator[Assignment]:
    """A state that does not decay: what drives it, integrated over the time."""
    total = f"{state} + {form[''].text}*{_PAST}" if "" in form else state
    for other in sorted(form.keys() - {""}):
        drive = forms[other][other]
        if drive.sign > 0:
            raise _NotSimple
        given = f"{other}__to__{state}"
        yield Decay(given, f"{_PAST}*exprel(-({_PAST}*{_rate(drive)}))")
        total += f" + {form[other].text}*{other}*{given}"
    yield Assignment(state, total)


def _decay(own: _Factor) -> str:
    """What is left of 1 after the time: the one way in which every simulator computes it."""
    if not own.above:
        return f"exp(-{_PAST}/({own.below}))" if own.below else f"exp(-{_PAST})"
    return f"exp(-{_PAST}*{_rate(own)})"


def _rate(own: _Factor) -> str:
    return _Factor(1, own.above, own.below).text


def _rest(drive: _Factor, own: _Factor) -> str:
    """Where a state comes to rest: the quotient of what drives it and its rate."""
    if drive.below == own.below and not own.above:
        return _Factor(drive.sign, drive.above).text
    return f"({drive.text}/{_rate(own)})"


def _form(tree: ast.expr, states: frozenset[str]) -> _Form:
    """An expression as a linear form of states.

    Raises
    ------
    _NotSimple
        If it is none, or names a state twice.
    """
    if not names_in(tree) & states:
        return {} if isinstance(tree, ast.Constant) and tree.value == 0 else {"": _constant(tree)}
    match tree:
        case ast.Name(id=name):
            return {name: _Factor()}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return {n: _Factor(-f.sign, f.above, f.below) for n, f in _form(operand, states).items()}
        case ast.UnaryOp(operand=operand):
            return _form(operand, states)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            first, second = _form(left, states), _form(right, states)
            if isinstance(op, ast.Sub):
                second = {n: _Factor(-f.sign, f.above, f.below) for n, f in second.items()}
            if first.keys() & second.keys():
                raise _NotSimple
            return {**first, **second}
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            if names_in(right) & states:
                left, right = right, left
            if names_in(right) & states:
                raise _NotSimple
            if isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub):
                return _form(ast.UnaryOp(ast.USub(), ast.BinOp(left, ast.Mult(), right.operand)), states)
            return {n: f.times(ast.unparse(right)) for n, f in _form(left, states).items()}
        case ast.BinOp(left=left, op=ast.Div(), right=right) if not names_in(right) & states:
            return {n: f.over(ast.unparse(right)) for n, f in _form(left, states).items()}
    raise _NotSimple


def _constant(tree: ast.expr) -> _Factor:
    """A constant as a quotient, so that it can be recognised."""
    match tree:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _constant(operand)
            return _Factor(-inner.sign, inner.above, inner.below)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _constant(left).over(ast.unparse(right))
        case ast.Constant(value=1.0):
            return _Factor()
    return _Factor(1, ast.unparse(tree))
