"""Files are written whole or not at all; tests/models/network/test_storage.py fills a disk."""

from __future__ import annotations

import os

import pytest

from unisono.models.errors import OutputError
from unisono.models.files import save_text, written_whole


def test_a_file_takes_its_place_when_it_is_complete(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with written_whole(path) as temporary:
        temporary.write_text("half")
        assert not path.exists() and temporary.parent == path.parent
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_what_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    save_text(path, "old")
    with pytest.raises(KeyError), written_whole(path) as temporary:
        temporary.write_text("new")
        raise KeyError
    assert path.read_text() == "old"
    with pytest.raises(OutputError, match=r"Cannot write '.*a.txt': cannot flush\."), written_whole(path):
        raise RuntimeError("cannot flush\nand more")
    assert list(tmp_path.iterdir()) == [path]


def test_text_is_utf8_with_the_permissions_of_the_user(tmp_path):
    path = tmp_path / "a.txt"
    before = os.umask(0o027)
    try:
        save_text(path, "µS → nA")
    finally:
        os.umask(before)
    assert path.read_bytes() == "µS → nA".encode()
    assert path.stat().st_mode & 0o777 == 0o640
