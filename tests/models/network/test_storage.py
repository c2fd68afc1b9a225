"""Network files: whole, equal after the way to disk and back, and refused when damaged."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from networks import recurrent
from strategies import networks

from unisono.models.errors import DamagedFile, NetworkError, OutputError
from unisono.models.files import written_whole
from unisono.models.network import Change, Epoch, Floats, Network, Population, Projection, Trial
from unisono.models.network.fingerprint import fingerprint
from unisono.models.network.storage import load, save


def test_there_and_back(tmp_path):
    network = recurrent("IF_cond_alpha")
    network.save(tmp_path / "n.h5")
    back = Network.load(tmp_path / "n.h5")
    assert back.fingerprint == network.fingerprint
    assert back.label == network.label
    assert back.populations[1].parameters["tau_refrac"].tolist() == [0.0, 0.1, 0.3, 2.0, 5.0]
    np.testing.assert_array_equal(back.projections[0].weight, network.projections[0].weight)


def test_changes_and_missing_parts_come_back(tmp_path):
    epoch = Epoch(
        3, (Change("state", 0, "v", np.array([-70.0]), np.array([1])), Change("state", 0, "v", np.float64(-60)))
    )
    network = Network(0.1, (Population("a", "IF_curr_exp", 2),), trials=(Trial((epoch, Epoch(1))),))
    network.save(tmp_path / "n.h5")
    changes = Network.load(tmp_path / "n.h5").trials[0].epochs[0].changes
    assert changes[0].cells.tolist() == [1]
    assert changes[1].cells is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(networks())
def test_saving_and_loading_keeps_everything(tmp_path, network):
    network.save(tmp_path / "n.h5")
    back = Network.load(tmp_path / "n.h5")
    assert back.fingerprint == network.fingerprint
    assert [back.label, *(p.label for p in (*back.populations, *back.projections))] == [
        network.label,
        *(p.label for p in (*network.populations, *network.projections)),
    ]


@dataclass(frozen=True)
class Inner:
    value: float


@dataclass(frozen=True)
class Stored:
    """Fields of every kind, as they may come: the type hints alone say what they are."""

    named: Mapping[str, Floats]
    deep: Mapping[str, tuple[Inner, ...]]
    single: Inner | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    array: Floats | None = None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self)


@pytest.mark.parametrize("single", [None, Inner(2.5)])
@pytest.mark.parametrize("name", ["a/b", "/", ".", "..", "names", "length", "0", "", "ü → v"])
def test_type_hints_say_what_is_read(tmp_path, name, single):
    stored = Stored({name: np.arange(2.0), "n": np.array(1.5)}, {name: (Inner(1.0),), "none": ()}, single, {name: name})
    save(stored, tmp_path / "s.h5")
    back = load(tmp_path / "s.h5", Stored)
    assert back.fingerprint == stored.fingerprint
    assert (back.deep, back.single, back.texts, back.array) == (stored.deep, single, stored.texts, None)


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_a_text_that_no_file_can_hold_is_refused(tmp_path, text):
    with pytest.raises(NetworkError, match="cannot be written"):
        save(Stored({}, {}, texts={"a": text}), tmp_path / "s.h5")
    assert list(tmp_path.iterdir()) == []


def test_labels_have_no_control_characters(tmp_path):
    network = recurrent("IF_curr_exp")
    cells = replace(network.populations[0], label="a\n::error::\x1b[31m\0\ud800\u202e")
    network = replace(network, label="one\ntwo", populations=(cells, *network.populations[1:]))
    network.save(tmp_path / "n.h5")
    back = Network.load(tmp_path / "n.h5")
    assert (back.label, back.populations[0].label) == ("one\ufffdtwo", "a\ufffd::error::\ufffd[31m\ufffd\ufffd\ufffd")


def test_a_file_of_another_version_is_refused(tmp_path):
    recurrent("IF_curr_exp").save(tmp_path / "n.h5")
    with h5py.File(tmp_path / "n.h5", "r+") as file:
        file.attrs["format"] = "unisono-network-2"
    with pytest.raises(DamagedFile, match=r"not a network file of this version.*Write it again with Network.save"):
        Network.load(tmp_path / "n.h5")


def test_a_missing_file():
    with pytest.raises(DamagedFile, match="not found"):
        Network.load("nowhere.h5")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "other"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "n.h5"
    recurrent("IF_curr_exp").save(path)
    if damage == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "flipped":
        with h5py.File(path, "r+") as file:
            file["projections/0/parameters/0"][0] = 0.123
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


def test_a_disk_without_room_is_refused_at_once(tmp_path):
    with pytest.raises(OutputError, match="No space left"), written_whole(tmp_path / "n.h5", size=2**62):
        raise AssertionError("must not begin to write")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "none", str(tmp_path)], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root and the right to mount")
    try:
        with pytest.raises(OutputError, match="No space left"):
            recurrent("IF_curr_exp").save(tmp_path / "n.h5")
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


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
