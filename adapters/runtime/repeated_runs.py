"""Data for a script from a simulator that cannot run live: the network so far is run anew at each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.models.network import CurrentInput, Epoch, Network, RecordingRequest, SpikeInput, Trial


@dataclass
class _Trial:
    """What was sent of a trial."""

    epochs: list[Epoch] = field(default_factory=list)
    spikes: dict[int, list[SpikeInput]] = field(default_factory=dict)
    currents: dict[int, list[CurrentInput]] = field(default_factory=dict)


class RepeatedRuns:
    """A live simulation by runs of whole networks, each from the beginning.

    Parameters
    ----------
    execute : callable
        Runs a network and gives its recording.
    """

    def __init__(self, execute: Callable[[Network], Recording]) -> None:
        self._execute = execute
        self._network: Network | None = None
        self._requests: dict[tuple[int, str], RecordingRequest] = {}
        self._trials: list[_Trial] = []
        self._recording: Recording | None = None

    def begin_trial(self, network: Network) -> None:
        """The first network is the one that runs; what is set later is among the changes of the epochs."""
        self._network = self._network or network
        self._trials.append(_Trial())
        for request in network.recordings:
            self.record(request)

    def extend(self, epoch: Epoch, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Keep what is sent, for the next run."""
        trial = self._trials[-1]
        trial.epochs.append(epoch)
        for train in spikes:
            trial.spikes.setdefault(train.population, []).append(train)
        for number, current in currents.items():
            trial.currents.setdefault(number, []).append(current)
        self._recording = None

    def record(self, request: RecordingRequest) -> None:
        """Record a variable of more cells, from the beginning on."""
        known = self._requests.get((request.population, request.variable))
        cells = request.cells if known is None else np.union1d(known.cells, request.cells)
        self._requests[request.population, request.variable] = replace(request, cells=cells)
        self._recording = None

    @property
    def trials(self) -> Sequence[TrialRecording]:
        """Everything recorded so far.

        Raises
        ------
        UnisonoError
            If the run fails.
        """
        if self._recording is None:
            self._recording = self._execute(self.network())
        return self._recording.trials

    def network(self) -> Network:
        """The network so far, the one that is captured if nothing was recorded late."""
        if self._network is None:
            raise ValueError("no trial has begun")
        return replace(
            self._network,
            spikes=tuple(
                _joined(trial.spikes.get(index, ()), index, number)
                for index, population in enumerate(self._network.populations)
                if population.is_source
                for number, trial in enumerate(self._trials)
            ),
            currents=tuple(
                _continued(trial.currents[number], i)
                for i, trial in enumerate(self._trials)
                for number in sorted(trial.currents)
            ),
            recordings=tuple(self._requests.values()),
            trials=tuple(Trial(tuple(trial.epochs)) for trial in self._trials),
        )

    def close(self) -> None:
        """Nothing is open between two runs."""


def _joined(parts: Sequence[SpikeInput], population: int, trial: int) -> SpikeInput:
    if not parts:
        return SpikeInput(population, np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.uint16), trial)
    cells, steps = (np.concatenate([getattr(part, name) for part in parts]) for name in ("cells", "steps"))
    counts = np.concatenate([np.broadcast_to(part.counts, part.cells.shape) for part in parts])
    return SpikeInput(population, cells, steps, counts, trial)


def _continued(parts: Sequence[CurrentInput], trial: int) -> CurrentInput:
    steps, amplitudes = (np.concatenate([getattr(part, name) for part in parts]) for name in ("steps", "amplitudes"))
    return CurrentInput(parts[0].population, parts[0].cells, steps, amplitudes, trial)
