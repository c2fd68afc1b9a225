"""Curves of a run: functions of frequency or of lag, each with its units, definition and source."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.recording import Recording
from unisono.models.network import Network
from unisono.validation.statistics import TRANSIENT

#: Names of curves.
SPECTRUM, CORRELOGRAM, HAZARD = "power spectrum", "cross-correlogram", "hazard"
TRIGGERED, PSP = "spike-triggered potential", "postsynaptic potential"

#: What the curves over connections are "of".
EXCITATORY, INHIBITORY = "excitatory connections", "inhibitory connections"


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of one population, or of the connections of one sign; all trials together.

    Attributes
    ----------
    name : str
    population : str
        Label of the population, ``excitatory connections`` or ``inhibitory connections``.
    x, y : float64 array, shape (points,)
    x_unit, y_unit : str
        Empty where there is none.
    definition, source : str
    count : int
        Events that entered it: spikes, pairs of spikes, intervals.
    """

    name: str
    population: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    x_unit: str
    y_unit: str
    definition: str
    source: str
    count: int = 0

    @property
    def key(self) -> str:
        """Name and population."""
        return f"{self.name} of {self.population}"


def curves_of(recording: Recording, network: Network, transient: float = TRANSIENT) -> tuple[Curve, ...]:
    """Every curve of a run."""
    return ()
