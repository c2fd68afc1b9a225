"""Whether a simulator's errors fall with the time step as its method says they must.

A wrong order is wrong numerics, however small the error. Errors are against the reference off
the grid, whose spike times are exact; the order that a method must show is stated by the
adapter and never fitted (``docs/convergence.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.codegen.cell_step import ORDER_FOUR
from unisono.adapters.codegen.substeps import substeps_of
from unisono.adapters.codegen.synapse_values import DIGITS
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run
from unisono.models.network import Network
from unisono.validation.convergence.orders import NOT_STATED, RIGHT, UNKNOWN, WRONG, Convergence, Order, Point
from unisono.validation.convergence.step_refinement import STEPS, refinements, threshold_variable
from unisono.validation.runner import Runner

Floats = NDArray[np.float64]

#: How far a measured order may be from the stated one.
TOLERANCE = 0.15

#: Points from which an order is measured.
FEWEST = 3

#: How many times rounding an error must be for an order to be measured with it: below, rounding is a part of it.
CLEAR = 3.0

#: Errors of spike times below are rounding, ms.
SPIKE_FLOOR = 1e-9

#: Error of the reference that is reckoned with, in the unit of the variable; beside rounding.
REFERENCE_ERROR = 1e-11

#: The potential is compared up to this long before the first spike of a cell, ms: an exponential cell's goes up
#: ever faster there, and no time step is small enough for the order to show.
UPSTROKE = 1.0

#: By how many steps a first spike may be outside the step in which the threshold is crossed.
SLACK = 0.1

#: Orders of the membrane potential by method; None: the method is exact, all errors are rounding.
ORDERS: dict[str, float | None] = {"exact": None, **dict.fromkeys(ORDER_FOUR, 4.0), "euler": 1.0}


def converge(
    network: Network,
    on: Sequence[str],
    *,
    settings: Settings | None = None,
    executor: Runner | None = None,
    steps: int = STEPS,
    announce: Callable[[str], None] = lambda line: None,
) -> Convergence:
    """Run a network with shorter and shorter time steps, and measure the order of its errors.

    Parameters
    ----------
    network : Network
        With the coarsest time step; a single cell becomes several with graded drives.
    on : sequence of str
        Names of simulators.
    settings : Settings, optional
    executor : Runner, optional
        What runs the networks.
    steps : int
        Time steps, each half the one before.
    announce : callable
        Told what is run next.

    Raises
    ------
    NetworkError, UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
        Before anything starts.
    SimulatorFailed
        If the reference cannot solve the model.
    """
    settings, executor = settings or Settings(), executor or Executor()
    networks = tuple(refinements(network, steps))
    for name in on:
        for refined in networks:
            registry.get(name).check(refined, settings)
    announce("exact spike times, on the reference off the grid")
    exact = executor.run(networks[0], ["reference"], Settings(options={"grid": "off"}))["reference"]
    judges = [
        Judge(networks, index, exact.recorded)
        for index, population in enumerate(networks[0].populations)
        if not population.is_source
    ]
    runs = _refined_runs(networks, on, settings, executor, announce)
    return _judged_runs(networks, judges, runs, settings, str(exact.provenance.get("version", "")))


def _refined_runs(
    networks: Sequence[Network],
    on: Sequence[str],
    settings: Settings,
    executor: Runner,
    announce: Callable[[str], None],
) -> dict[str, list[Run]]:
    """The runs of each simulator, from the coarsest step to the finest."""
    found: dict[str, list[Run]] = {name: [] for name in on}
    for refined in networks:
        announce(f"time step {refined.dt:g} ms, on {', '.join(found)}")
        for name, run in executor.run(refined, list(found), settings).items():
            found[name].append(run)
    return found


def _judged_runs(
    networks: tuple[Network, ...],
    judges: Sequence[Judge],
    runs: dict[str, list[Run]],
    settings: Settings,
    reference: str,
) -> Convergence:
    """The orders of every population on every simulator; ``reference`` is the version of the reference."""
    models = [judge.model for judge in judges]
    orders = (
        judge.orders(
            name,
            registry.get(name).method(networks[0], judge.population, settings),
            [run.recording for run in found],
        )
        for name, found in runs.items()
        for judge in judges
    )
    versions = {name: str(found[-1].provenance.get("version", "")) for name, found in runs.items()}
    return Convergence(
        networks[0].label,
        networks[0].fingerprint,
        networks[0].neurons,
        networks[0].duration,
        tuple(refined.dt for refined in networks),
        (min(m.time_step[0] for m in models), min(m.time_step[1] for m in models)),
        {"reference": reference, **versions},
        tuple(chain.from_iterable(orders)),
    )


class Judge:
    """Measures the errors of one population."""

    def __init__(self, networks: tuple[Network, ...], population: int, exact: Recording) -> None:
        self.networks, self.population = networks, population
        described = networks[0].populations[population]
        self.model, self.label, self.size = described.model, described.label, described.size
        self.end = networks[0].duration
        self.exact = self._spikes(exact)
        self.samples = _samples(exact, population)
        self.horizon = self._horizon(exact)
        self.before = self._before_spikes()

    def orders(self, simulator: str, method: str, recordings: Sequence[Recording | None]) -> tuple[Order, Order]:
        """The orders of the spike times and of the membrane potential."""
        steps = [n.dt for n in self.networks]
        found = [None if r is None else self._spikes(r) for r in recordings]
        errors = [None if f is None else self._spike_error(f, h) for f, h in zip(found, steps, strict=True)]
        points = self._points(steps, errors, [SPIKE_FLOOR] * len(steps))
        spikes = self._order(simulator, "spikes", "ms", method, 1.0, points, self._lags(found, steps))
        variable = threshold_variable(self.networks[0].populations[self.population])
        lengths = [n.dt / (substeps_of(n, self.population) if method in ORDER_FOUR else 1) for n in self.networks]
        errors = [None if r is None else self._voltage_error(_samples(r, self.population)) for r in recordings]
        points = self._points(lengths, errors, self._floors())
        unit = self.model.units[variable]
        return spikes, self._order(simulator, variable, unit, method, ORDERS.get(method), points, None)

    def _missing(self, quantity: str) -> str:
        """Why there is an error that is not known."""
        if quantity == "spikes":
            return (
                "a run failed, or its spikes are not as many" if any(c.size for c in self.exact) else "no cell spikes"
            )
        return "a run failed" if self.before.any() else f"all cells spike in the first {UPSTROKE:g} ms"

    def _floors(self) -> list[float]:
        """Rounding at each time step: the largest value rounded once a step, always to the same side.

        Only steps up to the last sample that is compared count: what a spike resets is not looked at. The reference
        between the steps rounds no weights; where cells have input, all that moves them may be off by the rounding of
        weights.
        """
        largest = float(np.abs(self.samples[self.before]).max(initial=0.0))
        heard = any(p.post_population == self.population for p in self.networks[0].projections)
        weights = 2.0**-DIGITS * float(np.ptp(self.samples)) if heard else 0.0
        rounding = float(np.finfo(float).eps) * largest
        compared = np.flatnonzero(self.before.any(axis=1))
        until = float(compared[-1]) * self.networks[0].dt if compared.size else 0.0
        return [REFERENCE_ERROR + weights + rounding * until / network.dt for network in self.networks]

    def _points(
        self, lengths: Sequence[float], errors: Sequence[float | None], floors: Sequence[float]
    ) -> tuple[Point, ...]:
        return tuple(
            Point(n.dt, length, error, floor, self._small(n.dt) and error is not None and error > CLEAR * floor)
            for n, length, error, floor in zip(self.networks, lengths, errors, floors, strict=True)
        )

    def _small(self, step: float) -> bool:
        """Whether a time step is at most the model's largest."""
        return step <= self.model.time_step[1] * (1 + 1e-9)

    def _order(
        self,
        simulator: str,
        quantity: str,
        unit: str,
        method: str,
        stated: float | None,
        points: tuple[Point, ...],
        lags: tuple[float, float] | None,
    ) -> Order:
        used = [p for p in points if p.used]
        measured = _slope(used) if quantity == "spikes" else _final_slope(used)
        claimed = [p for p in points if self._small(p.step)]
        if any(point.error is None for point in claimed):
            verdict, reason = UNKNOWN, self._missing(quantity)
        else:
            verdict, reason = _judged(claimed, measured, stated, method if quantity != "spikes" else "")
        # Euler's own error of a spike time is in the order of the step, too.
        bound = method in ORDERS and method != "euler"
        if lags is not None and bound and (lags[0] < -SLACK or lags[1] > 1 + SLACK):
            late = f"first spikes are {lags[0]:.2f} to {lags[1]:.2f} steps late"
            verdict, reason = WRONG, f"{late}; a spike is labelled with the end of its step"
        return Order(simulator, self.label, quantity, unit, method, stated, measured, points, lags, verdict, reason)

    def _spikes(self, recording: Recording) -> list[Floats]:
        spikes = recording.trials[0].spikes[self.population]
        times = spikes.milliseconds(recording.dt)
        return [times[spikes.cells == cell] for cell in range(self.size)]

    def _spike_error(self, found: list[Floats], step: float) -> float | None:
        """The largest error of a spike time, ms; None where counts differ by more than the errors explain."""
        if not sum(times.size for times in self.exact):
            return None
        pairs = [(a, b, min(a.size, b.size)) for a, b in zip(found, self.exact, strict=True)]
        error = max((float(np.abs(a[:n] - b[:n]).max()) for a, b, n in pairs if n), default=0.0)
        # A spike that is late falls behind the end, one that is early comes before it.
        excused = self.end - 2 * (error + step)
        rest = [times[n:] for a, b, n in pairs for times in (a, b)]
        return None if any((times < excused).any() for times in rest) else error

    def _lags(self, found: Sequence[list[Floats] | None], steps: Sequence[float]) -> tuple[float, float] | None:
        """How late the first spike of a cell comes, in steps, at all steps up to the largest."""
        lags = [
            (times[0] - exact[0]) / step
            for cells, step in zip(found, steps, strict=True)
            if cells is not None and self._small(step)
            for times, exact in zip(cells, self.exact, strict=True)
            if times.size and exact.size and exact[0] < self.horizon
        ]
        return (float(min(lags)), float(max(lags))) if lags else None

    def _horizon(self, exact: Recording) -> float:
        """The time up to which no cell has heard of another one's spike, ms."""
        network = self.networks[0]
        horizon = np.inf
        for projection in network.projections:
            spikes = exact.trials[0].spikes[projection.pre_population]
            if not network.populations[projection.pre_population].is_source and spikes.size and projection.size:
                horizon = min(horizon, float(spikes.milliseconds(exact.dt)[0] + projection.delay.min() * exact.dt))
        return horizon

    def _before_spikes(self) -> NDArray[np.bool_]:
        """The samples at which a cell, and all that it can have heard of, has not spiked; shape (samples, cells)."""
        times = np.arange(len(self.samples))[:, None] * self.networks[0].dt
        # Where there is neither a reset nor a refractory period, a spike changes nothing in the cell that has it.
        smooth = self.model.edge_triggered and not self.model.refractory
        first = np.array([cell[0] if cell.size and not smooth else np.inf for cell in self.exact])
        mask: NDArray[np.bool_] = times < np.minimum(first, self.horizon) - max(UPSTROKE, self.networks[0].dt)
        return mask

    def _voltage_error(self, samples: Floats) -> float | None:
        difference = np.abs(samples - self.samples)[self.before]
        return float(difference.max()) if difference.size and np.isfinite(difference).all() else None


