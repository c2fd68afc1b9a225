"""Whether a script that failed would have run anything else: if not, the networks that it ran are complete."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from unisono.models.pynn import running

#: Calls that simulate.
RUNS = frozenset(("run", "run_for", "run_until"))

_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Place:
    """A line that is at work when an error comes up.

    Attributes
    ----------
    file : Path
    line : int
    """

    file: Path
    line: int


def places(traceback: TracebackType | None, folder: Path) -> tuple[Place, ...]:
    """The lines of files in a folder that a traceback goes through, outermost first."""
    found = []
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        # names in brackets, such as <frozen runpy>, are no files
        if not file.startswith("<") and folder in Path(file).resolve().parents:
            found.append(Place(Path(file), traceback.tb_lineno))
        traceback = traceback.tb_next
    return tuple(found)


def during_run(traceback: TracebackType | None) -> bool:
    """Whether a run was in progress: an error of a callback."""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == running.__file__:
            return True
        traceback = traceback.tb_next
    return False


def may_run_again(at: Sequence[Place]) -> bool:
    """Whether a run may follow, by the text of the script: behind a line that is at work, or in a loop around it.

    Parameters
    ----------
    at : sequence of Place
        The lines at work, outermost first. Without any nothing is known, and a run may follow.
    """
    if not at:
        return True
    return any(_runs_behind(place, innermost=place is at[-1]) for place in at)


def _runs_behind(place: Place, innermost: bool) -> bool:
    try:
        tree = ast.parse(place.file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, SyntaxError, ValueError):
        return True
    runs = _names_that_run(tree)
    scope = _scope(tree, place.line)
    # a call that is at work, as main() is, began before: only what comes after it counts, or the same line again
    first = place.line if innermost else place.line + 1
    if any(_calls(node, runs) and node.lineno >= first for node in _of(scope) if isinstance(node, ast.Call)):
        return True
    around = (n for n in _of(scope) if isinstance(n, _LOOPS) and n.lineno <= place.line <= (n.end_lineno or n.lineno))
    return any(_calls(node, runs) for loop in around for node in ast.walk(loop) if isinstance(node, ast.Call))


def _names_that_run(tree: ast.Module) -> set[str]:
    """Names of the calls that simulate: PyNN's, and the functions of the file that call one of them."""
    names = set(RUNS)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    while True:
        more = {
            f.name for f in functions if any(_calls(n, names) for n in ast.walk(f) if isinstance(n, ast.Call))
        } - names
        if not more:
            return names
        names |= more


def _calls(call: ast.Call, names: set[str]) -> bool:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in names


def _scope(tree: ast.Module, line: int) -> ast.AST:
    """The innermost function that a line belongs to, or the module."""
    found: ast.AST = tree
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if node.body[0].lineno <= line <= (node.end_lineno or node.lineno):
                    found = node  # ast.walk() goes from the outside to the inside
    return found


def _of(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, without those of the functions within it."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))
