"""Opening HDF5 files of others: what is read lies in them, and takes no more memory than they have bytes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

#: Layouts of datasets whose samples lie in the file as they are: no compression, no other file.
_LAYOUTS = (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS)


@contextmanager
def opened_plain(path: Path) -> Iterator[h5py.File]:
    """Open a file of ours for reading, once nothing in it leads elsewhere.

    Raises
    ------
    OSError
        If it is no plain file, or not an HDF5 file.
    ValueError
        If it has a link to another file, storage outside, compressed or virtual data, or data that are not there.
    """
    if not path.is_file():  # a pipe would be waited for
        raise OSError(f"'{path}' is no plain file")
    with h5py.File(path, "r") as file:
        _check(file)
        yield file


def _check(top: h5py.Group) -> None:
    left, seen = [top], set()
    while left:
        group = left.pop()
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"'{name}' is a link")
            part = group[name]
            address = h5py.h5o.get_info(part.id).addr
            if address in seen:
                raise ValueError(f"'{name}' is in it twice")
            seen.add(address)
            if isinstance(part, h5py.Group):
                left.append(part)
            elif not isinstance(part, h5py.Dataset):
                raise ValueError(f"'{name}' is neither a group nor an array")
            else:
                _check_array(name, part)


def _check_array(name: str, array: h5py.Dataset) -> None:
    if array.dtype.kind not in "biuf":
        raise ValueError(f"'{name}' is no array of numbers")
    properties = array.id.get_create_plist()
    if properties.get_layout() not in _LAYOUTS or properties.get_external_count():
        raise ValueError(f"'{name}' is compressed, or lies outside of the file")
    if array.id.get_storage_size() != array.nbytes:
        raise ValueError(f"'{name}' is not whole")
