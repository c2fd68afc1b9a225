"""What the test circuit shows: how a simulator's cells and synapses differ from the reference's.

The cells of :mod:`unisono.validation.diagnose.circuit_network` run on the simulator and on the reference. Steps are
counted against the simulator's own potentials, so that a spike with a wrong label does not look like a late one;
errors are measured at two time steps, so that a method of finite order does not look like another model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run
from unisono.models.errors import UnisonoError, UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.diagnose.cause import Deviation
from unisono.validation.diagnose.circuit_network import FIRST, Circuit, circuit_of
from unisono.validation.diagnose.methods import method_of

#: Errors below are rounding, mV.
FLOOR_MV = 1e-6

#: An error is one of this simulator if it is so many times that of the baseline.
LARGER = 10.0

#: The smallest order of an integrator that is told from an error of the model, whose order is 0.
LEAST_ORDER = 0.5

#: Share of an error of weight or shape that may remain when the shape is scaled, for it to be one of weight.
SCALED = 0.1

#: Share of the peak of a response that counts as its beginning.
BEGINNING = 1e-4

Execute = Callable[..., Mapping[str, Run]]


@dataclass(frozen=True, eq=False)
class Measured:
    """What one simulator gave on the test circuit.

    Attributes
    ----------
    circuit : Circuit
    states : mapping of str to float64 array, shape (steps + 1, cells)
    spikes : tuple of int64 array
        Steps at which each cell spiked.
    off_grid : tuple of float
        Spike times that are no multiples of the time step, ms.
    """

    circuit: Circuit
    states: Mapping[str, NDArray[np.float64]]
    spikes: tuple[NDArray[np.int64], ...]
    off_grid: tuple[float, ...] = ()

    @property
    def v(self) -> NDArray[np.float64]:
        """The potentials, mV."""
        return self.states["v"]

    def resets(self, cell: int) -> NDArray[np.int64]:
        """Steps at which the potential of a driven cell falls back."""
        p = self.circuit.parameters(cell)
        if not {"v_reset", "v_thresh"} <= p.keys():
            return np.empty(0, np.int64)
        # Half of the way that the potential really falls: an exponential cell spikes far above v_thresh.
        fall = np.diff(self.v[:, cell])
        found: NDArray[np.int64] = np.flatnonzero(fall < -0.5 * (p["v_thresh"] - p["v_reset"])) + 1
        return found

    def response(self, index: int) -> NDArray[np.float64]:
        """What one spike at a receptor does to the potential, mV."""
        return np.asarray(self.v[:, FIRST + index] - self.v[:, 1])


def examine(
    network: Network, population: int, cell: int, suspect: Run, baseline: Run, execute: Execute, reference: str
) -> tuple[Deviation, ...]:
    """What is wrong with cells like one of a network's on a simulator.

    Parameters
    ----------
    network : Network
        Of a single trial.
    population, cell : int
    suspect, baseline : Run
        Of the simulator, and of one whose errors are taken for normal.
    execute : callable
    reference : str
        The simulator that is right.

    Returns
    -------
    tuple of Deviation
        Empty where nothing is wrong.

    Raises
    ------
    UnisonoError
        If the test circuit cannot be run.
    """
    circuit = circuit_of(network, population, cell)
    right = _measured(circuit, reference, Settings(), execute)
    mine = _suspected(circuit, suspect, right, execute)
    normal = _measured(circuit, baseline.simulator, baseline.settings, execute)

    def finer() -> tuple[Measured, Measured]:
        half = circuit_of(network, population, cell, finer=2)
        half_right = _measured(half, reference, Settings(), execute)
        return _suspected(half, suspect, half_right, execute), half_right

    found = [*_initial(mine), *_threshold(mine), *_steps(mine, right)]
    if precision := _precision(mine, right):
        found.append(precision)
    found += _errors(mine, right, normal, finer, [f.kind for f in found])
    return tuple(found)


def _suspected(circuit: Circuit, suspect: Run, right: Measured, execute: Execute) -> Measured:
    """What the suspect gave; states that it cannot record are taken from the reference."""
    try:
        return _measured(circuit, suspect.simulator, suspect.settings, execute)
    except UnsupportedFeature:
        mine = _measured(circuit.of_potentials(), suspect.simulator, suspect.settings, execute)
        return replace(mine, states={**right.states, **mine.states})


def _measured(circuit: Circuit, name: str, settings: Settings, execute: Execute) -> Measured:
    run = execute(circuit.network, on=[name], settings=settings)[name]
    if run.recording is None:
        raise run.error or UnisonoError(f"{name} gave no result on the test circuit.")
    (trial,) = run.recording.trials
    spikes = trial.spikes.get(1)
    size = circuit.network.populations[1].size
    steps = tuple(
        np.empty(0, np.int64) if spikes is None else np.asarray(spikes.steps[spikes.cells == c]) for c in range(size)
    )
    off_grid = () if spikes is None or spikes.times is None else _off_grid(spikes.times, circuit.dt)
    return Measured(circuit, {s.variable: s.values for s in trial.signals}, steps, off_grid)


def _off_grid(times: NDArray[np.float64], dt: float) -> tuple[float, ...]:
    """Times that are no multiples of the time step, but for rounding."""
    far = np.abs(times / dt - np.rint(times / dt)) > 1e-6
    return tuple(float(t) for t in times[far])


# -- counted in steps ------------------------------------------------------


def _initial(mine: Measured) -> Iterator[Deviation]:
    """Initial potentials that are not those of the network."""
    expected = mine.circuit.initial(0)["v"]
    measured = float(mine.v[0, 0])
    if abs(measured - expected) > 1e-4:  # single precision leaves less
        yield Deviation(
            "initial value", measured, expected, "mV", f"v begins at {measured:.6g} mV instead of {expected:.6g} mV"
        )


def _threshold(mine: Measured) -> Iterator[Deviation]:
    """Spikes that are not bound to the grid."""
    if mine.off_grid:
        first = min(mine.off_grid)
        text = (
            f"spikes are not bound to the grid: a cell spikes and is reset where v crosses the threshold, as at "
            f"{first:.6g} ms, not at the end of the step"
        )
        yield Deviation("threshold", first, math.ceil(first / mine.circuit.dt) * mine.circuit.dt, "ms", text)


def _steps(mine: Measured, right: Measured) -> Iterator[Deviation]:
    """Labels, resets, refractoriness and arrivals, counted in steps."""
    driven = [c for c in mine.circuit.driven if mine.resets(c).size and right.resets(c).size and mine.spikes[c].size]
    resets = _common(int(mine.resets(c)[0] - right.resets(c)[0]) for c in driven)
    labels = _common(int(mine.spikes[c][0] - right.spikes[c][0]) for c in driven)
    of_label = _common(int(mine.spikes[c][0] - mine.resets(c)[0]) for c in driven)
    sampled = 0
    if of_label and labels == 0 and resets:
        sampled = resets  # its samples lie elsewhere, its spikes do not
    elif of_label:
        yield _counted("label", of_label, "spikes are stamped", "later", "earlier", "than its own potential is reset")
    elif labels:
        yield _counted("threshold", labels, "a constant current makes cells spike", "later", "earlier", "")
    held = [_common(_held(m, c) for c in driven) for m in (mine, right)]
    if driven and None not in held and held[0] != held[1]:
        yield Deviation(
            "refractoriness",
            float(held[0] or 0),
            float(held[1] or 0),
            "steps",
            f"v is held for {held[0]} steps after a spike instead of {held[1]}",
        )
    yield from _reset_values(mine, right, driven)
    yield from _arrivals(mine, right, sampled)


def _reset_values(mine: Measured, right: Measured, driven: Sequence[int]) -> Iterator[Deviation]:
    for c in driven:
        measured, expected = (float(m.v[m.resets(c)[0], c]) for m in (mine, right))
        if abs(measured - expected) > 1e-4:
            text = f"v is {measured:.6g} mV after a spike instead of {expected:.6g} mV"
            yield Deviation("threshold", measured, expected, "mV", text)
            return


def _arrivals(mine: Measured, right: Measured, sampled: int) -> Iterator[Deviation]:
    """Input from sources and from cells that comes at another step."""
    circuit = mine.circuit
    late = _common(_lateness(mine, right, i) for i in range(len(circuit.given)))
    from_sources = None if late is None else late - sampled
    from_cells = None
    if circuit.target is not None and mine.resets(circuit.driven[0]).size and right.resets(circuit.driven[0]).size:
        own = [_begins(m.v[:, circuit.target] - m.v[:, 1], m.resets(circuit.driven[0])[0]) for m in (mine, right)]
        if own[0] is not None and own[1] is not None:
            from_cells = own[0] - own[1]
    if from_cells:
        yield _counted("delay", from_cells, "spikes of cells arrive", "later", "earlier", "")
    if not circuit.has_sources:
        return
    if from_sources and from_cells is None:
        yield _counted("delay", from_sources, "spikes of sources arrive", "later", "earlier", "")
    elif from_sources and from_sources != from_cells:
        more = from_sources - (from_cells or 0)
        yield _counted("input", more, "spikes of sources arrive", "later", "earlier", "than their delay says")


def _held(measured: Measured, cell: int) -> int:
    """For how many steps the potential stands still after the first reset."""
    at = int(measured.resets(cell)[0])
    moved = np.flatnonzero(np.abs(measured.v[at:, cell] - measured.v[at, cell]) > 1e-9)
    return int(moved[0]) - 1 if moved.size else 0


def _lateness(mine: Measured, right: Measured, index: int) -> int | None:
    begins = [_begins(m.response(index), 0) for m in (mine, right)]
    return None if begins[0] is None or begins[1] is None else begins[0] - begins[1]


def _begins(response: NDArray[np.float64], after: int) -> int | None:
    """How many steps after a step a response begins."""
    size = np.abs(response)
    begun = np.flatnonzero(size > BEGINNING * size.max()) if size.max() > FLOOR_MV else np.empty(0, int)
    return int(begun[0]) - int(after) if begun.size else None


def _common(values: Iterator[int | None] | Iterator[int]) -> int | None:
    """The value, if there is one and all are the same."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


