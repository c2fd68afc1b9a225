"""A network in NEST: nodes, synapses and their weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.nest_synapse import number_of
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.nest.cells import Cells
from unisono.adapters.nest.changing import Store
from unisono.adapters.nest.models import SAME_WEIGHT, STATIC
from unisono.adapters.nest.senders import Senders
from unisono.models.network import Change, Network, Projection
from unisono.models.synapses.model import WEIGHT

#: Each projection gets its own synapse model, as long as NEST has room.
MAX_SYNAPSE_MODELS = 300

#: Synapse model of the projections for which there is no room.
SHARED = "synapse_shared"

#: Steps that NEST may take at once where no synapse limits them.
LONGEST_SLICE = 10


def assign(nodes: Any, values: Mapping[str, NDArray[Any]]) -> None:
    """Set values of nodes, shape () or (nodes,) each.

    NEST's own ``set`` reads each node's whole status before, which takes longer by an order of magnitude.
    """
    names, arrays = list(values), [np.asarray(v) for v in values.values()]
    if any(array.ndim for array in arrays):
        columns = [np.broadcast_to(array, len(nodes)).tolist() for array in arrays]
        assign_each(nodes, [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)])
    elif names:
        assign_each(nodes, [dict(zip(names, (array.item() for array in arrays), strict=True))])


def assign_each(nodes: Any, values: list[dict[str, Any]]) -> None:
    """Set values of nodes, from one dictionary for all or one for each."""
    from nest.nestkernel_api import llapi_set_nc_status

    llapi_set_nc_status(nodes._datum, values)


def slice_steps(network: Network, live: bool) -> int:
    """Steps that NEST takes between two exchanges of spikes.

    As many as the shortest delay allows, which is fastest, where nothing depends on it. It is one step where a
    device takes part that acts on the next step, and where a weight changes (NEST reads it when spikes are exchanged).
    In a live run all this may come.
    """
    devices = network.currents or any(r.variable != "spikes" for r in network.recordings)
    modulated = any(p.modulators for p in network.projections)
    if live or devices or modulated or network.changes("synapse"):
        return 1
    return min((int(p.delay.min()) for p in network.projections if p.size), default=LONGEST_SLICE)


class Synapses:
    """The projections in NEST.

    Parameters
    ----------
    nest : module
    network : Network
    cells : mapping of int to Cells
    live : bool
        Whether any weight may change.
    values : SynapseValues
        Those in force for spikes that reach their synapses from now on.
    stores : mapping of int to Store
        By projection, of those that NEST has no model for.
    """

    def __init__(
        self,
        nest: Any,
        network: Network,
        cells: Mapping[int, Cells],
        live: bool,
        values: SynapseValues,
        stores: Mapping[int, Store],
    ) -> None:
        self.nest, self.network, self.cells = nest, network, cells
        self._values, self._stores = values, stores
        changed = {i for c in network.changes("synapse") for i in self._values.sharing(c.index)}
        self.fixed = frozenset() if live else frozenset(range(len(network.projections))) - changed
        #: By name of a synapse model, the projections that it has, with what sends to them and NEST's number of their
        #: first target.
        self.members: dict[str, list[tuple[int, Senders, int]]] = {}
        #: What NEST's own synapses deliver, where a change of it was announced.
        self._weights: dict[int, NDArray[np.float64]] = {}
        self._places: dict[str, tuple[Any, NDArray[np.intp]]] = {}

    def acting(self, index: int) -> bool:
        """Whether the synapses of a projection act when spikes reach them, since they change or may be changed."""
        return index in self._stores or index not in self.fixed

    def connect(self, index: int, senders: Senders, first_post: int) -> None:
        """Connect two flat arrays.

        A separate synapse model lets the weights of a projection be one number, and be found again.
        """
        projection, dt = self.network.projections[index], self.network.dt
        receptor, factor = self._receptor(projection)
        pre, post = senders.nodes, projection.post.astype(np.int64) + first_post
        spec: dict[str, Any] = {"receptor_type": receptor}
        spec["delay"] = np.broadcast_to(senders.delay * dt, projection.size)
        if index in self._stores:
            store = self._stores[index]
            store.begin(index, self._values.kept(index), factor)
            spec |= {"synapse_model": store.model.name, "weight": store.numbers(index)}
            self.nest.Connect(pre, post, "one_to_one", spec)
            return
        own = index < MAX_SYNAPSE_MODELS
        model = f"synapse_{index}" if own else SHARED
        weight = self._values.weight(index) * factor
        spec["synapse_model"] = model
        if own and not weight.ndim and index in self.fixed:
            self.nest.CopyModel(SAME_WEIGHT, model, {"weight": float(weight)})
        else:
            if model not in self.members:
                self.nest.CopyModel(STATIC, model)
            spec["weight"] = np.broadcast_to(weight, projection.size)
        self.nest.Connect(pre, post, "one_to_one", spec)
        self.members.setdefault(model, []).append((index, senders, first_post))

    def note_targets(self, nodes: Mapping[int, Any], recorder: Any, delay: float) -> None:
        """Have the spikes of targets noted that change synapses.

        Parameters
        ----------
        nodes : mapping of int to nodes
            By population.
        recorder : node
            Where the connections lead; it records nothing of this.
        delay : float
            Of the connections, ms, as that of the recorder's own.
        """
        for store in set(self._stores.values()):
            for population, first in store.targets.items():
                pre = np.asarray(nodes[population].tolist(), np.int64)
                numbers = number_of(np.arange(pre.size) + first, False)
                spec = {"synapse_model": store.model.name, "weight": numbers, "delay": np.full(pre.size, delay)}
                self.nest.Connect(pre, np.full(pre.size, recorder.global_id), "one_to_one", spec)

    def _receptor(self, projection: Projection) -> tuple[int, float]:
        return self.cells[projection.post_population].receptor(projection.receptor)

    def announce(self, change: Change) -> Iterator[tuple[int, NewValues]]:
        """Put a change of synapses in force for spikes that reach them from now on.

        Yields
        ------
        int
            Steps after which NEST has sent what reached the synapses before.
        NewValues
            To be written then.
        """
        for index in self._values.sharing(change.index):
            if index not in self._stores and index not in self._weights:
                self._weights[index] = self._in_nest(index)
        for index, values in self._values.write(change).items():
            yield from ((late, NewValues(index, values, synapses)) for late, synapses in self.late(index))

    def late(self, index: int) -> Iterator[tuple[int, NDArray[np.intp] | None]]:
        """The synapses of a projection by the steps after which NEST has sent what reached them before."""
        projection = self.network.projections[index]
        # A spike of a source is sent in its step, one of a cell in the next, in which synapses without a dendritic
        # delay read it.
        at_once = np.asarray(projection.dendritic == 0) | self.network.populations[projection.pre_population].is_source
        if projection.size and (at_once.all() or not at_once.any()):
            yield int(not at_once.all()), None
        elif projection.size:
            yield 0, np.flatnonzero(at_once)
            yield 1, np.flatnonzero(~at_once)

    def write(self, new: Sequence[tuple[int, NewValues]]) -> None:
        """Set values of synapses, each with the step of NEST up to which the values before have held."""
        models = {index: model for model, members in self.members.items() for index, *_ in members}
        concerned = {models[values.projection] for _, values in new if values.projection in models}
        for model in concerned:
            self._place(model)  # NEST's order is found by the weights as they are
        for until, values in new:
            index = values.projection
            if index in self._stores:
                self._stores[index].set(values, until)
            elif index in models:
                _, factor = self._receptor(self.network.projections[index])
                weights = values.values[WEIGHT] * factor
                if values.synapses is not None:
                    known = np.array(self._in_nest(index))
                    known[values.synapses] = values.chosen(weights)
                    weights = known
                self._weights[index] = weights
        for model in sorted(concerned):
            self._put(model)

    def _put(self, model: str) -> None:
        """Give NEST the weights of a synapse model."""
        connections, places = self._place(model)
        given = np.concatenate([self._in_nest(i) for i, *_ in self.members[model]])
        weights = np.empty(given.size)
        weights[places] = given
        connections.set(weight=weights.tolist())

    def _in_nest(self, index: int) -> NDArray[np.float64]:
        """Weights in NEST, in its unit."""
        projection = self.network.projections[index]
        if index in self._weights:
            return np.broadcast_to(self._weights[index], projection.size)
        _, factor = self._receptor(projection)
        return np.broadcast_to(self._values.weight(index) * factor, projection.size)

    def _place(self, model: str) -> tuple[Any, NDArray[np.intp]]:
        """The connections of a model in NEST's order, and the place in it of each synapse of its projections.

        NEST's order is its own. Both sides are sorted by all that a synapse has: those that are equal in all may take
        each other's place.
        """
        if model not in self._places:
            connections, theirs = self._status(model)
            ours: list[list[NDArray[Any]]] = [[], [], [], [], []]
            for index, senders, first_post in self.members[model]:
                p = self.network.projections[index]
                keys = (
                    self._in_nest(index),
                    np.broadcast_to(senders.delay, p.size),
                    np.full(p.size, self._receptor(p)[0]),
                    p.post.astype(np.int64) + first_post,
                    senders.nodes,
                )
                for column, key in zip(ours, keys, strict=True):
                    column.append(key)
            there = np.lexsort(theirs)
            places = np.empty(there.size, np.intp)
            places[np.lexsort([np.concatenate(column) for column in ours])] = there
            self._places[model] = connections, places
        return self._places[model]

    def _status(self, model: str) -> tuple[Any, list[NDArray[Any]]]:
        """The connections of a model in NEST's order, with their weights, delays, receptors, targets and sources."""
        connections = self.nest.GetConnections(synapse_model=model)
        names = ["weight", "delay", "receptor", "target", "source"]
        found = connections.get(names)
        status = [np.atleast_1d(found[name]) for name in names]
        status[1] = np.rint(status[1] / self.network.dt)
        return connections, status

    @contextmanager
    def sorted_anew(self) -> Iterator[None]:
        """To connect a device after the first step: NEST then sorts all synapses again, and may move equal ones."""
        yield
        self.nest.Prepare()
        self.nest.Cleanup()
        self._places.clear()
