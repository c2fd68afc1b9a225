"""One time step of a cell model as a small program, the same for every simulator.

The program is a list of assignments in plain arithmetic; each adapter only
prints it in its own language. In matched numerics linear systems get their exact
propagators, what remains the classical Runge-Kutta method of order four, whose
error per step is O(dt^5) (Kutta 1901; Hairer, Norsett & Wanner, Solving ODEs I,
table II.1.2). ``euler`` is the forward Euler method for all, O(dt^2) per step.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.affine import linear_states, propagators
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import names_in, parse_expression, substituted
from unisono.models.dynamics.model import Equation
from unisono.models.errors import UnsupportedFeature
from unisono.models.grid import to_steps
from unisono.models.network import Change, Network

#: 1 outside the refractory period, 0 inside: clamped states are multiplied with it.
ACTIVE = "active"

#: A Runge-Kutta step is no longer than this part of the shortest time constant. At a twelfth the error of a
#: conductance's time course is (1/12)^4/2880 = 2e-8 of what it moves the potential by in a step (Simpson's rule).
LARGEST_PART = 1 / 12

#: Generated names hold two underscores in a row, which names of a model may not: the inverse of a parameter,
#: and the length of a Runge-Kutta step in ms. What else there is: ``x__next`` and ``x__half``, a linear state at
#: the end and in the middle of the step, ``k1__x`` to ``k4__x``, and the propagators.
INVERSE = "inv__"
LENGTH = "dt__ms"


@dataclass(frozen=True)
class Assignment:
    """``target = expression``; targets that are no states are temporary."""

    target: str
    expression: str


@dataclass(frozen=True)
class StepProgram:
    """The integration of one step.

    Attributes
    ----------
    model : CellModel
    method : str
        ``exact``, ``rk4`` or ``euler``.
    assignments : tuple of Assignment
        To be carried out in order, ``substeps`` times. Clamped states stand still where ``active`` is 0.
    coefficients : tuple of str
        Names of the constants that :func:`coefficient_values` computes from the parameters.
    parameters : tuple of str
        Names of the model's parameters that the assignments use.
    substeps : int
        Parts of equal length that the step is taken in.
    """

    model: CellModel
    method: str
    assignments: tuple[Assignment, ...]
    coefficients: tuple[str, ...]
    parameters: tuple[str, ...]
    substeps: int = 1

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that are no state variables, in order of first use."""
        return tuple(dict.fromkeys(a.target for a in self.assignments if a.target not in self.model.states))


def step_program(model: CellModel, substeps: int = 1, numerics: str = "matched") -> StepProgram:
    """The step of a model.

    Parameters
    ----------
    model : CellModel
    substeps : int
        Parts in which the step is taken, see :func:`substeps_of`; an exact step has no need of them,
        and Euler's is taken whole.
    numerics : str
        ``matched`` or ``euler``.
    """
    if numerics == "euler":
        return _euler(model)
    states = linear_states(model)
    if states == model.states:
        return _exact(model)
    return replace(_runge_kutta(model, states), substeps=substeps)


def substeps_of(network: Network, population: int, further: Sequence[Change] = ()) -> int:
    """Parts in which a population's Runge-Kutta steps are taken, the same on every simulator and in the whole trial.

    ``further`` are changes that are not in the network's schedule.
    """
    here = network.populations[population]
    scheduled = (c for trial in network.trials for epoch in trial.epochs for c in epoch.changes)
    changes = (c for c in (*scheduled, *further) if c.kind == "parameter" and c.index == population)
    return substeps_for(here.model, [*here.parameters.items(), *((c.name, c.values) for c in changes)], network.dt)


def substeps_for(model: CellModel, values: Iterable[tuple[str, NDArray[Any]]], dt: float) -> int:
    """Parts in which a Runge-Kutta step of ``dt`` ms is taken, for the values that parameters have in a trial.

    As many as bring a part down to the time step that the model recommends, and to ``LARGEST_PART``
    of the shortest time constant among the values: the error of the method grows with
    the fourth power of that ratio.
    """
    constants = {name for name, p in model.parameters.items() if p.unit == "ms" and p.positive}
    shortest = min((float(value.min()) for name, value in values if name in constants), default=math.inf)
    # 1e-9: a ratio that is a whole number but for rounding
    return max(1, math.ceil(dt / min(LARGEST_PART * shortest, model.time_step[0]) - 1e-9))


