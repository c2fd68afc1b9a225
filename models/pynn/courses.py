"""The course of an injected current: the steps at which its amplitude changes, found once for each stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.growing import Growing

if TYPE_CHECKING:
    from unisono.models.pynn.currents import Source

Floats = NDArray[np.float64]


class Course:
    """The current of one source in one trial, from 0 up to the end of the runs so far."""

    def __init__(self, source: Source, trial: int) -> None:
        self._source, self._trial = source, trial
        settings = source.settings
        self._following = next(
            (i for i, (t, step, _) in enumerate(settings) if t > trial or (t == trial and step > 0)), len(settings)
        )
        self._parameters = settings[self._following - 1][2]
        self._steps, self._amplitudes = Growing(np.int64), Growing(np.float64)
        self._end = 0
        self._amplitude = 0.0

    def extend(self, end: int) -> None:
        """Find the changes up to step ``end``; no parameter may be set for a step before it afterwards."""
        settings = self._source.settings
        while self._end < end:
            fresh = not self._end
            while self._following < len(settings) and settings[self._following][:2] == (self._trial, self._end):
                self._parameters = settings[self._following][2]
                self._following += 1
                fresh = True
            stop = end
            if self._following < len(settings) and settings[self._following][0] == self._trial:
                stop = min(end, settings[self._following][1])
            self._add(self._parameters, self._end, stop, fresh)
            self._end = stop

    def _add(self, parameters: dict[str, Any], begin: int, end: int, fresh: bool) -> None:
        steps = self._source.breakpoints(parameters, begin, end)
        if fresh and not (steps.size and steps[0] == begin):
            steps = np.concatenate([[begin], steps])
        if not steps.size:
            return
        amplitudes = self._source.held(parameters, steps, self._trial)
        changed = np.diff(amplitudes, prepend=self._amplitude) != 0
        if changed.any():
            self._steps.extend(steps[changed])
            self._amplitudes.extend(amplitudes[changed])
            self._amplitude = float(amplitudes[-1])

    def changes(self, since: int, begin: int, end: int) -> tuple[NDArray[np.int64], Floats]:
        """Steps of [begin, end) at which the amplitude changes, and what it is then, for a target.

        Parameters
        ----------
        since : int
            The step from which on the current goes into the target; it is 0 before.
        begin, end : int
        """
        self.extend(end)
        begin, steps, amplitudes = max(begin, since), self._steps.values, self._amplitudes.values
        first, last = np.searchsorted(steps, (begin, end))
        steps, amplitudes = steps[first:last], amplitudes[first:last]
        if begin == since < end and first and not (steps.size and steps[0] == since):
            held = float(self._amplitudes.values[first - 1])
            if held:
                return np.concatenate([[since], steps]), np.concatenate([[held], amplitudes])
        elif begin == since and steps.size and steps[0] == since and not amplitudes[0]:
            # it falls to zero where it begins: nothing changes for the target
            return steps[1:], amplitudes[1:]
        return steps, amplitudes

    def values(self, begin: int, end: int) -> Floats:
        """The amplitude of each step of [begin, end)."""
        self.extend(end)
        known = np.concatenate([[0.0], self._amplitudes.values])
        return np.asarray(known[np.searchsorted(self._steps.values, np.arange(begin, end), side="right")])

    def next(self, step: int) -> float:
        """The amplitude from a step on that has not run: the parameters that are in force now hold there."""
        parameters = self._source.settings[-1][2]
        return float(self._source.held(parameters, np.array([step]), self._trial)[0])
