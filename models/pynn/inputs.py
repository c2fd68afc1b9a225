"""Spikes of sources, instantiated on the grid.

The processes are those of :mod:`unisono.models.inputs`; here PyNN's parameters are read, checked and turned into steps.
Streams are seeded from the network's seed, the population, the trial and the number of times the population's
parameters were set. So a source's spikes depend neither on what else is in the network nor on how a run is divided
into several. Where parameters change between two runs, a renewal process goes on from its last spike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import NetworkError
from unisono.models.grid import to_steps
from unisono.models.inputs import gamma, inhomogeneous_gamma, poisson, refractory_poisson
from unisono.models.inputs.common import Events, Floats, RenewalWindow
from unisono.models.inputs.table import Table

#: Spikes of a renewal process in a step, on average: more than this is a wrong unit, and would fill the memory.
MOST = 1000.0


@dataclass(frozen=True, eq=False)
class Stretch:
    """Sources of one population over the steps (begin, end], with the parameters that hold there.

    ``last`` holds the time of each cell's last spike, in steps; NaN where a renewal process has not begun.
    """

    label: str
    size: int
    dt: float
    begin: int
    end: int
    parameters: dict[str, Any]
    stream: tuple[int, ...]
    last: Floats

    def error(self, message: str, remedy: str) -> NetworkError:
        """An error that names the population."""
        return NetworkError(f"Population '{self.label}': {message}", remedy)

    def number(self, name: str, above_zero: bool = False) -> Floats:
        """A parameter that is a number: shape () or (size,)."""
        value = np.asarray(self.parameters[name], np.float64)
        if name == "start":
            good, rule, remedy = np.isfinite(value), "a number", "Give a time in ms."
        elif above_zero:
            good, rule, remedy = np.isfinite(value) & (value > 0), "above zero", "Give a number above zero."
        else:
            good, rule, remedy = np.isfinite(value) & (value >= 0), "a number that is not negative", "Give 0 or more."
        if not good.all():
            raise self.error(f"{name} must be {rule}, it is {value[~good].ravel()[0]}.", remedy)
        return value

    def active(self) -> tuple[Floats, Floats]:
        """Grid points between which the sources are on, shape () or (size,) each."""
        start, duration = self.number("start"), self.number("duration")
        on, off = to_steps(start, self.dt), to_steps(start + duration, self.dt)
        return np.asarray(on, np.float64), np.asarray(off, np.float64)

    def window(self) -> RenewalWindow:
        """Where each cell's renewal process runs."""
        on, off = (np.broadcast_to(x, self.size).astype(np.int64) for x in self.active())
        return RenewalWindow(np.maximum(on, max(self.begin, 0)), np.minimum(off, self.end), self.last, self.stream)

    def wide(self, value: Floats) -> Floats:
        """A value for each cell."""
        return np.broadcast_to(value, self.size)

    def check_interval(self, interval: Floats, remedy: str) -> None:
        """Refuse mean intervals, in steps, of which a thousand fit into a step."""
        if interval.size and interval.min() * MOST < 1:
            raise self.error(f"the mean interval between spikes is {interval.min() * self.dt:g} ms.", remedy)

    def table(self, *names: str, factor: float = 1.0) -> tuple[list[Floats], list[list[Floats]]]:
        """Times in steps and values of sequences that belong to ``tbins``: one for all cells, or one a cell."""
        given = {name: _sequences(self.parameters[name]) for name in (*names, "tbins")}
        number = max(len(found) for found in given.values())
        wide = {name: found * number if len(found) == 1 else found for name, found in given.items()}
        for index, times in enumerate(wide["tbins"]):
            if not (times.size and np.isfinite(times).all() and (np.diff(times) > 0).all()):
                raise self.error(f"tbins must be times that increase, they are {times}.", "Sort them, none twice.")
            for name in names:
                size = wide[name][index].size
                if size != times.size:
                    raise self.error(
                        f"{name} has {size} values and tbins {times.size} times.", "Give one value for each time."
                    )
        return [times / self.dt for times in wide["tbins"]], [wide[name] for name in names]

    def check_values(self, name: str, values: list[Floats], above_zero: bool) -> None:
        """Refuse values of a sequence that are no numbers or too small."""
        every = np.concatenate(values)
        good = np.isfinite(every) & ((every > 0) if above_zero else (every >= 0))
        if not good.all():
            rule = "above zero" if above_zero else "numbers that are not negative"
            raise self.error(f"the values of {name} must be {rule}, one is {every[~good][0]}.", "Correct that value.")