def _counted(kind: str, steps: int, what: str, late: str, early: str, than: str) -> Deviation:
    number = f"{abs(steps)} step{'' if abs(steps) == 1 else 's'}"
    text = f"{what} {number} {late if steps > 0 else early} {than}".rstrip()
    return Deviation(kind, float(steps), 0.0, "steps", text)


# -- errors of the potential -----------------------------------------------


def _precision(mine: Measured, right: Measured) -> Deviation | None:
    """Single precision: no potential has more digits than that."""
    v = mine.v[1:, 0]
    if not np.array_equal(v, v.astype(np.float32)) or np.array_equal(v, right.v[1:, 0]):
        return None
    if np.unique(v).size < 10:
        return None
    error = float(np.abs(v - right.v[1:, 0]).max())
    text = f"all values of v are numbers of single precision; they are off by up to {error:.2g} mV"
    return Deviation("precision", error, 0.0, "mV", text)


def _errors(
    mine: Measured,
    right: Measured,
    normal: Measured,
    finer: Callable[[], tuple[Measured, Measured]],
    known: Sequence[str],
) -> Iterator[Deviation]:
    """What is left of errors in the potential when steps are accounted for: integrator, membrane, synapse, weight."""
    circuit = mine.circuit
    floor = 1e-3 if "precision" in known else FLOOR_MV
    alone = _error(mine.v[:, 0], right.v[:, 0])
    if alone > max(floor, LARGER * _error(normal.v[:, 0], right.v[:, 0])):
        half, half_right = finer()
        yield _of_order("without any input", alone, _error(half.v[:, 0], half_right.v[:, 0]), mine, 0, "membrane")
        return
    for index, given in enumerate(circuit.given):
        a, b = _aligned(mine, right, index)
        error = _error(a, b)
        usual = _error(normal.response(index), right.response(index))
        if error <= max(floor, LARGER * usual):
            continue
        half, half_right = finer()
        what = f"in the response to one {given.receptor} spike"
        deviation = _of_order(what, error, _error(*_aligned(half, half_right, index)), mine, FIRST + index, "synapse")
        if deviation.kind == "integrator":
            yield deviation
            return
        yield _scaled(a, b, given.receptor, mine.circuit.dt) or deviation


