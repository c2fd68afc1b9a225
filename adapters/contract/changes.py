"""The values in force in each epoch of a trial, and which of them need one number a cell or synapse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Change, Network, Trial

Values = Mapping[str, NDArray[Any]]

#: Cells up to which all values are stored for each cell: what is shared saves time only
#: in larger populations, and the compiled code of small ones is then the same for every model script.
SMALL = 200


def parameters_by_epoch(network: Network, population: int) -> Iterator[Values]:
    """Parameters of a population in each epoch."""
    size = network.populations[population].size
    values = dict(network.populations[population].parameters)
    for changes in _changes(network.trials[0], "parameter", population):
        if changes:
            values = dict(values)
        for change in changes:
            values[change.name] = changed(values[change.name], change, size)
        yield values


def weights_by_epoch(network: Network, projection: int) -> Iterator[NDArray[np.float64]]:
    """Weights of a projection in each epoch."""
    weight = network.projections[projection].weight
    for changes in _changes(network.trials[0], "weight", projection):
        weight = changes[-1].values if changes else weight
        yield weight


def changed(values: NDArray[Any], change: Change, size: int) -> NDArray[Any]:
    """The values after a change, shape () or (size,)."""
    if change.cells is None:
        return change.values
    result = np.array(np.broadcast_to(values, size))
    result[change.cells] = change.values
    return result


def cells_may_differ(network: Network, population: int) -> bool:
    """Whether a trial changes parameters of a population in which cells differ, before the change or after it.

    All that is computed from the parameters may then differ between cells, too, even if it does not at first.
    """
    changes = [c for part in _changes(network.trials[0], "parameter", population) for c in part]
    values = [*network.populations[population].parameters.values(), *(c.values for c in changes)]
    return (bool(changes) and any(np.ndim(v) for v in values)) or any(c.cells is not None for c in changes)


def synapses_may_differ(network: Network, projection: int) -> bool:
    """Whether the weights of a projection differ, at first or after a change in the trial."""
    changes = [c for part in _changes(network.trials[0], "weight", projection) for c in part]
    return any(np.ndim(w) for w in (network.projections[projection].weight, *(c.values for c in changes)))


def varying(epochs: Sequence[Values]) -> frozenset[str]:
    """Names of the values that are no single number in at least one epoch."""
    return frozenset(name for values in epochs for name, value in values.items() if np.ndim(value))


def _changes(trial: Trial, kind: str, index: int) -> Iterator[list[Change]]:
    for epoch in trial.epochs:
        yield [c for c in epoch.changes if c.kind == kind and c.index == index]
