"""The Neo block holds exactly the recording, in PyNN's structure, and is made at once."""

import os
import time
from pathlib import Path

import neo
import numpy as np
import pytest
import quantities as pq

from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.runtime.neo_block import save_nix, to_block
from unisono.models.errors import OutputError
from unisono.models.network import Epoch, Network, Population, Projection, Trial

DT = 0.1


def recording() -> Recording:
    signal = Signal(1, "v", "mV", np.array([0, 2], np.uint32), 2, np.arange(12.0).reshape(6, 2))
    first = {0: Spikes.sorted([1, 0, 1], [3, 3, 10]), 1: Spikes.sorted([2], [7])}
    second = {0: Spikes.sorted([], []), 1: Spikes.sorted([0], [1])}
    return Recording(DT, ("exc", "inh"), (2, 3), (TrialRecording(10, first, (signal,)), TrialRecording(5, second)))


def test_a_segment_a_trial_and_a_train_a_cell() -> None:
    block = to_block(recording(), {"simulator": "x", "seconds": {"run": 1.0}})
    assert block.annotations["simulator"] == "x"
    assert [len(s.spiketrains) for s in block.segments] == [5, 5]
    trains = list(block.segments[0].spiketrains)
    assert [t.annotations["source_population"] for t in trains] == ["exc"] * 2 + ["inh"] * 3
    assert [t.annotations["source_index"] for t in trains] == [0, 1, 0, 1, 2]
    assert [t.annotations["channel_id"] for t in trains] == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(trains[1].magnitude, np.array([3, 10]) * DT)
    np.testing.assert_array_equal(trains[4].magnitude, np.array([7]) * DT)
    assert trains[3].size == 0
    assert all(t.units == pq.ms and t.t_start == 0 and t.t_stop == 1.0 * pq.ms for t in trains)
    assert block.segments[1].spiketrains[2].magnitude.tolist() == [DT]
    assert block.segments[1].spiketrains[2].t_stop == 0.5 * pq.ms


def test_a_population_of_one_cell_keeps_its_label_whole() -> None:
    one = Recording(DT, ("cell",), (1,), (TrialRecording(10, {0: Spikes.sorted([0], [4])}),))
    train = to_block(one, {}).segments[0].spiketrains[0]
    assert train.annotations["source_population"] == "cell"
    assert train.annotations["source_index"] == 0


def test_nothing_recorded_is_an_empty_segment() -> None:
    block = to_block(Recording(DT, ("exc",), (2,), (TrialRecording(10, {}),)), {})
    assert len(block.segments[0].spiketrains) == 0


def test_signals_keep_unit_interval_and_cells() -> None:
    signal = to_block(recording(), {}).segments[0].analogsignals[0]
    assert signal.name == "v"
    assert signal.units == pq.mV
    assert float(signal.sampling_period.rescale("ms")) == pytest.approx(0.2, abs=1e-15)
    assert signal.array_annotations["channel_index"].tolist() == [0, 2]
    assert signal.annotations["channel_ids"].tolist() == [2, 4]
    assert signal.annotations["source_population"] == "inh"
    np.testing.assert_array_equal(signal.magnitude, np.arange(12.0).reshape(6, 2))


@pytest.mark.parametrize(("count", "limit"), [(30_000, 0.1), (300_000, 0.5)])
def test_a_large_block_is_made_at_once(count: int, limit: float) -> None:
    random = np.random.RandomState(1)
    spikes = Spikes.sorted(random.randint(0, 4000, count), random.randint(1, 10_001, count))
    large = Recording(DT, ("cells",), (4000,), (TrialRecording(10_000, {0: spikes}),))
    to_block(large, {})
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        block = to_block(large, {})
        seconds.append(time.perf_counter() - start)
    ids, times = block.segments[0].spiketrains.multiplexed
    assert ids.size == times.size == count
    assert min(seconds) < limit


def test_a_nix_file_gives_the_block_back(tmp_path: Path) -> None:
    annotations = {"simulator": "x", "seconds": {"run": 1.5}, "cached": False, "nothing": None}
    block = to_block(recording(), annotations)
    save_nix(block, tmp_path / "r.nix")
    assert block.annotations["seconds"] == {"run": 1.5}
    with neo.io.NixIO(str(tmp_path / "r.nix"), mode="ro") as file:
        back = file.read_block()
    assert back.annotations["seconds.run"] == 1.5
    for before, after in zip(block.segments, back.segments, strict=True):
        for a, b in zip(before.spiketrains, after.spiketrains, strict=True):
            np.testing.assert_array_equal(a.magnitude, b.magnitude)
            assert a.annotations["source_population"] == b.annotations["source_population"]
            assert a.annotations["source_index"] == b.annotations["source_index"]
    np.testing.assert_array_equal(back.segments[0].analogsignals[0].magnitude, np.arange(12.0).reshape(6, 2))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError, match="closed"):
        save_nix(to_block(recording(), {}), folder / "r.nix")


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="file"):
        save_nix(to_block(recording(), {}), tmp_path / "file" / "r.nix")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file"]


def test_final_states_of_synapses_are_signals_with_one_sample(tmp_path: Path) -> None:
    cells = Population("in", "SpikeSourceArray", 2), Population("out", "IF_cond_exp", 2)
    plastic = Projection("learning", 0, 1, [0, 1, 1], [1, 0, 1], 0.02, 5, synapse="SpikePairAdditive")
    network = Network(DT, cells, (plastic,), trials=(Trial((Epoch(10),)),))
    weights = np.array([0.01, 0.02, 0.03])
    trial = TrialRecording(10, {}, (), {0: {"weight": weights}})
    block = to_block(Recording(DT, ("in", "out"), (2, 2), (trial,)), {}, network)
    save_nix(block, tmp_path / "r.nix")
    with neo.io.NixIO(str(tmp_path / "r.nix"), mode="ro") as file:
        read = file.read_block()
    for one in (block, read):
        (signal,) = one.segments[0].analogsignals
        assert (signal.name, signal.units, signal.shape) == ("weight", pq.Quantity(1, "uS"), (1, 3))
        np.testing.assert_array_equal(signal.magnitude[0], weights)
        assert float(signal.t_start.rescale("ms")) == 1.0
        assert signal.annotations["projection"] == "learning"
        assert signal.annotations["presynaptic_population"] == "in"
        assert signal.array_annotations["presynaptic_index"].tolist() == [0, 1, 1]
        assert signal.array_annotations["postsynaptic_index"].tolist() == [1, 0, 1]
