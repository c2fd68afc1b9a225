"""A recording as Neo objects, and their export to a NIX file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.models.errors import OutputError
from unisono.models.files import cause_of, written_whole

if TYPE_CHECKING:
    import neo

    from unisono.adapters.contract.recording import Recording, Signal, TrialRecording
    from unisono.models.network import Network


def to_block(recording: Recording, annotations: Mapping[str, Any], network: Network | None = None) -> neo.Block:
    """The recording as a Neo block: a segment a trial, a spike train a cell, a signal a variable.

    Each state of a projection whose synapses change is a signal with a channel a synapse: the samples that were
    recorded, and one sample, at the end.

    Parameters
    ----------
    recording : Recording
    annotations : mapping
        Annotations of the block.
    network : Network, optional
        The network that was run; without it, states of synapses are left out.

    Returns
    -------
    neo.Block
        Every spike train carries ``source_population``, ``source_index`` and ``channel_id``, as
        PyNN's do; ``channel_id`` counts the cells of the network in the order of its populations.
    """
    import neo

    block = neo.Block(name=str(annotations.get("simulator", "")) or None)
    block.annotate(**annotations)
    first = np.concatenate([[0], np.cumsum(recording.sizes)]).astype(np.int64)
    for index, trial in enumerate(recording.trials):
        segment = neo.Segment(name=f"segment{index:03d}", index=index)
        segment.block = block
        segment.spiketrains = _spike_trains(recording, trial, first)
        segment.spiketrains.segment = segment
        for signal in trial.signals:
            analog = _analog_signal(recording, signal, first)
            analog.segment = segment
            segment.analogsignals.append(analog)
        for analog in _synapse_signals(network, trial) if network is not None else ():
            analog.segment = segment
            segment.analogsignals.append(analog)
        block.segments.append(segment)
    return block


def _spike_trains(recording: Recording, trial: TrialRecording, first: np.ndarray) -> neo.spiketrainlist.SpikeTrainList:
    """All spike trains of a trial; they stay two flat arrays until one of them is asked for."""
    import quantities as pq
    from neo.core.spiketrainlist import SpikeTrainList

    order = sorted(trial.spikes)
    spikes = [trial.spikes[p] for p in order]
    times = np.concatenate([np.empty(0), *(s.milliseconds(recording.dt) for s in spikes)])
    ids = np.concatenate([np.empty(0, np.int64), *(s.cells + first[p] for p, s in zip(order, spikes, strict=True))])
    sizes = [recording.sizes[p] for p in order]
    cells = np.concatenate([np.empty(0, np.int64), *(np.arange(n) for n in sizes)])
    return SpikeTrainList.from_spike_time_array(
        times,
        ids,
        np.concatenate([np.empty(0, np.int64), *(first[p] + np.arange(recording.sizes[p]) for p in order)]),
        t_stop=trial.steps * recording.dt * pq.ms,
        t_start=0.0 * pq.ms,
        units="ms",
        source_population=np.repeat([recording.labels[p] for p in order], sizes).tolist(),
        source_index=cells,
    )


def _analog_signal(recording: Recording, signal: Signal, first: np.ndarray) -> neo.AnalogSignal:
    import neo
    import quantities as pq

    return neo.AnalogSignal(
        signal.values,
        units=signal.unit,
        t_start=0.0 * pq.ms,
        sampling_period=signal.interval * recording.dt * pq.ms,
        name=signal.variable,
        source_population=recording.labels[signal.population],
        channel_ids=signal.cells + first[signal.population],
        array_annotations={"channel_index": signal.cells.astype(np.int64)},
    )


def _synapse_signals(network: Network, trial: TrialRecording) -> Iterator[neo.AnalogSignal]:
    """States of synapses, shape (samples, synapses) each."""
    for sampled in trial.samples:
        yield _synapse_signal(network, sampled.projection, sampled.state, sampled.values, 0, sampled.interval)
    for index, states in sorted(trial.synapses.items()):
        for name, values in states.items():
            yield _synapse_signal(network, index, name, values[None, :], trial.steps, 1)


def _synapse_signal(
    network: Network, index: int, name: str, values: np.ndarray, begin: int, interval: int
) -> neo.AnalogSignal:
    import neo
    import quantities as pq

    projection, unit = network.projections[index], network.unit_of(index, name)
    return neo.AnalogSignal(
        values,
        units="dimensionless" if unit == "1" else unit,
        t_start=begin * network.dt * pq.ms,
        sampling_period=interval * network.dt * pq.ms,
        name=name,
        projection=projection.label,
        presynaptic_population=network.populations[projection.pre_population].label,
        postsynaptic_population=network.populations[projection.post_population].label,
        array_annotations={
            "presynaptic_index": projection.pre.astype(np.int64),
            "postsynaptic_index": projection.post.astype(np.int64),
        },
    )


def save_nix(block: neo.Block, path: str | Path) -> None:
    """Write a block to a NIX file, whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from neo.io import NixIO

    path = Path(path)
    with written_whole(path, _least_size(block)) as temporary:
        try:
            with _flat_annotations(block), NixIO(str(temporary), mode="ow") as file:
                file.write_block(block, use_obj_names=False)
        except RuntimeError as error:  # what HDF5 raises when the disk is full
            raise OutputError(
                f"Cannot write '{path}': {cause_of(error)}.", "Choose a folder that is writable and has free space."
            ) from error


def _least_size(block: neo.Block) -> int:
    """Bytes that a block takes at least; a spike train takes 22 kB without any spike."""
    segments = block.segments
    return sum(22_000 * len(s.spiketrains) + sum(8 * signal.size for signal in s.analogsignals) for s in segments)


@contextmanager
def _flat_annotations(block: neo.Block) -> Iterator[None]:
    """NIX holds no nested annotations: give it ``seconds.run`` for ``seconds = {"run": ...}``."""
    original = block.annotations
    block.annotations = dict(_flattened(original))
    try:
        yield
    finally:
        block.annotations = original


def _flattened(annotations: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in annotations.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")
        elif value is not None:
            yield prefix + name, value
