"""What is recorded in NEST: spikes, and samples of signals."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Signal, Spikes
from unisono.adapters.nest.assembly import assign_each
from unisono.adapters.nest.cells import Cells
from unisono.adapters.nest.inputs import OFFSET
from unisono.models.errors import SimulatorFailed, UnsupportedFeature
from unisono.models.network import Network, RecordingRequest

#: Spikes and samples that NEST holds before they are fetched: it takes about 140 bytes for each, what is kept 8 or 12.
HELD = 2**17

#: Spikes of a cell, 1/ms, that are expected.
EXPECTED = 0.02


class SpikeRecorder:
    """The spikes of all cells.

    Parameters
    ----------
    nest : module
    nodes : mapping of int to nodes
        By population.
    delay : float
        Delay of the connections, ms; it delays nothing, but NEST exchanges spikes as often as the shortest demands.
    """

    def __init__(self, nest: Any, nodes: Mapping[int, Any], delay: float) -> None:
        self.nodes = nodes
        self.recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
        for cells in nodes.values():
            nest.Connect(cells, self.recorder, syn_spec={"delay": delay})
        #: Senders and times that were fetched.
        self.fetched: list[tuple[NDArray[np.uint32], NDArray[np.int64]]] = []

    def fetch(self) -> None:
        """Take over what NEST holds."""
        events = self.recorder.events
        times = np.asarray(events["times"], np.int64) - OFFSET
        self.fetched.append((np.asarray(events["senders"]).astype(np.uint32), times))
        assign_each(self.recorder, [{"n_events": 0}])

    def read(self, until: int) -> dict[int, Spikes]:
        """Spikes up to a grid point, by population; NEST's spike time is already the end of the step."""
        self.fetch()
        senders = np.concatenate([np.empty(0, np.uint32), *(found for found, _ in self.fetched)])
        times = np.concatenate([np.empty(0, np.int64), *(found for _, found in self.fetched)])
        self.fetched.clear()
        spikes = {}
        for index, nodes in self.nodes.items():
            first = int(nodes[0].global_id)
            mine = (senders >= first) & (senders < first + len(nodes)) & (times <= until)
            spikes[index] = Spikes.sorted(senders[mine] - first, times[mine])
        return spikes

    def forget(self) -> None:
        """Forget what was recorded."""
        self.fetched.clear()
        assign_each(self.recorder, [{"n_events": 0}])