def refuse_finer_parts(program: StepProgram | None, change: Change, dt: float, label: str) -> None:
    """Refuse a parameter change that needs more Runge-Kutta parts per step than a running simulation takes.

    A run that knows of the change from the beginning takes all its steps in that many parts.

    Parameters
    ----------
    program : StepProgram or None
        The step of the running simulation; None with the simulator's own numerics, which refuse nothing.
    change : Change
        Of a parameter.
    dt : float
        Time step, ms.
    label : str
        Label of the population, for the message.

    Raises
    ------
    UnsupportedFeature
        If the change needs more parts.
    """
    if program is None or program.method != "rk4":
        return
    parts = substeps_for(program.model, [(change.name, change.values)], dt)
    if parts > program.substeps:
        raise UnsupportedFeature(
            f"'{change.name}' of population '{label}' cannot be set to {change.values.min():g} ms during a run: "
            f"it needs {parts} Runge-Kutta parts per time step, and the running simulation takes {program.substeps}.",
            "Set it before the first run, or use a shorter time step.",
        )


def _structure(model: CellModel, states: tuple[str, ...], prefix: str = "P") -> tuple[str, ...]:
    """Names of the propagators that are not zero for all parameters, found with generic values."""
    generic: dict[str, Any] = {name: np.float64(1.0 + 0.37 * i) for i, name in enumerate(sorted(model.parameters))}
    return tuple(propagators(model, generic, 0.1, states, prefix)) if states else ()


def _propagated(state: str, states: tuple[str, ...], names: tuple[str, ...], prefix: str = "P") -> str:
    """``P x + R i_inj + Q`` for one state."""
    terms = [f"{prefix}__{state}__{other}*{other}" for other in states if f"{prefix}__{state}__{other}" in names]
    r, q = (f"{'' if prefix == 'P' else prefix}{letter}__{state}" for letter in "RQ")
    terms += [f"{r}*{INJECTED}"] * (r in names) + [q] * (q in names)
    return " + ".join(terms)


def _clamped(model: CellModel, state: str, total: str) -> str:
    """The new value of a state, or the old one where it stands still."""
    return f"{ACTIVE}*({total}) + (1 - {ACTIVE})*{state}" if state in model.clamped else total


def _exact(model: CellModel) -> StepProgram:
    """All states from the values before the step; independent decays need no temporary."""
    names = _structure(model, model.states)
    first, last = [], []
    for state in model.states:
        total = _propagated(state, model.states, names)
        if total == f"P__{state}__{state}*{state}" and state not in model.clamped:
            last.append(Assignment(state, total))
            continue
        total = _clamped(model, state, total)
        first.append(Assignment(f"{state}__next", total))
        last.append(Assignment(state, f"{state}__next"))
    return StepProgram(model, "exact", (*first, *last), names, ())


