"""A step in parts, as many for each cell as its load in this step asks for.

The number of parts is a power of two, found by doubling: no function rounds, and all simulators agree on it. Within
the step quantities that are known at its beginning, middle and end follow the parabola through them.
"""

from __future__ import annotations

from collections.abc import Iterable

from unisono.adapters.codegen.program import Assignment, Loop

#: The largest load of a part, ``|df/dx|`` times its length: a Lobatto part errs by at most 2e-3 mV, a Runge-Kutta
#: part, which is stable up to 2.78, by at most 0.03 mV.
LOAD_OF_PART = 0.5

#: The largest number of parts in a step.
MOST_PARTS = 1024

#: The load of a step beyond which Runge-Kutta parts would not be stable. The states become NaN there, which nothing
#: makes a number again.
LARGEST_LOAD = 2.0 * MOST_PARTS

#: Names: the load of the step, the number of parts, one divided by it, the parts that are done.
LOAD, PARTS, SHARE, DONE = "load__", "parts__", "share__", "done__"


def load_beyond_one_part(loads: Iterable[str]) -> str:
    """What is positive where one of these loads asks for more than one part."""
    total = ""
    for load in loads:
        total = f"max({total}, abs({load}))" if total else f"abs({load})"
    return f"{total} - {LOAD_OF_PART}"


def division(limited: bool) -> tuple[Assignment | Loop, ...]:
    """From the load of a step to its parts.

    Parameters
    ----------
    limited : bool
        Whether a load beyond :data:`LARGEST_LOAD` leads to NaN.
    """
    refusal = f" + 0.0/max({LARGEST_LOAD} - {LOAD}, 0.0)" if limited else ""
    doubled = Assignment(PARTS, f"2.0*{PARTS}{refusal}")
    return (
        Assignment(PARTS, "1.0"),
        Loop(f"min({LOAD_OF_PART * MOST_PARTS}, {LOAD}) - {LOAD_OF_PART}*{PARTS}", (doubled,)),
        Assignment(SHARE, f"1.0/{PARTS}"),
    )


def parabola(name: str, begin: str, middle: str, end: str) -> tuple[Assignment, Assignment]:
    """The parabola through three values: its coefficients ``c2__name`` and ``c1__name``."""
    return (
        Assignment(f"c2__{name}", f"2.0*({begin} - 2.0*{middle} + {end})"),
        Assignment(f"c1__{name}", f"{end} - {begin} - c2__{name}"),
    )


def on_parabola(name: str, begin: str, time: str) -> str:
    """Its value at a time that counts from 0 to 1 in the step."""
    return f"{begin} + {time}*(c1__{name} + {time}*c2__{name})"
