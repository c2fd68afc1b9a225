"""What figures show of a comparison: the spikes and signals of one trial, of so many cells as can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Signal
from unisono.adapters.runtime.results import Runs
from unisono.models.cards import brief
from unisono.validation.compare.comparators import spike_keys
from unisono.validation.compare.first_difference import FirstDifference

#: Rows of the raster, dots in it, rows and span (ms) of the close-up, traces.
ROWS, DOTS, CLOSE_ROWS, CLOSE_SPAN, TRACES = 200, 20_000, 16, 40.0, 6

#: Rows and columns of the image of all cells.
IMAGE = 160, 240

#: Samples of a trace that tables have, around the first difference.
SAMPLES = 8000

Steps = NDArray[np.int64]

#: A population's index, and a cell of it.
Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Raster:
    """Spikes of cells that are drawn evenly from all populations.

    Attributes
    ----------
    rows : tuple of (int, int)
        Population and cell of every row.
    common : int64 array, shape (spikes, 2)
        Row and step of the spikes that all simulators have.
    lone : mapping of str to int64 array, shape (spikes, 2)
        By simulator, those that not all have.
    """

    rows: tuple[Cell, ...]
    common: Steps
    lone: Mapping[str, Steps]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Density:
    """Spikes of all cells, by groups of neighbouring cells and bins of time.

    Attributes
    ----------
    means : float64 array, shape (rows, columns)
        Number of spikes, the mean of all simulators.
    differing : int64 array, shape (rows, columns)
        Number of spikes that not all simulators have.
    edges : tuple of (int, str)
        First row and label of each population.
    width : float
        Of a bin, ms.
    """

    means: NDArray[np.float64]
    differing: Steps
    edges: tuple[tuple[int, str], ...]
    width: float

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class CloseUp:
    """Spikes of a few cells in a short time.

    Attributes
    ----------
    begin, end : float
        ms.
    rows : tuple of (int, int)
        Population and cell of every row: those that differ first, then those that spike.
    spikes : mapping of str to tuple of int64 array
        By simulator, the spike steps of each row.
    """

    begin: float
    end: float
    rows: tuple[Cell, ...]
    spikes: Mapping[str, tuple[Steps, ...]]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class CellTrace:
    """Samples of a variable of one cell.

    Attributes
    ----------
    population, cell : int
    variable, unit : str
    times : float64 array, shape (samples,)
        ms.
    values : mapping of str to float64 array, shape (samples,)
        By simulator.
    part : slice
        The samples that tables have: all, or :data:`SAMPLES` around the first difference.
    """

    population: int
    cell: int
    variable: str
    unit: str
    times: NDArray[np.float64]
    values: Mapping[str, NDArray[np.floating[Any]]]
    part: slice

    __repr__ = brief


class Excerpt:
    """The trial that figures show: that of the earliest first difference, else the first.

    Parameters
    ----------
    runs : Runs
        At least one with a result.
    found : sequence of FirstDifference
    """

    def __init__(self, runs: Runs, found: Sequence[FirstDifference]) -> None:
        self._known: dict[tuple[str, int], Steps] = {}
        self.recordings: dict[str, Recording] = {
            n: r.recording for n, r in runs.items() if r.recording is not None and r.recording.trials
        }
        self.simulators = tuple(self.recordings)
        self.titles = runs.titles
        self.labels = tuple(p.label for p in runs.network.populations)
        self.sizes = tuple(p.size for p in runs.network.populations)
        self.dt = runs.network.dt
        first = min(found, key=lambda d: (d.trial, d.step), default=None)
        self.trial = first.trial if first else 0
        self.first_divergence = first.time_ms if first else None
        self.first_cell = (first.population_index, first.cell) if first else None
        trials = next(iter(self.recordings.values())).trials
        self.trials = len(trials)
        self.steps = trials[self.trial].steps
        self.duration = self.steps * self.dt
        self.populations = tuple(i for i, p in enumerate(runs.network.populations) if not p.is_source)
        self.cells = sum(self.sizes[i] for i in self.populations)

    @property
    def comparable(self) -> bool:
        """Whether all recordings have this trial, equally long and of the same populations."""
        return all(
            len(r.trials) > self.trial and r.trials[self.trial].steps == self.steps and r.sizes == self.sizes
            for r in self.recordings.values()
        )

    @cached_property
    def raster(self) -> Raster | None:
        """Spikes of cells drawn evenly; None without cells or time."""
        if not self.populations or not self.steps:
            return None
        rows = self._drawn_cells()
        common: list[Steps] = [np.empty((0, 2), np.int64)]
        lone: dict[str, list[Steps]] = {n: [np.empty((0, 2), np.int64)] for n in self.simulators}
        for population in self.populations:
            row_of = np.full(self.sizes[population], -1, np.int64)
            for row, (p, cell) in enumerate(rows):
                if p == population:
                    row_of[cell] = row
            of = {n: self._keys(n, population) for n in self.simulators}
            one = next(iter(of.values()))
            if all(k is one for k in of.values()):
                common.append(_placed(np.unique(one), row_of))
                continue
            keys = {n: np.unique(k) for n, k in of.items()}
            shared = next(iter(keys.values()))
            for other in keys.values():
                shared = np.intersect1d(shared, other, assume_unique=True)
            common.append(_placed(shared, row_of))
            for name, mine in keys.items():
                lone[name].append(_placed(np.setdiff1d(mine, shared, assume_unique=True), row_of))
        return Raster(rows, np.concatenate(common), {n: np.concatenate(parts) for n, parts in lone.items()})

    @cached_property
    def density(self) -> Density | None:
        """All cells in groups by time; None where the raster has all cells."""
        if self.raster is None or len(self.raster.rows) >= self.cells:
            return None
        height, columns = IMAGE
        means, differing, edges, first = [], [], [], 0
        for population in self.populations:
            size = self.sizes[population]
            rows = max(1, min(size, round(height * size / max(1, self.cells))))
            edges.append((first, self.labels[population]))
            first += rows

            def counted(keys: Steps, size: int = size, rows: int = rows) -> Steps:
                row = (keys & 0xFFFFFFFF) * rows // size
                column = ((keys >> 32) - 1) * columns // max(1, self.steps)
                inside = (column >= 0) & (column < columns)
                counts = np.bincount(row[inside] * columns + column[inside], minlength=rows * columns)
                return counts.reshape(rows, columns)

            keys = [self._keys(name, population) for name in self.simulators]
            alone: Steps = np.empty(0, np.int64)
            if any(k is not keys[0] for k in keys):
                every, count = np.unique(np.concatenate([np.unique(k) for k in keys]), return_counts=True)
                alone = every[count < len(keys)]
            means.append(sum((counted(k) for k in keys[1:]), counted(keys[0])) / len(keys))
            differing.append(counted(alone))
        return Density(np.concatenate(means), np.concatenate(differing), tuple(edges), self.duration / columns)

    @cached_property
    def close_up(self) -> CloseUp | None:
        """A few cells in a short time; None where nothing spikes."""
        if not self.populations or not self.steps:
            return None
        middle = self.first_divergence if self.first_divergence is not None else self._busy()
        begin = max(0.0, min(middle - CLOSE_SPAN / 2, self.duration - CLOSE_SPAN))
        end = min(self.duration, begin + CLOSE_SPAN)
        rows = tuple(sorted(self._active_cells(begin, end)[:CLOSE_ROWS]))
        if not rows:
            return None
        spikes = {name: tuple(self._spikes_of(name, *cell, begin, end) for cell in rows) for name in self.simulators}
        return CloseUp(begin, end, rows, spikes)

    @cached_property
    def traces(self) -> tuple[CellTrace, ...]:
        """Variables of single cells that simulators share; the cell that differs first comes first."""
        return tuple(islice(self._traces(), TRACES)) if self.steps else ()

    def _drawn_cells(self) -> tuple[Cell, ...]:
        """Cells, evenly from all populations, and the one that differs first."""
        spikes = max((self._count(name) for name in self.simulators), default=0)
        share = min(1.0, ROWS / max(1, self.cells), DOTS / max(1, spikes))
        rows: list[Cell] = []
        for population in self.populations:
            size = self.sizes[population]
            chosen = set(np.linspace(0, size - 1, max(1, round(size * share))).astype(int).tolist())
            if self.first_cell is not None and self.first_cell[0] == population:
                chosen.add(self.first_cell[1])
            rows += [(population, cell) for cell in sorted(chosen)]
        return tuple(rows)

    def _count(self, name: str) -> int:
        spikes = self.recordings[name].trials[self.trial].spikes
        return sum(spikes[p].size for p in self.populations if p in spikes)

    def _keys(self, name: str, population: int) -> Steps:
        """Keys of the spikes of a population; the same array for simulators with the same spikes."""
        if (name, population) not in self._known:
            keys: Steps = spike_keys(self.recordings[name].trials[self.trial].spikes.get(population))
            earlier = (self._known.get((other, population)) for other in self.simulators)
            same = next((k for k in earlier if k is not None and np.array_equal(k, keys)), keys)
            self._known[name, population] = same
        return self._known[name, population]

    def _spikes_of(self, name: str, population: int, cell: int, begin: float, end: float) -> Steps:
        keys = self._keys(name, population)
        steps: Steps = keys[keys & 0xFFFFFFFF == cell] >> 32
        return steps[(steps * self.dt >= begin) & (steps * self.dt <= end)]

    def _active_cells(self, begin: float, end: float) -> list[Cell]:
        """The cells that spike between two times: those that differ first, else some that are early and late."""
        found: list[tuple[int, int, int, int]] = []
        for population in self.populations:
            keys = {n: self._keys(n, population) for n in self.simulators}
            inside = {n: k[(k >> 32 >= begin / self.dt) & (k >> 32 <= end / self.dt)] for n, k in keys.items()}
            every, counts = np.unique(np.concatenate([np.unique(k) for k in inside.values()]), return_counts=True)
            differs = counts < len(self.simulators)
            found += [
                (int(not d), int(k >> 32), population, int(k & 0xFFFFFFFF))
                for d, k in zip(differs.tolist(), every.tolist(), strict=True)
            ]
        first = [self.first_cell] if self.first_cell else []
        chosen = list(dict.fromkeys(first + [(p, c) for _, _, p, c in sorted(found)]))
        # without a difference, the earliest of them would all spike in the same step
        return chosen if self.first_divergence is not None else chosen[:: max(1, len(chosen) // CLOSE_ROWS)]

    def _busy(self) -> float:
        """Time of the middle spike, ms: somewhere where cells are active."""
        steps = np.sort(np.concatenate([self._keys(self.simulators[0], p) >> 32 for p in self.populations]))
        return float(steps[steps.size // 2] * self.dt) if steps.size else self.duration / 2

    def _traces(self) -> Iterator[CellTrace]:
        by_key: dict[tuple[int, str, int], dict[str, Signal]] = {}
        for name, recording in self.recordings.items():
            for signal in recording.trials[self.trial].signals:
                by_key.setdefault((signal.population, signal.variable, signal.interval), {})[name] = signal
        for (population, variable, interval), signals in sorted(by_key.items()):
            first = next(iter(signals.values()))
            alike = {n: s for n, s in signals.items() if s.values.shape == first.values.shape}
            cells = [c for c in first.cells.tolist() if all((s.cells == c).any() for s in alike.values())]
            if self.first_cell is not None and self.first_cell[0] == population and self.first_cell[1] in cells:
                cells.remove(self.first_cell[1])
                cells.insert(0, self.first_cell[1])
            times = np.asarray(np.arange(len(first.values)) * interval * self.dt, np.float64)
            for cell in cells[:2]:
                values = {n: s.values[:, int(np.flatnonzero(s.cells == cell)[0])] for n, s in alike.items()}
                yield CellTrace(population, cell, variable, first.unit, times, values, self._part(times))

    def _part(self, times: NDArray[np.float64]) -> slice:
        """Every sample around the first difference: it says more than every tenth of all."""
        middle = 0 if self.first_divergence is None else int(np.searchsorted(times, self.first_divergence))
        begin = max(0, min(middle - SAMPLES // 2, times.size - SAMPLES))
        return slice(begin, begin + SAMPLES)

    def to_dict(self) -> dict[str, Any]:
        """As plain data; ``docs/results.md`` has the keys."""
        raster, density, close_up = self.raster, self.density, self.close_up
        return {
            "trial": self.trial,
            "raster": raster and self._raster_dict(raster),
            "density": density
            and {
                "populations": [{"label": label, "first_row": row} for row, label in density.edges],
                "bin_ms": density.width,
                "mean_spikes": density.means,
                "differing": density.differing if density.differing.any() else [],
            },
            "close_up": close_up
            and {
                "begin_ms": close_up.begin,
                "end_ms": close_up.end,
                "cells": self._cells(close_up.rows),
                "spikes_ms": {n: [steps * self.dt for steps in rows] for n, rows in close_up.spikes.items()},
            },
            "traces": [self._trace_dict(trace) for trace in self.traces],
        }

    def _cells(self, rows: Sequence[Cell]) -> list[dict[str, Any]]:
        return [{"population": self.labels[population], "cell": cell} for population, cell in rows]

    def _raster_dict(self, raster: Raster) -> dict[str, Any]:
        def of(events: Steps) -> dict[str, Any]:
            return {"row": events[:, 0], "time_ms": events[:, 1] * self.dt}

        lone = {name: of(events) for name, events in raster.lone.items() if len(events)}
        return {"rows": self._cells(raster.rows), "common": of(raster.common), "lone": lone}

    def _trace_dict(self, trace: CellTrace) -> dict[str, Any]:
        return {
            "population": self.labels[trace.population],
            "cell": trace.cell,
            "variable": trace.variable,
            "unit": trace.unit,
            "samples": trace.times.size,
            "time_ms": trace.times[trace.part],
            "values": {name: values[trace.part] for name, values in trace.values.items()},
        }


def _placed(keys: Steps, row_of: Steps) -> Steps:
    rows = row_of[keys & 0xFFFFFFFF]
    events: Steps = np.column_stack([rows, keys >> 32])[rows >= 0]
    return events
