"""Synapses in Brian2: one Synapses object for all projections from one group to a receptor of another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import brian2
import numpy as np
from brian2.codegen.generators.cpp_generator import c_data_type
from numpy.typing import NDArray

from unisono.adapters.brian2.cells import Group
from unisono.adapters.brian2.compiler import Library
from unisono.adapters.brian2.functions import NAMESPACE
from unisono.adapters.brian2.history import Arrivals, CatchUp
from unisono.adapters.brian2.inputs import Sources
from unisono.adapters.brian2.loops import NumpyInTurn, add_functions
from unisono.adapters.brian2.rows import Chosen, Rows
from unisono.adapters.codegen.printers.brian2 import arrival, in_synapse, on_arrival, synapse_variables
from unisono.adapters.codegen.printers.brian2_targets import arriving
from unisono.adapters.codegen.synapse_values import SynapseValues, kept_per_synapse
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Network


class Connections:
    """A Synapses object; its code can be generated before :meth:`fill` makes the synapses.

    Parameters
    ----------
    network : Network
    members : list of int
        The projections.
    values : SynapseValues
        What is kept for the synapses of the network.
    source : Group or Sources
    target : Group
    clock : brian2.Clock
    number : int
        Of the object.
    live : bool
        Whether changes may come that the network does not hold.

    Attributes
    ----------
    target : Group
    text : str
        The function in C++, in place of Brian2's code, with which spikes act at synapses that their targets change;
        empty for others.
    """

    def __init__(
        self,
        network: Network,
        members: list[int],
        values: SynapseValues,
        source: Group | Sources,
        target: Group,
        clock: brian2.Clock,
        number: int,
        live: bool,
    ) -> None:
        self._program = program = values.program(members[0])
        self.target, self._source, self._values = target, source, values
        self._projections = {index: network.projections[index] for index in members}
        self._receptor = network.projections[members[0]].receptor
        different = frozenset(program.values) if live else _different(network, members, values)
        self._each = [name for name in program.values if name in different and name not in program.common]
        self.synapses = brian2.Synapses(
            source if isinstance(source, Sources) else source.group,
            target.group,
            model=synapse_variables(program.values, self._each),
            on_pre=on_arrival(program, target.model, self._receptor),
            delay=0 * brian2.second,  # see start
            namespace=NAMESPACE,
            clock=clock,
            name=f"connections{number}",
        )
        self.text, numpy = "", brian2.prefs.codegen.target == "numpy"
        if program.assignments and numpy:
            add_functions()
            self.synapses.pre.codeobj_class = NumpyInTurn
        self._delays = np.unique(np.concatenate([np.unique(p.dendritic) for p in self._projections.values()]))
        if program.at_target and not numpy:
            real = c_data_type(brian2.prefs.core.default_float_dtype)
            self.text = arriving(program, self._each, self._delays.size > 1, real)
        self.synapses._resize(1)  # for none Brian2 generates no code
        if isinstance(source, Sources):
            source.queues.append(self.synapses.pre.queue.push)

    def __getitem__(self, name: str) -> NDArray[Any]:
        values: NDArray[Any] = self.synapses.variables[name].get_value()
        return values

    def fill(self) -> None:
        """Make the synapses, in place: Brian2's ``connect`` would copy them several times."""
        begins = {index: self._source.place(p.pre_population) for index, p in self._projections.items()}
        by_delay = {i: p.delay for i, p in self._projections.items() if self.text and p.delay.ndim}
        self._rows = Rows({index: p.pre for index, p in self._projections.items()}, begins, by_delay)
        several = self._delays.size > 1
        self._dendritic = np.full(self._rows.size if several else (), self._delays[0], np.int32)
        self.synapses._resize(self._rows.size)
        pre, post = self["_synaptic_pre"], self["_synaptic_post"]
        # Spikes wait in the queue from the step that begins with them, one step short of the delay: what leaves the
        # queue in a step arrives at the end of it.
        waiting = {index: p.delay - 1 for index, p in self._projections.items()}
        bounds = {int(bound) for steps in waiting.values() for bound in (steps.min(), steps.max())}
        kind = np.float32 if max(bounds) < 1 << 24 else np.float64  # whole numbers, exact in both
        self._waiting = np.full(1 if len(bounds) == 1 else self._rows.size, min(bounds), kind)
        for index, p in self._projections.items():
            kept, begin, end = self._values.kept(index), begins[index], self.target.place(p.post_population)
            for name in kept.keys() - self._each:
                self[in_synapse(name)][:] = kept[name]
            filled = [(self[in_synapse(name)], kept[name]) for name in self._each]
            filled += [(self._waiting, waiting[index])] * (len(bounds) > 1)
            filled += [(self._dendritic, p.dendritic)] * (self.catches_up and several)
            for chosen, places in self._rows.blocks(index):
                pre[places], post[places] = p.pre[chosen] + begin, p.post[chosen] + end
                for array, given in filled:
                    array[places] = given[chosen] if given.ndim else given

    def start(self, library: Library) -> None:
        """Have Brian2's queue prepared, after the code is generated: its NumPy code prepares it without the delays."""
        path = self.synapses.pre
        path.eventspace = path.source.variables[path.eventspace_name].get_value()
        path.queue.prepare(self._waiting, 1.0, self["_synaptic_pre"])
        del self._waiting
        if not self.catches_up:
            return
        arrays = {name: self[in_synapse(name)] for name in self._program.values}
        arrays = {name: array if name in self._each else array.reshape(()) for name, array in arrays.items()}
        given = self._program, arrays, self["_synaptic_post"], self._dendritic, self.target.history
        if self.text:
            arrived = self.target[arrival(self.target.model, self._receptor)]
            self._catch_up: CatchUp = Arrivals(*given, library(self.text), arrived)
        else:
            self._catch_up = CatchUp(*given)

    @property
    def catches_up(self) -> bool:
        """Whether spikes of the target change the synapses."""
        return bool(self._program.at_target)

    def catch_up(self) -> None:
        """Carry out spikes of the targets, ahead of those of the sources that arrive in this step."""
        self._catch_up.before_arrivals(self.synapses.pre.queue.peek())

    def receive(self) -> None:
        """Carry out both, where there is a function for it."""
        queue = self.synapses.pre.queue
        self._catch_up.before_arrivals(queue.peek())
        queue.advance()

    def write(self, new: NewValues) -> None:
        """Set values of a projection's synapses, for all spikes that arrive from here on."""
        if self.catches_up:
            self._catch_up.before_write(np.arange(self._rows.size, dtype=np.int32)[self._chosen(new)])
        for name, value in new.values.items():
            array = self[in_synapse(name)]
            if name in self._each:
                array[self._chosen(new)] = new.chosen(value)
            else:
                array[:] = value
        if self.catches_up:
            self._catch_up.written()

    def kept(self, index: int, names: Iterable[str]) -> dict[str, NDArray[np.float64]]:
        """Copies of what is kept for the synapses of a projection, shape () or (synapses,)."""
        places = self._rows.places(index)
        return {n: np.array(self[in_synapse(n)][places if n in self._each else 0], np.float64) for n in names}

    def _chosen(self, new: NewValues) -> Chosen:
        places = self._rows.places(new.projection)
        if new.synapses is None:
            return places
        return places.start + new.synapses if isinstance(places, slice) else places[new.synapses]


def _different(network: Network, members: list[int], values: SynapseValues) -> frozenset[str]:
    """Names of the values that differ between the synapses of some projections, at first or after a change."""
    names = frozenset(values.program(members[0]).values)
    found = frozenset[str]().union(*(kept_per_synapse(network, index) for index in members))
    if found == names or len(members) == 1:
        return found
    if network.changes("synapse"):
        return names
    kept = [values.kept(index) for index in members]
    return found | {name for name in names - found if any(other[name] != kept[0][name] for other in kept)}