def _sequences(value: Any) -> list[Floats]:
    """The values of a Sequence, or of one for each cell."""
    found = list(value) if isinstance(value, np.ndarray) and value.ndim else [value]
    return [np.asarray(getattr(s, "value", s), np.float64).ravel() for s in found]


def _array(stretch: Stretch) -> list[Events]:
    """Spikes at given times, rounded to the grid."""
    trains = _sequences(stretch.parameters["spike_times"])
    times = np.concatenate(trains)
    if not np.isfinite(times).all() or (times < 0).any():
        bad = times[~(np.isfinite(times) & (times >= 0))][0]
        raise stretch.error(f"a spike time is {bad} ms; it must not be negative.", "Give times of 0 ms or more.")
    cells: NDArray[Any]
    if len(trains) == 1:
        cells = np.tile(np.arange(stretch.size, dtype=np.uint32), times.size)
        times = np.repeat(times, stretch.size)
    else:
        cells = np.repeat(np.arange(stretch.size, dtype=np.uint32), [t.size for t in trains])
    steps: NDArray[Any] = to_steps(times, stretch.dt)
    held = (steps > stretch.begin) & (steps <= stretch.end)
    cells, steps = cells[held], steps[held]
    return [(cells, steps, np.ones(cells.size, np.uint16))]


def _poisson(stretch: Stretch) -> Iterator[Events]:
    mean = stretch.number("rate") * stretch.dt / 1000.0
    on, off = stretch.active()
    return poisson.spikes(mean, on, off, (stretch.begin, stretch.end), stretch.size, stretch.stream)


def _inhomogeneous_poisson(stretch: Stretch) -> Iterator[Events]:
    times, (rates,) = stretch.table("rates")
    stretch.check_values("rates", rates, above_zero=False)
    on, off = stretch.active()
    highest = np.array([r.max() for r in rates])
    course = Table.of(times, [r / (r.max() or 1.0) for r in rates])
    mean = (highest if len(rates) > 1 else highest[0:1].reshape(())) * stretch.dt / 1000.0
    return poisson.spikes(mean, on, off, (stretch.begin, stretch.end), stretch.size, stretch.stream, course)


def _refractory_poisson(stretch: Stretch) -> list[Events]:
    rate, refractory = stretch.wide(stretch.number("rate")), stretch.wide(stretch.number("tau_refrac"))
    with np.errstate(divide="ignore"):
        mean = 1000.0 / rate / stretch.dt
    dead = to_steps(refractory, stretch.dt)
    short = np.maximum(dead, refractory / stretch.dt) >= mean
    if short.any():
        cell = np.flatnonzero(short)[0]
        raise stretch.error(
            f"tau_refrac is {refractory[cell]:g} ms and the mean interval between spikes {1000 / rate[cell]:g} ms.",
            "A refractory period must be shorter than the mean interval, 1000/rate.",
        )
    stretch.check_interval(mean, "Give the rate in Hz.")
    return [refractory_poisson.spikes(mean, dead, stretch.window())]


def _gamma(stretch: Stretch) -> list[Events]:
    shape, rate = stretch.wide(stretch.number("alpha", above_zero=True)), stretch.number("beta", above_zero=True)
    scale = stretch.wide(1000.0 / rate / stretch.dt)
    stretch.check_interval(shape * scale, "Give beta in Hz; the mean interval is alpha/beta.")
    return [gamma.spikes(shape, scale, stretch.window())]


def _inhomogeneous_gamma(stretch: Stretch) -> list[Events]:
    times, (shapes, scales) = stretch.table("a", "b")
    stretch.check_values("a", shapes, above_zero=True)
    stretch.check_values("b", scales, above_zero=True)
    scales = [b * 1000.0 / stretch.dt for b in scales]
    stretch.check_interval(np.concatenate(shapes) * np.concatenate(scales), "Give b in s; the mean interval is a*b.")
    return [inhomogeneous_gamma.spikes(Table.of(times, shapes, scales), stretch.window())]


#: How the sources are instantiated, by their PyNN names.
_REALISE: dict[str, Callable[[Stretch], Iterable[Events]]] = {
    "SpikeSourceArray": _array,
    "SpikeSourcePoisson": _poisson,
    "SpikeSourceInhPoisson": _inhomogeneous_poisson,
    "SpikeSourcePoissonRefractory": _refractory_poisson,
    "SpikeSourceGamma": _gamma,
    "SpikeSourceInhGamma": _inhomogeneous_gamma,
}


def instantiated(cell: str, stretch: Stretch) -> Iterable[Events]:
    """The spikes of a stretch of sources of a cell type; brings ``stretch.last`` up to its end.

    Raises
    ------
    NetworkError
        If the parameters make no sense.
    """
    return _REALISE[cell](stretch)