class Meter:
    """One signal, through a multimeter that hands its samples over one step later.

    The multimeter holds few samples at a time: they are fetched to where they are kept.

    Parameters
    ----------
    nest : module
    network : Network
    request : RecordingRequest
    cells : Cells
    nodes : nodes
        Of the whole population.
    begin, until : int
        The present grid point, and up to which room is made at once.
    """

    def __init__(
        self, nest: Any, network: Network, request: RecordingRequest, cells: Cells, nodes: Any, begin: int, until: int
    ) -> None:
        self.request, self.dt, self.nest = request, network.dt, nest
        self.population = network.populations[request.population]
        self.name, self.factor = cells.recordable(request.variable)
        self.first_node, self.nodes = int(nodes[0].global_id), nodes[request.cells.tolist()]
        self.multimeter = nest.Create(
            "multimeter",
            params={
                "record_from": [self.name],
                "interval": request.interval * self.dt,
                "offset": OFFSET * self.dt,
            },
        )
        nest.Connect(self.multimeter, self.nodes, syn_spec={"delay": self.dt})
        #: Grid point up to which samples have been given.
        self.done = begin - 1
        #: By grid point, samples that the multimeter does not take: where it begins and, late, a step after.
        self.taken: dict[int, NDArray[np.float64]] = {}
        self.begin = begin
        self.values = np.empty((0, request.cells.size))
        self.reserve(until)
        if begin == 0:
            initial = np.broadcast_to(self.population.initial[request.variable], self.population.size)
            self.taken[0] = initial[request.cells]
        else:
            self.take(begin)

    @property
    def late(self) -> int:
        """Grid point after its beginning at which a meter that NEST did not begin with is to :meth:`take`."""
        return self.begin + 1 if self.begin else 0

    def take(self, now: int) -> None:
        """Take the present sample, where there is to be one."""
        if now % self.request.interval == 0:
            self.taken[now] = self._present(now)

    @property
    def rate(self) -> float:
        """Samples a step."""
        return self.request.cells.size / self.request.interval

    def reserve(self, until: int) -> None:
        """Make room for the samples up to a grid point."""
        needed = until // self.request.interval - self.done // self.request.interval
        if needed > len(self.values):
            larger = np.empty((max(needed, 2 * len(self.values)), self.request.cells.size))
            larger[: len(self.values)] = self.values
            self.values = larger

    def fetch(self) -> None:
        """Take over what the multimeter holds."""
        steps, columns, samples = self._handed_over()
        rows = steps // self.request.interval - (self.done // self.request.interval + 1)
        kept = (rows >= 0) & (rows < len(self.values))
        self.values[rows[kept], columns[kept]] = samples[kept]

    def read(self, now: int, late: bool) -> Signal:
        """Samples after those that were given, up to the present grid point.

        Parameters
        ----------
        now : int
        late : bool
            Whether the multimeter has yet to hand over the present sample.
        """
        interval = self.request.interval
        begin = self.done // interval + 1
        self.fetch()
        self.reserve(now)
        values = self.values[: max(0, now // interval - begin + 1)]
        if late and now > self.done and now not in self.taken:
            self.take(now)
        for step, sample in self.taken.items():
            values[step // interval - begin] = sample
        self.taken.clear()
        self.values = np.empty((0, self.request.cells.size))
        self.done = now
        unit = self.population.model.units[self.request.variable]
        return Signal(self.request.population, self.request.variable, unit, self.request.cells, interval, values)

    def _handed_over(self) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.float64]]:
        """Grid points, columns and samples since the last call."""
        events = self.multimeter.events
        assign_each(self.multimeter, [{"n_events": 0}])
        columns = np.searchsorted(self.request.cells, np.asarray(events["senders"], np.int64) - self.first_node)
        samples = np.asarray(events.get(self.name, ()), np.float64)  # NEST knows the name after the next step
        # in ms, since times in steps cannot be asked for once NEST has begun
        steps = np.rint(np.asarray(events["times"]) / self.dt).astype(np.int64) - OFFSET
        return steps, columns, samples / self.factor

    def _present(self, now: int) -> NDArray[np.float64]:
        """The sample of the present grid point, shape (cells,)."""
        if self.name in self.nodes[0].get():
            return np.atleast_1d(np.asarray(self.nodes.get(self.name), np.float64)) / self.factor
        # NEST shows some variables to multimeters only.
        if now > self.late and self.nest.local_num_threads == 1:
            return in_a_copy(self._looked_ahead)
        raise UnsupportedFeature(
            f"NEST's own model does not give the present '{self.request.variable}' if it was not recorded from the "
            "beginning, or with several threads.",
            "Record it from the beginning with one thread, or list the simulator nestml first.",
        )

    def _looked_ahead(self) -> NDArray[np.float64]:
        """The present sample, which is handed over when a step is simulated."""
        self.nest.Simulate(self.dt)
        steps, columns, samples = self._handed_over()
        values = np.empty(self.request.cells.size)
        values[columns[steps == steps.min()]] = samples[steps == steps.min()]
        return values


def in_a_copy(work: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
    """What a function returns, which is carried out in a copy of this process and so changes nothing here."""
    reading, writing = os.pipe()
    copy = os.fork()
    if copy == 0:
        try:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(work().tobytes())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        given = pipe.read()
    os.waitpid(copy, 0)
    if not given:
        raise SimulatorFailed("NEST gave no sample of the present in a copy of its process.")
    return np.frombuffer(given, np.float64)
