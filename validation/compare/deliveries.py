"""What synapses that change deliver, spike by spike: the reference carries out the events of a recording."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Spikes
from unisono.adapters.reference.synapses import Synapses
from unisono.models.network import Projection
from unisono.models.synapses.model import TARGET_SPIKES
from unisono.validation.compare.arrivals import arrivals

#: The order of events at one synapse in one step: spikes of the target that take time, of the source, of the target.
_BEFORE, _SOURCE, _AFTER = 0, 1, 2


def deliveries(
    projection: Projection, dt: float, spikes: Spikes, own: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Steps of arrival and amounts, for each spike and each synapse that it passes.

    Parameters
    ----------
    projection : Projection
        Synapses onto one cell.
    dt : float
        ms.
    spikes : Spikes
        Of the sources.
    own : int array
        Steps of the spikes of the cell.

    Returns
    -------
    steps : int64 array, shape (arrivals,)
    amounts : float64 array, shape (arrivals,)
        In the unit of the receptor, before they are rounded to the grid of exact sums.
    """
    synapses, steps = arrivals(projection, spikes)
    behind = np.broadcast_to(projection.dendritic, projection.size)
    own = own if TARGET_SPIKES in projection.model.changed_by else own[:0]
    everyone = np.tile(np.arange(projection.size), own.size)
    at = np.concatenate([steps - behind[synapses], np.repeat(own, projection.size) + behind[everyone]])
    turn = np.concatenate([np.full(steps.size, _SOURCE), np.where(behind[everyone] > 0, _BEFORE, _AFTER)])
    who = np.concatenate([synapses, everyone])
    model, amounts = Synapses(projection, dt), np.zeros(steps.size)
    for group in _in_order(at, turn, who):
        now, those = float(at[group[0]]), who[group]
        if turn[group[0]] == _SOURCE:
            amounts[group] = model.pass_source(those, now)
        else:
            model.pass_target(those, now)
    return steps, amounts


def _in_order(at: NDArray[np.int64], turn: NDArray[np.int64], who: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """Indices of events that are carried out together: of one step, one kind, and each synapse once."""
    order = np.lexsort((who, turn, at))
    position = np.arange(order.size)
    same = np.zeros(order.size, bool)
    same[1:] = np.all([np.diff(values[order]) == 0 for values in (at, turn, who)], axis=0)
    repetition = position - np.maximum.accumulate(np.where(same, 0, position)) if order.size else position
    order, repetition = (values[np.lexsort((repetition, turn[order], at[order]))] for values in (order, repetition))
    borders = np.flatnonzero(np.any([np.diff(v) != 0 for v in (at[order], turn[order], repetition)], axis=0)) + 1
    yield from (group for group in np.split(order, borders) if group.size)
