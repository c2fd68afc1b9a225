"""Synapses of a projection by their axonal delays, for simulators that read all of a group in the same step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.models.network import Projection


class DelayGroup(NamedTuple):
    """Synapses with the same axonal delay; all are read in the same step after a spike of their source.

    Those that deliver at once are read when that arrives. Where dendritic delays differ, synapses are read a step after
    the spike has reached them, or in the same step if one of them delivers without any delay; the rest of the delay
    follows.

    Attributes
    ----------
    synapses : int array or None
        None for all of the projection.
    waiting : int
        Steps from the spike to the beginning of the step in which the synapses are read.
    after : int
        Steps from the grid point at which the spike has reached the synapses to the end of that step.
    behind : int array, shape () or (synapses,)
        Steps from the end of that step to the arrival of what is delivered; shape () where it is 0 for all.
    """

    synapses: NDArray[np.intp] | None
    waiting: int
    after: int
    behind: NDArray[Any]

    def of(self, values: NDArray[Any]) -> NDArray[Any]:
        """Of values of the projection's synapses those of the group; one value stays one."""
        return values if self.synapses is None or not np.ndim(values) else values[self.synapses]

    def places(self, synapses: NDArray[np.intp]) -> NDArray[np.intp]:
        """Which of the group's are among synapses of the projection."""
        return synapses if self.synapses is None else np.flatnonzero(np.isin(self.synapses, synapses))


def delay_groups(projection: Projection) -> tuple[DelayGroup, ...]:
    """The synapses of a projection by their axonal delays."""
    if not projection.size:
        return ()
    axonal, dendritic = projection.axonal, projection.dendritic
    different = np.unique(axonal).tolist()
    found = []
    for steps in different:
        synapses = None if len(different) == 1 else np.flatnonzero(axonal == steps)
        delays = dendritic if synapses is None or not dendritic.ndim else dendritic[synapses]
        shortest, longest = int(delays.min()), int(delays.max())
        after = shortest if shortest == longest else min(shortest, 1)
        behind = np.asarray(0) if shortest == longest else delays - after
        found.append(DelayGroup(synapses, steps + after - 1, after, behind))
    return tuple(found)


def read_after(groups: Sequence[DelayGroup], size: int) -> NDArray[Any]:
    """:attr:`DelayGroup.after` of each synapse of a projection, shape () or (synapses,)."""
    if len(groups) == 1:
        return np.asarray(groups[0].after)
    found = np.zeros(size, np.int64)
    for group in groups:
        found[group.synapses] = group.after
    return found
