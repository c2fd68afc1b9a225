"""The data that a script reads while it drives a simulation, on two simulators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Read
    from unisono.models.pynn.recorded import RecordedTrial


@dataclass(frozen=True, eq=False)
class Loop:
    """A script on one simulator.

    Attributes
    ----------
    simulator : str
    network : Network
        What came of it.
    reads : sequence of Read
        The script's requests for data.
    recorded : sequence of RecordedTrial or None
        The data; None where they are not whole.
    """

    simulator: str
    network: Network
    reads: Sequence[Read] = ()
    recorded: Sequence[RecordedTrial] | None = None


def differences(a: Loop, b: Loop, last: Read) -> str:
    """Where the data that a script read differ, for each variable that it read.

    Parameters
    ----------
    a, b : Loop
    last : Read
        The last request that counts.
    """
    names = registry.title(a.simulator), registry.title(b.simulator)
    if a.recorded is None or b.recorded is None:
        return ""
    found = []
    # states of synapses are kept at the end only
    cells = [r for r in a.reads if r.trial <= last.trial and not r.synapses]
    if not cells:
        return ""
    for population, variable in dict.fromkeys((r.population, r.variable) for r in cells):
        for trial in range(min(last.trial + 1, len(a.recorded), len(b.recorded))):
            end = last.step if trial == last.trial else a.network.trials[trial].steps
            pair = _Pair((a.recorded[trial], b.recorded[trial]), names, a.network, population, end)
            text = pair.spikes() if variable == "spikes" else pair.signal(variable)
            if text:
                found.append(text)
                break
    return f"Of the data read by then {'; '.join(found)}." if found else "The data read by then are equal."


@dataclass(frozen=True, eq=False)
class _Pair:
    """The data of a population in one trial, on two simulators, up to a step."""

    recordings: tuple[RecordedTrial, RecordedTrial]
    names: tuple[str, str]
    network: Network
    population: int
    end: int

    def spikes(self) -> str:
        """The first spike that only one of them has."""
        tables = []
        for recorded in self.recordings:
            spikes = recorded.spikes[self.population]
            key = (np.asarray(spikes.steps, np.int64) << 32 | spikes.cells)[spikes.steps <= self.end]
            tables.append((key, np.ones(key.size)))
        found = first_of_one(*tables)
        if found is None:
            return ""
        key, one, _ = found
        has, lacks = self.names if one is not None else self.names[::-1]
        return f"{self._cell(key & 0xFFFFFFFF)} spikes at {self._time(key >> 32)} in {has} but not in {lacks}"

    def signal(self, variable: str) -> str:
        """The first sample that differs, and the largest difference."""
        one, other = (
            next((s for s in r.signals if s.population == self.population and s.variable == variable), None)
            for r in self.recordings
        )
        if one is None or other is None:
            return ""
        # both are of runs that recorded from the beginning
        rows = min(self.end // one.interval + 1, len(one.values), len(other.values))
        p, q = np.asarray(one.values[:rows]), np.asarray(other.values[:rows])
        different = np.abs(p - q)
        if not different.any():
            return ""
        first = self._time(int(np.flatnonzero(different.any(axis=1))[0]) * one.interval)
        row, column = np.unravel_index(int(different.argmax()), different.shape)
        values = f"{p[row, column]:.10g} in {self.names[0]}, {q[row, column]:.10g} in {self.names[1]}"
        where = f"{self._cell(int(one.cells[column]))} at {self._time(int(row) * one.interval)}: {values}"
        return f"{variable} differs from {first} on, by at most {different[row, column]:.2g} ({where})"

    def _cell(self, cell: int) -> str:
        return f"cell {cell} of '{self.network.populations[self.population].label}'"

    def _time(self, step: int) -> str:
        return f"{step * self.network.dt:g} ms"


Table = tuple[NDArray[np.int64], NDArray[Any]]


def first_of_one(a: Table, b: Table) -> tuple[int, float | None, float | None] | None:
    """The first entry of two sorted tables that is not in both, with its two counts."""
    shorter = min(a[0].size, b[0].size)
    different = np.flatnonzero((a[0][:shorter] != b[0][:shorter]) | (a[1][:shorter] != b[1][:shorter]))
    index = int(different[0]) if different.size else shorter
    keys = [int(keys[index]) for keys, _ in (a, b) if index < keys.size]
    if not keys:
        return None
    key = min(keys)
    counts = (
        float(counts[index]) if index < keys.size and int(keys[index]) == key else None for keys, counts in (a, b)
    )
    return key, *counts  # type: ignore[return-value]
