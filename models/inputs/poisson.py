"""Poisson process, instantiated in blocks of steps that are counted from where its parameters began to hold.

Each block has a generator of its own, so that the spikes do not depend on how a run is divided into several, and a
change of parameters costs no more than the steps it holds for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.inputs.common import Events, Floats, Integers
from unisono.models.inputs.table import Table

#: Counts (one a cell and step) drawn at once.
BLOCK = 1 << 21
#: Above this mean number of spikes in a step, counts are drawn for every step; below, spikes are.
DENSE = 0.05
#: From this part of a distribution on, the larger counts are looked for one by one.
FEW = 0.8


def spikes(
    mean: Floats,
    on: Floats,
    off: Floats,
    window: tuple[int, int],
    size: int,
    stream: tuple[int, ...],
    course: Table | None = None,
) -> Iterator[Events]:
    """Spikes of all cells.

    Parameters
    ----------
    mean : float64 array, shape () or (size,)
        Mean number of spikes in a step; the highest one if it varies in time.
    on, off : float64 array, shape () or (size,)
        A cell's spikes lie in (on, off].
    window : (int, int)
        All spikes lie in (begin, end].
    size : int
    stream : tuple of int
        Seed.
    course : Table, optional
        The part of ``mean`` that holds at each time; none before the first entry. Spikes of the highest rate are
        kept with that probability: Lewis & Shedler (1979), Naval Res Logist 26:403, doi:10.1002/nav.3800260304.

    Yields
    ------
    Events
        Those of one block.
    """
    first, last = max(0, window[0], int(on.min())), min(window[1], int(off.max()))
    if last <= first or not (mean > 0).any():
        return
    width = max(1, BLOCK // size)
    origin = max(0, window[0])
    for block in range((first - origin) // width, (last - 1 - origin) // width + 1):
        rng = np.random.RandomState([*stream, block])
        # what thins the spikes takes its random numbers after those of the whole block
        needed = width if course is not None else min(width, last - origin - block * width)
        cells, steps, counts = _block(rng, np.broadcast_to(mean, size), width, needed)
        steps += np.int32(origin + block * width + 1)
        if course is not None:
            counts = _kept(rng, course, cells.astype(np.int64), steps.astype(np.int64), counts)
        held = (steps > first) & (steps <= last) & (counts > 0)
        if on.ndim or off.ndim:
            wide_on, wide_off = (np.broadcast_to(x, size) for x in (on, off))
            held &= (steps > wide_on[cells]) & (steps <= wide_off[cells])
        if not held.all():
            cells, steps, counts = cells[held], steps[held], counts[held]
        yield cells, steps, counts


def _kept(
    rng: np.random.RandomState, course: Table, cells: Integers, steps: Integers, counts: NDArray[Any]
) -> Integers:
    entry = course.entry(cells, steps - 1)
    part = np.where(entry < 0, 0.0, course.values[0][entry])
    return np.asarray(rng.binomial(counts, part), np.int64)


def _block(rng: np.random.RandomState, mean: NDArray[np.float64], width: int, needed: int) -> Events:
    """Events of a block of ``width`` steps, ordered by step and cell; those after ``needed`` steps may be left out."""
    size = mean.size
    uniform = bool((mean == mean[0]).all())
    counts: NDArray[Any]
    if mean.max() >= DENSE:
        if uniform and mean[0] < 20:
            counts = _poisson_counts(rng, float(mean[0]), needed * size)
        else:
            counts = rng.poisson(np.broadcast_to(mean, (needed, size))).ravel()
        index = np.flatnonzero(counts)
        found = counts[index]
    else:
        if uniform:
            number = rng.poisson(mean[0] * size * width)
            drawn = rng.randint(0, size * width, number, dtype=np.int64)
        else:
            number = rng.poisson(mean * width)
            drawn = rng.randint(0, width, number.sum(), dtype=np.int64) * size + np.repeat(np.arange(size), number)
        if needed < width:
            drawn = drawn[drawn < needed * size]
        index, found = np.unique(drawn, return_counts=True)
    # 32 bits are enough within a block, and far faster to divide
    index = index.astype(np.uint32)
    steps = index // np.uint32(size)
    cells = index - steps * np.uint32(size)
    return cells, steps.view(np.int32), found


def _poisson_counts(rng: np.random.RandomState, mean: float, size: int) -> NDArray[np.uint8]:
    """Poisson numbers of one mean, by inversion of the distribution: exact and far faster than one by one."""
    drawn = rng.random_sample(size)
    term = above = math.exp(-mean)  # NumPy's differs in the last bit between its versions
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
