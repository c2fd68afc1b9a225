"""How the parts of the code depend on each other: one way, without circles, and simulators only in their adapters.

Imports within functions count, those for type checkers alone do not. A folder is a room; a file that lies beside
folders, such as ``validation/verdict.py``, is a room of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Each part imports from those before it.
PARTS = ("models", "adapters", "validation", "ci", "unisono")

#: Packages of simulators, and the folders that may import them.
SIMULATORS = {
    "nest": ("adapters/nest", "adapters/pynn_backends"),
    "pynestml": ("adapters/nest",),
    "brian2": ("adapters/brian2", "adapters/genn", "adapters/pynn_backends"),
    "brian2genn": ("adapters/genn",),
    "neuron": ("adapters/neuron", "adapters/pynn_backends"),
    "pygenn": ("adapters/pygenn",),
}

Graph = Mapping[str, set[str]]


@cache
def modules() -> Mapping[str, Path]:
    """Every module by its name."""
    found = {}
    for part in PARTS:
        for path in (ROOT / part).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name if part == "unisono" else f"unisono.{name}"] = path
    return found


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports below a node but for those under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child
        yield from statements(child)


def named(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """What an import names, with its module."""
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [f"{statement.module}.{alias.name}" for alias in statement.names]


def module_of(name: str) -> str:
    """The module of the project that has a name; empty if none has."""
    while name and name not in modules():
        name = name.rpartition(".")[0]
    return name


@cache
def imports() -> Graph:
    """Module by module, the modules of the project that it imports."""
    found = {}
    for module, path in modules().items():
        names = {module_of(n) for s in statements(ast.parse(path.read_text())) for n in named(s)}
        found[module] = names - {"", module}
    return found


def part_of(module: str) -> str:
    return modules()[module].relative_to(ROOT).parts[0]


def room_of(module: str) -> str:
    """The folder of a module, or the file itself where it lies beside folders."""
    path = modules()[module]
    beside_folders = any(folder.is_dir() and any(folder.glob("*.py")) for folder in path.parent.iterdir())
    return (path if beside_folders else path.parent).relative_to(ROOT).as_posix()


def between(groups: Mapping[str, str]) -> Graph:
    """The imports between groups of modules, where these are two."""
    found: dict[str, set[str]] = {group: set() for group in groups.values()}
    for module, group in groups.items():
        found[group] |= {groups[other] for other in imports()[module] if other in groups} - {group}
    return found


def circle(graph: Graph) -> list[str]:
    """A circle in a graph; empty if the graph has no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def of_part(part: str) -> Iterable[str]:
    return [module for module in modules() if part_of(module) == part]


@pytest.mark.parametrize("part", PARTS)
def test_no_files_import_each_other_in_a_circle(part: str) -> None:
    assert not circle(between({module: module for module in of_part(part)}))


@pytest.mark.parametrize("part", PARTS)
def test_no_folders_import_each_other_in_a_circle(part: str) -> None:
    assert not circle(between({module: room_of(module) for module in of_part(part)}))


def test_imports_run_one_way() -> None:
    wrong = {
        (module, other)
        for module, others in imports().items()
        for other in others
        # The package itself holds the public names; it is the same name as the last part.
        if other != "unisono" and PARTS.index(part_of(other)) > PARTS.index(part_of(module))
    }
    assert not wrong


def test_simulators_are_imported_in_their_adapters_only() -> None:
    wrong = {
        (path.relative_to(ROOT).as_posix(), package)
        for path in modules().values()
        for statement in statements(ast.parse(path.read_text()))
        for package in {name.split(".")[0] for name in named(statement)} & SIMULATORS.keys()
        if not path.relative_to(ROOT).as_posix().startswith(SIMULATORS[package])
    }
    assert not wrong


def test_a_circle_is_found() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_imports_for_type_checkers_do_not_count_and_those_in_functions_do() -> None:
    code = "if TYPE_CHECKING:\n    import a\ndef f():\n    from b import c\n"
    assert [named(s) for s in statements(ast.parse(code))] == [["b.c"]]
