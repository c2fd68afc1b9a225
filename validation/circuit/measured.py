"""What a simulator gives on the test circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run
from unisono.models.errors import UnsupportedFeature
from unisono.validation.circuit.network import FIRST, Circuit
from unisono.validation.runner import Runner

#: Errors below are rounding, mV.
FLOOR_MV = 1e-6

#: Share of the peak of a response that counts as its beginning.
BEGINNING = 1e-4


@dataclass(frozen=True, eq=False)
class Measured:
    """What one simulator gave on the test circuit.

    Attributes
    ----------
    circuit : Circuit
    states : mapping of str to float64 array, shape (steps + 1, cells)
    spikes : tuple of int64 array
        Steps at which each cell spiked.
    off_grid : tuple of float
        Spike times that are no multiples of the time step, ms.
    """

    circuit: Circuit
    states: Mapping[str, NDArray[np.float64]]
    spikes: tuple[NDArray[np.int64], ...]
    off_grid: tuple[float, ...] = ()

    @property
    def v(self) -> NDArray[np.float64]:
        """The potentials, mV."""
        return self.states["v"]

    def resets(self, cell: int) -> NDArray[np.int64]:
        """Steps at which the potential of a driven cell falls back."""
        p = self.circuit.parameters(cell)
        if not {"v_reset", "v_thresh"} <= p.keys():
            return np.empty(0, np.int64)
        # Half of the way that the potential really falls: an exponential cell spikes far above v_thresh.
        fall = np.diff(self.v[:, cell])
        found: NDArray[np.int64] = np.flatnonzero(fall < -0.5 * (p["v_thresh"] - p["v_reset"])) + 1
        return found

    def response(self, index: int) -> NDArray[np.float64]:
        """What one spike at a receptor does to the potential, mV."""
        return np.asarray(self.v[:, FIRST + index] - self.v[:, 1])


def of_suspect(circuit: Circuit, suspect: Run, right: Measured, executor: Runner) -> Measured:
    """What the suspect gave; states that it cannot record are taken from the reference."""
    try:
        return measured(circuit, suspect.simulator, suspect.settings, executor)
    except UnsupportedFeature:
        mine = measured(circuit.of_potentials(), suspect.simulator, suspect.settings, executor)
        return replace(mine, states={**right.states, **mine.states})


def measured(circuit: Circuit, name: str, settings: Settings, executor: Runner) -> Measured:
    """Run the test circuit on a simulator.

    Raises
    ------
    UnisonoError
        If it gives no result.
    """
    run = executor.run(circuit.network, [name], settings)[name]
    (trial,) = run.recorded.trials
    spikes = trial.spikes.get(1)
    size = circuit.network.populations[1].size
    steps = tuple(
        np.empty(0, np.int64) if spikes is None else np.asarray(spikes.steps[spikes.cells == c]) for c in range(size)
    )
    off_grid = () if spikes is None or spikes.times is None else _off_grid(spikes.times, circuit.dt)
    return Measured(circuit, {s.variable: s.values for s in trial.signals}, steps, off_grid)


def _off_grid(times: NDArray[np.float64], dt: float) -> tuple[float, ...]:
    """Times that are no multiples of the time step, but for rounding."""
    far = np.abs(times / dt - np.rint(times / dt)) > 1e-6
    return tuple(float(t) for t in times[far])


def begins(response: NDArray[np.float64], after: int) -> int | None:
    """How many steps after a step a response begins."""
    size = np.abs(response)
    begun = np.flatnonzero(size > BEGINNING * size.max()) if size.max() > FLOOR_MV else np.empty(0, int)
    return int(begun[0]) - int(after) if begun.size else None
