"""The classical Runge-Kutta method in parts, for what is not affine in itself.

Kutta (1901); Hairer, Norsett & Wanner, Solving ODEs I, table II.1.2: order four, stable up to a load of 2.78. Each
cell takes its step in as many parts as the largest diagonal element of its Jacobian asks for. Without load that
is one. Where a potential runs away, which is no matter of stability, the parts are at most :data:`PARTS_OF_GROWTH`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from unisono.adapters.codegen.affine import affine, variables
from unisono.adapters.codegen.derivative import derivative, negative
from unisono.adapters.codegen.parts import (
    DONE,
    LOAD,
    LOAD_OF_PART,
    PARTS,
    SHARE,
    division,
    load_beyond_one_part,
    on_parabola,
    parabola,
)
from unisono.adapters.codegen.program import (
    INVERSE,
    LENGTH,
    Assignment,
    Choice,
    Course,
    Instruction,
    Loop,
    StepProgram,
    finished,
    generic,
    slope,
    without_division,
)
from unisono.models.cells.model import CellModel
from unisono.models.dynamics.expressions import copied, names_in, parse_expression, substituted

#: The most parts that a growing state asks for; two for each doubling of a potential would do.
PARTS_OF_GROWTH = 8

#: The length of a part, and half of that of the step or part that is taken.
_PART, _HALF = "h__ms", "half__ms"


def runge_kutta(model: CellModel, linear: tuple[str, ...]) -> StepProgram:
    """The step of a model whose linear states are known; the others take the method's stages."""
    return _Writer(model, linear).program()


class _Writer:
    def __init__(self, model: CellModel, linear: tuple[str, ...]) -> None:
        self.model, self.linear = model, linear
        self.rest = [e for e in model.system if e.state not in linear]
        self.slopes = {e.state: without_division(e.tree, model) for e in self.rest}
        names = set().union(*map(names_in, self.slopes.values()))
        self.used = tuple(s for s in linear if s in names)
        self.course = Course(model, linear)

    def program(self) -> StepProgram:
        loads = [*self._loads()]
        shared = _Shared([call for load in loads for call in _outermost(load)], "call")
        steps: list[Instruction] = [*self.course.middle(self.used), *self.course.end(), *shared.assignments]
        steps += [
            Assignment(f"load{k}__", f"{LENGTH}*({ast.unparse(shared.replaced(e))})") for k, e in enumerate(loads)
        ]
        whole = self._part(LENGTH, ("", "__half", "__next"), shared)
        if loads:
            names = [f"load{k}__" for k in range(len(loads))]
            steps.append(Choice(load_beyond_one_part(names), tuple(self._divided(names)), tuple(whole)))
        else:
            steps += whole
        steps += self.course.arrival()
        return finished(self.model, "rk4", steps, self.course.coefficients)

    def _divided(self, loads: Sequence[str]) -> Iterator[Assignment | Loop]:
        """The step in parts."""
        for s in self.used:
            yield from parabola(s, s, f"{s}__half", f"{s}__next")
        yield Assignment(LOAD, _largest(loads))
        yield from division(limited=True)
        yield Assignment(_PART, f"{LENGTH}*{SHARE}")
        yield Assignment(DONE, "0.0")
        yield from (Assignment(f"{s}__c", s) for s in self.used)
        body = [Assignment(f"{s}__a", f"{s}__c") for s in self.used]
        if self.used:
            body += [Assignment("middle__", f"({DONE} + 0.5)*{SHARE}"), Assignment("end__", f"({DONE} + 1.0)*{SHARE}")]
        body += [*self._nodes("middle__", "end__"), *self._part(_PART, ("__a", "__b", "__c"))]
        yield Loop(f"{PARTS} - {DONE}", (*body, Assignment(DONE, f"{DONE} + 1.0")))
        # NaN where the load is too large: then no part was carried out
        yield from (Assignment(e.state, f"{e.state} + 0.0*{SHARE}") for e in self.rest)

    def _nodes(self, middle: str, end: str) -> Iterator[Assignment]:
        """The linear states in the middle and at the end of a part."""
        for suffix, time in (("__b", middle), ("__c", end)):
            for s in self.used:
                yield Assignment(f"{s}{suffix}", on_parabola(s, s, time))

    def _part(self, length: str, times: tuple[str, str, str], shared: _Shared | None = None) -> Iterator[Assignment]:
        """The four stages of a part, with the suffixes of the linear states at its beginning, middle and end.

        ``k`` is half of what a stage moves a state by: the same bits as with all of it, in fewer operations.
        """
        begin, middle, end = times
        yield Assignment(_HALF, f"0.5*{length}")
        for stage, (factor, suffix) in enumerate((("", begin), ("", middle), ("", middle), ("2.0*", end)), start=1):
            known = self.course.at(self.used, suffix) if suffix else {}
            moved = {e.state: f"{e.state} + {factor}k{stage - 1}__{e.state}" for e in self.rest if stage > 1}
            at = known | {state: parse_expression(text) for state, text in moved.items()}
            trees = [substituted(self.slopes[e.state], at) for e in self.rest]
            if shared and stage == 1:
                trees = [shared.replaced(tree) for tree in trees]
            again = _Shared(_repeated(trees), "same")
            yield from again.assignments
            for e, tree in zip(self.rest, trees, strict=True):
                yield Assignment(f"k{stage}__{e.state}", f"{_HALF}*({slope(e, again.replaced(tree))})")
        for s in (e.state for e in self.rest):
            yield Assignment(s, f"{s} + (k1__{s} + 2.0*k2__{s} + 2.0*k3__{s} + k4__{s})/3.0")

    def _loads(self) -> Iterator[ast.expr]:
        """How fast each state moves back, at the beginning of the step and, where that may rise, at its end."""
        covered = {f"{INVERSE}{name}" for name, p in self.model.parameters.items() if p.unit == "ms" and p.positive}
        rising = [s for s in self.used if not self._decays(s)]
        for e in self.rest:
            rate = negative(derivative(e.tree, e.state))
            if rate is None:
                continue
            rate = without_division(rate, self.model)
            if names_in(rate) <= covered:  # substeps are short against time constants
                continue
            yield rate
            if any(s in names_in(rate) for s in rising):
                yield substituted(rate, self.course.at(rising, "__next"))

    def _decays(self, state: str) -> bool:
        equation = next(e for e in self.model.system if e.state == state)
        return affine(equation.tree, generic(self.model), variables(self.model)).coefficients.keys() <= {state}


