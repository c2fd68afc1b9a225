"""Cell models as data: equations, threshold, reset, receptors and a table of parameters.

A :class:`CellModel` is a description and nothing else: it knows no simulator.
Its text is parsed with Python's own grammar (:mod:`ast`), restricted to
arithmetic and a few functions, and is never executed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unisono.models.errors import ModelError

#: Functions an equation may call; every code generator knows these.
FUNCTIONS = frozenset({"exp"})

#: The injected current, nA: the sum of all current sources into a cell, held over a step.
INJECTED = "i_inj"

_EQUATION = re.compile(
    r"^d(?P<state>\w+)/dt\s*=\s*(?P<rhs>.+?)\s*:\s*(?P<unit>\w+)\s*(?P<flag>\(unless refractory\))?$"
)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a cell model.

    Attributes
    ----------
    default : float
        Default value, in ``unit``.
    unit : str
        PyNN's unit: ``ms``, ``mV``, ``nF``, ``nA`` or ``uS``.
    meaning : str
        What it is, in a few words.
    positive : bool
        Whether a value that is not above zero is refused.
    """

    default: float
    unit: str
    meaning: str
    positive: bool = False


@dataclass(frozen=True)
class Equation:
    """One first-order equation ``d state / dt = rhs``; time in ms."""

    state: str
    rhs: str
    unit: str
    held_in_refractoriness: bool

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed right-hand side."""
        return parse_expression(self.rhs)


@dataclass(frozen=True)
class Receptor:
    """What an arriving spike does: ``state += factor * weight``.

    Attributes
    ----------
    state : str
        The state variable that jumps.
    unit : str
        Unit of the weight.
    sign : int
        Sign a weight must have: +1, -1, or 0 for either.
    factor : float
        Factor on the weight.
    only_when_active : bool
        Whether input that arrives in refractoriness is discarded.
    """

    state: str
    unit: str
    sign: int = 0
    factor: float = 1.0
    only_when_active: bool = False


@dataclass(frozen=True)
class CellModel:
    """A point neuron: equations, threshold, reset, refractoriness, receptors.

    Raises
    ------
    ModelError
        If the text cannot be parsed, or names a symbol that is not declared.
    """

    name: str
    parameters: Mapping[str, Parameter]
    equations: str
    initial: Mapping[str, float]
    receptors: Mapping[str, Receptor]
    threshold: str = "v_thresh"
    reset: str = "v_reset"
    refractory: str = "tau_refrac"
    recordable: tuple[str, ...] = ("v",)
    conductance_based: bool = False
    source: str = ""
    system: tuple[Equation, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "system", parse_equations(self.equations, self.name))
        known = set(self.parameters) | set(self.states) | {INJECTED}
        for equation in self.system:
            unknown = names_in(equation.tree) - known
            if unknown:
                raise ModelError(
                    f"The equation of '{equation.state}' in cell model '{self.name}' uses "
                    f"the unknown symbol '{min(unknown)}'.",
                    f"Known are: {', '.join(sorted(known))}.",
                )
        for what in (self.threshold, self.reset, self.refractory):
            if what not in self.parameters:
                raise ModelError(f"Cell model '{self.name}' has no parameter '{what}'.")
        targets = {r.state for r in self.receptors.values()} | set(self.initial) | set(self.recordable)
        if missing := targets - set(self.states):
            raise ModelError(f"Cell model '{self.name}' has no state variable '{min(missing)}'.")

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the state variables, in the order of the equations."""
        return tuple(equation.state for equation in self.system)

    @property
    def units(self) -> dict[str, str]:
        """Unit of every state variable and parameter."""
        return {e.state: e.unit for e in self.system} | {n: p.unit for n, p in self.parameters.items()}

    @property
    def held(self) -> frozenset[str]:
        """State variables that stand still in refractoriness."""
        return frozenset(e.state for e in self.system if e.held_in_refractoriness)


def parse_equations(text: str, model: str) -> tuple[Equation, ...]:
    """Parse lines of the form ``dv/dt = ... : mV (unless refractory)``.

    Raises
    ------
    ModelError
        If a line has another form or its right-hand side is not an expression.
    """
    equations = []
    for line in filter(None, (raw.strip() for raw in text.splitlines())):
        match = _EQUATION.match(line)
        if not match:
            raise ModelError(
                f"Cannot read the equation '{line}' of cell model '{model}'.",
                "Write it as: dx/dt = expression : unit.",
            )
        equation = Equation(match["state"], match["rhs"], match["unit"], bool(match["flag"]))
        names_in(equation.tree)
        equations.append(equation)
    return tuple(equations)


def parse_expression(text: str) -> ast.expr:
    """Parse an arithmetic expression.

    Raises
    ------
    ModelError
        If it is not an expression of numbers, names, ``+ - * / **`` and known functions.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise ModelError(f"Cannot read the expression '{text}': {error.msg}.") from None
    allowed = (ast.BinOp, ast.UnaryOp, ast.Name, ast.Constant, ast.Call, ast.Load, ast.operator, ast.unaryop)
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or type(node.value) in (int, float)
        if not isinstance(node, allowed) or not number:
            raise ModelError(f"'{ast.unparse(node)}' in '{text}' is not arithmetic.")
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS):
            raise ModelError(f"Unknown function in '{text}': {ast.unparse(node.func)}.")
    return tree


def names_in(tree: ast.expr) -> set[str]:
    """Names of the symbols in an expression, functions left out."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - FUNCTIONS
