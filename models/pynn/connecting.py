"""Running PyNN's connectors: the same synapses in the same order, without a Python call for each of them.

PyNN's connectors visit the post-synaptic cells one by one. The loop here does the same, and draws
the same random numbers in the same order. Where all synapses have the same weight and delay, the
common connectors need no loop at all. PyNN copies the generator of a lazy random array, so that
a connector's own generator does not advance; the shortcuts do as it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy, deepcopy
from types import MethodType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN import connectors, errors
from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.errors import CaptureError

if TYPE_CHECKING:
    from unisono.models.pynn.projections import Projection

#: Random numbers drawn at once.
BLOCK = 1 << 20

Pairs = tuple[NDArray[Any], NDArray[Any]]


def connect(connector: Any, projection: Projection) -> None:
    """Let a connector make the synapses of a projection."""
    find = _SHORTCUTS.get(type(connector))
    if find is not None and connector.location_selector is None:
        values = list(projection.synapse_type.parameter_space.items())
        if all(array.is_homogeneous or _drawn_in_sequence(array) for _, array in values):
            pairs = find(connector, projection)
            if pairs is not None:
                _add_pairs(projection, *pairs)
                for target in np.unique(pairs[1]) if connector.callback else ():
                    connector.callback(target / projection.post.size)
                return
    if type(connector) is connectors.FixedTotalNumberConnector:
        pairs = _fixed_total_number(connector, projection)
        if pairs is not None:
            pre, post = pairs
            bounds = np.searchsorted(post, np.arange(1, projection.post.size))
            _standard_connect(connector, projection, lambda: np.split(pre, bounds))
            return
    if type(connector) is connectors.FromListConnector and _add_listed(connector, projection):
        return
    try:
        _connect_as_pynn(connector, projection)
    except NotImplementedError:
        raise CaptureError(
            f"PyNN itself cannot carry out {type(connector).__name__} with these settings.", "Choose another connector."
        ) from None


def _connect_as_pynn(connector: Any, projection: Projection) -> None:
    if not isinstance(connector, connectors.MapConnector):
        connector.connect(projection)
        return
    # PyNN's connectors of other modules and a script's own subclasses take this loop, too
    vars(connector)["_standard_connect"] = MethodType(_standard_connect, connector)
    try:
        connector.connect(projection)
    finally:
        del vars(connector)["_standard_connect"]


def _standard_connect(
    connector: Any, projection: Projection, columns: Callable[[], Iterable[Any]], distances: Any = None
) -> None:
    """Go through the post-synaptic cells, as MapConnector does."""
    space = connector._parameters_from_synapse_type(projection, distances)
    constant = {n: m.evaluate(simplify=True) for n, m in space.items() if m.is_homogeneous}
    varying = {n: m for n, m in space.items() if not m.is_homogeneous}
    everyone = np.arange(projection.pre.size)
    # asked once: assemblies compute it anew each time
    n_post = projection.post.size
    for target, mask in enumerate(columns()):
        sources = _sources(mask, everyone)
        if not sources.size:
            continue
        values = {name: values[sources, target] for name, values in varying.items()}
        projection._convergent_connect(sources, target, connector.location_selector, **constant, **values)
        if connector.callback:
            connector.callback(target / n_post)


def _sources(mask: Any, everyone: NDArray[Any]) -> NDArray[Any]:
    """Indices from a Boolean array, an array of indices, or one Boolean for all or none."""
    mask = np.asarray(mask)
    if mask.ndim == 0:
        return everyone if mask else everyone[:0]
    return np.flatnonzero(mask) if mask.dtype == bool else mask.astype(int)


def _add_pairs(projection: Projection, pre: NDArray[Any], post: NDArray[Any]) -> None:
    """Add synapses, ordered by target."""
    space = projection.synapse_type.native_parameters
    space.shape = projection.shape
    values = {
        name: array.evaluate(simplify=True) if array.is_homogeneous else array.base_value.next(pre.size)
        for name, array in space.items()
    }
    if pre.size:
        projection.add(pre, post, values)


def _drawn_in_sequence(array: Any) -> bool:
    """Whether drawing all values at once gives the same as drawing them target by target."""
    value = array.base_value
    return (
        isinstance(value, RandomDistribution)
        and not array.operations
        and type(value.rng) is NumpyRNG
        and not value.name.startswith("normal_clipped")
    )


def _fixed_probability(connector: Any, projection: Projection) -> Pairs | None:
    exclude = _excluded(connector, projection)
    if type(connector.rng) is not NumpyRNG or exclude is None:
        return None
    rng, (n_pre, n_post) = deepcopy(connector.rng), projection.shape
    width = max(1, BLOCK // n_pre)
    found: list[Pairs] = []
    for start in range(0, n_post, width):
        size = min(width, n_post - start) * n_pre
        drawn = np.flatnonzero(rng.rng.random_sample(size) < connector.p_connect).astype(np.uint32)
        post = drawn // np.uint32(n_pre)
        found.append(exclude(drawn - post * np.uint32(n_pre), post + np.uint32(start)))
    pre, post = (np.concatenate(column) for column in zip(*found, strict=True))
    return pre, post


def _fixed_total_number(connector: Any, projection: Projection) -> Pairs | None:
    """Source and target of each synapse by turns, ordered by target; this connector's own generator advances."""
    if type(connector.rng) is not NumpyRNG or not isinstance(connector.n, int):
        return None
    # what a process has of all synapses: with one process all, but PyNN draws it
    size = RandomDistribution("binomial", (connector.n, 1.0), rng=connector.rng).next()
    drawn = connector.rng.rng.randint(0, np.tile(projection.shape, size)).reshape(-1, 2)
    pre, post = drawn[np.argsort(drawn[:, 1], kind="stable")].T
    return pre, post


