"""Synapses that spikes change, in NEST: arrays that a compiled connection model reads and writes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nest_synapse import (
    BEGIN,
    BORROW,
    CATCH_UP,
    FACTOR,
    PLACE,
    STOP_AFTER,
    NestSynapse,
    given_values,
    number_of,
)
from unisono.adapters.codegen.synapse_decays import DecayTables
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Network, Projection

Floats = NDArray[np.float64]
Places = NDArray[np.uint32]


def compiled_projections(network: Network) -> list[int]:
    """The projections whose synapses NEST has no model for.

    Beside those that spikes change, those of sources without a dendritic delay: NEST's own would have to send a step
    before the spike reaches them.
    """
    return [
        index
        for index, p in enumerate(network.projections)
        if p.size and (not p.model.is_static or (network.populations[p.pre_population].is_source and _at_once(p)))
    ]


def _places(pre: NDArray[Any], begin: int) -> Places:
    """Places of synapses from one on, in the order of their sources."""
    places = np.empty(pre.size, np.uint32)
    places[np.argsort(pre, kind="stable")] = np.arange(begin, begin + pre.size)
    return places


def _at_once(projection: Projection) -> bool:
    return bool(np.any(projection.dendritic == 0))


def _addresses(arrays: Sequence[Floats]) -> Any:
    return (ctypes.c_void_p * len(arrays))(*(array.ctypes.data for array in arrays))


class Store:
    """The values of all synapses of one model.

    A value that is the same for all synapses is kept once. What spikes change lies together for each synapse, and the
    synapses of a source one after another, since a spike changes all of them.

    Parameters
    ----------
    model : NestSynapse
    library : Path
        Its compiled code, which NEST has loaded.
    network : Network
    members : iterable of int
        The projections.
    """

    def __init__(self, model: NestSynapse, library: Path, network: Network, members: Iterable[int]) -> None:
        self.model, self._network = model, network
        self._library = ctypes.CDLL(str(library))
        #: Where the synapses of a projection lie.
        self.places: dict[int, Places] = {}
        #: By population of targets, the number of its first cell.
        self.targets: dict[int, int] = {}
        cells = size = 0
        for index in members:
            projection = network.projections[index]
            self.places[index] = _places(projection.pre, size)
            size += projection.size
            if projection.post_population not in self.targets:
                self.targets[projection.post_population] = cells
                cells += network.populations[projection.post_population].size
        self._size = size
        self._rows = np.zeros((size, len(model.program.changing)))
        #: Shape (1,) or (synapses,).
        self._values: dict[str, Floats] = dict(zip(model.program.changing, self._rows.T, strict=True))
        self._tables = DecayTables(model.program)
        self._seen = np.zeros(self._size if model.program.at_target else 0, np.dtype(list(PLACE)))
        if model.program.at_target:
            for index, place in self.places.items():
                projection = network.projections[index]
                self._seen["cell"][place] = projection.post + self.targets[projection.post_population]
                self._seen["dendritic"][place] = projection.dendritic
        getattr(self._library, BEGIN)(ctypes.c_size_t(cells))

    def begin(self, index: int, values: Mapping[str, Floats], factor: float) -> None:
        """Set the first values of a projection's synapses, and NEST's unit of what they deliver."""
        for name, value in {**values, FACTOR: np.asarray(factor)}.items():
            self._set(name, value, self.places[index])
        self._lend()

    def set(self, new: NewValues, until: int) -> None:
        """Set values of synapses.

        Parameters
        ----------
        new : NewValues
        until : int
            The step of NEST up to which the values before have held.
        """
        where = self.places[new.projection][new.where]
        if self.model.program.at_target:
            numbers = np.ascontiguousarray(where, np.int64)
            catch_up = getattr(self._library, CATCH_UP)
            catch_up(ctypes.c_void_p(numbers.ctypes.data), ctypes.c_size_t(numbers.size), ctypes.c_long(until))
        for name, value in new.values.items():
            self._set(name, new.chosen(value), where)
        self._lend()

    def _set(self, name: str, value: Floats, where: Places) -> None:
        known = self._values.get(name)
        if known is None and not value.ndim:
            self._values[name] = np.array([value])
            return
        if known is None:
            known = self._values[name] = np.zeros(self._size)
        elif known.size == 1 and self._size > 1:
            if not value.ndim and known[0] == value:
                return
            known = self._values[name] = np.full(self._size, known[0])
        known[where] = value

    def _lend(self) -> None:
        """Give the library the addresses of the arrays."""
        given = [self._values[name] for name in given_values(self.model.program)]
        strides = [int(array.size == self._size) for array in given]
        self._tables.fill(self._values)
        getattr(self._library, BORROW)(
            ctypes.c_void_p(self._rows.ctypes.data),
            *(_addresses(given), (ctypes.c_size_t * len(given))(*strides)),
            *(_addresses(self._tables.arrays), ctypes.c_void_p(self._tables.sizes.ctypes.data)),
            ctypes.c_void_p(self._seen.ctypes.data),
        )

    def numbers(self, index: int) -> Floats:
        """What tells a projection's synapses, in the place of their weights."""
        return number_of(self.places[index], self._network.projections[index].dendritic == 0)

    def kept(self, index: int) -> dict[str, Floats]:
        """Values of a projection's synapses as they are, by name: copies, shape () or (synapses,)."""
        places = self.places[index]
        arrays = {name: self._values[name] for name in self.model.program.values}
        return {n: np.array(values[places if values.size == self._size else 0]) for n, values in arrays.items()}

    def stop_after(self, step: int) -> None:
        """Have no spike of the source count that reaches its synapse after a step of NEST."""
        getattr(self._library, STOP_AFTER)(ctypes.c_long(step))


def stores(models: Mapping[int, NestSynapse], libraries: Mapping[str, Path], network: Network) -> dict[int, Store]:
    """The store of each projection, by its index; those of one model share one.

    Parameters
    ----------
    models : mapping of int to NestSynapse
        By projection.
    libraries : mapping of str to Path
        By the name of the model.
    network : Network
    """
    found: dict[int, Store] = {}
    for name, library in libraries.items():
        members = [index for index, model in models.items() if model.name == name]
        store = Store(models[members[0]], library, network, members)
        found |= dict.fromkeys(members, store)
    return found