def _error(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    size = min(a.size, b.size)
    return float(np.abs(a[:size] - b[:size]).max()) if size else 0.0


def _aligned(mine: Measured, right: Measured, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two responses from where they begin."""
    a, b = mine.response(index), right.response(index)
    begins = [_begins(x, 0) for x in (a, b)]
    if begins[0] is None or begins[1] is None:
        return a, b
    size = min(a.size - begins[0], b.size - begins[1])
    return a[begins[0] :][:size], b[begins[1] :][:size]


def _of_order(what: str, error: float, half: float, mine: Measured, cell: int, otherwise: str) -> Deviation:
    """An error that falls with the time step is the integrator's; one that does not is the model's."""
    order = math.log2(error / half) if half > 0 else math.inf
    text = f"v is off by {error:.2g} mV {what}"
    if order < LEAST_ORDER:
        return Deviation(otherwise, error, 0.0, "mV", f"{text}, and as much with half the time step")
    name = method_of(mine.circuit.model, mine.circuit.parameters(cell), mine.states, cell, mine.circuit.dt)
    called = f": {name}" if name else f": an integrator of order {order:.1f}"
    return Deviation("integrator", error, 0.0, "mV", f"{text}; with half the time step by {half:.2g} mV{called}")


def _scaled(a: NDArray[np.float64], b: NDArray[np.float64], receptor: str, dt: float) -> Deviation | None:
    """A response of the right shape and the wrong size, or of another shape."""
    factor = float(a @ b / (b @ b))
    if _error(a, factor * b) <= SCALED * _error(a, b):
        text = f"the response to one {receptor} spike is {abs(factor - 1) * 100:.3g} % "
        return Deviation(f"weight of {receptor}", factor, 1.0, "", text + ("larger" if factor > 1 else "smaller"))
    peaks = [int(np.abs(x).argmax()) for x in (a, b)]
    heights = [float(x[peak]) for x, peak in zip((a, b), peaks, strict=True)]
    text = (
        f"the response to one {receptor} spike peaks with {heights[0]:.3g} mV after {peaks[0] * dt:.3g} ms "
        f"instead of {heights[1]:.3g} mV after {peaks[1] * dt:.3g} ms"
    )
    return Deviation("synapse", peaks[0] * dt, peaks[1] * dt, "ms", text)
