"""What a script has said of the stretches of time between two changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.network.schedule import ChangeKind


@dataclass
class PendingChange:
    """A value set between two runs; ``target`` is a population or projection of the capture."""

    kind: ChangeKind
    target: Any
    name: str
    values: NDArray[np.float64]
    cells: NDArray[Any] | None = None


@dataclass
class EpochRecord:
    """Changes, then steps."""

    steps: int
    changes: list[PendingChange] = field(default_factory=list)
