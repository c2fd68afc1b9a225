"""What is recorded, and the Neo blocks that ``get_data()`` gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import neo
import numpy as np
import quantities as pq
from neo.core.spiketrainlist import SpikeTrainList
from numpy.typing import NDArray
from pyNN import errors, recording
from pyNN.recording import Variable

from unisono.models.errors import CaptureError
from unisono.models.grid import to_step
from unisono.models.pynn.recorded import RecordedSignal, request
from unisono.models.pynn.simulator import simulator


@dataclass(frozen=True)
class _Snapshot:
    """What was recorded in one trial up to one moment; its data are fetched when they are asked for."""

    trial: int
    number: int
    begin: int
    end: int
    #: Cells and first step, by variable.
    recorded: Mapping[Variable, tuple[frozenset[Any], int]]
    annotations: Mapping[str, Any]


class Recorder(recording.Recorder):  # type: ignore[misc]
    """Recorder of a population.

    A variable is recorded from the moment ``record()`` was called, or from the moment the data were
    cleared; ``t_start`` of its signal says when that was.
    """

    _simulator: Any = simulator

    def __init__(self, population: Any, file: Any = None) -> None:
        self._simulator = simulator.state.simulator
        super().__init__(population, file)
        self.record_times = False
        self.clear_flag: bool = False
        self._begin = self._simulator.state.step
        self._since: dict[Variable, int] = {}
        self._stored: list[_Snapshot] = []
        #: Spikes of each cell that were counted: trial, (begin, end], counts.
        self._counted: tuple[int, int, int, NDArray[np.int64]] = (-1, 0, 0, np.empty(0, np.int64))
        #: Everything ever asked for: cells and interval in steps, by the variable's name.
        self.requests: dict[str, tuple[set[int], int]] = {}

    # -- requests -----------------------------------------------------------

    def record(self, variables: Any, ids: Any, sampling_interval: float | None = None, locations: Any = None) -> None:
        """Add cells to those recorded."""
        if locations is not None:
            raise CaptureError("Locations in a cell cannot be recorded.", "Leave `locations` out.")
        self._check_sampling_interval(sampling_interval)
        cells = set(ids)
        for variable in self._localize_variables(variables, None):
            if not self.population.can_record(variable.name):
                raise errors.RecordingError(variable.name, self.population.celltype)
            self.recorded[variable] = self.recorded[variable] | cells
            self._record(variable, cells, sampling_interval)

    def _record(self, variable: Variable, new_ids: Iterable[Any], sampling_interval: float | None = None) -> None:
        capture = self._simulator.state
        if variable.name != "spikes" and sampling_interval is not None:
            ratio = sampling_interval / capture.dt
            if not (ratio >= 0.5 and abs(ratio - round(ratio)) < 1e-6):
                raise CaptureError(
                    f"The sampling interval {sampling_interval} ms is not a multiple of the time step {capture.dt} ms."
                )
            self.sampling_interval = sampling_interval
        interval = 1 if variable.name == "spikes" else self.interval
        cells, before = self.requests.get(variable.name, (set(), interval))
        if before != interval and capture.started:
            raise CaptureError(
                f"The sampling interval of '{variable.name}' cannot change after a run.",
                "Choose it before the first run.",
            )
        added = set(new_ids) - cells
        self.requests[variable.name] = (cells | added, interval)
        self._since.setdefault(variable, capture.step)
        capture.version += 1
        if added and variable.name != "spikes":  # spikes of all cells are recorded anyway
            capture.record_late(request(self.population, variable.name, added, interval))

    @property
    def interval(self) -> int:
        """Steps between samples."""
        return max(1, to_step(self.sampling_interval, self._simulator.state.dt))

    def _reset(self) -> None:
        self._since = {}
        if not self._simulator.state.started:
            self.requests = {}
        self.sampling_interval = self._simulator.state.dt

    def reset(self) -> None:
        """Record nothing from now on."""
        super().reset()
        self._simulator.state.version += 1

    # -- segments -----------------------------------------------------------

    def _snapshot(self, annotations: Mapping[str, Any] | None = None) -> _Snapshot:
        capture = self._simulator.state
        return _Snapshot(
            capture.trial if capture.trials[-1] else max(0, capture.trial - 1),
            capture.segment_counter,
            self._begin,
            capture.step,
            {v: (frozenset(ids), max(self._begin, self._since.get(v, 0))) for v, ids in self.recorded.items()},
            annotations or {},
        )

    def store_to_cache(self, annotations: Mapping[str, Any] | None = None) -> None:
        """Called at a reset: keep what was recorded up to now as a segment of its own."""
        if self._simulator.state.t != 0 and not self.clear_flag:
            self._stored.append(self._snapshot(annotations))
        self.clear_flag = False
        self._begin = 0
        self._since = dict.fromkeys(self._since, 0)
        self._recording_start_time = 0.0 * pq.ms

    def clear(self) -> None:
        """Forget what was recorded up to now."""
        self._stored = []
        self._begin = self._simulator.state.step
        super().clear()

    def _clear_simulator(self) -> None:
        """Nothing is held by a simulator."""

    def get(
        self,
        variables: Any,
        gather: bool = False,
        filter_ids: Any = None,
        clear: bool = False,
        annotations: Any = None,
        locations: Any = None,
    ) -> neo.Block:
        """The recorded data as a Neo block, one segment for each reset."""
        capture = self._simulator.state
        snapshots = [*self._stored, *([self._snapshot()] if capture.running else [])]
        if not snapshots:
            raise errors.NothingToWriteError("Nothing has been recorded: call run() first.")
        wanted = "all" if variables == "all" else self._localize_variables(variables, locations)
        block = neo.Block(name=self.population.label, description=self.population.describe())
        # each segment is built for the variables and cells asked for, also those before a reset
        block.segments = [self._segment(s, filter_ids, wanted) for s in snapshots]
        for segment in block.segments:
            segment.block = block
        block.rec_datetime = block.segments[0].rec_datetime
        block.annotate(**self.metadata)
        if annotations:
            block.annotate(**annotations)
        if clear:
            self.clear()
        return block

    def _segment(self, snapshot: _Snapshot, filter_ids: Any, variables: Any) -> neo.Segment:
        segment = neo.Segment(
            name=f"segment{snapshot.number:03d}",
            description=self.population.describe(),
            rec_datetime=datetime.now(),
        )
        segment.annotate(**snapshot.annotations)
        for variable, (ids, begin) in snapshot.recorded.items():
            if variables != "all" and variable not in variables:
                continue
            chosen = sorted(int(i) for i in (ids if filter_ids is None else ids.intersection(filter_ids)))
            if variable.name == "spikes":
                segment.spiketrains = self._spike_trains(snapshot, chosen, begin)
                segment.spiketrains.segment = segment
            elif chosen:
                signal = self._signal(snapshot, variable.name, chosen, begin)
                segment.analogsignals.append(signal)
                signal.segment = segment
        return segment

    def _spike_trains(self, snapshot: _Snapshot, ids: list[int], begin: int) -> Any:
        time = self._simulator.state.time
        first = int(self.population.first_id)
        channels = np.array(ids, dtype=int)
        cells, steps = self._spikes(snapshot.trial, begin or -1, snapshot.end)  # from 0 on step 0 counts, too
        if len(ids) < self.population.size:
            wanted = np.isin(cells + first, channels)
            cells, steps = cells[wanted], steps[wanted]
        return SpikeTrainList.from_spike_time_array(
            steps * self._simulator.state.dt * pq.ms,
            cells + first,
            channels,
            t_stop=time(snapshot.end) * pq.ms,
            units="ms",
            t_start=time(snapshot.begin) * pq.ms,
            source_population=self.population.label,
            source_index=channels - first,
        )

    def _signal(self, snapshot: _Snapshot, variable: str, ids: list[int], begin: int) -> neo.AnalogSignal:
        first = int(self.population.first_id)
        index = np.array(ids, dtype=int) - first
        symbol = self.population.celltype.symbol(variable)
        signals = [
            s
            for s in self._simulator.state.recorded(self.population.index, symbol)[snapshot.trial].signals
            if s.population == self.population.index and s.variable == symbol
        ]
        interval = signals[0].interval
        start, stop = -(-begin // interval), snapshot.end // interval + 1
        return neo.AnalogSignal(
            _columns(signals, index, start, stop),
            units=self.population.celltype.units.get(variable, "dimensionless"),
            t_start=self._simulator.state.time(start * interval) * pq.ms,
            sampling_period=interval * self._simulator.state.dt * pq.ms,
            name=variable,
            channel_ids=np.array(ids, dtype=int),
            source_population=self.population.label,
            array_annotations={"channel_index": index},
        )

    def _spikes(self, trial: int, begin: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells and steps of the spikes of (begin, end]; those of sources are known without a simulation."""
        if self.population.is_source:
            spikes = self.population.trains.between(trial, begin, end)
            repeats = np.broadcast_to(spikes.counts, spikes.cells.shape)
            return np.repeat(spikes.cells, repeats).astype(np.int64), np.repeat(spikes.steps, repeats).astype(np.int64)
        index = self.population.index
        recorded = self._simulator.state.recorded(index, "spikes")[trial].spikes.get(index)
        if recorded is None:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        first, last = np.searchsorted(recorded.steps, (begin, end), side="right")
        return recorded.cells[first:last].astype(np.int64), recorded.steps[first:last]

    def _local_count(self, variable: Variable, filter_ids: Any = None) -> dict[int, int]:
        ids = sorted(int(i) for i in self.filter_recorded(variable, filter_ids))
        snapshot = self._snapshot()
        begin = snapshot.recorded[variable][1] if variable in snapshot.recorded else 0
        if not self._simulator.state.running:
            return dict.fromkeys(ids, 0)
        counts = self._counts(snapshot.trial, begin, snapshot.end)
        return {i: int(counts[i - int(self.population.first_id)]) for i in ids}

    def _counts(self, trial: int, begin: int, end: int) -> NDArray[np.int64]:
        """Spikes of each cell in (begin, end]; those that were counted before are not counted again."""
        if self._counted[:2] != (trial, begin):
            self._counted = (trial, begin, begin or -1, np.zeros(self.population.size, np.int64))
        *_, counted, counts = self._counted
        cells, _ = self._spikes(trial, counted, end)
        counts = counts + np.bincount(cells, minlength=self.population.size)
        self._counted = (trial, begin, end, counts)
        return counts


def _columns(signals: Sequence[RecordedSignal], cells: NDArray[Any], start: int, stop: int) -> NDArray[np.float64]:
    """Samples of some cells, from the signals that hold them; NaN where a cell's recording began later."""
    if len(signals) == 1 and not signals[0].begin:
        return np.asarray(signals[0].values[start:stop, np.searchsorted(signals[0].cells, cells)])
    found = np.full((stop - start, cells.size), np.nan)
    for signal in signals:
        held, first = np.isin(cells, signal.cells), signal.begin // signal.interval
        rows = signal.values[max(start - first, 0) : max(stop - first, 0)]
        found[max(first - start, 0) :, held] = rows[:, np.searchsorted(signal.cells, cells[held])]
    return found
