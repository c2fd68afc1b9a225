"""What the synapses of a projection keep of the potentials of their targets, on the grid."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.reference.synapses import moved
from unisono.models.dynamics.expressions import evaluate
from unisono.models.grid import to_steps
from unisono.models.network import Network
from unisono.models.synapses.model import T_PEAK, V_PEAK, V

Floats = NDArray[np.float64]


class Potentials:
    """The potential of each target and what follows it, grid point by grid point.

    Parameters
    ----------
    network : Network
    index : int
        Of a projection whose synapses follow the potential.
    """

    def __init__(self, network: Network, index: int) -> None:
        self._projection, self._dt = network.projections[index], network.dt
        population, self._model = network.populations[self._projection.post_population], self._projection.model
        begin = np.array(np.broadcast_to(population.initial[V], population.size))
        names = (V, *(equation.state for equation in self._model.potential_system))
        self._peak_until = np.zeros(population.size, np.int64)
        # A synapse looks back by its dendritic delay, at least by a step.
        behind = np.broadcast_to(self._projection.dendritic, self._projection.size)
        self._step, self._behind = 0, np.maximum(behind, 1).astype(np.int64)
        self._courses = deque([dict.fromkeys(names, begin)], int(self._behind.max(initial=1)) + 1)

    def note(self, step: int, v: Floats, spiking: NDArray[np.int64], parameters: dict[str, Any]) -> Floats:
        """The potentials at the end of a step, and who spiked in it; returns the drive over the step."""
        self._peak_until[spiking] = step + to_steps(parameters[T_PEAK], self._dt)
        seen = np.where(step < self._peak_until, parameters[V_PEAK], v)
        known = {**parameters, **self._courses[-1], V: seen}
        course = {V: seen} | moved(self._model, self._model.potential_system, known, np.full(v.size, self._dt))
        self._courses.append(course)
        self._step = step
        drive = self._model.driving
        total: Floats = evaluate(drive.tree, {**parameters, **course}) * self._dt if drive else np.zeros(())
        return np.broadcast_to(total, v.shape)

    def seen(self, synapses: NDArray[np.int64], now: int) -> dict[str, Floats]:
        """What synapses see of their targets in a step; before t = 0 as it was then."""
        cells, back = self._projection.post[synapses], self._step - now + self._behind[synapses]
        courses = [self._courses[-1 - min(steps, len(self._courses) - 1)] for steps in back.tolist()]
        found = {name: np.array([c[name][k] for c, k in zip(courses, cells, strict=True)]) for name in courses[0]}
        return found if courses else {}
