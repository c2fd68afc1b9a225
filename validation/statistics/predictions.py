"""What theory predicts for each population, beside what a run gave."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from unisono.models.cards import brief
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.mean_field.equations import equations_of
from unisono.validation.mean_field.rates import solutions, state
from unisono.validation.statistics.statistic import Statistic

#: Cells, and synapses a cell, below which a network is too small for a theory of many weak inputs.
CELLS, SYNAPSES = 50, 10


@dataclass(frozen=True)
class Prediction:
    """A population by theory and in a run.

    Attributes
    ----------
    population : str
    rate, cv : float or None
        Of the run, Hz and without a unit; None where it is not defined.
    predicted_rate : float
        Hz, of the state that is reached from silence.
    predicted_cv : float or None
    above_threshold : float
        Mean input less the threshold, mV: below 0 fluctuations make the cells spike.
    sd : float
        Of the free potential, mV.
    """

    population: str
    rate: float | None
    cv: float | None
    predicted_rate: float
    predicted_cv: float | None
    above_threshold: float
    sd: float

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def predictions_of(network: Network, statistics: Iterable[Statistic]) -> tuple[Prediction, ...]:
    """Each population by theory; none where theory does not cover the network, or where it is too small for it."""
    if network.neurons < CELLS or network.synapses < SYNAPSES * network.neurons:
        return ()
    try:
        equations = equations_of(network)
    except UnsupportedFeature:
        return ()
    found = state(equations, solutions(equations)[0])
    measured = {(s.population, s.name): s.value for s in statistics if s.trial == 0}
    return tuple(
        Prediction(
            label,
            measured.get((label, "rate")),
            measured.get((label, "CV of ISI")),
            found.rates[label],
            found.cv[label],
            found.mean[label] - cell.threshold,
            found.sd[label] / math.sqrt(2.0),
        )
        for label, cell in zip(equations.labels, equations.cells, strict=True)
    )
