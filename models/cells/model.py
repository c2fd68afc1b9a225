"""Cell models as data: equations, threshold, reset, receptors and a table of parameters.

A :class:`CellModel` is a description and nothing else: it knows no simulator. Its text is
parsed (:mod:`unisono.models.dynamics.text`), never executed, and its units are checked.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, cast

from unisono.models.cards import brief
from unisono.models.dynamics.expressions import names_in as names_in
from unisono.models.dynamics.expressions import parse_expression as parse_expression
from unisono.models.dynamics.model import IF_ANY, DynamicModel, Equation, Statement
from unisono.models.dynamics.model import Parameter as Parameter
from unisono.models.dynamics.text import CELL, Scope
from unisono.models.errors import ModelError

#: The injected current, nA: the sum of all current sources into a cell, held over a step.
INJECTED = "i_inj"


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
        Whether input that arrives in the refractory period is discarded.
    """

    state: str
    sign: int = 0
    only_when_active: bool = False


@dataclass(frozen=True)
class PoissonInput:
    """Spikes of a Poisson process that a cell draws itself: how many in a step, before it takes up other input.

    Their number is the smallest whose cumulated probability reaches a number between 0 and 1, the generator's next.

    Attributes
    ----------
    receptor : str
        What each spike acts on.
    weight, mean, none : str
        Parameters: the weight of a spike, the mean number in a step, and the probability that a step has none.
    first, second : str
        States of the random generator.
    """

    receptor: str
    weight: str
    mean: str
    none: str
    first: str
    second: str


@dataclass(frozen=True)
class CellModel(DynamicModel):
    """A point neuron: equations, threshold, reset, refractory period, receptors.

    Attributes
    ----------
    name : str
    parameters : mapping of str to Parameter
    equations : str
        Lines ``dx/dt = expression : unit``, with ``(unless refractory)`` behind the unit where the
        state is clamped in the refractory period, and definitions ``name = expression : unit``.
    receptors : mapping of str to Receptor
    initial : mapping of str to float
        State variables at t = 0; those left out are 0.
    threshold : str
        ``a >= b`` or ``a > b``.
    reset : str
        Statements ``v = v_reset``, ``w += b``, one a line or separated by ``;``, carried out in order.
        Without one the cell spikes where the threshold condition becomes true.
    refractory : str
        Name of the parameter that is the refractory period, ms; empty for a cell without one.
    recordable : tuple of str
    poisson : mapping of str to PoissonInput
        Input that a cell draws itself.
    conductance_based : bool
    source : str
        Where the equations come from.
    time_step : tuple of float
        Recommended and largest time step, ms. Where a method of finite order is needed, it takes a
        longer step than the recommended one in parts.
    random : tuple of str
        States of random generators, two for each (:mod:`unisono.models.dynamics.generator`), whose initial values are
        drawn for each cell.

    Raises
    ------
    ModelError
        If the text cannot be parsed, names a symbol that is not declared, or its units do not fit;
        the message points at the place.
    """

    KIND: ClassVar[str] = CELL

    receptors: Mapping[str, Receptor] = field(default_factory=dict)
    threshold: str = "v >= v_thresh"
    reset: str = "v = v_reset"
    refractory: str = "tau_refrac"
    recordable: tuple[str, ...] = ("v",)
    conductance_based: bool = False
    time_step: tuple[float, float] = (0.1, 0.5)
    poisson: Mapping[str, PoissonInput] = field(default_factory=dict, metadata=IF_ANY)
    condition: str = field(init=False)
    resets: tuple[Statement, ...] = field(init=False)

    __repr__ = brief

    def __hash__(self) -> int:
        return hash(self.name)

    def _read(self) -> None:
        scope = Scope(self.name, {n: p.unit for n, p in self.parameters.items()} | {INJECTED: "nA"})
        object.__setattr__(self, "system", tuple(Equation(*entry) for entry in scope.equations(self.equations)))
        object.__setattr__(self, "condition", scope.condition(self.threshold))
        resets = scope.statements("reset", self.reset, self.states)
        object.__setattr__(self, "resets", tuple(Statement(*entry) for entry in resets))
        if self.refractory and self.units.get(self.refractory) != "ms":
            raise ModelError(
                f"{self.KIND} '{self.name}': the refractory period '{self.refractory}' must name a parameter in ms.",
                "Declare one with the unit ms, or leave refractory empty.",
            )
        targets = {receptor.state for receptor in self.receptors.values()}
        self._check_states(targets | {*self.initial, *self.recordable, *self.random})
        if len(self.random) % 2:
            raise ModelError(f"{self.KIND} '{self.name}': a random generator has two states.", "Name them in pairs.")

    @property
    def clamped(self) -> frozenset[str]:
        """State variables that are clamped during the refractory period."""
        return frozenset(e.state for e in self.system if e.clamped)

    @property
    def edge_triggered(self) -> bool:
        """Whether a spike is a step in which the condition becomes true, not each in which it is true."""
        return not self.resets

    @cached_property
    def condition_tree(self) -> ast.Compare:
        """The parsed threshold condition."""
        return cast(ast.Compare, parse_expression(self.condition, comparison=True))

    @property
    def threshold_states(self) -> tuple[str, ...]:
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

    @cached_property
    def arrivals(self) -> tuple[Receptor, ...]:
        """Effects of arriving spikes: what arrives in a step is summed up for each of them, then added at once."""
        found: dict[tuple[str, bool], Receptor] = {}
        for receptor in self.receptors.values():
            found.setdefault(self._effect(receptor), receptor)
        return tuple(found.values())

    @cached_property
    def inputs(self) -> dict[str, int]:
        """By receptor, the place of its effect in :attr:`arrivals`; receptors with the same effect share one."""
        places = {self._effect(receptor): number for number, receptor in enumerate(self.arrivals)}
        return {name: places[self._effect(receptor)] for name, receptor in self.receptors.items()}

    def time_constant(self, receptor: str) -> str | None:
        """The parameter with which a receptor's state decays; None if a spike moves the membrane potential itself."""
        state = self.receptors[receptor].state
        (tree,) = (e.tree for e in self.system if e.state == state)
        found = [p for p in self.parameters if p in names_in(tree) and self.parameters[p].unit == "ms"]
        return found[0] if len(found) == 1 and state not in self.threshold_states else None

    def _effect(self, receptor: Receptor) -> tuple[str, bool]:
        return receptor.state, receptor.only_when_active and bool(self.refractory)

    def weight_unit(self, receptor: str) -> str:
        """Unit of the weights of a receptor."""
        return self.units[self.receptors[receptor].state]
