"""NMODL: mechanisms, expressions in the same double arithmetic as in C, lines that NEURON's translator can read."""

from __future__ import annotations

import ast
import hashlib
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from unisono.adapters.codegen.printers.printer import Printer
from unisono.models.dynamics.expressions import names_in
from unisono.models.dynamics.model import Equation

#: Stands for the name of a mechanism, which its source determines.
NAME = "@NAME@"

#: NEURON's translator wants these of every mechanism that holds a pointer; only CoreNEURON would call them.
UNUSED = """
VERBATIM
static void bbcore_write(double*, int*, int*, int*, _threadargsproto_) {}
static void bbcore_read(double*, int*, int*, int*, _threadargsproto_) {}
ENDVERBATIM
"""


def _inline(name: str, arguments: str, value: str) -> str:
    """A function in C++: the compiler does not put a FUNCTION of NMODL's in place of its calls."""
    listed = ", ".join(f"double {letter}" for letter in arguments)
    return f"static inline double {name}(_internalthreadargsprotocomma_ {listed}) {{ return {value}; }}"


#: Functions that NMODL does not have, in C++.
DEFINED = {
    "minimum": _inline("minimum", "ab", "a < b ? a : b"),
    "maximum": _inline("maximum", "ab", "a > b ? a : b"),
    "relative": _inline("relative", "x", "x == 0.0 ? 1.0 : expm1(x)/x"),
}

#: Characters of an equation for cnexp. The translator writes it as slope and rest, each with more parentheses, into
#: a buffer of 1000 and cuts off what is longer: p*(q + r*(s + x)) grows by a factor of 2.5.
LONGEST = 300

#: Characters of an expression without the equation's own state that is computed before the equation.
_PART = 20


@dataclass(frozen=True)
class Mechanism:
    """NMODL source under a name that its content determines.

    Two mechanisms of one name are thus the same, and a process may hold any number of them.
    """

    name: str
    source: str


def identifier(name: str) -> str:
    """The name with an underscore for all that an identifier cannot hold."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)[:40].strip("_")


def named(stem: str, source: str) -> tuple[str, str]:
    """A name made from the source, and the source with it."""
    name = f"Unisono_{identifier(stem)}_{hashlib.sha256(source.encode()).hexdigest()[:12]}"
    return name, source.replace(NAME, name)


def member(name: str, kind: str = "m") -> str:
    """Name of a model's variable inside a mechanism, where ``v``, ``t``, ``cm`` and others are taken.

    NEURON's translator makes ``Dx`` and ``x0`` of a state ``x``: neither begins and ends like a member.
    """
    return f"{kind}_{name}_"


def split(equation: Equation) -> tuple[dict[str, str], str]:
    """An equation without its longer parts that do not depend on its own state, and these."""
    parts: dict[str, str] = {}

    def visit(node: ast.expr) -> ast.expr:
        text = printed(node)
        if len(text) > _PART and equation.state not in names_in(node):
            name = member(f"{equation.state}_{len(parts)}", "part")
            parts[name] = text
            return ast.Name(name)
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                return ast.BinOp(visit(left), op, visit(right))
            case ast.UnaryOp(op=op, operand=operand):
                return ast.UnaryOp(op, visit(operand))
        return node

    rest = visit(equation.tree)
    return parts, printed(rest, {name: name for name in parts})


class _Printer(Printer):
    """Names of the mechanism, NMODL's functions."""

    functions: ClassVar = {"abs": "fabs", "mod": "fmod", "min": "minimum", "max": "maximum", "exprel": "relative"}
    power = "pow"

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def name(self, name: str) -> str:
        return self.names.get(name) or member(name)


def printed(tree: ast.expr, names: Mapping[str, str] | None = None) -> str:
    """NMODL of an expression; names that are not given are members."""
    return _Printer(names or {}).text(tree)


def wrapped(text: str, indent: int = 4) -> str:
    """Lines that NEURON's translator can hold: it reads into a buffer of 512 characters."""
    first, other = " " * indent, " " * (indent + 4)
    return textwrap.fill(
        text, 110, initial_indent=first, subsequent_indent=other, break_long_words=False, break_on_hyphens=False
    )


def listed(keyword: str, names: Iterable[str]) -> str:
    """A keyword and its list of names."""
    return wrapped(f"{keyword} {', '.join(names)}")
