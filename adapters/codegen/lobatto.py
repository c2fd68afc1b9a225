"""Lobatto IIIC: a membrane whose conductances rise, or that hardly leaks, stable under any load.

For one state that is affine in itself the implicit method of three stages and order four (Hairer & Wanner, Solving
ODEs II, table IV.5.12; L-stable) has a closed form with one division. ``z_k`` is the length of a part times the
rate at its beginning, middle and end, ``r_k`` the length times the slope there of the x at its beginning.
"""

from __future__ import annotations

import ast

from unisono.adapters.codegen.collocation import Membrane
from unisono.adapters.codegen.parts import DONE, LOAD, PARTS, SHARE, division, on_parabola, parabola
from unisono.adapters.codegen.program import (
    LENGTH,
    Assignment,
    Course,
    Instruction,
    Loop,
    StepProgram,
    finished,
    slope,
    without_division,
    written,
)
from unisono.models.cells.model import CellModel
from unisono.models.dynamics.expressions import substituted

_FORMULA = """
    z0 = h*b0
    z1 = h*b1
    z2 = h*b2
    r0 = h*g0 - z0*moved
    r1 = h*g1 - z1*moved
    r2 = h*g2 - z2*moved
    q = 3.0 + z0
    s = q*z1 + 4.0
    d = z1 - 4.0
    moved = moved + (s*(r2 + r1) - d*(r0 + q*r1))/(s*(4.0 + z2) - d*(2.0 + z0))
    b0 = b2
    g0 = g2
"""


def lobatto(model: CellModel, membrane: Membrane) -> StepProgram:
    """The step of a model with such a membrane.

    Rates and slopes of the old x within the step follow the parabolas through its beginning, middle and end, where the
    linear states are exact.
    """
    x = membrane.equation.state
    course = Course(model, membrane.linear)
    rate = without_division(membrane.rate, model)
    force = without_division(membrane.equation.tree, model)
    steps: list[Instruction] = [*course.middle(membrane.used), *course.end()]
    for k, suffix in enumerate(("", "__half", "__next")):
        at = course.at(membrane.used, suffix) if suffix else {}
        steps.append(Assignment(f"a{k}__{x}", ast.unparse(substituted(rate, at))))
        steps.append(Assignment(f"f{k}__{x}", slope(membrane.equation, substituted(force, at))))
    a, f = ([f"{letter}{k}__{x}" for k in range(3)] for letter in "af")
    steps += [*parabola("a", *a), *parabola("f", *f)]
    steps.append(Assignment(LOAD, f"{LENGTH}*max(abs({a[0]}), max(abs({a[1]}), abs({a[2]})))"))
    steps += [*division(limited=False), Assignment(DONE, "0.0")]
    steps += written(f"h = {LENGTH}*{SHARE}\nmoved = 0.0\nb0 = a0\ng0 = f0", x)
    body = [Assignment(f"middle__{x}", f"({DONE} + 0.5)*{SHARE}"), Assignment(DONE, f"{DONE} + 1.0")]
    body.append(Assignment(f"end__{x}", f"{DONE}*{SHARE}"))
    for k, time in ((1, "middle"), (2, "end")):
        body.append(Assignment(f"b{k}__{x}", on_parabola("a", a[0], f"{time}__{x}")))
        body.append(Assignment(f"g{k}__{x}", on_parabola("f", f[0], f"{time}__{x}")))
    steps.append(Loop(f"{PARTS} - {DONE}", (*body, *written(_FORMULA, x))))
    steps += [Assignment(x, f"{x} + moved__{x}"), *course.arrival()]
    return finished(model, "lobatto", steps, course.coefficients)
