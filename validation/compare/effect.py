"""How much a difference matters: spikes, rates and irregularity on every simulator, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.results import Runs
from unisono.models.cards import brief
from unisono.validation.compare.comparators import spike_keys
from unisono.validation.statistics.statistic import Statistic

#: The statistics that say what a difference does to the activity.
SHOWN = ("rate", "CV of ISI")


@dataclass(frozen=True)
class Quantity:
    """One figure on every simulator.

    Attributes
    ----------
    name, population, unit : str
        A name of :data:`SHOWN`; the mean over trials.
    values : mapping of str to float
        By simulator, those where it is defined.
    """

    name: str
    population: str
    unit: str
    values: Mapping[str, float]

    @property
    def low(self) -> float:
        """The smallest value."""
        return min(self.values.values())

    @property
    def high(self) -> float:
        """The largest value."""
        return max(self.values.values())

    @property
    def percent(self) -> float | None:
        """How far the largest lies above the smallest, in percent of the smallest; None where that is zero."""
        return 100.0 * (self.high - self.low) / abs(self.low) if self.low else None


@dataclass(frozen=True)
class Effect:
    """What a difference does to spikes and statistics; one run of each simulator, so that a seed may do as much.

    Attributes
    ----------
    spikes : mapping of str to int
        By simulator, over all trials.
    shared : int
        Spikes of the same cell in the same step on all simulators.
    quantities : tuple of Quantity
        Of each population that two simulators have a value of.
    """

    spikes: Mapping[str, int]
    shared: int
    quantities: tuple[Quantity, ...]

    __repr__ = brief

    @property
    def is_none(self) -> bool:
        """Whether every spike is the same on all simulators."""
        return all(spikes == self.shared for spikes in self.spikes.values())

    @property
    def percent_shared(self) -> float | None:
        """Shared spikes in percent of those of the simulator with the most; None without a spike."""
        most = max(self.spikes.values())
        return 100.0 * self.shared / most if most else None

    def largest(self, name: str) -> Quantity | None:
        """The quantity of a name whose values lie farthest apart; None where none is defined."""
        found = [one for one in self.quantities if one.name == name]
        return max(found, key=lambda one: one.high - one.low, default=None)

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "spikes": dict(self.spikes),
            "shared_spikes": self.shared,
            "percent_shared": self.percent_shared,
            "quantities": [{**asdict(one), "percent": one.percent} for one in self.quantities],
        }


def effect_of(runs: Runs, statistics: Mapping[str, Sequence[Statistic]]) -> Effect | None:
    """How far simulators lie apart; None unless two of them gave spikes of the same trials.

    Parameters
    ----------
    runs : Runs
    statistics : mapping of str to sequence of Statistic
        By simulator.
    """
    recordings = {name: run.recording for name, run in runs.items() if run.recording is not None}
    trials = {len(recording.trials) for recording in recordings.values()}
    if len(recordings) < 2 or len(trials) != 1:
        return None
    spikes = {name: runs[name].spike_count or 0 for name in recordings}
    return Effect(spikes, _shared(list(recordings.values())), _quantities(statistics))


def _shared(recordings: Sequence[Recording]) -> int:
    shared = 0
    for trials in zip(*(recording.trials for recording in recordings), strict=True):
        for population in trials[0].spikes:
            first, *others = (np.unique(spike_keys(trial.spikes.get(population))) for trial in trials)
            for other in others:
                first = np.intersect1d(first, other, assume_unique=True)
            shared += first.size
    return shared


def _quantities(statistics: Mapping[str, Sequence[Statistic]]) -> tuple[Quantity, ...]:
    found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for simulator, values in statistics.items():
        for one in values:
            if one.name in SHOWN and one.value is not None:
                of = found.setdefault((one.name, one.population, one.unit), {})
                of.setdefault(simulator, []).append(one.value)
    return tuple(
        Quantity(*key, {simulator: float(np.mean(values)) for simulator, values in of.items()})
        for key, of in sorted(found.items(), key=lambda item: SHOWN.index(item[0][0]))
        if len(of) > 1
    )
