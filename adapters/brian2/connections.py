"""Synapses in Brian2: one Synapses object for all projections from one group to a receptor of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import brian2
import numpy as np
from numpy.typing import NDArray

from unisono.adapters.brian2.cells import Group
from unisono.adapters.brian2.functions import NAMESPACE
from unisono.adapters.brian2.inputs import Sources
from unisono.adapters.brian2.loops import NumpyInTurn, add_functions
from unisono.adapters.codegen.printers.brian2 import (
    AT_ONCE,
    in_synapse,
    on_arrival,
    on_target_spike,
    synapse_variables,
)
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.models.network import Network


class Connections:
    """A Synapses object.

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
    miniature : bool
        Make one synapse, to compile the code.
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
        miniature: bool,
    ) -> None:
        self._projections = [network.projections[index] for index in members]
        begins = np.cumsum([0, *(p.size for p in self._projections)]).tolist()
        #: Where the synapses of a projection lie before they are sorted.
        self._places = {i: slice(*ends) for i, ends in zip(members, pairwise(begins), strict=True)}
        program = values.program(members[0])
        # Spikes wait in the queue from the step that begins with them, one step short of the delay:
        # what leaves the queue in a step arrives at the end of it.
        waits: dict[str, list[NDArray[Any]]] = {"pre": [p.delay - 1 for p in self._projections]}
        kept, each, code = program.values, frozenset(program.values) - {*program.common}, {}
        #: Writes at synapses that spikes of the target reach at once, which those of this step come before.
        self._due: list[NewValues] = []
        self._at_once: dict[int, NDArray[np.bool_]] = {}
        if program.at_target:
            # Everything acts at a synapse a dendritic delay late, and this spike takes as long to get there.
            waits["post"] = [np.maximum(2 * p.dendritic - 1, 0) for p in self._projections]
            self._at_once = {i: p.dendritic == 0 for i, p in zip(members, self._projections, strict=True)}
            kept, code = (*kept, AT_ONCE), {"on_post": on_target_spike(program)}
            if _same(list(self._at_once.values())) is None:
                each |= {AT_ONCE}
        unit = network.dt * 1e-3
        same = {path: steps for path, given in waits.items() if (steps := _same(given)) is not None}
        self.synapses = brian2.Synapses(
            source if isinstance(source, Sources) else source.group,
            target.group,
            model=synapse_variables(kept, each),
            on_pre=on_arrival(program, target.model, self._projections[0].receptor),
            **code,
            delay={path: float(steps) * unit * brian2.second for path, steps in same.items()},
            namespace=NAMESPACE,
            clock=clock,
            name=f"connections{number}",
        )
        self._order: NDArray[np.intp] | None = None
        self._found: dict[int, NDArray[np.intp]] = {}
        with _numpy_target():
            if miniature:
                self.synapses.connect(i=np.zeros(1, np.int32), j=np.zeros(1, np.int32))
            else:
                different = {path: steps for path, steps in waits.items() if path not in same}
                self._fill(source, target, values, different, unit)
            for path in waits:
                getattr(self.synapses, path).initialise_queue()
        if program.assignments and brian2.prefs.codegen.target == "numpy":
            add_functions()
            self.synapses.pre.codeobj_class = NumpyInTurn
        if program.at_target:
            self.synapses.post.order = self.synapses.pre.order - 1
        if isinstance(source, Sources):
            source.queues.append(self.synapses.pre.queue.push)

    def _fill(
        self,
        source: Group | Sources,
        target: Group,
        values: SynapseValues,
        waits: Mapping[str, list[NDArray[Any]]],
        unit: float,
    ) -> None:
        """Make the synapses, sorted by source, so that those of a spike lie side by side."""
        pre = self._joined(p.pre + np.uint32(source.place(p.pre_population)) for p in self._projections)
        post = self._joined(p.post + np.uint32(target.place(p.post_population)) for p in self._projections)
        if (np.diff(pre.view(np.int32)) < 0).any():
            self._order = np.argsort(pre, kind="stable")
        self.synapses.connect(i=self._sorted(pre).view(np.int32), j=self._sorted(post).view(np.int32))
        del pre, post
        kept = {index: values.kept(index) for index in self._places}
        program = values.program(min(self._places))
        for name in program.values:
            if name in program.common:
                self.synapses.variables[in_synapse(name)].set_value(kept[min(self._places)][name])
            else:
                self._set(name, self._joined(self._each(kept[index][name], index) for index in self._places))
        for path, steps in waits.items():
            joined = self._joined(self._each(s, i) for i, s in zip(self._places, steps, strict=True))
            getattr(self.synapses, path).variables["delay"].set_value(self._sorted(joined * unit))
        if self._at_once:
            array = self.synapses.variables[in_synapse(AT_ONCE)].get_value()
            once = self._joined(self._each(o, i) for i, o in self._at_once.items())
            array[:] = once[:1] if array.size == 1 else self._sorted(once)

    @staticmethod
    def _joined(parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
        first, *others = parts
        return np.concatenate([first, *others]) if others else first

    def _each(self, value: NDArray[Any], index: int) -> NDArray[Any]:
        place = self._places[index]
        return np.broadcast_to(value, place.stop - place.start)

    def _sorted(self, values: NDArray[Any]) -> NDArray[Any]:
        return np.ascontiguousarray(values) if self._order is None else values[self._order]

    def _set(self, name: str, values: NDArray[Any]) -> None:
        self.synapses.variables[in_synapse(name)].set_value(self._sorted(values))

    def write(self, new: NewValues, running: bool) -> None:
        """Set values of a projection's synapses, for all spikes that arrive from here on.

        Parameters
        ----------
        new : NewValues
        running : bool
            Whether spikes of the target may have come before.
        """
        # All of them have the same dendritic delay, see OnArrival.
        once = self._at_once.get(new.projection)
        if running and once is not None and np.all(once[new.where] if once.ndim else once):
            self._due.append(new)
        else:
            self._write(new)

    @property
    def changed_by_targets(self) -> bool:
        """Whether spikes of the target change the synapses."""
        return bool(self._at_once)

    def settle(self) -> None:
        """Carry out the writes that come after spikes of the target in this step."""
        while self._due:
            self._write(self._due.pop(0))

    def _write(self, new: NewValues) -> None:
        for name, value in new.values.items():
            array, place = self.synapses.variables[in_synapse(name)].get_value(), self._places[new.projection]
            if self._order is None and new.synapses is None:
                array[place] = value
            elif self._order is None:
                array[place.start + new.synapses] = new.chosen(value)
            else:
                array[self._within(new.projection)[new.where]] = new.chosen(value)

    def kept(self, index: int, names: Iterable[str]) -> dict[str, NDArray[np.float64]]:
        """Copies of what is kept for the synapses of a projection, shape () or (synapses,)."""
        where = self._places[index] if self._order is None else self._within(index)
        found = {}
        for name in names:
            variable = self.synapses.variables[in_synapse(name)]
            array = variable.get_value()
            found[name] = np.array(array[0] if variable.scalar else array[where], np.float64)
        return found

    def _within(self, index: int) -> NDArray[np.intp]:
        """Where the synapses of a projection lie; known once it is asked for."""
        if index not in self._found:
            order, place = self._order, self._places[index]
            assert order is not None
            here = np.flatnonzero((order >= place.start) & (order < place.stop))
            found = np.empty(here.size, np.intp)
            found[order[here] - place.start] = here
            self._found[index] = found
        return self._found[index]


def _same(values: Iterable[NDArray[Any]]) -> Any:
    """The value that all have in common; None if some differ."""
    found = np.unique(np.concatenate([np.unique(v) for v in values]))
    return found[0] if found.size == 1 else None


@contextmanager
def _numpy_target() -> Iterator[None]:
    target = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "numpy"
    try:
        yield
    finally:
        brian2.prefs.codegen.target = target
