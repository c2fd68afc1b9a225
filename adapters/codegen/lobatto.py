"""Lobatto IIIC: a membrane whose conductances rise, or that hardly leaks, stable under any load.

For one state that is affine in itself the implicit method of three stages and order four (Hairer & Wanner, Solving
ODEs II, table IV.5.12; L-stable) has a closed form with one division. ``z_k`` is the length of a part times the
rate at its beginning, middle and end, ``r_k`` the length times the slope there of the x at its beginning.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from unisono.adapters.codegen.collocation import Membrane
from unisono.adapters.codegen.parts import (
    DONE,
    LOAD,
    PARTS,
    SHARE,
    division,
    load_beyond_one_part,
    on_parabola,
    parabola,
)
from unisono.adapters.codegen.program import (
    LENGTH,
    Assignment,
    Choice,
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

#: What a part adds to x: of the length of the part ``h``, rates and slopes at its beginning, middle and end.
_FORMULA = """
    q = 3.0 + z0
    s = q*z1 + 4.0
    d = z1 - 4.0
    move = (s*(r2 + r1) - d*(r0 + q*r1))/(s*(4.0 + z2) - d*(2.0 + z0))
"""

#: A step of one part.
_WHOLE = "\n".join(f"z{k} = {LENGTH}*a{k}\nr{k} = {LENGTH}*f{k}" for k in range(3)) + _FORMULA

#: One of several parts; ``moved`` is what those before it have added.
_PART = (
    "\n".join(f"z{k} = h*b{k}\nr{k} = h*g{k} - z{k}*moved" for k in range(3))
    + _FORMULA
    + "moved = moved + move\nb0 = b2\ng0 = g2"
)


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
    loads = [f"load{k}__{x}" for k in range(3)]
    steps += [Assignment(load, f"{LENGTH}*{rate}") for load, rate in zip(loads, a, strict=True)]
    whole = (*written(_WHOLE, x), Assignment(x, f"{x} + move__{x}"))
    steps.append(Choice(load_beyond_one_part(loads), tuple(_divided(x, a, f, loads)), whole))
    steps += course.arrival()
    return finished(model, "lobatto", steps, course.coefficients)


def _divided(x: str, a: Sequence[str], f: Sequence[str], loads: Sequence[str]) -> Iterator[Assignment | Loop]:
    """The step in parts."""
    yield from (*parabola("a", *a), *parabola("f", *f))
    yield Assignment(LOAD, "max(abs({}), max(abs({}), abs({})))".format(*loads))
    yield from (*division(limited=False), Assignment(DONE, "0.0"))
    yield from written(f"h = {LENGTH}*{SHARE}\nmoved = 0.0\nb0 = a0\ng0 = f0", x)
    body = [Assignment(f"middle__{x}", f"({DONE} + 0.5)*{SHARE}"), Assignment(DONE, f"{DONE} + 1.0")]
    body.append(Assignment(f"end__{x}", f"{DONE}*{SHARE}"))
    for k, time in ((1, "middle"), (2, "end")):
        body.append(Assignment(f"b{k}__{x}", on_parabola("a", a[0], f"{time}__{x}")))
        body.append(Assignment(f"g{k}__{x}", on_parabola("f", f[0], f"{time}__{x}")))
    yield Loop(f"{PARTS} - {DONE}", (*body, *written(_PART, x)))
    yield Assignment(x, f"{x} + moved__{x}")
