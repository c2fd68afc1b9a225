"""Reading the text of a cell model: equations, definitions, threshold and reset, with their units.

Every error says in which line and shows the place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from unisono.models.dynamics.expressions import (
    FUNCTIONS,
    NotAnExpression,
    names_in,
    parse_expression,
    substituted,
    without,
)
from unisono.models.dynamics.units import DIMENSIONLESS, UNITS, Unit, UnitMismatch, parse_unit, unit_of
from unisono.models.errors import ModelError

_EQUATION = re.compile(r"d(?P<name>\w+)/dt\s*=\s*(?P<rhs>.*)$")
_DEFINITION = re.compile(r"(?P<name>\w+)\s*=(?!=)\s*(?P<rhs>.*)$")
_STATEMENT = re.compile(r"(?P<name>\w+)\s*(?P<op>[-+*/]?)=(?!=)\s*(?P<rhs>.*)$")
_TAIL = re.compile(r"(?P<rhs>.*?)\s*:\s*(?P<unit>[^:()]*?)\s*(?P<flag>\(\s*unless refractory\s*\))?$")

#: Characters of a line, and of an equation with all definitions inserted: more is no equation of a cell.
LONGEST, LONGEST_INSERTED = 4000, 20000

#: Names that generated code keeps for itself.
RESERVED = frozenset({"t", "dt", "active", "i_inj", *FUNCTIONS})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*$")


@dataclass(frozen=True)
class Place:
    """A line of a model's text."""

    model: str
    part: str
    number: int
    line: str

    def fail(self, reason: str, remedy: str = "", start: int = 0, end: int | None = None) -> NoReturn:
        """Raise a ModelError that shows the place."""
        end = len(self.line) if end is None else end
        marked = " " * start + "^" * max(1, min(end, len(self.line)) - start)
        raise ModelError(
            f"Cell model '{self.model}', {self.part}, line {self.number}: {reason}.\n    {self.line}\n    {marked}\n",
            remedy,
        )


@dataclass(frozen=True)
class ModelText:
    """What the text says, with definitions inserted and names of units removed.

    Attributes
    ----------
    equations : tuple of (state, right-hand side, unit, held in refractoriness)
    condition : str
    resets : tuple of (state, expression)
    """

    equations: tuple[tuple[str, str, str, bool], ...]
    condition: str
    resets: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Line:
    place: Place
    name: str
    rhs: str
    offset: int
    unit: str = ""
    held: bool = False
    differential: bool = False
    operator: str = ""


def read(model: str, declared: Mapping[str, str], equations: str, threshold: str, reset: str) -> ModelText:
    """Read and check the text of a model.

    Parameters
    ----------
    model : str
        Its name, for messages.
    declared : mapping of str to str
        Unit of each parameter and input.
    equations, threshold, reset : str

    Raises
    ------
    ModelError
        With the place.
    """
    lines = [_equation(Place(model, "equations", *line)) for line in _lines(equations, "\n")]
    _check_names(model, declared, lines)
    units = {name: _unit_of_parameter(model, name, unit) for name, unit in declared.items()}
    units |= {line.name: _declared_unit(line) for line in lines}
    symbols = UNITS | units
    trees = {line.name: _tree(line, symbols) for line in lines}
    for line in lines:
        wanted = units[line.name] / UNITS["ms"] if line.differential else units[line.name]
        _check_unit(line, trees[line.name], symbols, wanted)
    ones = frozenset(UNITS) - units.keys()
    definitions = {line.name: without(trees[line.name], ones) for line in lines if not line.differential}
    inserted = _inserted(definitions, {line.name: line for line in lines})

    def final(tree: ast.expr) -> str:
        return ast.unparse(substituted(without(tree, ones), inserted))

    states = {line.name for line in lines if line.differential}
    system = [(n.name, final(trees[n.name]), n.unit, n.held) for n in lines if n.differential]
    return ModelText(
        tuple(system),
        final(_condition(model, threshold, symbols)),
        tuple((line.name, final(tree)) for line, tree in _resets(model, reset, symbols, states)),
    )


