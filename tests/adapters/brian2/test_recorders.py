"""Recorders give each spike and sample once, whenever they are read."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.adapters.brian2.recorders import Sampler, SpikeRecorder
from unisono.models.network import RecordingRequest


@pytest.mark.parametrize("interval", [1, 4, 7])
@pytest.mark.parametrize("begin", [0, 3, 8])
@pytest.mark.parametrize("read_at", [(), (8, 9, 20), tuple(range(8, 30))])
def test_samples_do_not_depend_on_runs_and_reads(interval, begin, read_at):
    state, until = np.zeros(3), 30
    state[:] = begin
    sampler = Sampler(RecordingRequest(0, "v", np.array([0, 2]), interval), "mV", state, begin, begin)
    values = []
    for step in range(begin, until):
        sampler.reserve(step, step + 1)
        state[:] = step + 1
        if (step + 1) % interval == 0:
            sampler.take()
        if step + 1 in read_at:
            values.append(sampler.read().values)
    signal = sampler.read()
    assert (signal.variable, signal.unit, signal.interval, signal.cells.tolist()) == ("v", "mV", interval, [0, 2])
    found = np.concatenate([*values, signal.values])
    expected = [step for step in range(begin, until + 1) if step % interval == 0]
    assert found.tolist() == [[step, step] for step in expected]


def test_room_for_a_whole_trial_is_made_once():
    sampler = Sampler(RecordingRequest(0, "v", np.array([0]), 4), "mV", np.zeros(1), 0, 30)
    room = sampler._values
    for step in range(0, 30, 3):
        sampler.reserve(step, step + 3)
        if any(k % 4 == 0 for k in range(step + 1, step + 4)):
            sampler.take()
    assert sampler._values is room
    assert sampler.read().values.shape == (8, 1)


def test_single_precision_is_read_in_double():
    sampler = Sampler(RecordingRequest(0, "v", np.array([0])), "mV", np.full(1, 0.1, np.float32), 0, 0)
    (value,) = sampler.read().values[0]
    assert value.dtype == np.float64 and value == np.float32(0.1)


def test_spikes_are_given_once_and_in_order():
    space = np.zeros(5, np.int32)
    recorder = SpikeRecorder(space, [4, 2], np.array([0, 1, 5]))

    def spike(step: int, *cells: int) -> None:
        space[: len(cells)], space[-1] = cells, len(cells)
        recorder.record(step)

    spike(1, 2, 0)
    spike(2)
    spike(3, 1)
    first = recorder.read()
    assert {i: (s.steps.tolist(), s.cells.tolist()) for i, s in first.items()} == {4: ([1], [0]), 2: ([1, 3], [1, 0])}
    assert all(spikes.size == 0 for spikes in recorder.read().values())
    spike(4, 3)
    last = recorder.read()[2]
    assert (last.steps.tolist(), last.cells.tolist()) == ([4], [2])
