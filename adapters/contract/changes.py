"""Values that change during a trial, and whether they need one number a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Network

Values = Mapping[str, NDArray[Any]]

#: Cells up to which all values are stored for each cell: what is shared saves time only
#: in larger populations, and the compiled code of small ones is then the same for every model script.
SMALL = 200


def cells_may_differ(network: Network, population: int) -> bool:
    """Whether a trial changes parameters of a population in which cells differ, before the change or after it.

    All that is computed from the parameters may then differ between cells, too, even if it does not at first.
    """
    changes = network.changes("parameter", index=population)
    values = [*network.populations[population].parameters.values(), *(c.values for c in changes)]
    return (bool(changes) and any(np.ndim(v) for v in values)) or any(c.cells is not None for c in changes)
