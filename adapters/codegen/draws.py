"""Random draws at synapses: each becomes an assignment of its own, since languages without such functions need a loop.

``binomial(trials, probability, chance)`` is the count at which the cumulated probability reaches ``chance``; see
:mod:`unisono.models.dynamics.expressions`. All simulators add up the same terms in the same order.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from unisono.adapters.codegen.program import Assignment
from unisono.models.dynamics.expressions import OF_SYNAPSES


def with_draws(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The same, with each draw before the assignment that uses it."""
    found: list[Assignment] = []
    parts = _Parts(found)
    for assignment in assignments:
        tree = parts.visit(ast.parse(assignment.expression, mode="eval").body)
        found.append(Assignment(assignment.target, ast.unparse(tree)) if parts.changed else assignment)
        parts.changed = False
    return tuple(found)


class _Parts(ast.NodeTransformer):
    """Moves draws out of expressions, the innermost first."""

    def __init__(self, found: list[Assignment]) -> None:
        self.found, self.changed, self.number = found, False, 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A function; a draw is replaced by its name."""
        self.generic_visit(node)
        if not is_draw(node):
            return node
        name = f"draw__{self.number}"
        self.found.append(Assignment(name, ast.unparse(node)))
        self.number, self.changed = self.number + 1, True
        return ast.Name(name)


def is_draw(tree: ast.expr) -> bool:
    """Whether it is a draw and nothing else."""
    return isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id in OF_SYNAPSES
