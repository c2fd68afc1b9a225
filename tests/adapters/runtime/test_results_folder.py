"""Folders of results: there and back, open to other tools, whole or not at all."""

from __future__ import annotations

import json

import libsonata
import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.adapters.runtime.results_folder import load_results, save_results
from unisono.models.errors import DamagedFile, OutputError
from unisono.models.network import Epoch, Network, Population, Projection, Trial


@pytest.fixture(scope="module")
def runs():
    network = driven("IF_cond_exp", 40, size=2, spikes=(1, 2), weight=0.8, variables=("v", "gsyn_exc"))
    return Executor().run(network, ["reference"])


def test_there_and_back(runs, tmp_path):
    save_results(runs, tmp_path / "r")
    back = load_results(tmp_path / "r")
    assert back.network.fingerprint == runs.network.fingerprint
    ours, theirs = runs["reference"].recording.trials[0], back["reference"].recording.trials[0]
    assert ours.spikes[1].size > 0
    for population in ours.spikes:
        np.testing.assert_array_equal(ours.spikes[population].steps, theirs.spikes[population].steps)
        np.testing.assert_array_equal(ours.spikes[population].cells, theirs.spikes[population].cells)
    by_name = {s.variable: s for s in theirs.signals}
    for signal in ours.signals:
        np.testing.assert_array_equal(signal.values, by_name[signal.variable].values)
        assert by_name[signal.variable].unit == signal.unit
    assert back["reference"].provenance == runs["reference"].provenance


def test_libsonata_opens_spikes_and_signals(runs, tmp_path):
    save_results(runs, tmp_path / "r")
    place = tmp_path / "r" / "reference" / "trial-000"
    spikes = libsonata.SpikeReader(str(place / "spikes.h5"))["cells"]
    expected = runs["reference"].recording.trials[0].spikes[1]
    assert [t for _, t in spikes.get()] == pytest.approx((expected.steps * 0.1).tolist())
    assert [n for n, _ in spikes.get()] == expected.cells.tolist()
    report = libsonata.ElementReportReader(str(place / "v.h5"))["cells"]
    assert report.data_units == "mV"
    values = next(s.values for s in runs["reference"].recording.trials[0].signals if s.variable == "v")
    frame = report.get(node_ids=[0, 1])
    np.testing.assert_allclose(frame.data[: len(values)], values[: len(frame.data)], rtol=1e-6)


def test_libsonata_reads_final_weights_of_synapses_that_change(tmp_path):
    cells = Population("in", "SpikeSourceArray", 2), Population("out", "IF_cond_exp", 2)
    plastic = Projection("learning", 0, 1, [0, 1, 1], [1, 0, 1], 0.02, 5, synapse="SpikePairAdditive")
    static = Projection("fixed", 1, 1, [0], [1], 0.3, 5)
    network = Network(0.1, cells, (static, plastic), trials=(Trial((Epoch(10),)),))
    weights = np.array([0.01, 0.02, 0.1 / 3])
    trial = TrialRecording(10, {}, (), {1: {"weight": weights}})
    recording = Recording(0.1, ("in", "out"), (2, 2), (trial,))
    save_results(Runs(network, {"nest": Run("nest", network, Settings(), recording)}), tmp_path / "r")
    storage = libsonata.EdgeStorage(str(tmp_path / "r" / "nest" / "trial-000" / "edges.h5"))
    assert storage.population_names == {"learning"}
    edges = storage.open_population("learning")
    assert (edges.source, edges.target, edges.size) == ("in", "out", 3)
    every = edges.select_all()
    assert edges.source_nodes(every).tolist() == [0, 1, 1] and edges.target_nodes(every).tolist() == [1, 0, 1]
    np.testing.assert_array_equal(edges.get_attribute("syn_weight", every), weights)
    np.testing.assert_allclose(edges.get_attribute("delay", every), 0.5)
    back = load_results(tmp_path / "r")["nest"].recording.trials[0]
    np.testing.assert_array_equal(back.synapses[1]["weight"], weights)


def test_where_no_synapse_changes_no_edges_are_written(runs, tmp_path):
    save_results(runs, tmp_path / "r")
    assert not list((tmp_path / "r").rglob("edges.h5"))


def test_the_same_runs_give_the_same_bytes(runs, tmp_path):
    save_results(runs, tmp_path / "a")
    save_results(runs, tmp_path / "b")
    for path in sorted((tmp_path / "a").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path


def test_results_replace_results_and_nothing_else(runs, tmp_path):
    save_results(runs, tmp_path / "r")
    save_results(runs, tmp_path / "r")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(OutputError, match="holds no results"):
        save_results(runs, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "r"]


def test_a_folder_that_cannot_be_written(runs, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        save_results(runs, tmp_path / "file" / "r")


def test_nix_export_opens_with_neo(runs, tmp_path):
    import neo

    save_results(runs, tmp_path / "r", nix=True)
    reader = neo.io.NixIO(str(tmp_path / "r" / "reference" / "reference.nix"), mode="ro")
    block = reader.read_block()
    reader.close()
    trains = block.segments[0].spiketrains
    assert sum(len(t) for t in trains) == runs["reference"].recording.spike_count


@pytest.mark.parametrize("damage", ["missing", "index", "spikes", "network", "absent"])
def test_damaged_results_are_refused(runs, tmp_path, damage):
    folder = tmp_path / "r"
    save_results(runs, folder)
    spikes = folder / "reference" / "trial-000" / "spikes.h5"
    if damage == "missing":
        (folder / "results.json").unlink()
    elif damage == "index":
        (folder / "results.json").write_text("{")
    elif damage == "spikes":
        spikes.write_bytes(spikes.read_bytes()[:100])
    elif damage == "absent":
        spikes.unlink()
    else:
        index = json.loads((folder / "results.json").read_text())
        index["fingerprint"] = "0" * 64
        (folder / "results.json").write_text(json.dumps(index))
    with pytest.raises(DamagedFile):
        load_results(folder)
