"""How a cell came to its first differing spike: potentials of all sides, the threshold, and the input that arrived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief
from unisono.validation.compare.isolated_cell import Input, IsolatedCell

#: How much of the time before the spike is kept, ms.
SHOWN_MS = 20.0


@dataclass(frozen=True, eq=False)
class PreSpike:
    """The last milliseconds before a first difference, at every step.

    Attributes
    ----------
    times : float64 array, shape (samples,)
        ms within the trial; the last one is that of the spike.
    potentials : mapping of simulator to float64 array, shape (samples,)
        The potential that is compared with the threshold, mV, after integration and input and before the test.
    threshold : float64 array, shape (samples,)
        In mV, on the simulator with the spike.
    inputs : mapping of receptor to (float64 array, float64 array), shape (events,) each
        Times of arrival, ms, and weights in the unit of the receptor.
    reference_times, reference : float64 array, shape (samples,)
        The potential that the reference finds, mV, from where it no longer depends on what it began with;
        empty where there is no reference.
    """

    times: NDArray[np.float64]
    potentials: Mapping[str, NDArray[np.float64]]
    threshold: NDArray[np.float64]
    inputs: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    reference_times: NDArray[np.float64]
    reference: NDArray[np.float64]

    __repr__ = brief

    def with_reference(self, cell: IsolatedCell, potential: NDArray[np.float64], dt: float) -> PreSpike:
        """The same with the potential of the isolated cell, mV, at every step from its beginning."""
        steps = np.arange(cell.begin, cell.begin + potential.size)
        kept = (steps >= cell.first) & (steps * dt >= self.times[0] - dt / 2)
        return replace(self, reference_times=steps[kept] * dt, reference=potential[kept])


def first_step(step: int, dt: float) -> int:
    """The step at which what is shown of a difference at ``step`` begins."""
    return max(0, step - round(SHOWN_MS / dt))


def pre_spike_of(
    step: int,
    dt: float,
    potentials: Mapping[str, NDArray[np.float64]],
    threshold: NDArray[np.float64] | float,
    inputs: Iterable[Input],
) -> PreSpike:
    """What is shown of a difference.

    Parameters
    ----------
    step : int
        Of the spike.
    dt : float
        ms.
    potentials : mapping of simulator to float64 array, shape (steps,)
        From the beginning of the trial, mV.
    threshold : float64 array, shape (steps,), or float
        In mV.
    inputs : iterable of Input
        What arrived from :func:`first_step` on.
    """
    shown = slice(first_step(step, dt), step + 1)
    size = next(iter(potentials.values())).size
    by_receptor: dict[str, list[Input]] = {}
    for given in inputs:
        by_receptor.setdefault(given.receptor, []).append(given)
    arrived = {}
    for receptor, several in by_receptor.items():
        steps = np.concatenate([i.steps for i in several])
        order = np.argsort(steps, kind="stable")
        arrived[receptor] = (steps[order] * dt, np.concatenate([i.weights for i in several])[order])
    nothing = np.empty(0)
    return PreSpike(
        np.arange(shown.start, shown.stop, dtype=np.float64) * dt,
        {name: np.array(values[shown]) for name, values in potentials.items()},
        np.array(np.broadcast_to(threshold, size)[shown], np.float64),
        arrived,
        nothing,
        nothing,
    )