def _samples(recording: Recording, population: int) -> Floats:
    (signal,) = (s for s in recording.trials[0].signals if s.population == population)
    return signal.values


def _slope(points: Sequence[Point]) -> float | None:
    """Slope of log error on log length by least squares; None from fewer than FEWEST lengths."""
    if len({point.length for point in points}) < FEWEST:
        return None
    x, y = (np.log([getattr(p, name) for p in points]) for name in ("length", "error"))
    return float(np.polyfit(x, y, 1)[0])


def _final_slope(points: Sequence[Point]) -> float | None:
    """Slope between the two smallest lengths; None from fewer than FEWEST lengths.

    An order is what errors tend to. Those of a potential have no scatter, so that two are enough, and
    those of the coarsest steps, before an upstroke, are not there yet.
    """
    by_length = {point.length: point.error for point in points if point.error is not None}
    if len(by_length) < FEWEST:
        return None
    (short, small), (long, large) = sorted(by_length.items())[:2]
    return float(np.log(large / small) / np.log(long / short))


def _judged(points: Sequence[Point], measured: float | None, stated: float | None, method: str) -> tuple[str, str]:
    """Verdict and reason; ``points`` are those up to the largest step, ``method`` is empty for spike times."""
    if not points:
        return UNKNOWN, "no time step is as small as the model's largest"
    above = [p for p in points if p.error is not None and p.error > p.floor]
    if not above:
        return RIGHT, "all errors are rounding"
    if method and method not in ORDERS:
        return NOT_STATED, f"the step is {method}: its error is bound by a tolerance, not by the time step"
    if stated is None:
        return WRONG, "the method is exact, but errors are above rounding"
    if measured is None:
        return UNKNOWN, f"fewer than {FEWEST} errors are clearly above rounding; a shorter run rounds less"
    if abs(measured - stated) <= TOLERANCE:
        return RIGHT, ""
    return WRONG, f"the order is {measured:.2f} and not {stated:g}"
