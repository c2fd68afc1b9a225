"""What recorded potentials show: the course after a spike, how long it stands still, what one synapse does.

The postsynaptic potential is not averaged over arrivals, where the many other inputs would hide it: all arrivals at a
recorded cell are known, and its potential follows from them and from itself a step ago. A regression finds what one
arrival adds. In a linear cell with exponential synapses that is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording
from unisono.models.grid import to_step
from unisono.models.network import Network
from unisono.validation.statistics.activity import transient_of
from unisono.validation.statistics.curve import CLAMPED, EXCITATORY, INHIBITORY, PSP, TRIGGERED, Curve
from unisono.validation.statistics.signs import sign_of

#: Lags of the spike-triggered potential, ms, and of the end of the refractory period, steps.
BEFORE, AFTER, AROUND = 5.0, 25.0, 20

#: Lags of an arrival in the regression, steps; the last of the response that is shown, steps.
EARLIEST, LATEST, SHOWN = -1, 3, 10

#: Samples that a regression takes at most, and at least.
MOST_SAMPLES, LEAST_SAMPLES = 60_000, 1000

#: A potential that moves less, mV, stands still.
STILL = 1e-9


@dataclass(frozen=True, eq=False)
class _Cell:
    """One recorded cell in one trial: its potential at every step, its spikes, where the transient ends."""

    trial: int
    population: int
    index: int
    v: NDArray[np.float64]
    spikes: NDArray[np.int64]
    start: int
    refractory: int


def of_potentials(recording: Recording, network: Network, transient: float) -> Iterator[Curve]:
    """Curves of every population of which potentials were recorded at every step."""
    for population in range(len(network.populations)):
        cells = list(_cells(recording, network, population, transient))
        if cells:
            yield from _triggered(cells, network, recording.dt)
            yield from _clamped(cells, network, recording.dt)
            yield from _responses(cells, recording, network)


def _cells(recording: Recording, network: Network, population: int, transient: float) -> Iterator[_Cell]:
    for number, trial in enumerate(recording.trials):
        for signal in trial.signals:
            if (signal.population, signal.variable, signal.interval) != (population, "v", 1):
                continue
            start = int(transient_of(trial.steps * recording.dt, transient) / recording.dt + 1e-9)
            spikes = trial.spikes.get(population)
            for column, cell in enumerate(signal.cells):
                own = np.empty(0, np.int64) if spikes is None else spikes.steps[spikes.cells == cell]
                held = _refractory(network, population, int(cell))
                yield _Cell(number, population, int(cell), signal.values[:, column], own, start, held)


def _refractory(network: Network, population: int, cell: int) -> int:
    """Declared refractory period of a cell, steps; -1 where its model has none or resets nothing."""
    described = network.populations[population]
    name = described.model.refractory
    if not name or not described.model.resets:
        return -1
    values = np.broadcast_to(described.parameters[name], described.size)
    return to_step(values[cell], network.dt)


def _windows(cell: _Cell, before: int, after: int) -> NDArray[np.float64]:
    """The potential around each spike after the transient, shape (spikes, before + after + 1)."""
    at = cell.spikes[(cell.spikes > cell.start + before) & (cell.spikes + after < cell.v.size)]
    return cell.v[at[:, None] + np.arange(-before, after + 1)]


def _triggered(cells: list[_Cell], network: Network, dt: float) -> Iterator[Curve]:
    before, after = round(BEFORE / dt), round(AFTER / dt)
    around = np.concatenate([_windows(cell, before, after) for cell in cells])
    if not len(around) or not np.isfinite(around).all():
        return
    yield Curve(
        TRIGGERED,
        network.populations[cells[0].population].label,
        np.arange(-before, after + 1) * dt,
        around.mean(axis=0),
        "ms",
        "mV",
        "Mean potential of the recorded cells around their own spikes; cells that are silent add nothing.",
        "de Boer & Kuyper (1968)",
        len(around),
    )


def _clamped(cells: list[_Cell], network: Network, dt: float) -> Iterator[Curve]:
    shares = []
    for cell in cells:
        if cell.refractory < 0:
            continue
        after = cell.refractory + AROUND
        following = np.append(np.diff(cell.spikes), cell.v.size)
        alone = cell.spikes[(cell.spikes > cell.start) & (following > after) & (cell.spikes + after < cell.v.size)]
        lags = np.maximum(cell.refractory + np.arange(1 - AROUND, AROUND + 1), 0)
        shares.append(np.abs(cell.v[alone[:, None] + lags] - cell.v[alone][:, None]) <= STILL)
    still = np.concatenate(shares) if shares else np.empty((0, 0))
    if not len(still):
        return
    yield Curve(
        CLAMPED,
        network.populations[cells[0].population].label,
        np.arange(1 - AROUND, AROUND + 1) * dt,
        np.logical_and.accumulate(still, axis=1).mean(axis=0),
        "ms",
        "",
        "Share of the recorded cells' spikes after which the potential has stood still up to a time, counted from the "
        "end of the declared refractory period; cells that are silent add nothing.",
        "docs/conventions.md, 'refractory'",
        len(still),
    )


def _arrivals(cell: _Cell, recording: Recording, network: Network, sign: int) -> NDArray[np.float64] | None:
    """Input of one sign at every step, in mean weights of the population's synapses of that sign."""
    into = [p for p in network.projections if p.post_population == cell.population and sign_of(network, p) == sign]
    amounts = [np.abs(np.broadcast_to(p.delivered, p.size)) for p in into if p.delivered is not None]
    if not into or len(amounts) < len(into):
        return None
    mean = sum(float(a.sum()) for a in amounts) / sum(p.size for p in into)
    found = np.zeros(cell.v.size)
    for p, amount in zip(into, amounts, strict=True):
        mine = np.flatnonzero(p.post == cell.index)
        spikes = recording.trials[cell.trial].spikes.get(p.pre_population)
        if not mine.size or spikes is None or not spikes.size:
            continue
        weights = amount[mine] / mean
        delays = np.broadcast_to(np.asarray(p.delay, np.int64), p.size)[mine]
        for delay in np.unique(delays):
            of_delay = delays == delay
            size = network.populations[p.pre_population].size
            weight = np.bincount(p.pre[mine[of_delay]], weights[of_delay], size)[spikes.cells]
            at = spikes.steps + delay
            kept = (weight > 0) & (at < found.size)
            found += np.bincount(at[kept], weight[kept], found.size)
    return found


