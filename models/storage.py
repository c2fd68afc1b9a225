"""Networks on disk: one HDF5 file, and the fingerprint of the content.

Both walk the same tree: a dataclass is a group, a tuple a group of numbered
items, a mapping a group of named ones, an array a dataset, the rest attributes.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from unisono.models import parts
from unisono.models.errors import DamagedFile, UnisonoError
from unisono.models.files import written_whole
from unisono.models.network import Network

FORMAT = "unisono-network-1"

_ITEMS: dict[str, type] = {
    "populations": parts.Population,
    "projections": parts.Projection,
    "spikes": parts.SpikeInput,
    "currents": parts.CurrentInput,
    "recordings": parts.RecordingRequest,
    "trials": parts.Trial,
    "epochs": parts.Epoch,
    "changes": parts.Change,
}


def fingerprint(network: Network) -> str:
    """SHA-256 over names, types, shapes and little-endian bytes of the content.

    The labels do not count: they change nothing that is simulated. Nor does an empty
    definition, so that networks of standard cells keep the fingerprint they had before there were others.
    """
    digest = hashlib.sha256(FORMAT.encode())
    for path, value in _leaves("", network):
        if path.endswith("label") or (path.endswith("definition") and not value):
            continue
        if isinstance(value, np.ndarray):
            array = value.astype(value.dtype.newbyteorder("<"), copy=False)
            head = f"{path}:{array.dtype.kind}{array.dtype.itemsize}:{array.shape};"
            digest.update(head.encode())
            digest.update(np.ascontiguousarray(array).data)
        elif isinstance(value, float):
            digest.update(f"{path}:float;".encode() + struct.pack("<d", value))
        else:
            digest.update(f"{path}:{json.dumps(value)};".encode())
    return digest.hexdigest()


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Pairs of path and value, depth first, in a fixed order."""
    if is_dataclass(value):
        for item in fields(value):
            yield from _leaves(f"{path}/{item.name}", getattr(value, item.name))
    elif isinstance(value, tuple):
        yield f"{path}/n", len(value)
        for index, item in enumerate(value):
            yield from _leaves(f"{path}/{index}", item)
    elif isinstance(value, Mapping):
        yield f"{path}/names", sorted(value)
        for name in sorted(value):
            yield from _leaves(f"{path}/{name}", value[name])
    else:
        yield path, value


def save(network: Network, path: Path) -> None:
    """Write a network file, whole or not at all."""
    size = sum(value.nbytes for _, value in _leaves("", network) if isinstance(value, np.ndarray))
    with written_whole(path, size) as temporary, h5py.File(temporary, "w", libver="latest") as file:
        file.attrs["format"] = FORMAT
        _write(file, network)
        file.attrs["fingerprint"] = network.fingerprint


def _write(group: h5py.Group, value: Any) -> None:
    for item in fields(value):
        part = getattr(value, item.name)
        if isinstance(part, tuple):
            items = group.create_group(item.name)
            for index, entry in enumerate(part):
                _write(items.create_group(str(index)), entry)
        elif isinstance(part, Mapping):
            named = group.create_group(item.name)
            for name, array in part.items():
                named.create_dataset(name, data=array)
        elif isinstance(part, np.ndarray):
            group.create_dataset(item.name, data=part)
        elif part is not None:
            group.attrs[item.name] = part


def load(path: Path) -> Network:
    """Read a network file and check it against its fingerprint."""
    if not path.is_file():
        raise DamagedFile(f"There is no network file '{path}'.")
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise DamagedFile(
                    f"'{path}' is not a network file of this version ({FORMAT}).", "Write it again with Network.save."
                )
            network: Network = _read(file, Network)
            expected = file.attrs.get("fingerprint")
    except DamagedFile:
        raise
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, UnisonoError) as error:
        raise DamagedFile(f"The network file '{path}' cannot be read: {error}", "Write it again.") from error
    if network.fingerprint != expected:
        raise DamagedFile(
            f"The network file '{path}' is damaged: its content does not fit its fingerprint.", "Write it again."
        )
    return network


def _read(group: h5py.Group, kind: type) -> Any:
    values: dict[str, Any] = {}
    for item in fields(kind):
        name = item.name
        if name in group.attrs:
            value = group.attrs[name]
            values[name] = value.item() if isinstance(value, np.generic) else value
        elif name in group:
            part = group[name]
            if isinstance(part, h5py.Dataset):
                values[name] = np.asarray(part[()])
            elif name in _ITEMS:
                values[name] = tuple(_read(part[str(i)], _ITEMS[name]) for i in range(len(part)))
            else:
                values[name] = {key: np.asarray(part[key][()]) for key in part}
    return kind(**values)
