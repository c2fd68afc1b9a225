"""Networks on disk: one HDF5 file.

A dataclass is a group, a tuple a group of numbered items, a mapping the same with the names of its items beside
them, an array a dataset, the rest attributes. What a field is read as, its type hint says: a new field or a new part
needs nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import h5py
import numpy as np

from unisono.models.errors import DamagedFile, NetworkError, UnisonoError
from unisono.models.network.fingerprint import FORMAT
from unisono.models.plain_h5 import opened_plain, written_plain

#: A Network: the class is handed in, so that this file need not import what is built upon it.
Stored = TypeVar("Stored", bound=Any)


def save(network: Any, path: Path) -> None:
    """Write a network file, whole or not at all.

    Raises
    ------
    NetworkError
        If a text in it holds a character that no file can hold.
    OutputError
        If the file cannot be written.
    """
    with written_plain(path, _size(network), "latest") as file:
        file.attrs["format"] = FORMAT
        _write_fields(file, network)
        file.attrs["fingerprint"] = network.fingerprint


def _size(value: Any) -> int:
    """Bytes of all arrays."""
    if is_dataclass(value):
        return sum(_size(getattr(value, item.name)) for item in fields(value))
    if isinstance(value, Mapping):
        return sum(map(_size, value.values()))
    if isinstance(value, tuple):
        return sum(map(_size, value))
    return value.nbytes if isinstance(value, np.ndarray) else 0


def _write_fields(group: h5py.Group, value: Any) -> None:
    for item in fields(value):
        _write(group, item.name, getattr(value, item.name))


def _write(group: h5py.Group, name: str, value: Any) -> None:
    if is_dataclass(value):
        _write_fields(group.create_group(name), value)
    elif isinstance(value, Mapping):
        # the names are no names of HDF5, in which a slash or a dot has a meaning
        items = _numbered(group, name, tuple(value.values()))
        items.attrs.create("names", [_text(key) for key in value], (len(value),), h5py.string_dtype())
    elif isinstance(value, tuple):
        _numbered(group, name, value)
    elif isinstance(value, np.ndarray):
        group.create_dataset(name, data=value)
    elif isinstance(value, str):
        group.attrs[name] = _text(value)
    elif value is not None:
        group.attrs[name] = value


def _numbered(group: h5py.Group, name: str, entries: tuple[Any, ...]) -> h5py.Group:
    items = group.create_group(name)
    items.attrs["length"] = len(entries)
    for index, entry in enumerate(entries):
        _write(items, str(index), entry)
    return items


def _text(text: str) -> str:
    """The text, if UTF-8 and HDF5 can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _unstorable(text) from None
    if "\0" in text:
        raise _unstorable(text)
    return text


def _unstorable(text: str) -> NetworkError:
    return NetworkError(f"The text {text!r} cannot be written to a file.", "Leave out its special characters.")


def load(path: Path, kind: type[Stored]) -> Stored:
    """Read a network file and check it against its fingerprint.

    Raises
    ------
    DamagedFile
        If there is no such file, it is of another version, or its content does not match its fingerprint.
    """
    if not path.is_file():
        raise DamagedFile(f"Network file '{path}' not found.")
    try:
        with opened_plain(path) as file:
            if file.attrs.get("format") != FORMAT:
                raise DamagedFile(
                    f"'{path}' is not a network file of this version ({FORMAT}).", "Write it again with Network.save."
                )
            network: Stored = _read_fields(file, kind)
            expected = file.attrs.get("fingerprint")
    except DamagedFile:
        raise
    except (
        OSError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        MemoryError,
        UnisonoError,
    ) as error:
        raise DamagedFile(f"The network file '{path}' cannot be read: {error}", "Write it again.") from None
    if network.fingerprint != expected:
        raise DamagedFile(
            f"The network file '{path}' is damaged: its content does not match its fingerprint.", "Write it again."
        )
    return network


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read_fields(group: h5py.Group, kind: type) -> Any:
    """The dataclass of that group; a field that is neither stored nor None keeps its default."""
    hints, single, parts = _hints(kind), dict(group.attrs), dict(group)
    names = [item.name for item in fields(kind) if item.name in single or item.name in parts]
    return kind(**{name: _read(single, parts, name, hints[name]) for name in names})


def _read(single: Mapping[str, Any], parts: Mapping[str, h5py.HLObject], name: str, hint: Any) -> Any:
    """The value of that name among single values and parts of a group, of the kind that the type hint names."""
    if name in single:
        value = single[name]
        value = value.item() if isinstance(value, np.generic) else value
        choices = get_args(hint) or (hint,)
        kinds = {kind for kind in choices if kind in (int, float, str, bool)}
        kinds |= {str for choice in choices if isinstance(choice, str)}  # of a Literal
        if type(value) not in kinds and not (type(value) is int and float in kinds):
            raise TypeError(f"'{name}' is {value!r:.40}, of another type")
        return value
    part = parts[name]
    if isinstance(part, h5py.Dataset):
        return np.asarray(part[()])
    if NoneType in get_args(hint):
        hint = next(choice for choice in get_args(hint) if choice is not NoneType)
    if isinstance(hint, type) and is_dataclass(hint):
        return _read_fields(part, hint)
    named = get_origin(hint) is Mapping
    entry = get_args(hint)[1 if named else 0]
    single, parts = dict(part.attrs), dict(part)
    length = single["length"]
    if not isinstance(length, (int, np.integer)) or not 0 <= length <= len(single) + len(parts):
        raise ValueError(f"'{part.name}' does not have the items that it names")
    values = tuple(_read(single, parts, str(index), entry) for index in range(length))
    return dict(zip(single["names"].tolist(), values, strict=True)) if named else values
