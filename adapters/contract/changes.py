"""Values that change during a trial, and which of them need one number a cell or synapse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Change, Network

Values = Mapping[str, NDArray[Any]]

#: Cells up to which all values are stored for each cell: what is shared saves time only
#: in larger populations, and the compiled code of small ones is then the same for every model script.
SMALL = 200


def changes_of(network: Network, kind: str, index: int) -> list[Change]:
    """The changes of a population or projection in a network's trial, in order."""
    return [c for epoch in network.trials[0].epochs for c in epoch.changes if c.kind == kind and c.index == index]


def cells_may_differ(network: Network, population: int) -> bool:
    """Whether a trial changes parameters of a population in which cells differ, before the change or after it.

    All that is computed from the parameters may then differ between cells, too, even if it does not at first.
    """
    changes = changes_of(network, "parameter", population)
    values = [*network.populations[population].parameters.values(), *(c.values for c in changes)]
    return (bool(changes) and any(np.ndim(v) for v in values)) or any(c.cells is not None for c in changes)
