"""Exponential collocation: a membrane whose conductances decay, right and stable under any load.

A state with ``dx/dt = f(t, x)``, affine in x, tends to ``x_inf(t)`` with the rate ``a(t) = -df/dx``. In the load
``s = int a dt`` that is ``dx/ds = x_inf - x``. If the rate is a constant plus states that each decay by themselves,
``x_inf`` is smooth in ``s`` however large the rate is. It is taken as the parabola through the beginning, the
middle and the end of the step, and integrated exactly: order four (Hochbruck & Ostermann 2005, Appl Numer Math 53:323,
exponential collocation with nodes 0, 1/2, 1, whose load here varies). The loads of the step and of its first half
are sums over the linear states, and so exact.

With ``f_k`` the slope of the old x at the three times, ``x_inf - x = f_k/a_k``. The factor ``exp(-A)`` is the 16th
power of 1/T6(A/16), with T6 the Taylor polynomial of exp of degree six, off by at most 1e-10 of it: a plain
polynomial is what compilers vectorise.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from unisono.adapters.codegen.affine import NotLinear, Value, affine, linear_states, variables
from unisono.adapters.codegen.derivative import derivative, is_affine, negative
from unisono.adapters.codegen.program import (
    ACTIVE,
    Assignment,
    Course,
    StepProgram,
    finished,
    generic,
    without_division,
    written,
)
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import names_in, substituted
from unisono.models.dynamics.model import Equation

#: The least load of a step by the constant part of the rate alone: below it rounding, which the division by small
#: rates enlarges, would exceed 1e-7 mV. The second holds where ``x_inf`` is a mean of reversal potentials, the first
#: where other terms move, a current that decays for example.
LEAST_LOAD_MOVING, LEAST_LOAD = 1e-3, 1e-6

_FORMULA = """
    B = A - M
    y = 0.0625*A
    E = 720.0/(720.0 + y*(720.0 + y*(360.0 + y*(120.0 + y*(30.0 + y*(6.0 + y))))))
    EE = E*E
    EEEE = EE*EE
    D = EEEE*EEEE
    m0 = 1.0 - D*D
    m1 = A - m0
    m2 = A*A - 2.0*m1
    g0 = f0*(a1*a2)
    g1 = f1*(a0*a2)
    g2 = f2*(a0*a1)
    u = B*(g1 - g0)
    w = M*(g2 - g1)
    n = M*B*A
    r = 1.0/(a0*a1*a2*n)
    move = r*(g0*m0*n + u*A*m1 + (w - u)*(m2 - M*m1))
"""


@dataclass(frozen=True)
class Membrane:
    """The one state of a model that is not linear but affine in itself.

    Attributes
    ----------
    equation : Equation
    rate : ast.expr
        How fast it tends to where it tends, ``-df/dx``, 1/ms: an expression of the linear states.
    linear : tuple of str
        The linear states.
    """

    equation: Equation
    rate: ast.expr
    linear: tuple[str, ...]

    @property
    def rate_states(self) -> tuple[str, ...]:
        """The linear states that the rate depends on."""
        return tuple(state for state in self.linear if state in names_in(self.rate))

    @property
    def used(self) -> tuple[str, ...]:
        """The linear states that it depends on."""
        return tuple(state for state in self.linear if state in names_in(self.equation.tree))


def membrane_of(model: CellModel) -> Membrane | None:
    """The membrane of a model, if it has one such state beside linear ones and no others."""
    linear = linear_states(model)
    rest = [e for e in model.system if e.state not in linear]
    if len(rest) != 1 or not is_affine(rest[0].tree, rest[0].state):
        return None
    rate = negative(derivative(rest[0].tree, rest[0].state))
    return None if rate is None or INJECTED in names_in(rate) else Membrane(rest[0], rate, linear)


def collocates(model: CellModel, values: Mapping[str, Value] | None = None, dt: float = 0.0) -> bool:
    """Whether the method is right for a model, and for values of its parameters.

    Parameters
    ----------
    model : CellModel
    values : mapping of str to float64 array, shape () or (cells,), optional
        Values of the parameters; without them only the equations are looked at.
    dt : float
        Length of a step, ms.
    """
    membrane = membrane_of(model)
    if membrane is None or not set(membrane.rate_states).isdisjoint(model.clamped):
        return False
    signs = {r.sign for r in model.receptors.values() if r.state in membrane.rate_states}
    try:
        with np.errstate(all="ignore"):  # without values only the structure counts
            return signs <= {1} and _decays(model, membrane, generic(model) if values is None else values, dt)
    except NotLinear:
        return False


def _decays(model: CellModel, membrane: Membrane, values: Mapping[str, Value], dt: float) -> bool:
    """Whether the rate is a positive constant plus positive multiples of states that decay, each by itself."""
    for equation in model.system:
        if equation.state in membrane.rate_states:
            own = affine(equation.tree, values, variables(model))
            if own.coefficients.keys() != {equation.state} or np.any(own.constant):
                return False
    for statement in model.resets:
        if statement.state in membrane.rate_states:
            jump = affine(statement.tree, values, variables(model))
            if not jump.coefficients.keys() <= {statement.state} or not _positive(
                jump.constant, *jump.coefficients.values()
            ):
                return False
    rate = affine(membrane.rate, values, variables(model))
    if not dt:
        return True
    least = LEAST_LOAD if set(membrane.used) == set(membrane.rate_states) else LEAST_LOAD_MOVING
    return _positive(*rate.coefficients.values()) and bool(np.all(rate.constant * dt >= least))


def _positive(*values: Value) -> bool:
    return all(bool(np.all(value >= 0)) for value in values)


def integrals(membrane: Membrane) -> dict[str, ast.expr]:
    """What is summed up over the step beside the linear states: the rate."""
    return {f"load__{membrane.equation.state}": membrane.rate}


def collocation(model: CellModel, membrane: Membrane) -> StepProgram:
    """The step of a model whose membrane collocates."""
    x = membrane.equation.state
    (load,) = integrals(membrane)
    course = Course(model, membrane.linear, integrals(membrane))
    rate = without_division(membrane.rate, model)
    slope = without_division(membrane.equation.tree, model)
    steps = [Assignment(f"A__{x}", course.integral(load)), Assignment(f"M__{x}", course.integral(load, "H"))]
    steps += [*course.middle(membrane.used), *course.end()]
    for k, suffix in enumerate(("", "__half", "__next")):
        at = course.at(membrane.used, suffix) if suffix else {}
        steps.append(Assignment(f"a{k}__{x}", ast.unparse(substituted(rate, at))))
        steps.append(Assignment(f"f{k}__{x}", ast.unparse(substituted(slope, at))))
    steps += written(_FORMULA, x)
    active = f"{ACTIVE}*" if membrane.equation.clamped else ""
    steps += [Assignment(x, f"{x} + {active}move__{x}"), *course.arrival()]
    return finished(model, "collocation", steps, course.coefficients)