def names_defined(model: str, equations: str) -> tuple[str, ...]:
    """The variables that the equations are of, in their order.

    Raises
    ------
    ModelError
        If a line is no equation.
    """
    return tuple(_equation(Place(model, "equations", *line)).name for line in _lines(equations, "\n"))


def symbols_in(model: str, equations: str) -> set[str]:
    """The symbols on the right-hand sides, names of units among them.

    Raises
    ------
    ModelError
        If a line is no equation.
    """
    lines = [_equation(Place(model, "equations", *line)) for line in _lines(equations, "\n")]
    return set().union(*(names_in(_parsed(line)) for line in lines))


def renamed(model: str, equations: str, names: Mapping[str, str]) -> str:
    """The equations with variables and parameters renamed.

    Parameters
    ----------
    model : str
        Its name, for messages.
    equations : str
    names : mapping of str to str
        New names by old ones. Only whole symbols are replaced, and no names of units behind the colon.

    Raises
    ------
    ModelError
        If a line is no equation.
    """
    symbols: dict[str, ast.expr] = {old: ast.Name(new) for old, new in names.items()}
    result = []
    for found in _lines(equations, "\n"):
        line = _equation(Place(model, "equations", *found))
        name = names.get(line.name, line.name)
        left = f"d{name}/dt" if line.differential else name
        held = " (unless refractory)" * line.held
        right = ast.unparse(substituted(_parsed(line), symbols))
        result.append(f"{left} = {right} : {line.unit}{held}")
    return "\n".join(result)


def _lines(text: str, separator: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.strip().replace("\r", "").split(separator), start=1):
        line = raw.partition("#")[0].strip()
        if line:
            yield number, line


def _equation(place: Place) -> _Line:
    match = _EQUATION.match(place.line) or _DEFINITION.match(place.line)
    if match is None:
        place.fail("this is no equation", "Write it as: dx/dt = expression : unit, or: x = expression : unit.")
    tail = _TAIL.match(match["rhs"])
    if tail is None or not tail["unit"]:
        place.fail(
            f"the unit of '{match['name']}' is missing", "End the line with a colon and the unit, as ': mV'; none is 1."
        )
    differential = match.re is _EQUATION
    if tail["flag"] and not differential:
        place.fail("only a differential equation can be held in refractoriness")
    return _Line(place, match["name"], tail["rhs"], match.start("rhs"), tail["unit"], bool(tail["flag"]), differential)


def _check_names(model: str, declared: Mapping[str, str], lines: list[_Line]) -> None:
    seen: set[str] = set(declared)
    for line in lines:
        if line.name in seen:
            what = "is a parameter" if line.name in declared else "has two equations"
            line.place.fail(f"'{line.name}' {what}", "Give each variable one name and one equation.")
        seen.add(line.name)
    for name in seen - {"i_inj"}:
        if name in RESERVED or not _NAME.match(name) or "__" in name:
            raise ModelError(
                f"Cell model '{model}': '{name}' cannot be the name of a variable or parameter.",
                "Take letters, digits and single underscores; " + ", ".join(sorted(RESERVED)) + " are taken.",
            )


def _unit_of_parameter(model: str, name: str, unit: str) -> Unit:
    try:
        return parse_unit(unit)
    except ValueError as error:
        raise ModelError(
            f"Cell model '{model}', parameter '{name}': '{error}' is no unit.", f"Known are: {', '.join(UNITS)}."
        ) from None


def _declared_unit(line: _Line) -> Unit:
    try:
        return parse_unit(line.unit)
    except ValueError as error:
        start = line.place.line.rfind(":") + 1
        line.place.fail(f"'{error}' is no unit", f"Known are: {', '.join(UNITS)}.", start)