def _largest(loads: Iterable[str]) -> str:
    """The largest load of the step; a negative one counts by its size, up to a limit."""
    total = ""
    for load in loads:
        one = f"max({load}, min({LOAD_OF_PART * PARTS_OF_GROWTH}, -{load}))"
        total = f"max({total}, {one})" if total else one
    return total


class _Shared:
    """Calls of functions that are carried out once, however often they stand there; inner ones come first."""

    def __init__(self, calls: Iterable[ast.Call], name: str) -> None:
        self._names: dict[str, str] = {}
        self.assignments: list[Assignment] = []
        for text in sorted({ast.unparse(call): call for call in calls}, key=lambda text: (len(text), text)):
            value = ast.unparse(self.replaced(parse_expression(text)))
            self.assignments.append(Assignment(f"{name}{len(self._names)}__", value))
            self._names[text] = self.assignments[-1].target

    def replaced(self, tree: ast.expr) -> ast.expr:
        """The expression with names in place of the calls."""
        changed: ast.expr = _Replacement(self._names).visit(copied(tree))
        return changed


def _repeated(trees: Iterable[ast.expr]) -> list[ast.Call]:
    """Calls that stand in the expressions more than once."""
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    times = Counter(ast.unparse(call) for call in calls)
    return [call for call in calls if times[ast.unparse(call)] > 1]


def _outermost(tree: ast.AST) -> Iterator[ast.Call]:
    if isinstance(tree, ast.Call):
        yield tree
        return
    for child in ast.iter_child_nodes(tree):
        yield from _outermost(child)


class _Replacement(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = self._names.get(ast.unparse(node))
        if name:
            return ast.Name(name, ast.Load())
        node.args = [self.visit(a) for a in node.args]
        return node