def _responses(cells: list[_Cell], recording: Recording, network: Network) -> Iterator[Curve]:
    signs = [s for s in (1, -1) if _arrivals(cells[0], recording, network, s) is not None]
    rows, targets, used = [], [], 0
    reference = _middle(network, cells[0].population)
    for cell in cells:
        inputs = [x for s in signs if (x := _arrivals(cell, recording, network, s)) is not None]
        at = _free_samples(cell)[: MOST_SAMPLES - used]
        if not np.isfinite(cell.v).all() or not at.size:
            continue
        rows.append(_regressors(cell.v - reference, inputs, at))
        targets.append(cell.v[at] - 2 * cell.v[at - 1] + cell.v[at - 2])
        used += at.size
    if not signs or used < LEAST_SAMPLES:
        return
    table, target = np.concatenate(rows), np.concatenate(targets)
    scale = np.sqrt((table**2).mean(axis=0)) + 1e-300
    factors = np.linalg.lstsq(table / scale, target, rcond=None)[0] / scale
    label = network.populations[cells[0].population].label
    for number, sign in enumerate(signs):
        jumps = factors[2 * number * _LAGS.size : 2 * (number + 1) * _LAGS.size : 2]
        with np.errstate(over="ignore", invalid="ignore"):
            response = _followed(jumps, factors[2 * len(signs) * _LAGS.size :])
        # Of too few arrivals the regression can find a course that grows without bound: that is none.
        if not jumps.any() or not np.abs(response).max() < LARGEST_MV:
            continue
        yield Curve(
            PSP,
            f"{EXCITATORY if sign > 0 else INHIBITORY} to {label}",
            np.arange(EARLIEST, SHOWN + 1) * recording.dt,
            response,
            "ms",
            "mV",
            "What a spike that arrives at a synapse of mean weight adds to the potential, by the time since then: "
            f"regression of the recorded cells' potential on all arrivals and on itself, at {reference:.4g} mV; "
            "silent cells count as any other.",
            "Ljung (1999), System Identification, section 4.2",
            used,
        )


#: No postsynaptic potential is as large, mV.
LARGEST_MV = 1000.0

_LAGS = np.arange(EARLIEST, LATEST + 1)


def _middle(network: Network, population: int) -> float:
    """A potential at which driving forces are taken, the same in every run: between reset and threshold."""
    described = network.populations[population]
    initial = float(np.mean(described.initial["v"]))
    ends = [float(np.mean(described.parameters[n])) for n in ("v_reset", "v_thresh") if n in described.parameters]
    return round(sum(ends) / 2 if len(ends) == 2 else initial, 3)


def _free_samples(cell: _Cell) -> NDArray[np.int64]:
    """Steps after the transient that no spike or refractory period of the cell is near."""
    # Where nothing is reset, the course of a spike itself is left out, about 5 steps to the left and 50 to the right.
    left, right = (0, cell.refractory + 7) if cell.refractory >= 0 else (5, 50)
    free = np.ones(cell.v.size, bool)
    free[: max(cell.start, LATEST) + 1] = False
    free[-1 + EARLIEST :] = False
    for spike in cell.spikes:
        free[max(0, spike - left) : spike + right] = False
    return np.flatnonzero(free)


def _regressors(
    v: NDArray[np.float64], inputs: list[NDArray[np.float64]], at: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Arrivals at each lag, alone and times the potential; the potential, its differences, and their products."""
    a = v[at - 1]
    first = a - v[at - 2]
    second = first - (v[at - 2] - v[at - 3])
    third = second - (v[at - 2] - 2 * v[at - 3] + v[at - 4])
    columns = [column for x in inputs for lag in _LAGS for column in (x[at - lag], x[at - lag] * a)]
    # The first four are what the response to one arrival follows from (_followed).
    columns += [a, first, second, third]
    columns += [np.ones(at.size), a * a, first * a, first * first, first * a * a, second * a, second * first]
    columns += [second * second, third * a]
    return np.array(columns).T


def _followed(jumps: NDArray[np.float64], factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The potential after one arrival, from its second difference at each step."""
    u = np.zeros(SHOWN - EARLIEST + 1 + 4)
    for t in range(4, u.size):
        first = u[t - 1] - u[t - 2]
        second = first - (u[t - 2] - u[t - 3])
        third = second - (u[t - 2] - 2 * u[t - 3] + u[t - 4])
        change = factors[:4] @ np.array([u[t - 1], first, second, third])
        u[t] = change + (jumps[t - 4] if t - 4 < jumps.size else 0.0) + 2 * u[t - 1] - u[t - 2]
    return u[4:]
