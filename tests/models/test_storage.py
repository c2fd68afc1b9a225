"""Network files: whole, equal after the way to disk and back, and refused when damaged."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import h5py
import numpy as np
import pytest
from networks import recurrent
from unisono.models.errors import DamagedFile, OutputError
from unisono.models.network import Change, Epoch, Network, Population, Projection, Trial


def test_there_and_back(tmp_path):
    network = recurrent("IF_cond_alpha")
    network.save(tmp_path / "n.h5")
    back = Network.load(tmp_path / "n.h5")
    assert back.fingerprint == network.fingerprint
    assert back.label == network.label
    assert back.populations[1].parameters["tau_refrac"].tolist() == [0.0, 0.1, 0.3, 2.0, 5.0]
    np.testing.assert_array_equal(back.projections[0].weight, network.projections[0].weight)


def test_changes_and_missing_parts_come_back(tmp_path):
    epoch = Epoch(3, (Change("state", 0, "v", np.array([-70.0]), np.array([1])), Change("state", 0, "v", np.float64(-60))))
    network = Network(0.1, (Population("a", "IF_curr_exp", 2),), trials=(Trial((epoch, Epoch(1))),))
    network.save(tmp_path / "n.h5")
    changes = Network.load(tmp_path / "n.h5").trials[0].epochs[0].changes
    assert changes[0].cells.tolist() == [1]
    assert changes[1].cells is None


def test_a_missing_file():
    with pytest.raises(DamagedFile, match="no network file"):
        Network.load("nowhere.h5")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "other"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "n.h5"
    recurrent("IF_curr_exp").save(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "flipped":
        with h5py.File(path, "r+") as file:
            file["projections/0/weight"][0] = 0.123
    elif damage == "text":
        path.write_text("no HDF5")
    else:
        with h5py.File(path, "w") as file:
            file["a"] = 1
    with pytest.raises(DamagedFile, match=r"n\.h5"):
        Network.load(path)


def test_an_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Cannot write"):
        recurrent("IF_curr_exp").save(tmp_path / "file" / "n.h5")


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    # A limit on the size of a file fails a write as a full disk does.
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from networks import recurrent\n"
        "from unisono.models.errors import OutputError\n"
        "try: recurrent('IF_curr_exp').save(sys.argv[1])\n"
        "except OutputError as error: print('refused:', error)"
    )
    support = os.path.join(os.path.dirname(__file__), "..", "support")
    answer = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "n.h5"), support],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)),
    )
    assert answer.stdout.startswith("refused: Cannot write"), answer.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_ten_million_synapses_fit(tmp_path):
    size, cells = 10_000_000, 10_000
    rng = np.random.RandomState(1)
    pre, post = rng.randint(0, cells, size).astype(np.uint32), rng.randint(0, cells, size).astype(np.uint32)
    delay = rng.randint(1, 20, size).astype(np.int32)
    projection = Projection("p", 0, 0, pre, post, rng.rand(size), delay)
    held = sum(a.nbytes for a in (projection.pre, projection.post, projection.weight, projection.delay))
    assert held < 250e6
    network = Network(0.1, (Population("a", "IF_curr_exp", cells),), (projection,), trials=(Trial((Epoch(1),)),))
    network.save(tmp_path / "n.h5")
    assert Network.load(tmp_path / "n.h5").synapses == size
