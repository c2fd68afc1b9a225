"""How one cell moves between events, and where its threshold condition changes.

A linear system is followed by the Taylor series of its exponential, any other by DOP853 with
dense output. Either way the condition is a polynomial over each piece of the way, of which
:mod:`unisono.adapters.reference.crossing` finds the first zero, so that no maximum is overlooked.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.reference.crossing import first_rise, from_powers, from_values, nodes
from unisono.adapters.reference.functions import Function, function
from unisono.adapters.reference.linear import coefficients, columns
from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.errors import SimulatorFailed

Floats = NDArray[np.float64]

#: Degree of the Taylor series. Pieces are no longer than the inverse of the largest eigenvalue, for
#: which the remainder is below 1/(ORDER + 1)! = 6e-26 times a power of the number of states.
ORDER = 24

#: The longest piece, ms, where eigenvalues say nothing (a perfect integrator has none but zero).
LONGEST = 50.0

#: Degree of the polynomial through the condition on a step of DOP853, whose dense output has degree 7.
DENSE = 10

RELATIVE_TOLERANCE = 1e-13
ABSOLUTE_TOLERANCE = 1e-15


class Flow(ABC):
    """One cell between events.

    Attributes
    ----------
    state : float64 array, shape (states,)
    current : float
        The injected current, nA.
    clamped : bool
        Whether the states that are clamped in the refractory period stand still.
    """

    def __init__(self, model: CellModel, parameters: Mapping[str, float], state: Floats) -> None:
        self.model, self.parameters = model, parameters
        self.state = state
        self.current, self.clamped = 0.0, False
        names = model.states
        self._condition = function(model.condition_tree, parameters, names)
        self._resets = [(names.index(s.state), function(s.tree, parameters, names)) for s in model.resets]

    def above(self) -> bool:
        """Whether the threshold condition holds."""
        return bool(self._condition(self.state.tolist()))

    def reset(self) -> None:
        """Carry out the reset."""
        for index, new in self._resets:
            self.state[index] = new(self.state.tolist())

    @abstractmethod
    def move(self, span: float, watch: int) -> float | None:
        """Move on, until the condition changes or the time is over.

        Parameters
        ----------
        span : float
            ms.
        watch : int
            +1: stop where the condition becomes true; -1: where it ceases to be; 0: do not stop.

        Returns
        -------
        float or None
            The time after which the condition changed, ms; None if it did not.
        """


@dataclass(frozen=True, eq=False)
class Series:
    """Taylor series of the exponential of a linear system, and of its condition.

    Attributes
    ----------
    length : float
        The longest time for which it is used, ms.
    terms : float64 array, shape (ORDER + 1, states + 2, states + 2)
        ``(A length)^m / m!``.
    whole : float64 array, shape (states + 2, states + 2)
        Their sum.
    condition : float64 array, shape (ORDER + 1, states + 2)
        From a state to the coefficients of the condition in powers of time/length.
    """

    length: float
    terms: Floats
    whole: Floats
    condition: Floats

    @staticmethod
    def of(matrix: Floats, condition: Floats) -> Series:
        """The series of ``dy/dt = matrix y`` with the condition ``condition . y >= 0``."""
        rate = float(np.abs(np.linalg.eigvals(matrix)).max())
        length = min(LONGEST, 1 / rate) if rate > 0 else LONGEST
        terms = [np.eye(len(matrix))]
        for m in range(1, ORDER + 1):
            terms.append(terms[-1] @ matrix * (length / m))
        stack = np.array(terms)
        # From the small terms to the large ones, so that rounding stays that of one operation.
        return Series(length, stack, stack[::-1].sum(axis=0), np.einsum("i,mij->mj", condition, stack))


class LinearFlow(Flow):
    """A cell whose equations and condition are linear: ``y = (states, i_inj, 1)`` moves by the exponential.

    ``series`` is that of the free cell and that of the clamped one.
    """

    def __init__(
        self, model: CellModel, parameters: Mapping[str, float], state: Floats, series: tuple[Series, Series]
    ) -> None:
        super().__init__(model, parameters, state)
        self.series = series

    def move(self, span: float, watch: int) -> float | None:
        """Move piece by piece; on each the condition is a polynomial of degree ORDER."""
        series = self.series[self.clamped]
        start = np.concatenate([self.state, [self.current, 1.0]])
        past = 0.0
        while True:
            rest = span - past
            if watch and (found := self._crossing(series, start, rest / series.length, watch)) is not None:
                self.state = _at(series, start, found)[:-2]
                return past + found * series.length
            if rest <= series.length:
                self.state = _at(series, start, rest / series.length)[:-2]
                return None
            start = series.whole @ start
            past += series.length

    @staticmethod
    def _crossing(series: Series, start: Floats, end: float, watch: int) -> float | None:
        """The part of the piece after which the condition changes, if it does before ``end``."""
        powers = watch * (series.condition @ start)
        if end < 1:
            powers *= end ** np.arange(ORDER + 1)
        bracket = first_rise(from_powers(ORDER) @ powers)
        if bracket is None:
            return None
        root = _zero(np.polynomial.Polynomial(powers), *bracket)
        return root * min(end, 1.0)


def _at(series: Series, start: Floats, part: float) -> Floats:
    terms = series.terms @ start
    result: Floats = terms[ORDER]
    for m in range(ORDER - 1, -1, -1):
        result = terms[m] + part * result
    return result


def _zero(value: Any, low: float, high: float) -> float:
    """A zero between two bounds to the last digits; one of the bounds, if it is there but for rounding."""
    from scipy.optimize import brentq

    if low == high or value(low) >= 0:
        return low
    if value(high) <= 0:
        return high
    # xtol: far below what is resolved of the time at which the piece began
    return float(brentq(value, low, high, xtol=1e-18, rtol=4 * np.finfo(float).eps))


def series_of(
    model: CellModel, matrix: Floats, parameters: Mapping[str, NDArray[np.float64]], cell: int
) -> tuple[Series, Series] | None:
    """The series of a cell, free and clamped; None if its condition is not linear."""
    condition = condition_row(model, parameters, len(next(iter(parameters.values()))))
    if condition is None:
        return None
    clamped = matrix.copy()
    clamped[[i for i, e in enumerate(model.system) if e.clamped]] = 0.0
    return Series.of(matrix, condition[cell]), Series.of(clamped, condition[cell])


def condition_row(model: CellModel, parameters: Mapping[str, NDArray[np.float64]], cells: int) -> Floats | None:
    """Coefficients of what must not be negative for a spike, shape (cells, states + 2)."""
    tree: Any = model.condition_tree
    names = columns(model)
    sides = [coefficients(side, names, parameters, cells) for side in (tree.left, tree.comparators[0])]
    return None if sides[0] is None or sides[1] is None else sides[0] - sides[1]


class SolvedFlow(Flow):
    """Any cell, by DOP853 (Hairer, Norsett & Wanner, Solving ODEs I, sects. II.5, II.6)."""

    def __init__(self, model: CellModel, parameters: Mapping[str, float], state: Floats) -> None:
        super().__init__(model, parameters, state)
        names = (*model.states, INJECTED)
        self._rates = [function(e.tree, parameters, names) for e in model.system]
        self._free = [not e.clamped for e in model.system]
        tree: Any = model.condition_tree
        self._left, self._right = (function(s, parameters, model.states) for s in (tree.left, tree.comparators[0]))
        self._length = 0.01

    def move(self, span: float, watch: int) -> float | None:
        """Move step by step; on each the condition is taken for the polynomial through DENSE + 1 of its values."""
        solver = self._solver(self.state, span, self._length)
        while solver.status == "running":
            before = self.state
            solver.step()
            if solver.status == "failed":
                raise SimulatorFailed(f"The equations of {self.model.name} cannot be integrated: {solver.message}")
            self.state = solver.y.copy()
            if watch and (found := self._crossing(before, solver, watch)) is not None:
                return float(solver.t_old) + found
        self._length = solver.h_abs
        return None

    def _solver(self, state: Floats, span: float, length: float) -> Any:
        from scipy.integrate import DOP853

        rates: list[Function | None] = [
            rate if free or not self.clamped else None for rate, free in zip(self._rates, self._free, strict=True)
        ]

        def slopes(_: float, values: Floats) -> list[float]:
            here = [*values.tolist(), self.current]
            try:
                return [rate(here) if rate else 0.0 for rate in rates]
            except (ArithmeticError, ValueError):  # out of range: the solver refuses the step and takes a shorter one
                return [np.nan] * len(rates)

        return DOP853(
            slopes, 0.0, state, span, rtol=RELATIVE_TOLERANCE, atol=ABSOLUTE_TOLERANCE, first_step=min(length, span)
        )

    def _margin(self, state: Floats) -> float:
        """What must not be negative for a spike."""
        values = state.tolist()
        return float(self._left(values) - self._right(values))

    def _crossing(self, before: Floats, solver: Any, watch: int) -> float | None:
        """The time after the beginning of the last step at which the condition changed; the state becomes that."""
        length, after = solver.t - solver.t_old, self.state
        points = solver.t_old + nodes(DENSE) * length
        dense = solver.dense_output()
        values = np.array([self._margin(state) for state in dense(points).T])
        values[0], values[-1] = self._margin(before), self._margin(after)
        bracket = first_rise(from_values(DENSE) @ (watch * values))
        if bracket is None:
            return None
        reached: dict[float, Floats] = {0.0: before, length: after}

        def margin(time: float) -> float:
            if time not in reached:
                reached[time] = self._integrated(before, time)
            return watch * self._margin(reached[time])

        # The dense output says where to look, but it is less exact than the solution at the end of a step.
        low, high = (part * length for part in bracket)
        if margin(low) > 0:
            low = 0.0
        if margin(high) < 0:
            high = length
        if margin(high) < 0:
            return None
        found = _zero(margin, low, high)
        margin(found)
        self.state = reached[found].copy()
        return found

    def _integrated(self, start: Floats, time: float) -> Floats:
        solver = self._solver(start, time, time)
        while solver.status == "running":
            solver.step()
        if solver.status == "failed":
            raise SimulatorFailed(f"The equations of {self.model.name} cannot be integrated: {solver.message}")
        state: Floats = solver.y
        return state