def _tree(line: _Line, symbols: Mapping[str, Unit], comparison: bool = False) -> ast.expr:
    """The parsed right-hand side, all its symbols known."""
    tree = _parsed(line, comparison)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in symbols and node.id not in FUNCTIONS:
            known = ", ".join(sorted(symbols.keys() - UNITS.keys()))
            line.place.fail(f"unknown symbol '{node.id}'", f"Known are: {known}.", *_span(line, node))
    return tree


def _parsed(line: _Line, comparison: bool = False) -> ast.expr:
    if not line.rhs:
        line.place.fail("the right-hand side is missing")
    if len(line.rhs) > LONGEST:
        line.place.fail(f"an expression of {len(line.rhs)} characters is too long", end=10)
    try:
        return parse_expression(line.rhs, comparison)
    except NotAnExpression as error:
        line.place.fail(str(error), "", line.offset + error.start, line.offset + error.end)


def _span(line: _Line, node: ast.expr) -> tuple[int, int]:
    return line.offset + node.col_offset, line.offset + (node.end_col_offset or node.col_offset + 1)


def _check_unit(line: _Line, tree: ast.expr, symbols: Mapping[str, Unit], wanted: Unit) -> None:
    try:
        found = unit_of(tree, symbols)
    except UnitMismatch as error:
        line.place.fail(str(error), "Units are not converted: write factors out.", *_span(line, error.node))
    if found is not None and found != wanted:
        left = f"d{line.name}/dt" if line.differential else line.name
        line.place.fail(f"the unit of {left} is {wanted}, that of the right-hand side {found}", "", line.offset)


def _inserted(definitions: Mapping[str, ast.expr], lines: Mapping[str, _Line]) -> dict[str, ast.expr]:
    """The definitions in terms of states and parameters alone."""
    done: dict[str, ast.expr] = {}

    def insert(name: str, above: tuple[str, ...]) -> None:
        if name in done:
            return
        if name in above:
            lines[name].place.fail(f"'{name}' is defined by itself", "A definition may not lead back to its own name.")
        used = names_in(definitions[name]) & definitions.keys()
        for other in sorted(used):
            insert(other, (*above, name))
        done[name] = substituted(definitions[name], {other: done[other] for other in used})
        if len(ast.unparse(done[name])) > LONGEST_INSERTED:
            lines[name].place.fail(f"with the definitions it uses, '{name}' becomes too long", "Use fewer of them.")

    for name in definitions:
        insert(name, ())
    return done


def _condition(model: str, threshold: str, symbols: Mapping[str, Unit]) -> ast.expr:
    text = " ".join(threshold.split())
    line = _Line(Place(model, "threshold", 1, text), "", text, 0)
    tree = _tree(line, symbols, comparison=True)
    try:
        unit_of(tree, symbols)
    except UnitMismatch as error:
        line.place.fail(str(error), "", *_span(line, error.node))
    return tree


def _resets(model: str, reset: str, symbols: Mapping[str, Unit], states: set[str]) -> Iterator[tuple[_Line, ast.expr]]:
    for number, text in _lines(reset.replace("\n", ";"), ";"):
        place = Place(model, "reset", number, text)
        match = _STATEMENT.match(text)
        if match is None:
            place.fail("this is no statement", "Write it as: v = expression, or: w += expression.")
        if match["name"] not in states:
            place.fail(f"'{match['name']}' is no state variable", f"There are: {', '.join(sorted(states))}.", 0, 1)
        line = _Line(place, match["name"], match["rhs"], match.start("rhs"), operator=match["op"])
        tree = _tree(line, symbols)
        factor = line.operator in ("*", "/")
        _check_unit(line, tree, symbols, DIMENSIONLESS if factor else symbols[line.name])
        if line.operator:
            tree = ast.parse(f"{line.name} {line.operator} ({ast.unparse(tree)})", mode="eval").body
        yield line, tree
