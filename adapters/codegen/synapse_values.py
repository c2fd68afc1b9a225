"""What a simulator keeps for the synapses of a projection: arrays by name, the same for every simulator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract.changes import changes_of
from unisono.models.network import Change, Network, Projection
from unisono.models.synapses.model import WEIGHT

Floats = NDArray[np.float64]


class SynapseValues:
    """The values of a projection's synapses that are in force.

    A synapse that nothing changes is kept as one number, what each spike delivers, whatever parameters its model has;
    so every simulator with weights runs every such model. Of the others all is kept that their program names.

    Parameters
    ----------
    projection : Projection

    Attributes
    ----------
    program : SynapseProgram
    """

    def __init__(self, projection: Projection) -> None:
        self.program = synapse_program(projection.model)
        self._model = projection.model
        self._values = dict(projection.values)

    @property
    def kept(self) -> dict[str, Floats]:
        """By name, shape () or (synapses,)."""
        if self._model.is_static:
            return {WEIGHT: np.asarray(self._model.delivered(self._values), np.float64)}
        return {name: self._values[name] for name in self.program.values}

    @property
    def weight(self) -> Floats:
        """What each spike delivers, where nothing changes the synapses: shape () or (synapses,)."""
        return self.kept[WEIGHT]

    def write(self, change: Change) -> dict[str, Floats]:
        """Put a change of a parameter or state in force.

        Returns
        -------
        dict of str to float64 array, shape () or (synapses,)
            What is kept and is to be set.
        """
        self._values[change.name] = change.values
        kept = self.kept
        return kept if self._model.is_static else {n: v for n, v in kept.items() if n == change.name}


def kept_per_synapse(network: Network, index: int) -> frozenset[str]:
    """Names of the values that differ between the synapses of a projection, at first or after a change in the trial."""
    projection = network.projections[index]
    changes = changes_of(network, "weight", index)
    different = {n for n, v in projection.values.items() if np.ndim(v)} | {c.name for c in changes if np.ndim(c.values)}
    if projection.model.is_static:
        return frozenset({WEIGHT} if different else ())
    return frozenset((different | set(projection.model.states)) & set(synapse_program(projection.model).values))
