"""Reading the text of a model: equations, definitions, conditions and the statements of events, with their units.

Every error says in which line and shows the place.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NoReturn

from unisono.models.dynamics.expressions import (
    FUNCTIONS,
    OF_SYNAPSES,
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
#: What a model is called in messages, unless it says otherwise.
CELL = "Cell model"

#: State, right-hand side, unit, and whether it stands still in the refractory period.
EquationText = tuple[str, str, str, bool]
#: State or local value, and expression.
StatementText = tuple[str, str]

_SPACES = re.compile(r"\s+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*$")


@dataclass(frozen=True)
class Place:
    """A line of a model's text."""

    model: str
    part: str
    number: int
    line: str
    kind: str = CELL

    def fail(self, reason: str, remedy: str = "", start: int = 0, end: int | None = None) -> NoReturn:
        """Raise a ModelError that shows the place."""
        end = len(self.line) if end is None else end
        marked = " " * start + "^" * max(1, min(end, len(self.line)) - start)
        raise ModelError(
            f"{self.kind} '{self.model}', {self.part}, line {self.number}: {reason}.\n    {self.line}\n    {marked}\n",
            remedy,
        ) from None  # the message has all of what was wrong with an expression or a unit


@dataclass(frozen=True)
class _Line:
    place: Place
    name: str
    rhs: str
    offset: int
    unit: str = ""
    clamped: bool = False
    differential: bool = False
    operator: str = ""


class Scope:
    """The symbols of a model with their units; it grows as the text of the model is read, part by part.

    Parameters
    ----------
    model : str
        Its name, for messages.
    declared : mapping of str to str
        Unit of each parameter and input.
    kind : str
        What the model is, for messages.

    Raises
    ------
    ModelError
        If a name or a unit cannot be one. The methods raise it, too, and show the place.
    """

    def __init__(self, model: str, declared: Mapping[str, str], kind: str = CELL) -> None:
        self.model, self.kind, self.declared = model, kind, frozenset(declared)
        self._check_names(declared)
        self.units = {name: self._unit_of_parameter(name, unit) for name, unit in declared.items()}
        self.definitions: dict[str, ast.expr] = {}

    def joined(self, *others: Scope) -> Scope:
        """A scope with the symbols of several."""
        result = copy(self)
        result.units, result.definitions = dict(self.units), dict(self.definitions)
        for other in others:
            for name in other.units.keys() - self.declared:
                if name in result.units:
                    raise ModelError(
                        f"{self.kind} '{self.model}': '{name}' has two equations.", "Give each variable one name."
                    )
            result.units |= other.units
            result.definitions |= other.definitions
        return result

    def equations(self, text: str, part: str = "equations") -> tuple[EquationText, ...]:
        """Read the lines of equations and definitions."""
        return self._system([_equation(place) for place in self._places(part, text, "\n")])

    def side(self, part: str, text: str) -> tuple[tuple[EquationText, ...], tuple[StatementText, ...]]:
        """Read equations, definitions and the statements of an event in one text, separated by lines or ``;``."""
        places = list(self._places(part, text.replace("\n", ";"), ";"))
        system = self._system([_equation(place) for place in places if _is_equation(place.line)])
        states = {state for state, *_ in system}
        return system, self._statements([p for p in places if not _is_equation(p.line)], states, False)

    def statements(
        self, part: str, text: str, states: Collection[str], with_locals: bool = False
    ) -> tuple[StatementText, ...]:
        """Read ``v = expression`` and ``w += expression``, separated by lines or ``;``.

        Parameters
        ----------
        part, text : str
        states : collection of str
            What may be assigned to.
        with_locals : bool
            Whether ``name = expression : unit`` introduces a value for the statements that follow, and for this scope.
        """
        return self._statements(list(self._places(part, text.replace("\n", ";"), ";")), states, with_locals)

    def condition(self, threshold: str) -> str:
        """Read a comparison."""
        text = " ".join(threshold.split())
        line = _Line(Place(self.model, "threshold", 1, text, self.kind), "", text, 0)
        tree = _tree(line, self.symbols, comparison=True)
        try:
            unit_of(tree, self.symbols)
        except UnitMismatch as error:
            line.place.fail(str(error), "", *_span(line, error.node))
        return self._final(tree)

    def value(self, part: str, text: str, unit: str) -> str:
        """Read one expression, which must have that unit."""
        text = " ".join(text.split())
        line = _Line(Place(self.model, part, 1, text, self.kind), part, text, 0)
        tree = _tree(line, self.symbols)
        _check_unit(line, tree, self.symbols, parse_unit(unit))
        return self._final(tree)

    @property
    def symbols(self) -> dict[str, Unit]:
        """Units of all symbols, names of units among them."""
        return UNITS | self.units

    def _places(self, part: str, text: str, separator: str) -> Iterator[Place]:
        return (Place(self.model, part, number, line, self.kind) for number, line in _lines(text, separator))

    def _system(self, lines: list[_Line]) -> tuple[EquationText, ...]:
        self._check_names(self.units, lines)
        self.units |= {line.name: _declared_unit(line) for line in lines}
        symbols = self.symbols
        trees = {line.name: _tree(line, symbols) for line in lines}
        for line in lines:
            wanted = symbols[line.name] / UNITS["ms"] if line.differential else symbols[line.name]
            _check_unit(line, trees[line.name], symbols, wanted)
        ones = self._ones()
        definitions = {line.name: without(trees[line.name], ones) for line in lines if not line.differential}
        self.definitions |= _inserted(definitions, {line.name: line for line in lines})
        return tuple((n.name, self._final(trees[n.name]), n.unit, n.clamped) for n in lines if n.differential)

    def _statements(self, places: list[Place], states: Collection[str], with_locals: bool) -> tuple[StatementText, ...]:
        found = []
        for place in places:
            if with_locals and _is_equation(place.line):
                line = _equation(place)
                self._check_names(self.units, [line])
                if line.differential:
                    place.fail("an equation is not a statement", "Write it in 'equations', 'pre' or 'post'.")
                tree = _tree(line, self.symbols)
                unit = _declared_unit(line)
                _check_unit(line, tree, self.symbols, unit)
                self.units[line.name] = unit
            else:
                line, tree = _statement(place, self.symbols, states)
            found.append((line.name, self._final(tree)))
        return tuple(found)

    def _ones(self) -> frozenset[str]:
        """Names of units: each stands for the number 1."""
        return frozenset(UNITS) - self.units.keys()

    def _final(self, tree: ast.expr) -> str:
        """The expression with definitions inserted and names of units removed."""
        return ast.unparse(substituted(without(tree, self._ones()), self.definitions))

    def _check_names(self, known: Collection[str], lines: Sequence[_Line] = ()) -> None:
        seen = set(known)
        for line in lines:
            if line.name in seen:
                what = "is a parameter" if line.name in self.declared else "has two equations"
                line.place.fail(f"'{line.name}' {what}", "Give each variable one name and one equation.")
            seen.add(line.name)
        for name in seen - {"i_inj"}:
            if name in RESERVED or not _NAME.match(name) or "__" in name:
                raise ModelError(
                    f"{self.kind} '{self.model}': '{name}' cannot be the name of a variable or parameter.",
                    "Use letters, digits and single underscores; " + ", ".join(sorted(RESERVED)) + " are taken.",
                )

    def _unit_of_parameter(self, name: str, unit: str) -> Unit:
        try:
            return parse_unit(unit)
        except ValueError as error:
            raise ModelError(
                f"{self.kind} '{self.model}', parameter '{name}': '{error}' is not a unit.",
                f"Choose one of: {', '.join(UNITS)}.",
            ) from None


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
        flag = " (unless refractory)" * line.clamped
        right = ast.unparse(substituted(_parsed(line), symbols))
        result.append(f"{left} = {right} : {line.unit}{flag}")
    return "\n".join(result)


