"""What cell models and synapse models share: parameters, states and equations as text, parsed and never executed."""

from __future__ import annotations

import ast
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Self, get_args, get_origin, get_type_hints

from unisono.models.dynamics.expressions import parse_expression
from unisono.models.errors import ModelError

#: Bounds of the integers that a synapse's random initial value is drawn from: the states of the Lehmer generator
#: ``x' = 16807 x mod (2^31 - 1)`` (Park & Miller 1988, Commun ACM 31, "minimal standard"), exact in float64.
RANDOM_RANGE = (1, 2**31 - 2)

#: Metadata of a field that a model's text has only where it is not empty, so that models without it keep their text.
IF_ANY = {"text": "if any"}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a model.

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
    whole : bool
        Whether a value that is no whole number is refused.
    """

    default: float
    unit: str
    meaning: str = ""
    positive: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Equation:
    """One first-order equation ``d state / dt = rhs``; time in ms, no names of units in ``rhs``."""

    state: str
    rhs: str
    unit: str
    clamped: bool = False

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed right-hand side."""
        return parse_expression(self.rhs)


@dataclass(frozen=True)
class Statement:
    """``state = expression``, carried out at an event."""

    state: str
    expression: str

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed expression."""
        return parse_expression(self.expression)


@dataclass(frozen=True)
class DynamicModel(ABC):
    """A model as data, the same for every simulator: what cells and synapses have in common.

    A description and nothing else: it knows no simulator.

    Attributes
    ----------
    name : str
    parameters : mapping of str to Parameter
    equations : str
        Lines ``dx/dt = expression : unit`` and definitions ``name = expression : unit``.
    initial : mapping of str to float
        State variables at t = 0; those left out are 0.
    random : tuple of str
        States whose initial values are drawn.
    source : str
        Where the equations come from.
    system : tuple of Equation
        The equations, parsed, with all definitions inserted.
    """

    #: What such a model is called in messages.
    KIND: ClassVar[str] = "Model"

    name: str
    parameters: Mapping[str, Parameter]
    equations: str = ""
    initial: Mapping[str, float] = field(default_factory=dict, kw_only=True)
    random: tuple[str, ...] = field(default=(), kw_only=True)
    source: str = field(default="", kw_only=True)
    system: tuple[Equation, ...] = field(init=False)

    def __post_init__(self) -> None:
        try:
            self._read()
        except RecursionError:
            raise ModelError(
                f"The equations of {self.KIND.lower()} '{self.name}' are nested too deeply.",
                "Write them with fewer terms.",
            ) from None
        object.__setattr__(self, "initial", dict.fromkeys(self.states, 0.0) | dict(self.initial))

    @abstractmethod
    def _read(self) -> None:
        """Read the text and set the fields that follow from it."""

    def _check_states(self, named: set[str]) -> None:
        """Refuse names that are to be states and are not."""
        if missing := named - set(self.states):
            known = f"It has: {', '.join(self.states)}." if self.states else "It has no state variables."
            raise ModelError(f"{self.KIND} '{self.name}' has no state variable '{min(missing)}'.", known)

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the state variables, in the order of the equations."""
        return tuple(equation.state for equation in self.system)

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every state variable and parameter."""
        return {e.state: e.unit for e in self.system} | {n: p.unit for n, p in self.parameters.items()}

    def to_text(self) -> str:
        """The model as JSON; the same model always gives the same text."""
        written = [f for f in fields(self) if f.init and (f.metadata != IF_ANY or getattr(self, f.name))]
        content = {f.name: _plain(getattr(self, f.name)) for f in written}
        return json.dumps(content, sort_keys=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The model that :meth:`to_text` wrote.

        Raises
        ------
        ModelError
            If the text is damaged.
        """
        kind: Any = cls
        model: Self = _from_text(kind, text)
        return model

    @cached_property
    def digest(self) -> str:
        """Twelve digits that stand for the content of the model."""
        return hashlib.sha256(self.to_text().encode()).hexdigest()[:12]


@lru_cache(maxsize=256)
def _from_text(kind: Any, text: str) -> Any:
    try:
        content: dict[str, Any] = json.loads(text)
        hints = get_type_hints(kind)
        return kind(**{name: _typed(hints[name], value) for name, value in content.items()})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"The definition of a {kind.KIND.lower()} cannot be read: {error}.") from error


def _plain(value: Any) -> Any:
    """What JSON can hold: the entries of tables as mappings."""
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _typed(hint: Any, value: Any) -> Any:
    """What JSON gave, as its type hint wants it."""
    if get_origin(hint) is Mapping:
        return {name: _typed(get_args(hint)[1], entry) for name, entry in value.items()}
    if get_origin(hint) is tuple:
        return tuple(value)
    return hint(**value) if is_dataclass(hint) and isinstance(hint, type) else value
