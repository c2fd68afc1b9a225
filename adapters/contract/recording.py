"""What a run gives back: spikes and sampled signals, as flat arrays.

On disk spikes and signals lie in SONATA's layout (spikes in ``spikes.h5``, each
variable in a report file of its own), so that other tools open them; in memory
they are flat arrays on the grid of the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import NDArray

from unisono.models.cards import brief
from unisono.models.errors import DamagedFile
from unisono.models.files import check_room, checksum, written_whole
from unisono.models.plain_h5 import opened_plain, written_plain

if TYPE_CHECKING:
    from unisono.models.network import Network

FORMAT = "unisono-recording-4"

#: Dataset of a report that holds the samples in double precision.
EXACT = "data_float64"

#: Dataset beside exact spike times that holds the ends of their steps.
STEPS = "steps"


#: File of the states of synapses at the end of a trial.
SYNAPSES = "synapses.h5"

#: Values that are copied at a time.
BLOCK = 2**18


@dataclass(frozen=True, eq=False)
class Spikes:
    """Spikes of a population.

    Attributes
    ----------
    cells : uint32 array, shape (spikes,)
    steps : int64 array, shape (spikes,)
        Spike times in steps, by the convention of the project: the end of the
        step in which the threshold was crossed. Sorted by step, then cell.
    times : float64 array, shape (spikes,), optional
        Exact spike times, ms, of a simulation off the grid; they are sorted by time within a
        step. None on the grid, where the times are ``steps * dt``.
    """

    cells: NDArray[np.uint32]
    steps: NDArray[np.int64]
    times: NDArray[np.float64] | None = None

    __repr__ = brief

    @staticmethod
    def sorted(cells: NDArray[Any], steps: NDArray[Any], times: NDArray[Any] | None = None) -> Spikes:
        """Spikes from unsorted arrays."""
        cells, steps = np.asarray(cells, np.uint32), np.asarray(steps, np.int64)
        if times is None:
            order = np.lexsort((cells, steps))
            return Spikes(cells[order], steps[order])
        times = np.asarray(times, np.float64)
        order = np.lexsort((cells, times, steps))
        return Spikes(cells[order], steps[order], times[order])

    def milliseconds(self, dt: float) -> NDArray[np.float64]:
        """Spike times in ms: the exact ones, or the ends of the steps."""
        return np.asarray(self.steps * dt) if self.times is None else self.times

    @property
    def size(self) -> int:
        """Number of spikes."""
        return int(self.steps.size)

    def on_same_steps(self, other: Spikes) -> bool:
        """Whether the same cells spike in the same steps."""
        return np.array_equal(self.steps, other.steps) and np.array_equal(self.cells, other.cells)


@dataclass(frozen=True, eq=False)
class Signal:
    """Samples of one state variable.

    Attributes
    ----------
    population : int
    variable, unit : str
    cells : uint32 array, shape (cells,)
    interval : int
        Steps between samples.
    values : float64 array, shape (samples, cells)
        Samples at steps 0, interval, 2*interval, ... up to the end of the trial, both ends included;
        each is the value after the reset and the input of its step.
    """

    population: int
    variable: str
    unit: str
    cells: NDArray[np.uint32]
    interval: int
    values: NDArray[np.float64]

    __repr__ = brief

    @property
    def begin(self) -> int:
        """Grid point of the first sample."""
        return 0


@dataclass(frozen=True, eq=False)
class StateSamples:
    """Samples of a state of the synapses of a projection.

    Attributes
    ----------
    projection : int
    state : str
    interval : int
        Steps between samples.
    values : float64 array, shape (samples, synapses)
        At steps 0, interval, 2*interval, ... up to the end of the trial; every event up to its step is in a sample.
    """

    projection: int
    state: str
    interval: int
    values: NDArray[np.float64]

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class TrialRecording:
    """What was recorded between two resets.

    Attributes
    ----------
    steps : int
    spikes : mapping of int to Spikes
        By population.
    signals : tuple of Signal
    synapses : mapping of int to mapping of str to float64 array, shape (synapses,)
        By projection whose synapses change, the states of the synapses at the end, by name, in the unit of the model.
    samples : tuple of StateSamples
    """

    steps: int
    spikes: Mapping[int, Spikes]
    signals: tuple[Signal, ...] = ()
    synapses: Mapping[int, Mapping[str, NDArray[np.float64]]] = field(default_factory=dict)
    samples: tuple[StateSamples, ...] = ()

    __repr__ = brief


@dataclass(frozen=True, eq=False)
class Recording:
    """All trials of one run of a network on one simulator."""

    dt: float
    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    trials: tuple[TrialRecording, ...] = field(default=())

    __repr__ = brief

    @property
    def spike_count(self) -> int:
        """Spikes of all cells and sources in all trials."""
        return sum(s.size for trial in self.trials for s in trial.spikes.values())

    def save(self, folder: Path) -> None:
        """Write the recording to a folder, one subfolder a trial.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        names = node_names(self.labels)
        for index, trial in enumerate(self.trials):
            place = folder / f"trial-{index:03d}"
            _save_spikes(place / "spikes.h5", trial, names, self.dt)
            for variable in sorted({s.variable for s in trial.signals}):
                signals = [signal for signal in trial.signals if signal.variable == variable]
                _save_signals(place / f"{variable}.h5", signals, names, self.dt)
            if trial.synapses:
                _save_synapses(place / SYNAPSES, trial)
        content = {
            "format": FORMAT,
            "dt": self.dt,
            "labels": self.labels,
            "sizes": self.sizes,
            "checksums": {p.relative_to(folder).as_posix(): checksum(p) for p in sorted(folder.glob("trial-*/*.h5"))},
            "trials": [
                {
                    "steps": t.steps,
                    "variables": sorted({s.variable for s in t.signals}),
                    "projections": sorted(t.synapses),
                    "samples": [[s.projection, s.state, s.interval] for s in t.samples],
                }
                for t in self.trials
            ],
        }
        with written_whole(folder / "recording.json") as temporary:
            temporary.write_text(json.dumps(content, indent=1))

    @staticmethod
    def load(folder: Path) -> Recording:
        """Read a recording.

        Raises
        ------
        DamagedFile
            If a file is missing or cannot be read.
        """
        try:
            if not (folder / "recording.json").is_file():
                raise DamagedFile(f"'{folder}' has no recording.json.", "Run the model again with --fresh.")
            index = json.loads((folder / "recording.json").read_text())
            if index["format"] != FORMAT:
                raise DamagedFile(f"'{folder}' is not a recording of this version ({FORMAT}).")
            _check(folder, index["checksums"])
            names = {name: i for i, name in enumerate(node_names(index["labels"]))}
            trials = []
            for number, entry in enumerate(index["trials"]):
                place = folder / f"trial-{number:03d}"
                spikes = _load_spikes(place / "spikes.h5", names, index["dt"])
                signals = [
                    s for v in entry["variables"] for s in _load_signals(place / f"{v}.h5", v, names, index["dt"])
                ]
                synapses = _load_synapses(place / SYNAPSES, entry["projections"])
                samples = tuple(_load_samples(place / SYNAPSES, entry["samples"]))
                trials.append(TrialRecording(entry["steps"], spikes, tuple(signals), synapses, samples))
            return Recording(index["dt"], tuple(index["labels"]), tuple(index["sizes"]), tuple(trials))
        except DamagedFile:
            raise
        except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
            raise DamagedFile(
                f"The results in '{folder}' cannot be read: {error}", "Run the model again with --fresh."
            ) from None


