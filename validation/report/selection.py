"""What the figures show of a comparison: one trial, so many cells as can be seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Signal
from unisono.validation.compare.comparators import spike_keys

if TYPE_CHECKING:
    from unisono.validation.compare.agreement import Agreement

#: Rows of the raster, dots in it, rows and span (ms) of the close-up, populations with their own plot.
ROWS, DOTS, CLOSE_ROWS, CLOSE_SPAN, POPULATIONS = 200, 20_000, 16, 40.0, 6

#: Rows and columns of the image of all cells.
IMAGE = 160, 240


class View:
    """The trial that figures show: that of the earliest first difference, else the first."""

    def __init__(self, agreement: Agreement) -> None:
        runs = agreement.runs
        self._known: dict[tuple[str, int], NDArray[np.int64]] = {}
        self.recordings: dict[str, Recording] = {
            n: r.recording for n, r in runs.items() if r.recording is not None and r.recording.trials
        }
        self.simulators = tuple(self.recordings)
        self.labels = tuple(p.label for p in runs.network.populations)
        self.sizes = tuple(p.size for p in runs.network.populations)
        self.dt = runs.network.dt
        found = [p.first_difference for p in agreement.pairs if p.first_difference is not None]
        first = min(found, key=lambda d: (d.trial, d.step), default=None)
        self.trial = first.trial if first else 0
        self.first_divergence = first.time_ms if first else None
        self.first_cell = (first.population_index, first.neuron) if first else None
        trials = next(iter(self.recordings.values())).trials
        self.trials = len(trials)
        self.steps = trials[self.trial].steps
        self.duration = self.steps * self.dt
        cells = [i for i, p in enumerate(runs.network.populations) if not p.is_source]
        self.all_populations = tuple(cells)
        self.populations = tuple(cells[:POPULATIONS])
        self.cells = sum(self.sizes[i] for i in cells)

    @property
    def comparable(self) -> bool:
        """Whether all recordings have this trial, equally long and of the same populations."""
        return all(
            len(r.trials) > self.trial and r.trials[self.trial].steps == self.steps and r.sizes == self.sizes
            for r in self.recordings.values()
        )

    @cached_property
    def rows(self) -> tuple[tuple[int, int], ...]:
        """Population and cell of every row of the raster, evenly from all populations."""
        spikes = max((self._count(name) for name in self.simulators), default=0)
        share = min(1.0, ROWS / max(1, self.cells), DOTS / max(1, spikes))
        rows = []
        for population in self.all_populations:
            size = self.sizes[population]
            chosen = set(np.linspace(0, size - 1, max(1, round(size * share))).astype(int).tolist())
            if self.first_cell is not None and self.first_cell[0] == population:
                chosen.add(self.first_cell[1])
            rows += [(population, cell) for cell in sorted(chosen)]
        return tuple(rows)

    def bands(self) -> Iterator[tuple[int, str]]:
        """Where each population's rows begin, and its label."""
        for population in self.all_populations:
            yield next(i for i, row in enumerate(self.rows) if row[0] == population), self.labels[population]

    def _count(self, name: str) -> int:
        spikes = self.recordings[name].trials[self.trial].spikes
        return sum(spikes[p].size for p in self.all_populations if p in spikes)

    def _keys(self, name: str, population: int) -> NDArray[np.int64]:
        """Keys of the spikes of a population; the same array for simulators with the same spikes."""
        if (name, population) not in self._known:
            keys: NDArray[np.int64] = spike_keys(self.recordings[name].trials[self.trial].spikes.get(population))
            earlier = (self._known.get((other, population)) for other in self.simulators)
            same = next((k for k in earlier if k is not None and np.array_equal(k, keys)), keys)
            self._known[name, population] = same
        return self._known[name, population]

    def image(self) -> tuple[NDArray[np.float64], NDArray[np.int64], list[tuple[int, str]]]:
        """All cells in groups by time: mean number of spikes a simulator, number of those that not all have.

        Returns
        -------
        float64 array, shape (rows, columns)
        int64 array, shape (rows, columns)
        list of (int, str)
            First row and label of each population.
        """
        height, columns = IMAGE
        means, differing, edges, first = [], [], [], 0
        for population in self.all_populations:
            size = self.sizes[population]
            rows = max(1, min(size, round(height * size / max(1, self.cells))))
            edges.append((first, self.labels[population]))
            first += rows

            def counted(keys: NDArray[np.int64], size: int = size, rows: int = rows) -> NDArray[np.int64]:
                row = (keys & 0xFFFFFFFF) * rows // size
                column = ((keys >> 32) - 1) * columns // max(1, self.steps)
                inside = (column >= 0) & (column < columns)
                counts = np.bincount(row[inside] * columns + column[inside], minlength=rows * columns)
                return counts.reshape(rows, columns)

            keys = [self._keys(name, population) for name in self.simulators]
            alone: NDArray[np.int64] = np.empty(0, np.int64)
            if any(k is not keys[0] for k in keys):
                every, count = np.unique(np.concatenate([np.unique(k) for k in keys]), return_counts=True)
                alone = every[count < len(keys)]
            means.append(sum((counted(k) for k in keys[1:]), counted(keys[0])) / len(keys))
            differing.append(counted(alone))
        return np.concatenate(means), np.concatenate(differing), edges

    def spikes_of(self, name: str, population: int, cell: int) -> NDArray[np.int64]:
        """Spike steps of one cell on one simulator."""
        keys = self._keys(name, population)
        steps: NDArray[np.int64] = keys[keys & 0xFFFFFFFF == cell] >> 32
        return steps

    def common_and_lone(self) -> tuple[NDArray[np.int64], dict[str, NDArray[np.int64]]]:
        """Row and step of the spikes that all simulators have, and by simulator of those that not all have."""
        common: list[NDArray[np.int64]] = [np.empty((0, 2), np.int64)]
        lone: dict[str, list[NDArray[np.int64]]] = {n: [np.empty((0, 2), np.int64)] for n in self.simulators}
        for population in self.all_populations:
            row_of = np.full(self.sizes[population], -1, np.int64)
            for row, (p, cell) in enumerate(self.rows):
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
        return np.concatenate(common), {n: np.concatenate(parts) for n, parts in lone.items()}

    def window(self) -> tuple[float, float, list[tuple[int, int]]]:
        """Begin, end (ms) and cells of the close-up: those that differ first, then those that spike."""
        middle = self.first_divergence if self.first_divergence is not None else self._busy()
        begin = max(0.0, min(middle - CLOSE_SPAN / 2, self.duration - CLOSE_SPAN))
        end = min(self.duration, begin + CLOSE_SPAN)
        found: list[tuple[int, int, int, int]] = []
        for population in self.all_populations:
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
        if self.first_divergence is None:  # some early, some late: all of them at once would begin in the same step
            chosen = chosen[:: max(1, len(chosen) // CLOSE_ROWS)]
        return begin, end, sorted(chosen[:CLOSE_ROWS])

    def _busy(self) -> float:
        """Time of the middle spike, ms: somewhere where cells are active."""
        steps = np.sort(np.concatenate([self._keys(self.simulators[0], p) >> 32 for p in self.all_populations]))
        return float(steps[steps.size // 2] * self.dt) if steps.size else self.duration / 2

    def signals(self, limit: int) -> Iterator[tuple[Mapping[str, Signal], int]]:
        """Signals that simulators share, by simulator, and a cell; the cell that differs first comes first."""
        by_key: dict[tuple[int, str, int], dict[str, Signal]] = {}
        for name, recording in self.recordings.items():
            for signal in recording.trials[self.trial].signals:
                by_key.setdefault((signal.population, signal.variable, signal.interval), {})[name] = signal
        shown = 0
        for (population, _, _), signals in sorted(by_key.items()):
            first = next(iter(signals.values()))
            alike = {n: s for n, s in signals.items() if s.values.shape == first.values.shape}
            cells = [c for c in first.cells.tolist() if all((s.cells == c).any() for s in alike.values())]
            if self.first_cell is not None and self.first_cell[0] == population and self.first_cell[1] in cells:
                cells.remove(self.first_cell[1])
                cells.insert(0, self.first_cell[1])
            for cell in cells[:2]:
                if shown == limit:
                    return
                shown += 1
                yield alike, cell


def _placed(keys: NDArray[np.int64], row_of: NDArray[np.int64]) -> NDArray[np.int64]:
    rows = row_of[keys & 0xFFFFFFFF]
    events: NDArray[np.int64] = np.column_stack([rows, keys >> 32])[rows >= 0]
    return events
