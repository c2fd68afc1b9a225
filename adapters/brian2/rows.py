"""Where the synapses of several projections lie in one object: sorted by source, so that a spike's lie side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Some synapses, as an index.
Chosen = slice | NDArray[np.intp]

#: Synapses that are moved at once: what is kept meanwhile stays in the processor's cache.
_BLOCK = 1 << 18


_NO_DELAYS: Mapping[int, NDArray[Any]] = MappingProxyType({})


class Rows:
    """Places of synapses: a row for each source, filled in the order of the projections and of their synapses.

    Parameters
    ----------
    sources : mapping of int to uint32 array, shape (synapses,)
        By projection, the sources of its synapses in their population.
    begins : mapping of int to int
        By projection, where that population begins among all sources.
    delays : mapping of int to int array, shape (synapses,), optional
        By projection, what those of a source are sorted by: what arrives at the same time lies side by side.

    Attributes
    ----------
    size : int
        Synapses of all projections.
    """

    def __init__(
        self,
        sources: Mapping[int, NDArray[np.uint32]],
        begins: Mapping[int, int],
        delays: Mapping[int, NDArray[np.integer[Any]]] = _NO_DELAYS,
    ) -> None:
        self._sources, self._delays = sources, delays
        self.size = sum(cells.size for cells in sources.values())
        counts = {index: np.bincount(cells) for index, cells in sources.items()}
        lengths = np.zeros(max(begins[index] + count.size for index, count in counts.items()), np.intp)
        for index, count in counts.items():
            lengths[begins[index] :][: count.size] += count
        free = np.cumsum(lengths) - lengths
        #: By projection and source, how far its synapses lie behind where they would lie if there were no others.
        self._shifts: dict[int, NDArray[np.intp]] = {}
        for index, count in counts.items():
            row = free[begins[index] :][: count.size]
            self._shifts[index] = row - (np.cumsum(count) - count)
            row += count
        self._found: dict[int, Chosen] = {}

    def blocks(self, projection: int) -> Iterator[tuple[Chosen, Chosen]]:
        """The synapses of a projection in the order of their places, and these places; block by block."""
        sources, shifts = self._sources[projection], self._shifts[projection]
        order = self._order(projection)
        for first in range(0, sources.size, _BLOCK):
            last = min(first + _BLOCK, sources.size)
            chosen: Chosen = slice(first, last) if order is None else order[first:last]
            shift = shifts[sources[chosen]]
            # It never falls from one source to the next.
            if shift[0] == shift[-1]:
                yield chosen, slice(first + int(shift[0]), last + int(shift[0]))
            else:
                yield chosen, np.arange(first, last) + shift

    def places(self, projection: int) -> Chosen:
        """Where each synapse of a projection lies; known once it is asked for."""
        if projection not in self._found:
            self._found[projection] = self._places(projection)
        return self._found[projection]

    def _places(self, projection: int) -> Chosen:
        sources, shifts = self._sources[projection], self._shifts[projection]
        first, last = shifts[sources[[0, -1]]].tolist()
        if first == last and self._order(projection) is None:
            return slice(first, first + sources.size)
        found = np.empty(sources.size, np.intp)
        for chosen, places in self.blocks(projection):
            found[chosen] = np.arange(places.start, places.stop) if isinstance(places, slice) else places
        return found

    def _order(self, projection: int) -> NDArray[np.intp] | None:
        """The synapses by source, then by delay or in their order; None if they lie so already."""
        sources, delays = self._sources[projection], self._delays.get(projection)
        if delays is not None:
            order = np.argsort(delays, kind="stable")
            later = _sorted(sources[order])
            return order if later is None else order[later]
        return _sorted(sources)


def _sorted(sources: NDArray[np.uint32]) -> NDArray[np.intp] | None:
    """The synapses by source, and for each in their order; None if they lie so already."""
    if (sources[1:] >= sources[:-1]).all():
        return None
    # A sort of plain numbers is three times as fast as one of indices.
    keys: NDArray[Any] = sources.astype(np.int64)
    keys <<= 32
    keys |= np.arange(sources.size)
    keys.sort()
    keys &= 0xFFFFFFFF
    return keys.astype(np.intp, copy=False)
