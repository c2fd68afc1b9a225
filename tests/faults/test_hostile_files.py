"""Files that somebody else made: refused by name, at bounded cost; nothing in them leads elsewhere or to a terminal."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

import h5py
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import driven

from unisono import cell
from unisono.ci import baseline, configuration
from unisono.commands.common import shown
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel
from unisono.models.errors import ConfigurationError, DamagedFile, ModelError, UnisonoError
from unisono.models.network import Network

#: Faults tried of each kind; ``make faults`` tries more.
TRIES = int(os.environ.get("UNISONO_FAULTS", "60"))

CELL = {"parameters": {"tau": "10 ms", "v_thresh": "1 mV"}, "equations": "dv/dt = -v/tau : mV"}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("good") / "n.h5"
    driven(spikes=(1, 2)).save(path)
    return path


def _external_link(file: h5py.File) -> None:
    del file["populations"]
    file["populations"] = h5py.ExternalLink("/etc/passwd", "/populations")


def _soft_link(file: h5py.File) -> None:
    del file["trials"]
    file["trials"] = h5py.SoftLink("/populations")


def _hard_link(file: h5py.File) -> None:
    file["populations/more"] = file["populations"]


def _external_data(file: h5py.File) -> None:
    file.create_dataset("x", (4,), "f8", external=[("/etc/passwd", 0, 32)])


def _bomb(file: h5py.File) -> None:
    file.create_dataset("x", (1 << 40,), "f8", chunks=(1 << 20,), compression="gzip")


def _not_there(file: h5py.File) -> None:
    file.create_dataset("x", (1 << 40,), "f8")


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("x", layout)


def _text_array(file: h5py.File) -> None:
    file["x"] = ["a", "b"]


def _fraction(file: h5py.File) -> None:
    file["populations"].attrs["length"] = 1.5


def _huge(file: h5py.File) -> None:
    file["populations"].attrs["length"] = 1 << 60


def _wrong_type(file: h5py.File) -> None:
    file["populations/0"].attrs["size"] = 1.0


def _wrong_text(file: h5py.File) -> None:
    file["populations/0"].attrs["label"] = 7


def _swapped(file: h5py.File) -> None:
    file.move("populations", "x")
    file.move("projections", "populations")


HOSTILE = [
    _external_link,
    _soft_link,
    _hard_link,
    _external_data,
    _bomb,
    _not_there,
    _virtual,
    _text_array,
    _fraction,
    _huge,
    _wrong_type,
    _wrong_text,
    _swapped,
]


@pytest.mark.parametrize("change", HOSTILE)
def test_a_hostile_network_file_is_refused(change, good, tmp_path):
    path = tmp_path / "n.h5"
    path.write_bytes(good.read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    begin = time.monotonic()
    with pytest.raises(DamagedFile, match=r"n\.h5"):
        Network.load(path)
    assert time.monotonic() - begin < 5


def test_damaged_network_files_are_refused(good, tmp_path):
    content, fingerprint = good.read_bytes(), Network.load(good).fingerprint
    path = tmp_path / "n.h5"
    for seed in range(TRIES):
        chance = random.Random(seed)
        damaged = bytearray(content)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice([len(damaged), chance.randrange(len(damaged))])])
        try:
            assert Network.load(path).fingerprint == fingerprint, seed
        except DamagedFile:
            continue


def test_a_pipe_or_a_folder_is_no_network_file(tmp_path):
    os.mkfifo(tmp_path / "n.h5")
    (tmp_path / "folder.h5").mkdir()
    for name in ("n.h5", "folder.h5"):
        with pytest.raises(DamagedFile, match="not found"):
            Network.load(tmp_path / name)


@pytest.mark.parametrize("character", [" ", "(", "+", "a", "1", ":", "=", "\t", "\\"])
def test_long_text_is_refused_or_read_in_little_time(character):
    for text in (
        f"dv/dt = -v/tau{character * 100_000} : mV",
        f"dv/dt = -v/tau :{character * 100_000}mV",
        f"dv/dt{character * 100_000}= -v/tau : mV",
        f"{character * 100_000}x",
    ):
        begin = time.monotonic()
        try:
            cell("Long", **{**CELL, "equations": text})
        except ModelError as error:
            assert len(str(error)) < 20_000
        assert time.monotonic() - begin < 5
    begin = time.monotonic()
    for quantity in (f"10{character * 100_000}", f"{character * 100_000}10 ms", f"10 ms{character * 100_000}\n\n"):
        try:
            cell("Long", **{**CELL, "parameters": {**CELL["parameters"], "tau": quantity}})
        except ModelError as error:
            assert len(str(error)) < 20_000
    assert time.monotonic() - begin < 5


@given(st.text(max_size=200))
def test_any_text_as_equations_is_read_or_refused_by_name(text):
    try:
        cell("Any", **{**CELL, "equations": text})
    except UnisonoError as error:
        assert str(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(JSON)
def test_any_content_of_a_cell_definition_is_refused_by_name(content):
    known = json.loads(CELLS["IF_curr_exp"].to_text())
    for key in ("parameters", "equations", "receptors", "time_step", "name"):
        try:
            CellModel.from_text(json.dumps({**known, key: content}))
        except UnisonoError:
            continue


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_as_configuration_or_baseline_are_refused_by_name(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    for read in (configuration.read, baseline.read):
        with pytest.raises(ConfigurationError):
            read(path)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.lists(st.integers(), max_size=2)
)


@given(st.dictionaries(st.sampled_from(sorted({**configuration.MODEL, **configuration.GATE})), VALUES, max_size=4))
def test_any_values_of_a_configuration_are_read_or_refused_by_name(tmp_path_factory, values):
    def written(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float):
            return {"inf": "inf", "-inf": "-inf", "nan": "nan"}.get(str(value), str(value))
        return json.dumps(value)

    lines = "".join(f"{key} = {written(value)}\n" for key, value in values.items() if value is not None)
    path = tmp_path_factory.getbasetemp() / "values.toml"
    path.write_text(f"[[model]]\n{lines}")
    try:
        configuration.read(path)
    except ConfigurationError as error:
        assert str(path) in str(error)


def test_no_text_commands_a_terminal_or_a_log():
    assert shown("a\x1b[31mb\x07\x9b") == "a\ufffd[31mb\ufffd\ufffd"
    assert shown("x\n::error::no\n  ##[error]no\r") == "x\n| ::error::no\n  | ##[error]no\ufffd"
    assert shown("a :: b\tc\nµS → nA") == "a :: b\tc\nµS → nA"
    assert not {c for n in range(32) if (c := chr(n)) not in "\n\t" and c in shown(c)}
