"""Expressions in the language of a simulator: what the printers have in common."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from unisono.adapters.codegen.draws import is_draw
from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import Decay
from unisono.models.dynamics.expressions import MOST_TRIALS, copied


class Table(NamedTuple):
    """A table of a decay, in the language: the array, and how many steps it has."""

    array: str
    size: str


#: Tables by the target of the decay.
Tables = Mapping[str, Table]
NO_TABLES: Tables = MappingProxyType({})


class Printer(ast.NodeTransformer, ABC):
    """Turns an expression into one of another language; names and operators are the language's."""

    #: What functions of a model are called, where that is another name.
    functions: ClassVar[Mapping[str, str]] = {}
    #: The function that is called for ``**``, and for ``/`` by what may be zero; empty: the operator.
    power: ClassVar[str] = ""
    division: str = ""

    @abstractmethod
    def name(self, name: str) -> str:
        """What a variable is called."""

    def text(self, tree: ast.expr) -> str:
        """The expression, or comparison, in the language; the tree stays as it is."""
        return ast.unparse(self.visit(copied(tree)))

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A variable."""
        return ast.Name(self.name(node.id))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A function: its name is no variable's."""
        name = ast.unparse(node.func)
        return ast.Call(ast.Name(self.functions.get(name, name)), [self.visit(a) for a in node.args], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """An operator."""
        self.generic_visit(node)
        by_number = isinstance(node.right, ast.Constant) and bool(node.right.value)
        if isinstance(node.op, ast.Pow) and self.power:
            return ast.Call(ast.Name(self.power), [node.left, node.right], [])
        if isinstance(node.op, ast.Div) and self.division and not by_number:
            return ast.Call(ast.Name(self.division), [node.left, node.right], [])
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """A sign; not every language has +."""
        inner = self.visit(node.operand)
        return inner if isinstance(node.op, ast.UAdd) else ast.UnaryOp(node.op, inner)


class CPrinter(Printer):
    """Prints expressions of languages that are much like C.

    Parameters
    ----------
    around : (str, str)
        What stands before and behind every name.
    """

    functions: ClassVar = {"abs": "fabs", "mod": "fmod", "min": "fmin", "max": "fmax"}
    power = "pow"

    def __init__(self, around: tuple[str, str]) -> None:
        self.around = around

    def name(self, name: str) -> str:
        """The name with what stands around it."""
        return name.join(self.around)

    def lines(
        self, assignments: Iterable[Assignment], known: Iterable[str], kind: str, tables: Tables = NO_TABLES
    ) -> Iterator[str]:
        """Statements.

        Parameters
        ----------
        assignments : iterable of Assignment
        known : iterable of str
            Names that are declared.
        kind : str
            Type of the others.
        tables : mapping of str to Table
            Of the decays that are read from one.
        """
        declared = set(known)
        for assignment in assignments:
            tree = ast.parse(assignment.expression, mode="eval").body
            if is_draw(tree):
                yield from self._draw(assignment.target, tree, kind)
                continue
            value = self.text(tree)
            if isinstance(assignment, Decay) and assignment.target in tables:
                array, size = tables[assignment.target]
                steps = self.name(assignment.steps)
                value = f"{steps} < {size} ? {array}[(int){steps}] : {value}"
            yield f"{'' if assignment.target in declared else f'{kind} '}{self.name(assignment.target)} = {value};"
            declared.add(assignment.target)

    def _draw(self, target: str, draw: ast.expr, kind: str) -> Iterator[str]:
        """Statements that declare a name and draw its value, as the models' binomial() does."""
        assert isinstance(draw, ast.Call)
        given = [f"{target}__{name}" for name in ("trials", "probability", "chance")]
        rare, part, total = (f"{target}__{name}" for name in ("rare", "part", "total"))
        values = [Assignment(n, ast.unparse(a)) for n, a in zip(given, draw.args, strict=True)]
        values.append(Assignment(rare, f"max(0.0, min({given[1]}, 1.0 - {given[1]}))"))
        values += [Assignment(part, f"(1.0 - {rare})**{given[0]}"), Assignment(total, part), Assignment(target, "0.0")]
        yield from self.lines(values, (), kind)
        n, p, chance, k, rare, part, total = map(self.name, (*given, target, rare, part, total))
        yield f"if ({p} > 0.5) {{ {chance} = 1.0 - {chance}; }}"
        yield f"if ({n} > {MOST_TRIALS}.0) {{ {k} = log(-1.0); }}"
        yield f"while (({total} < {chance}) && ({k} < {n})) {{"
        yield f"    {part} *= (({n} - {k}) / ({k} + 1.0)) * ({rare} / (1.0 - {rare}));"
        yield f"    {k} += 1.0;"
        yield f"    {total} += {part};"
        yield "}"
        yield f"if ({p} > 0.5) {{ {k} = {n} - {k}; }}"

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A function; that of the limit at 0 is written out, as not every such language has functions of its own."""
        if not (isinstance(node.func, ast.Name) and node.func.id == "exprel"):
            return super().visit_Call(node)
        text = ast.unparse(self.visit(node.args[0]))
        return ast.Name(f"((({text}) == 0.0) ? 1.0 : (expm1({text}) / ({text})))")


class SelfContainedPrinter(CPrinter):
    """Prints a language much like C without functions of our own: which of two numbers is meant is written out."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A function; a number wins over what is none, as in C."""
        if ast.unparse(node.func) not in ("min", "max"):
            return super().visit_Call(node)
        a, b = (ast.unparse(self.visit(argument)) for argument in node.args)
        sign = "<" if ast.unparse(node.func) == "min" else ">"
        return ast.Name(f"(((({a}) {sign} ({b})) || (({b}) != ({b}))) ? ({a}) : ({b}))")


class CppPrinter(CPrinter):
    """Prints C++ next to :data:`LESSER_AND_GREATER`, which the compiler can put in place of their calls."""

    functions: ClassVar = CPrinter.functions | {"min": "lesser", "max": "greater"}


#: As fmin and fmax: a number wins over what is none.
LESSER_AND_GREATER = """\
static inline double lesser(double a, double b) { return a < b ? a : b != b ? a : b; }
static inline double greater(double a, double b) { return a > b ? a : b != b ? a : b; }"""
