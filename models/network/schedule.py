"""The schedule of a Network: trials, their epochs, and what changes between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from unisono.models.cards import brief
from unisono.models.errors import NetworkError
from unisono.models.network.arrays import MAX_STEPS, Floats, Integers, frozen, indices

#: What a change can concern: cells, or synapses.
ChangeKind = Literal["parameter", "state", "synapse"]
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)


@dataclass(frozen=True, eq=False)
class Change:
    """Values set at the beginning of an epoch.

    Attributes
    ----------
    kind : str
        ``parameter`` or ``state`` (of a population), ``synapse`` (a parameter or state of a projection's synapses).
    index : int
        Index of the population or projection.
    name : str
        Name of the parameter or state variable.
    values : float64 array, shape () or (cells or synapses,)
    cells : uint32 array, optional
        The cells concerned; all where it is None.
    """

    kind: ChangeKind
    index: int
    name: str
    values: Floats
    cells: Integers | None = None

    __repr__ = brief

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise NetworkError(f"Unknown kind of change '{self.kind}'.", f"Choose one of: {', '.join(KINDS)}.")
        values = np.asarray(self.values, np.float64)
        if not np.isfinite(values).all():
            raise NetworkError(f"A value set for '{self.name}' is not a finite number.")
        object.__setattr__(self, "values", frozen(values))
        if self.cells is not None:
            object.__setattr__(self, "cells", indices(self.cells, "Changed cells"))

    def applied(self, values: Floats, size: int) -> Floats:
        """The values of a population after the change, shape () or (size,)."""
        if self.cells is None:
            return self.values
        result = np.array(np.broadcast_to(values, size))
        result[self.cells] = self.values
        return result

    def among(self, parameters: Mapping[str, Floats], size: int) -> dict[str, Floats]:
        """All parameters of a population after the change, shape () or (size,) each; another kind leaves them."""
        changed = {self.name: self.applied(parameters[self.name], size)} if self.kind == "parameter" else {}
        return {**parameters, **changed}


@dataclass(frozen=True, eq=False)
class Epoch:
    """Changes, then a run of ``steps`` time steps."""

    steps: int
    changes: tuple[Change, ...] = ()

    __repr__ = brief

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= MAX_STEPS:
            raise NetworkError(f"A run has between 0 and {MAX_STEPS} steps, not {self.steps}.")


@dataclass(frozen=True, eq=False)
class Trial:
    """What happens between two resets."""

    epochs: tuple[Epoch, ...]

    __repr__ = brief

    @property
    def steps(self) -> int:
        """Number of time steps of the trial."""
        return sum(epoch.steps for epoch in self.epochs)
