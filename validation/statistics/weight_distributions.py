"""How the weights of synapses that spikes change are distributed, before a trial and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording
from unisono.models.cards import brief
from unisono.models.network import Network
from unisono.models.synapses.model import WEIGHT
from unisono.validation.statistics.weights import final_weights, in_force, titles_of

#: Bins of a histogram.
BINS = 40


@dataclass(frozen=True, eq=False)
class WeightDistribution:
    """The histograms of the weights of a projection, all in the same bins.

    Attributes
    ----------
    projection, unit : str
    synapses : int
    edges : float64 array, shape (bins + 1,)
    before : int64 array, shape (bins,)
        At the beginning of the trial.
    after : mapping of simulator to int64 array, shape (bins,)
        At its end; weights that are no finite numbers are left out.
    constant : float or None
        The weight before, where it is the same for all synapses.
    """

    projection: str
    unit: str
    synapses: int
    edges: NDArray[np.float64]
    before: NDArray[np.int64]
    after: Mapping[str, NDArray[np.int64]]
    constant: float | None = None

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**vars(self), "after": dict(self.after)}


def weight_distributions(
    recordings: Mapping[str, Recording], network: Network, trial: int
) -> tuple[WeightDistribution, ...]:
    """Of each projection whose weights spikes change, on all simulators.

    Parameters
    ----------
    recordings : mapping of simulator to Recording
    network : Network
    trial : int
    """
    titles = titles_of(network)
    ends = {n: final_weights(r, network, trial) for n, r in recordings.items() if trial < len(r.trials)}
    found = []
    for index in sorted({index for of in ends.values() for index in of}):
        after = {name: of[index].values for name, of in ends.items() if index in of}
        before = in_force(network, index, WEIGHT, trial)
        size = network.projections[index].size
        edges = _edges(np.concatenate([np.atleast_1d(before), *after.values()]))
        counts = {name: np.histogram(values, edges)[0] for name, values in after.items()}
        first = np.histogram(np.broadcast_to(before, size), edges)[0]
        same = float(before.flat[0]) if (before == before.flat[0]).all() else None
        found.append(
            WeightDistribution(titles[index], network.unit_of(index, WEIGHT), size, edges, first, counts, same)
        )
    return tuple(found)


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges that hold all finite values, both bounds of a range among them."""
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    room = 0.0 if high > low else max(1e-3 * abs(low), 1e-12)
    return np.asarray(np.linspace(low - room, high + room, BINS + 1))
