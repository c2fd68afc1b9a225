"""One time step of a cell model as a small program, the same for every simulator.

The program is a list of assignments in plain arithmetic; each adapter only
prints it in its own language. Linear models get their exact propagators, the
others the classical Runge-Kutta method of order four, whose error per step is
O(dt^5) (Kutta 1901; Hairer, Norsett & Wanner, Solving ODEs I, table II.1.2).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.affine import is_linear, propagators
from unisono.models.equations import CellModel, names_in

#: 1 outside refractoriness, 0 inside: held states are multiplied with it.
ACTIVE = "active"


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
        ``exact`` or ``rk4``.
    assignments : tuple of Assignment
        To be carried out in order. Held states stand still where ``active`` is 0.
    coefficients : tuple of str
        Names of the constants that :func:`coefficient_values` computes from the parameters.
    parameters : tuple of str
        Names of the model's parameters that the assignments use.
    """

    model: CellModel
    method: str
    assignments: tuple[Assignment, ...]
    coefficients: tuple[str, ...]
    parameters: tuple[str, ...]

    @property
    def temporaries(self) -> tuple[str, ...]:
        """Targets that are no state variables, in order of first use."""
        return tuple(dict.fromkeys(a.target for a in self.assignments if a.target not in self.model.states))


def step_program(model: CellModel) -> StepProgram:
    """The step of a model in matched numerics."""
    return _exact(model) if is_linear(model) else _runge_kutta(model)


def _exact(model: CellModel) -> StepProgram:
    """``x' = P x + R i_inj + Q``, for all states from the values before the step."""
    ones = {name: np.float64(parameter.default) for name, parameter in model.parameters.items()}
    # Which coefficients are structurally zero is read off a run with generic values.
    generic = {name: np.float64(1.0 + 0.37 * index) for index, name in enumerate(sorted(ones))}
    names = tuple(propagators(model, generic, 0.1))  # type: ignore[arg-type]
    first, last = [], []
    for state in model.states:
        terms = []
        for other in model.states:
            if f"P_{state}_{other}" in names:
                terms.append(f"P_{state}_{other}*{other}")
        if f"R_{state}" in names:
            terms.append(f"R_{state}*i_inj")
        if f"Q_{state}" in names:
            terms.append(f"Q_{state}")
        total = " + ".join(terms)
        if terms == [f"P_{state}_{state}*{state}"]:
            last.append(Assignment(state, total))
            continue
        if state in model.held:
            total = f"{ACTIVE}*({total}) + (1 - {ACTIVE})*{state}"
        first.append(Assignment(f"{state}_next", total))
        last.append(Assignment(state, f"{state}_next"))
    return StepProgram(model, "exact", (*first, *last), names, ())


def _runge_kutta(model: CellModel) -> StepProgram:
    """The classical method of order four; ``i_inj`` is constant over the step."""
    steps: list[Assignment] = []
    for stage, factor in ((1, None), (2, "0.5"), (3, "0.5"), (4, "1.0")):
        for equation in model.system:
            at = {s: s if factor is None else f"({s} + {factor}*k{stage - 1}_{s})" for s in model.states}
            slope = _substituted(equation.tree, at)
            if equation.held_in_refractoriness:
                slope = f"{ACTIVE}*({slope})"
            steps.append(Assignment(f"k{stage}_{equation.state}", f"dt_ms*({slope})"))
    for s in model.states:
        steps.append(Assignment(s, f"{s} + (k1_{s} + 2.0*k2_{s} + 2.0*k3_{s} + k4_{s})/6.0"))
    used = set().union(*(names_in(e.tree) for e in model.system))
    return StepProgram(model, "rk4", tuple(steps), ("dt_ms",), tuple(p for p in model.parameters if p in used))


class _Renamer(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = {old: ast.parse(new, mode="eval").body for old, new in names.items()}

    def visit_Name(self, node: ast.Name) -> ast.AST:  # noqa: N802 (ast's own name)
        return self.names.get(node.id, node)


def _substituted(tree: ast.expr, names: Mapping[str, str]) -> str:
    copy = ast.parse(ast.unparse(tree), mode="eval").body
    return ast.unparse(_Renamer(names).visit(copy))


def coefficient_values(
    program: StepProgram, values: Mapping[str, NDArray[Any]], dt: float
) -> dict[str, NDArray[np.float64]]:
    """Values of the program's coefficients, shape () or (cells,) each.

    Homogeneous ones come out with shape (), so that a simulator can hold them as constants.
    """
    if program.method == "rk4":
        return {"dt_ms": np.float64(dt)}  # type: ignore[dict-item]
    result = {name: np.float64(0) for name in program.coefficients}
    for name, value in propagators(program.model, values, dt).items():
        result[name] = value if np.ndim(value) and not (value == value.flat[0]).all() else np.float64(value.flat[0])  # type: ignore[assignment]
    return result  # type: ignore[return-value]


def refractory_steps(program_or_model: CellModel, values: Mapping[str, NDArray[Any]], dt: float) -> NDArray[np.int64]:
    """Steps for which held states stand still after a spike: ``round(tau_refrac / dt)``."""
    return np.rint(np.asarray(values[program_or_model.refractory]) / dt).astype(np.int64)
