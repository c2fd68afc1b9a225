"""Spikes of sources, realised on the grid.

A Poisson source is realised in blocks of time that are aligned to the grid of the network. Each
block has a generator of its own, seeded from the network's seed, the population, the trial, the
number of times the population's parameters were set, and the block. So a source's spikes depend
neither on what else is in the network nor on how a run is divided into several.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import NetworkError
from unisono.models.network import SpikeInput

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture

#: Counts (one a cell and step) drawn at once.
BLOCK = 1 << 21
#: Above this mean number of spikes in a step, counts are drawn for every step; below, spikes are.
DENSE = 0.05
#: From this part of a distribution on, the larger counts are looked for one by one.
FEW = 0.8

Events = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]


def source_spikes(capture: Capture, population: Any, trial: int) -> SpikeInput:
    """The spikes of a population of sources in one trial, up to where its runs have come."""
    total = sum(epoch.steps for epoch in capture.trials[trial])
    key = (trial, total, len(population.settings))
    if population.realised is None or population.realised[0] != key:
        parts = []
        for version, (begin, end, parameters) in enumerate(_settings(population, trial, total)):
            if population.cell == "SpikeSourceArray":
                parts.append(_from_times(capture, population, parameters["spike_times"], begin, end))
            else:
                stream = (capture.seed, population.index, trial, version)
                parts.extend(_poisson(capture, population, parameters, begin, end, stream))
        population.realised = (key, _joined(population, trial, parts))
    spikes: SpikeInput = population.realised[1]
    return spikes


def _settings(population: Any, trial: int, total: int) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """The parameters of a trial with the steps (begin, end] they hold for; the first includes step 0."""
    before = [p for t, s, p in population.settings if t < trial or (t == trial and s == 0)]
    later = [(s, p) for t, s, p in population.settings if t == trial and s > 0]
    edges = [-1, *(s for s, _ in later), total]
    yield from zip(edges, edges[1:], [before[-1], *(p for _, p in later)], strict=False)


def _joined(population: Any, trial: int, parts: list[Events]) -> SpikeInput:
    if not parts:
        parts = [(np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.uint16))]
    cells, steps, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return SpikeInput(population.index, cells, steps, counts, trial)


def _from_times(capture: Capture, population: Any, value: Any, begin: int, end: int) -> Events:
    """Spikes at given times, rounded to the grid."""
    single = not isinstance(value, np.ndarray)
    trains = [np.asarray(s.value, np.float64).ravel() for s in ([value] if single else value)]
    times = np.concatenate(trains)
    if not np.isfinite(times).all() or (times < 0).any():
        bad = times[~(np.isfinite(times) & (times >= 0))][0]
        raise NetworkError(f"Population '{population.label}': a spike time is {bad} ms; it must not be negative.")
    if single:
        cells = np.tile(np.arange(population.size, dtype=np.uint32), times.size)
        times = np.repeat(times, population.size)
    else:
        cells = np.repeat(np.arange(population.size, dtype=np.uint32), [t.size for t in trains])
    steps = np.rint(np.minimum(times / capture.dt, 2.0**31)).astype(np.int64)
    held = (steps > begin) & (steps <= end)
    cells, steps = cells[held], steps[held]
    return cells, steps, np.ones(cells.size, np.uint16)


def _poisson(
    capture: Capture, population: Any, parameters: dict[str, Any], begin: int, end: int, stream: tuple[int, ...]
) -> Iterator[Events]:
    """Spikes of Poisson processes: a spike of the interval (t - dt, t] is one at t."""
    rate, start, duration = (np.asarray(parameters[n], np.float64) for n in ("rate", "start", "duration"))
    for name, value in (("rate", rate), ("start", start), ("duration", duration)):
        if not np.isfinite(value).all() or (name != "start" and (value < 0).any()):
            raise NetworkError(f"Population '{population.label}': {name} must be a number that is not negative.")
    mean = rate * capture.dt / 1000.0
    on = np.rint(start / capture.dt)
    off = np.rint(np.minimum((start + duration) / capture.dt, 2.0**31))
    first, last = max(0, begin, int(on.min())), min(end, int(off.max()))
    if last <= first or not (mean > 0).any():
        return
    width = max(1, BLOCK // population.size)
    for block in range(first // width, (last - 1) // width + 1):
        rng = np.random.RandomState([*stream, block])
        cells, steps, counts = _block(rng, np.broadcast_to(mean, population.size), width)
        steps += np.int32(block * width + 1)
        held = (steps > first) & (steps <= last)
        if on.ndim or off.ndim:
            wide_on, wide_off = (np.broadcast_to(x, population.size) for x in (on, off))
            held &= (steps > wide_on[cells]) & (steps <= wide_off[cells])
        if not held.all():
            cells, steps, counts = cells[held], steps[held], counts[held]
        yield cells, steps, counts


def _block(rng: np.random.RandomState, mean: NDArray[np.float64], width: int) -> Events:
    """Events of a block of steps, ordered by step and cell."""
    size = mean.size
    uniform = bool((mean == mean[0]).all())
    counts: NDArray[Any]
    if mean.max() >= DENSE:
        if uniform and mean[0] < 20:
            counts = _poisson_counts(rng, float(mean[0]), width * size)
        else:
            counts = rng.poisson(np.broadcast_to(mean, (width, size))).ravel()
        index = np.flatnonzero(counts)
        found = counts[index]
    else:
        if uniform:
            number = rng.poisson(mean[0] * size * width)
            drawn = rng.randint(0, size * width, number, dtype=np.int64)
        else:
            number = rng.poisson(mean * width)
            drawn = rng.randint(0, width, number.sum(), dtype=np.int64) * size + np.repeat(np.arange(size), number)
        index, found = np.unique(drawn, return_counts=True)
    # 32 bits are enough within a block, and far faster to divide
    index = index.astype(np.uint32)
    steps = index // np.uint32(size)
    cells = index - steps * np.uint32(size)
    return cells, steps.view(np.int32), found


def _poisson_counts(rng: np.random.RandomState, mean: float, size: int) -> NDArray[np.uint8]:
    """Poisson numbers of one mean, by inversion of the distribution: exact and far faster than one by one."""
    drawn = rng.random_sample(size)
    term = above = np.exp(-mean)
    counts: NDArray[np.uint8] = (drawn >= above).view(np.uint8)
    few: NDArray[np.int64] | None = None
    for number in range(1, 255):
        term *= mean / number
        if above + term == above:
            break
        above += term
        if few is None and above > FEW:
            # the rare large numbers: go on with those alone
            few = np.flatnonzero(drawn >= above)
            drawn = drawn[few]
            counts[few] += 1
        elif few is None:
            counts += drawn >= above
        else:
            large = drawn >= above
            few, drawn = few[large], drawn[large]
            counts[few] += 1
    return counts
