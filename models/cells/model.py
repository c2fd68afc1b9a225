"""Cell models as data: equations, threshold, reset, receptors and a table of parameters.

A :class:`CellModel` is a description and nothing else: it knows no simulator. Its text is
parsed (:mod:`unisono.models.dynamics.text`), never executed, and its units are checked.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any, cast

from unisono.models.dynamics import text as model_text
from unisono.models.dynamics.expressions import names_in as names_in
from unisono.models.dynamics.expressions import parse_expression as parse_expression
from unisono.models.errors import ModelError

#: The injected current, nA: the sum of all current sources into a cell, held over a step.
INJECTED = "i_inj"

#: Bounds of the integers that a random initial value is drawn from: the states of the Lehmer generator
#: ``x' = 16807 x mod (2^31 - 1)`` (Park & Miller 1988, Commun ACM 31, "minimal standard"), exact in float64.
RANDOM_RANGE = (1, 2**31 - 2)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a cell model.

    Attributes
    ----------
    default : float
        Default value, in ``unit``.
    unit : str
        As :mod:`unisono.models.dynamics.units` knows them: ``ms``, ``mV``, ``nF``, ``nA``, ``uS``, ``1/ms``, ...
    meaning : str
        What it is, in a few words.
    positive : bool
        Whether a value that is not above zero is refused.
    """

    default: float
    unit: str
    meaning: str = ""
    positive: bool = False


@dataclass(frozen=True)
class Equation:
    """One first-order equation ``d state / dt = rhs``; time in ms, no names of units in ``rhs``."""

    state: str
    rhs: str
    unit: str
    held_in_refractoriness: bool

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed right-hand side."""
        return parse_expression(self.rhs)


@dataclass(frozen=True)
class Statement:
    """``state = expression``, carried out when the cell spikes."""

    state: str
    expression: str

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed expression."""
        return parse_expression(self.expression)


@dataclass(frozen=True)
class Receptor:
    """What an arriving spike does: ``state += weight``.

    Attributes
    ----------
    state : str
        The state variable that jumps; the weight has its unit.
    sign : int
        Sign a weight must have: +1, -1, or 0 for either.
    only_when_active : bool
        Whether input that arrives in refractoriness is discarded.
    """

    state: str
    sign: int = 0
    only_when_active: bool = False


