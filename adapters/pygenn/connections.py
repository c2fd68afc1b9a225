"""Projections of a Network as groups of synapses of a GeNN model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pygenn
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.genn import (
    AFTER,
    COUNT,
    DELAY,
    HISTORY,
    ROOM,
    SEEN,
    TARGET_SPIKE,
    TOLD,
    in_synapse,
    synapse_code,
    table_of,
)
from unisono.adapters.codegen.synapse_decays import DecayTables
from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_values import SynapseValues, kept_per_synapse
from unisono.adapters.contract.delay_groups import DelayGroup
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.pygenn.cells import Cells, number
from unisono.adapters.pygenn.sources import Sources
from unisono.models.network import Network

Floats = NDArray[np.float64]

_READ, _WRITE = pygenn.VarAccess.READ_ONLY, pygenn.VarAccess.READ_WRITE

#: How many different numbers a byte holds, and two bytes.
_SMALL, _LARGE = 2**8, 2**16

#: On a GPU the input of a population that fits into one block of threads is summed in the block's shared memory,
#: without atomic operations (GeNN 5.4.0, presynapticUpdateStrategySIMT.cc): of two synapses onto a cell that are dealt
#: with at once one would be lost. What passes through the queue of delays is added atomically.
LARGEST_BLOCK = 1024

#: Hands the sum of what arrived in a step on and forgets it: the states of receptors are the cell's.
_SUM = pygenn.create_postsynaptic_model("total", sim_code="injectCurrent(inSyn);\ninSyn = 0.0;")


class Connections:
    """A projection, with the values in force."""

    def __init__(
        self,
        model: Any,
        network: Network,
        index: int,
        values: SynapseValues,
        groups: Sequence[DelayGroup],
        source: Sources | Cells,
        target: Cells,
        live: bool,
    ) -> None:
        self._program, self._size = values.program(index), network.projections[index].size
        each = frozenset(self._program.values) if live else kept_per_synapse(network, index)
        self.groups = [
            SynapseGroup(model, network, index, f"connections{index}_{place}", values, group, source, target, each)
            for place, group in enumerate(groups)
        ]
        #: What was set since the last step.
        self._stale: list[NewValues] = []

    def write(self, new: NewValues) -> None:
        """Set values, before the next step."""
        self._stale.append(new)

    def settle(self, step: int) -> None:
        """Put changed values in force, for the steps from one on; what happened before it had the old ones."""
        known = set(self._program.known_at_target)
        if step and any(not new.values or not known.isdisjoint(new.values) for new in self._stale):
            for group in self.groups:
                group.catch_up(step)
        for new in self._stale:
            for group in self.groups:
                group.set(new)
        self._stale.clear()

    def kept(self, step: int) -> dict[str, Floats]:
        """Copies of the present values, shape () or (synapses,)."""
        self.settle(step)
        values: dict[str, Floats] = {}
        for group in self.groups:
            where = slice(None) if group.delays.synapses is None else group.delays.synapses
            for name, value in group.values().items():
                if value.ndim:
                    values.setdefault(name, np.empty(self._size))[where] = value
                else:
                    values[name] = value
        return values


class SynapseGroup:
    """The synapses of a projection that have the same axonal delay."""

    def __init__(
        self,
        model: Any,
        network: Network,
        index: int,
        name: str,
        values: SynapseValues,
        delays: DelayGroup,
        source: Sources | Cells,
        target: Cells,
        per_synapse: frozenset[str],
    ) -> None:
        projection = network.projections[index]
        self.delays = delays
        self._program = program = values.program(index)
        self._per_synapse = per_synapse
        kept = {name: delays.of(value) for name, value in values.kept(index).items()}
        self._shared = {name: kept[name] for name in program.values if name not in per_synapse}
        self._post = delays.of(projection.post)
        waits, counts = delays.behind.ndim > 0, isinstance(source, Sources) and source.counts
        longest = int(delays.behind.max())
        queued = model.backend_name != "single_threaded_cpu" and target.size <= LARGEST_BLOCK
        self._tables = DecayTables(program)
        self._tables.fill(kept)
        parameters, variables = self._parameters(), self._variables(kept)
        hears = bool(program.at_target)
        arrays_of_all = [(table_of(decay).array, "scalar*") for decay in program.decays]
        update = pygenn.create_weight_update_model(
            f"connections{index}",
            params=[(name, kind) for name, (_, kind) in parameters.items()],
            vars=[(name, kind, access) for name, (_, kind, access) in variables.items()],
            pre_neuron_var_refs=[(COUNT, "unsigned int")] * counts,
            extra_global_params=[*arrays_of_all, *[(HISTORY, "int*")] * hears],
            pre_spike_syn_code=synapse_code(program, DELAY if waits else "0" * queued, counts),
            **({"post_vars": [(TOLD, "unsigned int")], "post_spike_code": TARGET_SPIKE} if hears else {}),
        )
        self.group = model.add_synapse_population(
            name,
            "SPARSE",
            source.group,
            target.group,
            pygenn.init_weight_update(
                update,
                {name: value for name, (value, _) in parameters.items()},
                {name: array for name, (array, *_) in variables.items()},
                post_vars={TOLD: 0} if hears else {},
                pre_var_refs={COUNT: pygenn.create_var_ref(source.group, COUNT)} if counts else {},
            ),
            pygenn.init_postsynaptic(_SUM),
        )
        for decay, array in zip(program.decays, self._tables.arrays, strict=True):
            self.group.extra_global_params[table_of(decay).array].set_init_values(array)
        self.group.post_target_var = target.code.inputs[projection.receptor]
        self.group.axonal_delay_steps = delays.waiting
        # GeNN writes the length of the queue into the code: a power of two, so that other seeds share it.
        self.group.max_dendritic_delay_timesteps = 1 << longest.bit_length() if waits else 1 + queued
        for name in parameters:
            self.group.set_wu_param_dynamic(name)
        self.group.set_sparse_connections(delays.of(projection.pre), self._post)
        self.group.max_connections = _rounded(self.group.max_connections)
        self._history = target.history if hears else None
        if self._history is not None:
            self._history.add(self.group)

    def _parameters(self) -> dict[str, tuple[float, str]]:
        """Values that all synapses share, with their types."""
        found = {in_synapse(name): (number(value), "scalar") for name, value in self._shared.items()}
        sizes = zip(self._program.decays, self._tables.sizes.tolist(), strict=True)
        found |= {table_of(decay).size: (size, "scalar") for decay, size in sizes}
        if self._program.at_target:
            found |= {AFTER: (self.delays.after, "int"), ROOM: (0, "unsigned int")}
        return found

    def _variables(self, kept: Mapping[str, Floats]) -> dict[str, tuple[NDArray[Any], str, Any]]:
        """Values of each synapse, with their types and what spikes do with them."""
        shape, found = self._post.shape, dict[str, tuple[NDArray[Any], str, Any]]()
        for name in self._program.values:
            if name in self._per_synapse:
                access = _WRITE if name in self._program.changing else _READ
                found[in_synapse(name)] = np.broadcast_to(kept[name], shape), "scalar", access
        if self.delays.behind.ndim:
            kind, text = _delay_type(int(self.delays.behind.max()))
            found[DELAY] = self.delays.behind.astype(kind), text, _READ
        if self._program.at_target:
            found[SEEN] = np.zeros(shape, np.uint32), "unsigned int", _WRITE
        return found

    def set(self, new: NewValues) -> None:
        """Put those new values in force that are meant for synapses of the group."""
        for name, value in new.values.items():
            if name not in self._per_synapse:
                self._shared[name] = value
                self.group.set_dynamic_param_value(in_synapse(name), number(value))
            elif new.synapses is None:
                self._put(in_synapse(name), np.broadcast_to(self.delays.of(value), self._post.shape))
            elif (places := self.delays.places(new.synapses)).size:
                values = self._get(in_synapse(name))
                values[places] = np.broadcast_to(self.delays.of(value), values.shape)[places]
                self._put(in_synapse(name), values)

        self._fill_tables(frozenset(new.values))

    def _fill_tables(self, changed: frozenset[str]) -> None:
        """Bring the tables up to date."""
        constants = self._tables.constants
        if not changed & constants:
            return
        self._tables.fill({n: self._shared[n] if n in self._shared else self._get(in_synapse(n)) for n in constants})
        sizes = self._tables.sizes.tolist()
        for decay, array, size in zip(self._program.decays, self._tables.arrays, sizes, strict=True):
            kept = self.group.extra_global_params[table_of(decay).array]
            kept.view[:] = array
            kept.push_to_device()
            self.group.set_dynamic_param_value(table_of(decay).size, size)

    def values(self) -> dict[str, Floats]:
        """Copies of the present values, shape () or (synapses of the group,)."""
        each = {name: self._get(in_synapse(name)).astype(np.float64) for name in self._per_synapse}
        return {name: each[name] if name in each else np.array(self._shared[name]) for name in self._program.values}

    def catch_up(self, step: int) -> None:
        """Carry out the spikes of the targets that come before those that are read in a step."""
        if self._history is None:
            return
        dendritic = self.delays.behind + self.delays.after
        reach = np.broadcast_to(dendritic + self.delays.after - 1, self._post.shape)  # see the code of the synapses
        synapses, steps, seen = self._history.unseen(self._post, self._get(SEEN), step - 1 - reach)
        values, none = self.values(), Events(np.empty(0, np.intp), np.empty(0, np.int64))
        replay(self._program, values, none, Events(synapses, steps + reach[synapses]), np.asarray(dendritic == 0))
        for name in self._program.changing:
            self._put(in_synapse(name), values[name])
        self._put(SEEN, seen)

    def _get(self, name: str) -> NDArray[Any]:
        """A variable of the synapses, in the order of the projection."""
        variable = self.group.vars[name]
        variable.pull_from_device()
        values = np.empty(self._post.shape, variable.values.dtype)
        values[self.group.synapse_order] = variable.values
        return values

    def _put(self, name: str, values: NDArray[Any]) -> None:
        variable = self.group.vars[name]
        variable.values = values[self.group.synapse_order]
        variable.push_to_device()

    def announce(self, cells: NDArray[Any]) -> None:
        """Have source cells fire just before the first step; projections of a source may share the list of them."""
        try:
            counts = self.group._get_array("srcSpkCnt", pygenn.types.Uint32)
        except IndexError:
            return
        spikes = self.group._get_array("srcSpk", pygenn.types.Uint32)
        counts.view[0] = cells.size
        spikes.view[: cells.size] = cells
        counts.push_to_device()
        spikes.push_to_device()


def _rounded(longest: int) -> int:
    """Places for the synapses of a source: GeNN writes their number into the code, which other seeds shall share."""
    grain = max(8, 1 << max(0, longest.bit_length() - 4))
    return -(-longest // grain) * grain


def _delay_type(longest: int) -> tuple[Any, str]:
    if longest < _SMALL:
        return np.uint8, "uint8_t"
    return (np.uint16, "uint16_t") if longest < _LARGE else (np.uint32, "uint32_t")
