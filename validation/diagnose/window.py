"""The window around a first difference in which spikes are compared: no longer than needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.models.network import Network, RecordingRequest, Trial
from unisono.validation.compare.comparators import spike_keys
from unisono.validation.compare.probe import cut

#: A window goes on for as many spikes after the first difference, and for so long, ms.
SPIKES, SHORTEST_MS, LONGEST_MS = 40, 20.0, 200.0

#: Steps that are run beyond the window, because labels may be shifted.
MARGIN = 5


@dataclass(frozen=True, eq=False)
class Window:
    """The beginning of a trial.

    Attributes
    ----------
    network : Network
        Of that trial alone, up to some steps after the window; nothing is sampled.
    trial : int
        Which trial of the whole network it is.
    first, last : int
        The step of the first difference, and the last that is compared.
    """

    network: Network
    trial: int
    first: int
    last: int

    def mismatch(self, a: TrialRecording, b: TrialRecording) -> int | None:
        """The first step at which only one of two has a spike; None where all are the same."""
        steps = (int(unequal[0]) >> 32 for _, unequal in self._unequal(a, b) if unequal.size)
        return min((step for step in steps if step <= self.last), default=None)

    def place(self, a: TrialRecording, b: TrialRecording, step: int) -> tuple[int, int]:
        """Population and cell of a spike in a step that only one of two has."""
        for population, unequal in self._unequal(a, b):
            here = unequal[unequal >> 32 == step]
            if here.size:
                return population, int(here[0]) & 0xFFFFFFFF
        return self._populations[0], 0

    def _unequal(self, a: TrialRecording, b: TrialRecording) -> Iterator[tuple[int, NDArray[np.int64]]]:
        """Each population, and the keys of the spikes that only one of two has, sorted by step, then by cell."""
        for population in self._populations:
            one, other = (spike_keys(t.spikes.get(population)) for t in (a, b))
            yield population, np.setxor1d(one, other)

    def spikes(self, trial: TrialRecording, until: int | None = None) -> int:
        """Number of spikes from the first difference on."""
        steps = self._steps(trial)
        return int(((steps >= self.first) & (steps <= (self.last if until is None else until))).sum())

    def sampled(self, population: int, cell: int, last: int) -> Network:
        """The network up to a step, with all that can be recorded of one cell."""
        model = self.network.populations[population].model
        at = np.array([cell], np.uint32)
        variables = dict.fromkeys((*model.threshold_states, *model.recordable))
        requests = tuple(RecordingRequest(population, variable, at) for variable in variables)
        return replace(_until(self.network, last), recordings=requests, synapse_recordings=())

    @property
    def _populations(self) -> list[int]:
        return [i for i, p in enumerate(self.network.populations) if not p.is_source]

    def _steps(self, trial: TrialRecording) -> NDArray[np.int64]:
        found = [s.steps for i in self._populations if (s := trial.spikes.get(i)) is not None]
        return np.sort(np.concatenate(found)) if found else np.empty(0, np.int64)


def window_of(network: Network, trial: int, first: int, recording: Recording) -> Window:
    """The window around a first difference.

    Parameters
    ----------
    network : Network
    trial, first : int
        Where the difference is.
    recording : Recording
        Of the simulator that is to be explained.
    """
    single = next(islice(network.single_trials(), trial, None))
    whole = Window(single, trial, first, single.trials[0].steps)
    later = whole._steps(recording.trials[trial])
    later = later[later >= first]
    enough = int(later[SPIKES - 1]) if later.size >= SPIKES else whole.last
    shortest, longest = (first + round(ms / network.dt) for ms in (SHORTEST_MS, LONGEST_MS))
    last = min(max(shortest, min(enough, longest)), whole.last)
    return Window(replace(_until(single, last + MARGIN), recordings=(), synapse_recordings=()), trial, first, last)


def whole_trial(network: Network, trial: int, first: int) -> Window:
    """A whole trial as a window; nothing is sampled."""
    single = next(islice(network.single_trials(), trial, None))
    return Window(replace(single, recordings=(), synapse_recordings=()), trial, first, single.trials[0].steps)


def _until(network: Network, step: int) -> Network:
    """A network of a single trial up to a step."""
    return replace(network, trials=(Trial(cut(network.trials[0].epochs, step)),))
