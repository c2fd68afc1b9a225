"""Times that a script gave and that do not lie on the grid of the time step: what they were, how far they moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.grid import off_grid, to_step

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture

#: Parameters of sources and currents that are times, with what they are called.
_TIMES = {"spike_times": "spike time", "start": "start", "stop": "stop", "times": "time of a current", "tbins": "tbin"}


@dataclass(frozen=True)
class Moved:
    """Times of one kind that moved to the grid.

    Attributes
    ----------
    count : int
    time : float
        The one that moved furthest, ms.
    shift : float
        How far it moved, ms.
    """

    count: int
    time: float
    shift: float

    @classmethod
    def of(cls, times: Any, dt: float) -> Moved | None:
        """Those of the times that move; None where none does."""
        times = np.asarray(times, np.float64).ravel()
        shift = off_grid(times, dt)
        count = int(np.count_nonzero(shift))
        if not count:
            return None
        furthest = int(np.argmax(np.abs(shift)))
        return cls(count, float(times[furthest]), float(shift[furthest]))

    def joined(self, other: Moved) -> Moved:
        """These and others."""
        far = self if abs(self.shift) >= abs(other.shift) else other
        return Moved(self.count + other.count, far.time, far.shift)


def sentence(capture: Capture) -> str:
    """What moved, by how much; empty where all times of a capture lie on the grid."""
    found: dict[str, Moved] = {}
    for kind, moved in _moved(capture):
        if moved is not None:
            found[kind] = found[kind].joined(moved) if kind in found else moved
    if not found:
        return ""
    parts = (
        f"{kind}, {m.time:g} ms to {to_step(m.time, capture.dt) * capture.dt:g} ms"
        if m.count == 1
        else f"{kind} ({m.count} of them, by up to {abs(m.shift):.3g} ms: {m.time:g} ms to "
        f"{to_step(m.time, capture.dt) * capture.dt:g} ms)"
        for kind, m in found.items()
    )
    return f"Times off the grid of {capture.dt:g} ms moved to its points: {'; '.join(parts)}."


def _moved(capture: Capture) -> Iterator[tuple[str, Moved | None]]:
    dt = capture.dt
    yield "end of a run", Moved.of(capture.run_ends, dt)
    for projection in capture.projections:
        yield "delay", projection.moved
    for population in capture.populations:
        if population.is_source:
            for _, _, parameters in population.settings:
                yield from _of_parameters(parameters, dt)
        if population.model is None or population.model.refractory:
            name = "tau_refrac" if population.model is None else population.model.refractory
            value = population.first_parameters.get(name)
            yield "refractory period", None if value is None else Moved.of(value, dt)
    for source in capture.current_sources:
        for _, _, parameters in source.settings:
            yield from _of_parameters(parameters, dt)


def _of_parameters(parameters: dict[str, Any], dt: float) -> Iterator[tuple[str, Moved | None]]:
    for name, kind in _TIMES.items():
        if name in parameters:
            yield kind, Moved.of(_flat(parameters[name]), dt)


def _flat(value: Any) -> NDArray[np.float64]:
    """The numbers of a parameter: one, some, a Sequence, or several of those."""
    entries = value if isinstance(value, np.ndarray) and value.ndim else [value]
    return np.concatenate([np.asarray(getattr(e, "value", e), np.float64).ravel() for e in entries] or [np.empty(0)])