def check_room_for_samples(folder: Path, network: Network, runs: int, remedy: str) -> None:
    """See that a disk has room for the samples of some runs, in both precisions, before they begin.

    Raises
    ------
    OutputError
    """
    signals = [r for r in network.recordings if r.variable != "spikes"]
    size = sum(12 * r.cells.size * (trial.steps // r.interval + 1) for r in signals for trial in network.trials)
    size += len(network.trials) * sum(8 * len(p.model.states) * p.size for p in network.projections)
    sampled = [(r.interval, network.projections[r.projection].size) for r in network.synapse_recordings]
    size += sum(8 * n * (trial.steps // interval + 1) for interval, n in sampled for trial in network.trials)
    if size and runs:
        check_room(folder, runs * size, f"The samples of {runs} run{'s' * (runs > 1)}", remedy)


def node_names(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Unique names of the populations that HDF5 takes as group names."""
    seen: dict[str, int] = {}
    names = []
    for label in labels:
        name = re.sub(r"[^\w.+-]", "_", label) or "population"
        seen[name] = seen.get(name, -1) + 1
        names.append(name if not seen[name] else f"{name}_{seen[name]}")
    return tuple(names)


def _check(folder: Path, checksums: Mapping[str, str]) -> None:
    for name, expected in checksums.items():
        if checksum(folder / name) != expected:
            raise DamagedFile(
                f"The results in '{folder}' are damaged: '{name}' does not match its checksum.",
                "Run the model again with --fresh.",
            )


def blocks(values: NDArray[Any]) -> Iterator[slice]:
    """The rows of an array in blocks of a few MB, so that what is made of them takes little memory beside it."""
    step = max(1, BLOCK // max(1, values[:1].size))
    return (slice(begin, begin + step) for begin in range(0, len(values), step))


def _save_spikes(path: Path, trial: TrialRecording, names: tuple[str, ...], dt: float) -> None:
    size = sum(16 * spikes.size for spikes in trial.spikes.values())
    with written_plain(path, size) as file:
        root = file.create_group("spikes")
        for population, spikes in sorted(trial.spikes.items()):
            group = root.create_group(names[population])
            kind = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": 2}, basetype="i1")
            group.attrs.create("sorting", 2, dtype=kind)
            times = group.create_dataset("timestamps", data=spikes.milliseconds(dt))
            times.attrs["units"] = "ms"
            group.create_dataset("node_ids", data=spikes.cells.astype(np.uint64))
            if spikes.times is not None:
                group.create_dataset(STEPS, data=spikes.steps)


def _load_spikes(path: Path, names: Mapping[str, int], dt: float) -> dict[int, Spikes]:
    with opened_plain(path) as file:
        return {names[name]: _spikes(group, dt) for name, group in file["spikes"].items()}


def _spikes(group: h5py.Group, dt: float) -> Spikes:
    cells, times = group["node_ids"][()].astype(np.uint32), group["timestamps"][()]
    if STEPS in group:
        return Spikes(cells, group[STEPS][()], times)
    return Spikes(cells, np.rint(times / dt).astype(np.int64))


def _save_signals(path: Path, signals: list[Signal], names: tuple[str, ...], dt: float) -> None:
    size = sum(signal.values.nbytes + 4 * signal.values.size for signal in signals)  # in both precisions
    with written_plain(path, size) as file:
        root = file.create_group("report")
        for signal in signals:
            group = root.create_group(names[signal.population])
            # SONATA's readers take single precision only; agreement is judged on the exact values.
            data = group.create_dataset("data", signal.values.shape, np.float32)
            for rows in blocks(signal.values):
                data[rows] = signal.values[rows].astype(np.float32)
            data.attrs["units"] = signal.unit
            group.create_dataset(EXACT, data=signal.values)
            mapping = group.create_group("mapping")
            n = signal.cells.size
            mapping.create_dataset("node_ids", data=signal.cells.astype(np.uint64))
            mapping["node_ids"].attrs["sorted"] = np.uint8(1)
            mapping.create_dataset("index_pointers", data=np.arange(n + 1, dtype=np.uint64))
            mapping.create_dataset("element_ids", data=np.zeros(n, np.uint32))
            step = signal.interval * dt
            times = mapping.create_dataset("time", data=np.array([0.0, step * len(signal.values), step]))
            times.attrs["units"] = "ms"


def _save_synapses(path: Path, trial: TrialRecording) -> None:
    """A group a projection, by its index in the network, with a dataset a state, in the order of the synapses.

    Samples lie in groups of their own, ``samples/<projection>``, with a row a sample.
    """
    size = sum(values.nbytes for states in trial.synapses.values() for values in states.values())
    with written_plain(path, size + sum(s.values.nbytes for s in trial.samples)) as file:
        root = file.create_group("projections")
        for projection, states in sorted(trial.synapses.items()):
            group = root.create_group(str(projection))
            for name, values in sorted(states.items()):
                group.create_dataset(name, data=values)
        for sampled in trial.samples:
            file.create_dataset(_place(sampled.projection, sampled.state, sampled.interval), data=sampled.values)


def _place(projection: int, state: str, interval: int) -> str:
    return f"samples/{projection}/{state}/{interval}"


def _load_samples(path: Path, entries: Sequence[tuple[int, str, int]]) -> Iterator[StateSamples]:
    if entries:
        with opened_plain(path) as file:
            for projection, state, interval in entries:
                values = file[_place(projection, state, interval)][()]
                yield StateSamples(projection, state, interval, values)


def _load_synapses(path: Path, projections: Sequence[int]) -> dict[int, dict[str, NDArray[np.float64]]]:
    if not projections:
        return {}
    with opened_plain(path) as file:
        return {n: {name: data[()] for name, data in file["projections"][str(n)].items()} for n in projections}


def _load_signals(path: Path, variable: str, names: Mapping[str, int], dt: float) -> list[Signal]:
    with opened_plain(path) as file:
        return [
            Signal(
                names[name],
                variable,
                str(group["data"].attrs["units"]),
                group["mapping/node_ids"][()].astype(np.uint32),
                int(np.rint(group["mapping/time"][2] / dt)),
                group[EXACT][()],
            )
            for name, group in file["report"].items()
        ]