@dataclass(frozen=True)
class CellModel:
    """A point neuron: equations, threshold, reset, refractoriness, receptors.

    Attributes
    ----------
    name : str
    parameters : mapping of str to Parameter
    equations : str
        Lines ``dx/dt = expression : unit``, with ``(unless refractory)`` behind the unit where the
        state stands still in refractoriness, and definitions ``name = expression : unit``.
    receptors : mapping of str to Receptor
    initial : mapping of str to float
        State variables at t = 0; those left out are 0.
    threshold : str
        ``a >= b`` or ``a > b``.
    reset : str
        Statements ``v = v_reset``, ``w += b``, one a line or separated by ``;``, carried out in order.
        Without one the cell spikes where the threshold condition becomes true.
    refractory : str
        Name of the parameter that is the refractory period, ms; empty: there is none.
    recordable : tuple of str
    conductance_based : bool
    source : str
        Where the equations come from.
    time_step : tuple of float
        Recommended and largest time step, ms. Where a method of finite order is needed, it takes a
        longer step than the recommended one in parts.
    random : tuple of str
        States whose initial values are drawn for each cell, integers of :data:`RANDOM_RANGE`.

    Raises
    ------
    ModelError
        If the text cannot be parsed, names a symbol that is not declared, or its units do not fit;
        the message points at the place.
    """

    name: str
    parameters: Mapping[str, Parameter]
    equations: str
    receptors: Mapping[str, Receptor] = field(default_factory=dict)
    initial: Mapping[str, float] = field(default_factory=dict)
    threshold: str = "v >= v_thresh"
    reset: str = "v = v_reset"
    refractory: str = "tau_refrac"
    recordable: tuple[str, ...] = ("v",)
    conductance_based: bool = False
    source: str = ""
    time_step: tuple[float, float] = (0.1, 0.5)
    random: tuple[str, ...] = ()
    system: tuple[Equation, ...] = field(init=False)
    condition: str = field(init=False)
    resets: tuple[Statement, ...] = field(init=False)

    def __post_init__(self) -> None:
        units = {n: p.unit for n, p in self.parameters.items()} | {INJECTED: "nA"}
        try:
            text = model_text.read(self.name, units, self.equations, self.threshold, self.reset)
        except RecursionError:
            raise ModelError(
                f"The equations of cell model '{self.name}' are nested too deeply.", "Write them with fewer terms."
            ) from None
        object.__setattr__(self, "system", tuple(Equation(*e) for e in text.equations))
        object.__setattr__(self, "condition", text.condition)
        object.__setattr__(self, "resets", tuple(Statement(*s) for s in text.resets))
        object.__setattr__(self, "initial", dict.fromkeys(self.states, 0.0) | dict(self.initial))
        where = f"Cell model '{self.name}'"
        if self.refractory and self.units.get(self.refractory) != "ms":
            raise ModelError(
                f"{where}: its refractory period '{self.refractory}' is no parameter in ms.",
                "Declare one with the unit ms, or leave refractory empty.",
            )
        targets = {r.state for r in self.receptors.values()} | {*self.initial, *self.recordable, *self.random}
        if missing := targets - set(self.states):
            raise ModelError(f"{where} has no state variable '{min(missing)}'.", f"It has: {', '.join(self.states)}.")

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the state variables, in the order of the equations."""
        return tuple(equation.state for equation in self.system)

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every state variable and parameter."""
        return {e.state: e.unit for e in self.system} | {n: p.unit for n, p in self.parameters.items()}

    @property
    def held(self) -> frozenset[str]:
        """State variables that stand still in refractoriness."""
        return frozenset(e.state for e in self.system if e.held_in_refractoriness)

    @property
    def crossing(self) -> bool:
        """Whether a spike is a step in which the condition becomes true, not each in which it is true."""
        return not self.resets

    @cached_property
    def condition_tree(self) -> ast.Compare:
        """The parsed threshold condition."""
        return cast(ast.Compare, parse_expression(self.condition, comparison=True))

    @property
    def watched(self) -> tuple[str, ...]:
        """States in the threshold condition."""
        used = names_in(self.condition_tree)
        return tuple(s for s in self.states if s in used)

    @property
    def tested(self) -> tuple[str, ...]:
        """Parameters in the threshold condition and the reset, in the order of their declaration."""
        used = names_in(self.condition_tree).union(*(names_in(s.tree) for s in self.resets))
        return tuple(p for p in self.parameters if p in used)

    @cached_property
    def threshold_parameter(self) -> str | None:
        """A parameter that is added to the right side of the condition, so that it shifts the threshold."""
        tree = self.condition_tree.comparators[0]
        while isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Add | ast.Sub):
            if isinstance(tree.op, ast.Add) and isinstance(tree.right, ast.Name) and tree.right.id in self.parameters:
                return tree.right.id
            tree = tree.left
        return tree.id if isinstance(tree, ast.Name) and tree.id in self.parameters else None

    def weight_unit(self, receptor: str) -> str:
        """Unit of the weights of a receptor."""
        return self.units[self.receptors[receptor].state]

    def to_text(self) -> str:
        """The model as JSON; the same model always gives the same text."""
        content = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        for table in ("parameters", "receptors"):
            content[table] = {name: asdict(entry) for name, entry in content[table].items()}
        return json.dumps(content, sort_keys=False, separators=(",", ":"))

    @staticmethod
    @lru_cache(maxsize=256)
    def from_text(text: str) -> CellModel:
        """The model that :meth:`to_text` wrote.

        Raises
        ------
        ModelError
            If the text is damaged.
        """
        try:
            content: dict[str, Any] = json.loads(text)
            content["parameters"] = {n: Parameter(**p) for n, p in content["parameters"].items()}
            content["receptors"] = {n: Receptor(**r) for n, r in content["receptors"].items()}
            for name in ("recordable", "time_step", "random"):
                content[name] = tuple(content[name])
            return CellModel(**content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, ModelError):
                raise
            raise ModelError(f"The definition of a cell model cannot be read: {error}.") from error

    @cached_property
    def digest(self) -> str:
        """Twelve digits that stand for the content of the model."""
        return hashlib.sha256(self.to_text().encode()).hexdigest()[:12]
