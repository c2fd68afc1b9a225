"""Gamma process with parameters that vary in time."""

from __future__ import annotations

import numpy as np

from unisono.models.inputs.common import Events, Floats, Integers, RenewalWindow, events
from unisono.models.inputs.gamma import age_after, cumulative_hazard, equilibrium_age
from unisono.models.inputs.table import Table

#: Waiting times drawn at once for a cell.
CHUNK = 64


def spikes(table: Table, window: RenewalWindow) -> Events:
    """Spikes of all cells.

    At every moment the hazard is that of a gamma process with the parameters of the moment, at the age counted from
    the last spike: Muller, Buesing, Schemmel & Meier (2007), Neural Comput 19:2958, doi:10.1162/neco.2007.19.11.2958.
    They thin a Poisson process; here the integrated hazard is inverted, which is exact for every shape.

    Parameters
    ----------
    table : Table
        Shape and scale (in steps). A cell is silent before its first entry.
    window : RenewalWindow
    """
    shape, scale = table.values
    cells = np.flatnonzero(window.stop > window.first)
    waiting = _Waiting(window.stream, window.last.size)
    step, stop = window.first[cells], window.stop[cells]
    time, left = step.astype(np.float64), waiting.draw(cells)
    found_cells, found_steps = [], []
    while cells.size:
        entry = table.entry(cells, step)
        a, b = shape[entry], scale[entry]
        _begin(window, cells, entry, time, a, b)
        edge = table.next_start(cells, step, stop)
        silent = entry < 0
        last = np.where(silent, time, window.last[cells])
        age = (time - last) / b
        hazard = np.where(silent, 0.0, cumulative_hazard(a, age, np.maximum((edge - last) / b, age)))
        fires = left < hazard
        if fires.any():
            hit = np.flatnonzero(fires)
            wait = age_after(a[hit], age[hit], left[hit]) - age[hit]
            time[hit] = np.minimum(time[hit] + wait * b[hit], edge[hit])
            window.last[cells[hit]] = time[hit]
            left[hit] = waiting.draw(cells[hit])
            found_cells.append(cells[hit])
            found_steps.append(np.ceil(time[hit]).astype(np.int64))
        rest = ~fires
        left[rest] -= hazard[rest]
        time[rest] = step[rest] = edge[rest]
        keep = step < stop
        if not keep.all():
            cells, step, stop = cells[keep], step[keep], stop[keep]
            time, left = time[keep], left[keep]
    return events(found_cells, found_steps)


def _begin(window: RenewalWindow, cells: Integers, entry: Integers, time: Floats, shape: Floats, scale: Floats) -> None:
    """Begin the process of cells that reach their first entry, in equilibrium."""
    for i in np.flatnonzero((entry >= 0) & np.isnan(window.last[cells])):
        rng = np.random.RandomState([*window.stream, cells[i]])
        window.last[cells[i]] = time[i] - scale[i] * equilibrium_age(rng, float(shape[i]))


class _Waiting:
    """Waiting times of all cells, in units of integrated hazard.

    Those of a cell are drawn in chunks, each from a stream of its own, so that cells can be advanced side by side.
    """

    def __init__(self, stream: tuple[int, ...], size: int) -> None:
        self.stream = stream
        self.used = np.zeros(size, np.int64)
        self.drawn = np.empty((size, CHUNK))
        self.generator = np.random.RandomState(0)

    def draw(self, cells: Integers) -> Floats:
        """The next waiting time of each of these cells."""
        place = self.used[cells] % CHUNK
        for cell in cells[place == 0]:
            self.generator.seed([*self.stream, cell, self.used[cell] // CHUNK])
            self.drawn[cell] = self.generator.standard_exponential(CHUNK)
        self.used[cells] += 1
        return np.asarray(self.drawn[cells, place])
