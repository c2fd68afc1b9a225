"""A time step of a cell model as data: what all printers print, and what the methods are put together from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unisono.adapters.codegen.affine import propagators
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import copied, names_in, parse_expression
from unisono.models.dynamics.model import Equation

#: 1 outside the refractory period, 0 inside: clamped states are multiplied with it.
ACTIVE = "active"

#: Generated names hold two underscores in a row, which names of a model may not: the inverse of a parameter,
#: and the length of a step in ms. What else there is: ``x__next`` and ``x__half``, a linear state at the end and in the
#: middle of the step, the propagators, and what each method says.
INVERSE = "inv__"
LENGTH = "dt__ms"


@dataclass(frozen=True)
class Assignment:
    """``target = expression``; targets that are no states are temporary."""

    target: str
    expression: str


@dataclass(frozen=True)
class Loop:
    """Assignments that are carried out again and again, for each cell as long as ``left`` is positive."""

    left: str
    body: tuple[Assignment, ...]


@dataclass(frozen=True)
class Choice:
    """What is carried out for each cell where ``asked`` is positive, and what where it is not.

    Both assign the new values of the same states; what they assign besides is of use to themselves alone.
    """

    asked: str
    positive: tuple[Assignment | Loop, ...]
    otherwise: tuple[Assignment, ...]


Instruction = Assignment | Loop | Choice


@dataclass(frozen=True)
class StepProgram:
    """The integration of one step.

    Attributes
    ----------
    model : CellModel
    method : str
        ``exact``, ``collocation``, ``lobatto``, ``rk4`` or ``euler``.
    instructions : tuple of Assignment, Loop or Choice
        To be carried out in order, ``substeps`` times. Clamped states stand still where ``active`` is 0.
    coefficients : tuple of str
        Names of the constants that :func:`~unisono.adapters.codegen.cell_step.coefficient_values` computes from the
        parameters.
    parameters : tuple of str
        Names of the model's parameters that the instructions use.
    substeps : int
        Parts of equal length that the step is taken in, in all cells.
    ending : tuple of Assignment or Loop
        To be carried out once, after all parts and before input is added.
    """

    model: CellModel
    method: str
    instructions: tuple[Instruction, ...]
    coefficients: tuple[str, ...]
    parameters: tuple[str, ...]
    substeps: int = 1
    ending: tuple[Instruction, ...] = ()

    @property
    def assignments(self) -> tuple[Assignment, ...]:
        """All assignments, those of loops and choices included, in their order."""
        return tuple(assigned((*self.instructions, *self.ending)))

    @property
    def expressions(self) -> tuple[str, ...]:
        """All that is computed."""
        return (*(a.expression for a in self.assignments), *_conditions((*self.instructions, *self.ending)))

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that are no state variables, in order of first use."""
        return tuple(dict.fromkeys(a.target for a in self.assignments if a.target not in self.model.states))


def assigned(instructions: Iterable[Instruction]) -> Iterator[Assignment]:
    """All assignments among instructions, in their order."""
    for instruction in instructions:
        match instruction:
            case Assignment():
                yield instruction
            case Loop(body=body):
                yield from body
            case Choice(positive=positive, otherwise=otherwise):
                yield from assigned((*positive, *otherwise))


def _conditions(instructions: Iterable[Instruction]) -> Iterator[str]:
    for instruction in instructions:
        match instruction:
            case Loop(left=left):
                yield left
            case Choice(asked=asked, positive=positive):
                yield from (asked, *_conditions(positive))


def finished(
    model: CellModel,
    method: str,
    instructions: Iterable[Instruction],
    coefficients: Iterable[str],
    ending: Iterable[Instruction] = (),
) -> StepProgram:
    """A program with the parameters and, of the coefficients, those that it uses."""
    program = StepProgram(model, method, tuple(instructions), (), (), ending=tuple(ending))
    used = set().union(*(names_in(parse_expression(e)) for e in program.expressions))
    inverse = (f"{INVERSE}{p}" for p in model.parameters)
    named = tuple(name for name in dict.fromkeys((LENGTH, *inverse, *coefficients)) if name in used)
    return replace(program, coefficients=named, parameters=tuple(p for p in model.parameters if p in used))