def _all_to_all(connector: Any, projection: Projection) -> Pairs | None:
    exclude = _excluded(connector, projection)
    if exclude is None:
        return None
    n_pre, n_post = projection.shape
    return exclude(np.tile(np.arange(n_pre), n_post), np.repeat(np.arange(n_post), n_pre))


def _one_to_one(connector: Any, projection: Projection) -> Pairs:
    both = np.arange(min(projection.shape))
    return both, both


def _add_listed(connector: Any, projection: Projection) -> bool:
    """Add the synapses of a list, as FromListConnector does, but all at once; False where it takes PyNN's own way."""
    table, names = connector.conn_list, connector.column_names
    for column, end, size in ((0, "source", projection.pre.size), (1, "target", projection.post.size)):
        if table.size and not ((table[:, column] >= 0) & (table[:, column] < size)).all():
            raise errors.ConnectionError(f"{end} index out of range")
    others = {n: array for n, array in projection.synapse_type.parameter_space.items() if n not in names}
    known = projection.synapse_type.get_parameter_names()
    if not table.size or not set(names) <= set(known) or not all(a.is_homogeneous for a in others.values()):
        return False
    table = table[np.argsort(table[:, 1])]
    values = {n: _homogeneous(array, projection) for n, array in others.items()}
    values |= {name: table[:, column] for column, name in enumerate(names, 2)}
    projection.add(table[:, 0], table[:, 1], values)
    return True


def _homogeneous(array: Any, projection: Projection) -> Any:
    """The one value of a lazy array, which has no shape before it is asked for."""
    array = copy(array)
    array.shape = projection.shape
    return array.evaluate(simplify=True)


def _excluded(connector: Any, projection: Projection) -> Callable[[Any, Any], Pairs] | None:
    """What leaves out the connections of a cell to itself; None where it takes PyNN's own way."""
    if connector.allow_self_connections is True:
        return lambda pre, post: (pre, post)
    if connector.allow_self_connections is not False:
        return None
    sources, targets = (np.fromiter(map(int, x.all_cells), np.int64) for x in (projection.pre, projection.post))

    def exclude(pre: Any, post: Any) -> Pairs:
        keep = sources[pre] != targets[post]
        return pre[keep], post[keep]

    return exclude


_SHORTCUTS: dict[type, Callable[[Any, Any], Pairs | None]] = {
    connectors.FixedProbabilityConnector: _fixed_probability,
    connectors.AllToAllConnector: _all_to_all,
    connectors.OneToOneConnector: _one_to_one,
}
