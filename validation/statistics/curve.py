"""What a curve is: a function of frequency or of lag, with its units, definition and source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief

#: Names of curves.
SPECTRUM, CORRELOGRAM, HAZARD = "power spectrum", "cross-correlogram", "hazard"
TRIGGERED, CLAMPED, PSP = "spike-triggered potential", "share in the refractory period", "postsynaptic potential"

#: What the curves over connections are "of".
EXCITATORY, INHIBITORY = "excitatory connections", "inhibitory connections"


@dataclass(frozen=True, eq=False)
class Curve:
    """One curve of one population, or of the connections of one sign; all trials together.

    Attributes
    ----------
    name : str
    population : str
        Label of the population, ``excitatory connections`` or ``inhibitory connections``
        (``... to`` a population for postsynaptic potentials).
    x, y : float64 array, shape (points,)
    x_unit, y_unit : str
        Empty for a dimensionless axis.
    definition, source : str
    count : int
        Events that entered it: spikes, pairs of spikes, intervals, samples.
    runs : int
        Runs that it is the mean of.
    scatter : float
        Of a mean: standard deviation over its runs of their shift against it, steps; 0 where that is not needed.
    """

    name: str
    population: str
    x: NDArray[np.floating[Any]]
    y: NDArray[np.floating[Any]]
    x_unit: str
    y_unit: str
    definition: str
    source: str
    count: int = 0
    runs: int = 1
    scatter: float = 0.0

    __repr__ = brief

    @property
    def key(self) -> str:
        """Name and population."""
        return f"{self.name} of {self.population}"