class Course:
    """The linear states of a model in the course of a step: exact in its middle and at its end.

    Parameters
    ----------
    model : CellModel
    linear : tuple of str
        As :func:`~unisono.adapters.codegen.affine.linear_states` gives them.
    integrals : mapping of str to expression
        Further sums over the step, see :func:`~unisono.adapters.codegen.affine.propagators`.
    """

    def __init__(
        self, model: CellModel, linear: tuple[str, ...], integrals: Mapping[str, ast.expr] | None = None
    ) -> None:
        self.model, self.linear, self._integrals = model, linear, dict(integrals or {})
        self._whole, self._half = (structure(model, linear, prefix, self._integrals) for prefix in "PH")
        self.coefficients = (*self._whole, *self._half)

    def middle(self, states: Iterable[str]) -> Iterator[Assignment]:
        """``x__half`` of the states that are given."""
        for state in self.linear:
            if state in states:
                total = propagated(state, self.linear, self._half, "H")
                yield Assignment(f"{state}__half", clamped(self.model, state, total))

    def end(self) -> Iterator[Assignment]:
        """``x__next`` of all of them."""
        for state in self.linear:
            total = propagated(state, self.linear, self._whole)
            yield Assignment(f"{state}__next", clamped(self.model, state, total))

    def arrival(self) -> Iterator[Assignment]:
        """The states at the end of the step."""
        for state in self.linear:
            yield Assignment(state, f"{state}__next")

    def at(self, states: Iterable[str], suffix: str) -> dict[str, ast.expr]:
        """Those states at another time of the step, by their names."""
        return {state: ast.Name(f"{state}{suffix}", ast.Load()) for state in self.linear if state in states}

    def integral(self, name: str, prefix: str = "P") -> str:
        """A sum over the step (``P``) or its first half (``H``)."""
        return propagated(name, self.linear, self._whole if prefix == "P" else self._half, prefix)


def structure(
    model: CellModel, states: tuple[str, ...], prefix: str = "P", integrals: Mapping[str, ast.expr] | None = None
) -> tuple[str, ...]:
    """Names of the propagators that are not zero for all parameters, found with generic values."""
    return tuple(propagators(model, generic(model), 0.1, states, prefix, integrals)) if states or integrals else ()


def generic(model: CellModel) -> dict[str, Any]:
    """Values of the parameters of which none is a sum or product of others."""
    return {name: np.float64(1.0 + 0.37 * i) for i, name in enumerate(sorted(model.parameters))}


def propagated(state: str, states: tuple[str, ...], names: tuple[str, ...], prefix: str = "P") -> str:
    """``P x + R i_inj + Q`` for one state."""
    terms = [f"{prefix}__{state}__{other}*{other}" for other in states if f"{prefix}__{state}__{other}" in names]
    r, q = (f"{'' if prefix == 'P' else prefix}{letter}__{state}" for letter in "RQ")
    terms += [f"{r}*{INJECTED}"] * (r in names) + [q] * (q in names)
    return " + ".join(terms)


def clamped(model: CellModel, state: str, total: str) -> str:
    """The new value of a state, or the old one where it stands still."""
    return f"{ACTIVE}*({total}) + (1 - {ACTIVE})*{state}" if state in model.clamped else total


def slope(equation: Equation, tree: ast.expr) -> str:
    """The text of a slope, zero where the state stands still."""
    text = ast.unparse(tree)
    return f"{ACTIVE}*({text})" if equation.clamped else text


class _Inverter(ast.NodeTransformer):
    """Divisions by a parameter become multiplications with its inverse."""

    def __init__(self, model: CellModel) -> None:
        self.model = model

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and isinstance(node.right, ast.Name) and node.right.id in self.model.parameters:
            inverse = ast.Name(f"{INVERSE}{node.right.id}", ast.Load())
            one = isinstance(node.left, ast.Constant) and node.left.value == 1.0
            return inverse if one else ast.BinOp(node.left, ast.Mult(), inverse)
        return node


def without_division(tree: ast.expr, model: CellModel) -> ast.expr:
    """A copy of the expression that divides by no parameter: several stages a step would do so each time."""
    changed: ast.expr = _Inverter(model).visit(copied(tree))
    return changed


_WORD = re.compile(r"\b[A-Za-z]\w*\b")


def written(text: str, state: str) -> tuple[Assignment, ...]:
    """Lines ``target = expression`` as assignments; names without two underscores become those of a state's step."""

    def named(match: re.Match[str]) -> str:
        word = match.group()
        return word if "__" in word else f"{word}__{state}"

    lines = (line.strip().partition(" = ") for line in text.strip().splitlines())
    return tuple(Assignment(_WORD.sub(named, target), _WORD.sub(named, value)) for target, _, value in lines)