def _lines(text: str, separator: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(text.strip().replace("\r", "").split(separator), start=1):
        line = raw.partition("#")[0].strip()
        if len(line) > LONGEST:  # before any pattern is tried: their time grows faster than the line
            line = _SPACES.sub(" ", line)
        if len(line) > LONGEST:
            raise ModelError(f"Line {number}, '{line[:20]}…', of {len(line)} characters is too long.", "Shorten it.")
        if line:
            yield number, line


def _is_equation(line: str) -> bool:
    """Whether it is an equation or a definition, whose unit it ends with, and no statement."""
    return bool(_EQUATION.match(line) or (_DEFINITION.match(line) and ":" in line))


def _equation(place: Place) -> _Line:
    match = _EQUATION.match(place.line) or _DEFINITION.match(place.line)
    if match is None:
        place.fail("this is not an equation", "Write it as: dx/dt = expression : unit, or: x = expression : unit.")
    tail = _TAIL.match(match["rhs"])
    if tail is None or not tail["unit"]:
        place.fail(
            f"the unit of '{match['name']}' is missing", "End the line with a colon and the unit, as ': mV'; none is 1."
        )
    differential = match.re is _EQUATION
    if tail["flag"] and not differential:
        place.fail("only a differential equation can be clamped in the refractory period")
    return _Line(place, match["name"], tail["rhs"], match.start("rhs"), tail["unit"], bool(tail["flag"]), differential)


def _declared_unit(line: _Line) -> Unit:
    try:
        return parse_unit(line.unit)
    except ValueError as error:
        start = line.place.line.rfind(":") + 1
        line.place.fail(f"'{error}' is not a unit", f"Choose one of: {', '.join(UNITS)}.", start)


def _tree(line: _Line, symbols: Mapping[str, Unit], comparison: bool = False) -> ast.expr:
    """The parsed right-hand side, all its symbols known."""
    tree = _parsed(line, comparison)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in symbols and node.id not in FUNCTIONS:
            known = ", ".join(sorted(symbols.keys() - UNITS.keys()))
            line.place.fail(f"unknown symbol '{node.id}'", f"Choose one of: {known}.", *_span(line, node))
        in_equations = line.place.kind == CELL or line.differential or line.place.part == "equations"
        if in_equations and isinstance(node, ast.Name) and node.id in OF_SYNAPSES:
            line.place.fail(f"{node.id}() belongs to what a spike does at a synapse", "", *_span(line, node))
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


def _statement(place: Place, symbols: Mapping[str, Unit], states: Collection[str]) -> tuple[_Line, ast.expr]:
    match = _STATEMENT.match(place.line)
    if match is None:
        place.fail("this is not a statement", "Write it as: v = expression, or: w += expression.")
    if match["name"] not in states:
        remedy = f"Choose one of: {', '.join(sorted(states))}." if states else "The model has none."
        place.fail(f"'{match['name']}' is not a state variable", remedy, 0, 1)
    line = _Line(place, match["name"], match["rhs"], match.start("rhs"), operator=match["op"])
    tree = _tree(line, symbols)
    factor = line.operator in ("*", "/")
    _check_unit(line, tree, symbols, DIMENSIONLESS if factor else symbols[line.name])
    if line.operator:
        tree = ast.parse(f"{line.name} {line.operator} ({ast.unparse(tree)})", mode="eval").body
    return line, tree
