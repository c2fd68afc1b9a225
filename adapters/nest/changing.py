"""Synapses that spikes change, in NEST: flat arrays that a compiled connection model reads and writes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nest_synapse import BORROW, NestSynapse

Floats = NDArray[np.float64]


class Store:
    """The values of all synapses of one model.

    Parameters
    ----------
    model : NestSynapse
    library : Path
        Its compiled code, which NEST has loaded.
    parts : mapping of int to int
        Number of synapses by projection, in the order in which they lie in memory.
    """

    def __init__(self, model: NestSynapse, library: Path, parts: Mapping[int, int]) -> None:
        self.model = model
        ends = np.cumsum([0, *parts.values()]).tolist()
        #: Where the synapses of a projection lie.
        self.places = {index: slice(a, b) for index, a, b in zip(parts, ends, ends[1:], strict=False)}
        program = model.program
        sizes = [1 if name in program.common else ends[-1] for name in program.values]
        self._arrays = [np.zeros(size) for size in (*sizes, ends[-1])]
        addresses = (ctypes.c_void_p * len(self._arrays))(*(array.ctypes.data for array in self._arrays))
        getattr(ctypes.CDLL(str(library)), BORROW)(addresses)

    def set(self, index: int, values: Mapping[str, Floats], factor: float) -> None:
        """Set values of a projection's synapses, shape () or (synapses,), and NEST's unit of what they deliver."""
        names, place = self.model.program.values, self.places[index]
        for name, value in values.items():
            array = self._arrays[names.index(name)]
            array[slice(None) if name in self.model.program.common else place] = value
        self._arrays[-1][place] = factor

    def numbers(self, index: int) -> Floats:
        """The numbers of a projection's synapses, which take the place of their weights."""
        place = self.places[index]
        return np.arange(place.start, place.stop, dtype=np.float64)


def stores(
    models: Mapping[int, NestSynapse], libraries: Mapping[str, Path], sizes: Mapping[int, int]
) -> dict[int, Any]:
    """The store of each projection, by its index; those of one model share one.

    Parameters
    ----------
    models : mapping of int to NestSynapse
        By projection.
    libraries : mapping of str to Path
        By the name of the model.
    sizes : mapping of int to int
        Synapses of each projection.
    """
    found: dict[int, Store] = {}
    for name, library in libraries.items():
        members = [index for index, model in models.items() if model.name == name]
        store = Store(models[members[0]], library, {index: sizes[index] for index in members})
        found |= dict.fromkeys(members, store)
    return found
