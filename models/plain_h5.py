"""HDF5 files: those of others are read at bounded cost and lead nowhere, ours are written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from unisono.models.files import written_whole

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


@contextmanager
def written_plain(path: Path, size: int = 0, libver: str | None = None) -> Iterator[h5py.File]:
    """Give an HDF5 file that takes the place of ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
    size : int
        Bytes that will at least be written.
    libver : str, optional
        As h5py takes it.

    Raises
    ------
    OutputError
        As :func:`~unisono.models.files.written_whole`.
    """
    with written_whole(path, size) as temporary, _Patient(temporary) as raw:
        try:
            with h5py.File(raw, "w", libver=libver) as file:
                yield file
        finally:
            if raw.error is not None:
                raise raw.error


class _Patient(io.FileIO):
    """A file that keeps its first error to itself: HDF5 cannot close what it could not write, and crashes later."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "r+")
        self.error: OSError | None = None

    def write(self, content: Any) -> int:
        """Write all of it, if nothing has failed so far."""
        left = memoryview(content).cast("B")
        size = len(left)
        while left and self.error is None:
            try:
                left = left[super().write(left) :]
            except OSError as error:
                self.error = error
        return size

    def truncate(self, size: int | None = None) -> int:
        """Set the size, if nothing has failed so far."""
        try:
            return super().truncate(size) if self.error is None else 0
        except OSError as error:
            self.error = error
            return 0