def _runge_kutta(model: CellModel, linear: tuple[str, ...]) -> StepProgram:
    """The classical method for the states that are not linear.

    ``i_inj`` is constant over the step, and the linear states are exact at its
    beginning, its middle and its end, where the method asks for them.
    """
    rest = [e for e in model.system if e.state not in linear]
    slopes = {e.state: _without_division(e.tree, model) for e in rest}
    used = set().union(*map(names_in, slopes.values()))
    middle = {s: f"{s}__half" for s in linear if s in used}
    end = {s: f"{s}__next" for s in linear}
    whole = _structure(model, linear)
    half = _structure(model, linear, "H")
    steps = [Assignment(middle[s], _clamped(model, s, _propagated(s, linear, half, "H"))) for s in middle]
    needed = set().union(*(names_in(parse_expression(a.expression)) for a in steps))
    half = tuple(n for n in half if n in needed)
    steps += [Assignment(end[s], _clamped(model, s, _propagated(s, linear, whole))) for s in linear]
    stages: list[tuple[str, dict[str, str]]] = [("", {}), ("0.5", middle), ("0.5", middle), ("1.0", end)]
    for stage, (factor, known) in enumerate(stages, start=1):
        moved = {e.state: f"{e.state} + {factor}*k{stage - 1}__{e.state}" for e in rest if factor}
        at = {state: parse_expression(text) for state, text in (known | moved).items()}
        for equation in rest:
            slope = _slope(equation, substituted(slopes[equation.state], at))
            steps.append(Assignment(f"k{stage}__{equation.state}", f"{LENGTH}*({slope})"))
    for e in rest:
        s = e.state
        steps.append(Assignment(s, f"{s} + (k1__{s} + 2.0*k2__{s} + 2.0*k3__{s} + k4__{s})/6.0"))
    steps += [Assignment(s, end[s]) for s in linear]
    inverse = tuple(f"{INVERSE}{p}" for p in model.parameters if f"{INVERSE}{p}" in used)
    parameters = tuple(p for p in model.parameters if p in used)
    return StepProgram(model, "rk4", tuple(steps), (LENGTH, *inverse, *whole, *half), parameters)


def _euler(model: CellModel) -> StepProgram:
    """``x + dt*dx/dt`` for all states, from the values before the step."""
    slopes = {e.state: _slope(e, _without_division(e.tree, model)) for e in model.system}
    used = set().union(*(names_in(parse_expression(slope)) for slope in slopes.values()))
    moves = [Assignment(f"k1__{s}", f"{LENGTH}*({slope})") for s, slope in slopes.items()]
    steps = [Assignment(s, f"{s} + k1__{s}") for s in slopes]
    inverse = tuple(f"{INVERSE}{p}" for p in model.parameters if f"{INVERSE}{p}" in used)
    parameters = tuple(p for p in model.parameters if p in used)
    return StepProgram(model, "euler", (*moves, *steps), (LENGTH, *inverse), parameters)


def _slope(equation: Equation, tree: ast.expr) -> str:
    """The text of a slope, zero where the state stands still."""
    slope = ast.unparse(tree)
    return f"{ACTIVE}*({slope})" if equation.clamped else slope


class _Inverter(ast.NodeTransformer):
    """Divisions by a parameter become multiplications with its inverse."""

    def __init__(self, model: CellModel) -> None:
        self.model = model

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Div) and isinstance(node.right, ast.Name) and node.right.id in self.model.parameters:
            return ast.BinOp(node.left, ast.Mult(), ast.Name(f"{INVERSE}{node.right.id}", ast.Load()))
        return node


def _without_division(tree: ast.expr, model: CellModel) -> ast.expr:
    """A copy of the expression that divides by no parameter: four stages a step would do so each time."""
    changed: ast.expr = _Inverter(model).visit(deepcopy(tree))
    return changed


def coefficient_values(
    program: StepProgram, values: Mapping[str, NDArray[Any]], dt: float
) -> dict[str, NDArray[np.float64]]:
    """Values of the program's coefficients, shape () or (cells,) each.

    Homogeneous ones come out with shape (), so that a simulator can hold them as constants.
    """
    model = program.model
    states = () if program.method == "euler" else linear_states(model)
    dt = dt / program.substeps
    found: dict[str, Any] = {LENGTH: np.float64(dt)}
    for name in program.coefficients:
        if name.startswith(INVERSE):
            found[name] = 1.0 / np.asarray(values[name.removeprefix(INVERSE)])
    if states:
        found |= propagators(model, values, dt, states)
        if program.method == "rk4":
            found |= propagators(model, values, dt / 2, states, "H")
    return {name: _constant(found.get(name, np.float64(0))) for name in program.coefficients}


def _constant(value: Any) -> Any:
    """One value of shape () where all are the same."""
    same = not np.ndim(value) or (value == value.flat[0]).all()
    return np.float64(np.ravel(value)[0]) if same else value


def refractory_steps(model: CellModel, values: Mapping[str, NDArray[Any]], dt: float) -> NDArray[np.int64]:
    """Steps for which clamped states stand still after a spike."""
    if not model.refractory:
        return np.zeros((), np.int64)
    return to_steps(values[model.refractory], dt)
