"""What a measurement of convergence gives back: errors, orders, verdicts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.models.cards import Card, brief
from unisono.models.words import with_unit
from unisono.validation.verdict import Level, outcome_of
from unisono.validation.written import Written

RIGHT, WRONG, UNKNOWN, NOT_STATED = "right", "wrong", Level.CANNOT_TELL.value, "no order stated"


@dataclass(frozen=True)
class Point:
    """The error at one time step.

    Attributes
    ----------
    step : float
        Time step, ms.
    length : float
        What the error is a power of, ms: the time step, or the substep, which is a part of it.
    error : float or None
        The largest error; None where spikes are missing or too many.
    floor : float
        Errors up to this one are rounding.
    used : bool
        Whether the order is measured with it: at most the largest step of the model, and clearly above the floor.
    """

    step: float
    length: float
    error: float | None
    floor: float
    used: bool


@dataclass(frozen=True)
class Order:
    """What became of one quantity of one population on one simulator.

    Attributes
    ----------
    simulator, population, quantity, unit : str
        ``quantity``: ``spikes``, or the name of a variable.
    method : str
        As the adapter states it: ``exact``, ``rk4``, ``native``.
    stated, measured : float or None
    points : tuple of Point
    lags : tuple of float, or None
        The earliest and the latest first spike of a cell, in steps after its exact time.
    verdict, reason : str
    """

    simulator: str
    population: str
    quantity: str
    unit: str
    method: str
    stated: float | None
    measured: float | None
    points: tuple[Point, ...]
    lags: tuple[float, float] | None
    verdict: str
    reason: str

    __repr__ = brief

    @property
    def smallest(self) -> Point:
        """The point at the smallest time step."""
        return self.points[-1]

    @property
    def claimed(self) -> str:
        """The stated order in words."""
        if self.stated is not None:
            return f"{self.stated:g}"
        return "rounding" if self.method == "exact" else self.method


@dataclass(frozen=True, repr=False)
class Convergence(Written):
    """The orders of all simulators on one model.

    Attributes
    ----------
    model, fingerprint : str
        Of the network with the coarsest step.
    cells : int
    duration : float
        ms.
    steps : tuple of float
        The time steps, ms.
    time_step : tuple of float
        Recommended and largest time step of the models, ms.
    versions : dict
        Of the simulators and the reference.
    orders : tuple of Order
    """

    model: str
    fingerprint: str
    cells: int
    duration: float
    steps: tuple[float, ...]
    time_step: tuple[float, float]
    versions: dict[str, str]
    orders: tuple[Order, ...]

    def _card(self) -> Card:
        simulators = ", ".join(dict.fromkeys(order.simulator for order in self.orders))
        steps = f"time steps {self.steps[0]:g} to {self.steps[-1]:.3g} ms"
        columns = ("simulator", "quantity", "order", "stated", "error at the smallest step", "verdict")
        rows = [row[:-1] for row in table_rows(self)]
        outcome = outcome_of(self.verdict).css
        facts = (simulators, steps)
        return Card("Convergence", f"of {self.model}", facts, self.verdict, outcome, columns=columns, rows=rows)

    @property
    def exit_status(self) -> int:
        """0: all orders are right. 1: one is wrong. 2: undecided."""
        verdicts = {order.verdict for order in self.orders}
        return 1 if WRONG in verdicts else 2 if UNKNOWN in verdicts else 0

    @property
    def verdict(self) -> str:
        """In words."""
        return (RIGHT, WRONG, UNKNOWN)[self.exit_status]

    def to_dict(self) -> dict[str, Any]:
        """As plain data: the verdict and all fields."""
        return {"verdict": self.verdict} | asdict(self)

    def to_figure(self, path: str | Path) -> None:
        """Error against time step, both logarithmic, as the ending of the path says (svg, pdf, png).

        Raises
        ------
        OutputError
            If the ending is none of these, or the file cannot be written.
        """
        self._writer("figure")(self, Path(path))


def table_rows(convergence: Convergence) -> list[tuple[Any, ...]]:
    """Simulator, quantity, measured order, stated order, error at the smallest step, verdict with its reason."""
    several = len({order.population for order in convergence.orders}) > 1
    rows = []
    for o in convergence.orders:
        error = "" if o.smallest.error is None else with_unit(o.smallest.error, o.unit)
        rows.append(
            (
                o.simulator,
                f"{o.population}: {o.quantity}" if several else o.quantity,
                "" if o.measured is None else f"{o.measured:.2f}",
                o.claimed,
                error,
                o.verdict,
                o.reason,
            )
        )
    return rows
