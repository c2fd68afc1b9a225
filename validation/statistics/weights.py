"""Weights of synapses that spikes change: how they lie at the end of a trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording
from unisono.models.network import Network
from unisono.models.synapses.model import WEIGHT
from unisono.validation.statistics.statistic import LINEAR, SYNAPSES, Statistic

Floats = NDArray[np.float64]

#: Parameters that bound a weight, where a model has them.
W_MIN, W_MAX = "w_min", "w_max"

#: A weight lies at a bound if it is closer than this part of the range (of the bound's size, if there is one bound):
#: in single precision, a bound is rounded.
NEAR = 1e-6

SOURCE = "NumPy"


@dataclass(frozen=True, eq=False)
class Weights:
    """The weights of a projection at one time.

    Attributes
    ----------
    values : float64 array, shape (synapses,)
    low, high : float64 array, shape () or (synapses,), or None
        Their bounds; None where the model has none.
    """

    values: Floats
    low: Floats | None = None
    high: Floats | None = None

    @property
    def at_low(self) -> NDArray[np.bool_] | None:
        """Which lie at the lower bound or below it."""
        return None if self.low is None else self.values <= self.low + self._near(self.low)

    @property
    def at_high(self) -> NDArray[np.bool_] | None:
        """Which lie at the upper bound or above it."""
        return None if self.high is None else self.values >= self.high - self._near(self.high)

    def _near(self, bound: Floats) -> Floats:
        if self.low is None or self.high is None:
            return np.asarray(NEAR * np.abs(bound))
        return np.asarray(NEAR * np.abs(self.high - self.low))


def in_force(network: Network, index: int, name: str, trial: int, at_end: bool = False) -> Floats:
    """A parameter or state of synapses as the script set it: at the beginning of a trial, or at its end.

    Parameters
    ----------
    network : Network
    index : int
        Of the projection.
    name : str
    trial : int
    at_end : bool
        Whether changes within the trial count; what spikes do never does.

    Returns
    -------
    float64 array, shape () or (synapses,)
    """
    value = network.projections[index].values[name]
    for number, one in enumerate(network.trials[: trial + 1]):
        epochs = one.epochs if number < trial or at_end else one.epochs[:1]
        changes = (change for epoch in epochs for change in epoch.changes)
        for change in changes:
            if (change.kind, change.index, change.name) == ("synapse", index, name):
                value = change.values
    return value


def titles_of(network: Network) -> list[str]:
    """The label of each projection; the second and later ones of a label are numbered."""
    labels = [projection.label for projection in network.projections]
    before = [labels[:i].count(label) for i, label in enumerate(labels)]
    return [f"{label} ({n + 1})" if n else label for label, n in zip(labels, before, strict=True)]


def final_weights(recording: Recording, network: Network, trial: int) -> dict[int, Weights]:
    """The weights at the end of a trial, by projection whose weights spikes change."""
    found = {}
    for index, states in sorted(recording.trials[trial].synapses.items()):
        if WEIGHT in states and network.projections[index].size:
            known = network.projections[index].parameters
            bounds = [in_force(network, index, n, trial, at_end=True) if n in known else None for n in (W_MIN, W_MAX)]
            found[index] = Weights(states[WEIGHT], *bounds)
    return found


def of_weights(recording: Recording, network: Network) -> Iterator[Statistic]:
    """The statistics of every projection whose weights spikes change, at the end of each trial.

    Parameters
    ----------
    recording : Recording
    network : Network

    Yields
    ------
    Statistic
        Its ``population`` is the label of the projection.
    """
    titles = titles_of(network)
    for trial in range(len(recording.trials)):
        for index, weights in final_weights(recording, network, trial).items():
            unit = network.unit_of(index, WEIGHT)
            for definition in WEIGHT_STATISTICS:
                if definition.applies(weights):
                    yield definition.of(weights, titles[index], trial, unit)


@dataclass(frozen=True)
class WeightStatistic:
    """How a statistic of weights is computed.

    Attributes
    ----------
    name, definition : str
    compute : callable
        Of the weights.
    part : bool
        Whether it is a part of the synapses, else a weight.
    applies : callable
        Whether the weights have it.
    """

    name: str
    definition: str
    compute: Callable[[Weights], float]
    part: bool = False
    applies: Callable[[Weights], bool] = lambda weights: True

    def of(self, weights: Weights, projection: str, trial: int, unit: str) -> Statistic:
        """The statistic of a projection in a trial; None where a weight is no finite number."""
        value = self.compute(weights) if np.isfinite(weights.values).all() else None
        of = (projection, trial, self.name, value, "" if self.part else unit, self.definition, SOURCE)
        return Statistic(*of, weights.values.size, 0, LINEAR, SYNAPSES)


def _quartile(name: str, which: str, part: float) -> WeightStatistic:
    text = f"{which} of the weights of a projection at the end of a trial; interpolated."
    return WeightStatistic(name, text, lambda weights: float(np.quantile(weights.values, part)))


def _part(chosen: NDArray[np.bool_] | None) -> float:
    return float(np.mean(chosen)) if chosen is not None else 0.0


#: In the order of tables.
WEIGHT_STATISTICS = (
    WeightStatistic(
        "mean weight",
        "Mean of the weights of a projection at the end of a trial.",
        lambda weights: float(weights.values.mean()),
    ),
    WeightStatistic(
        "SD of weights",
        "Standard deviation over the synapses of a projection of their weights at the end of a trial.",
        lambda weights: float(weights.values.std()),
    ),
    _quartile("lower quartile of weights", "Lower quartile", 0.25),
    _quartile("median weight", "Median", 0.5),
    _quartile("upper quartile of weights", "Upper quartile", 0.75),
    WeightStatistic(
        "part of weights at w_min",
        f"Part of the synapses whose weight lies at w_min or below, within {NEAR:g} of the range of weights.",
        lambda weights: _part(weights.at_low),
        part=True,
        applies=lambda weights: weights.low is not None,
    ),
    WeightStatistic(
        "part of weights at w_max",
        f"Part of the synapses whose weight lies at w_max or above, within {NEAR:g} of the range of weights.",
        lambda weights: _part(weights.at_high),
        part=True,
        applies=lambda weights: weights.high is not None,
    ),
)
