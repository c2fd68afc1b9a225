"""Networks on disk: one HDF5 file.

A dataclass is a group, a tuple a group of numbered items, a mapping a group of named
ones, an array a dataset, the rest attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import h5py
import numpy as np

from unisono.models.errors import DamagedFile, UnisonoError
from unisono.models.files import written_whole
from unisono.models.network import elements, schedule
from unisono.models.network.fingerprint import FORMAT, leaves

_ITEMS: dict[str, type] = {
    "populations": elements.Population,
    "projections": elements.Projection,
    "spikes": elements.SpikeInput,
    "currents": elements.CurrentInput,
    "recordings": elements.RecordingRequest,
    "trials": schedule.Trial,
    "epochs": schedule.Epoch,
    "changes": schedule.Change,
}

#: A Network: the class is handed in, so that this file need not import what is built upon it.
Stored = TypeVar("Stored", bound=Any)


def save(network: Any, path: Path) -> None:
    """Write a network file, whole or not at all."""
    size = sum(value.nbytes for _, value in leaves("", network) if isinstance(value, np.ndarray))
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


def load(path: Path, kind: type[Stored]) -> Stored:
    """Read a network file and check it against its fingerprint."""
    if not path.is_file():
        raise DamagedFile(f"There is no network file '{path}'.")
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != FORMAT:
                raise DamagedFile(
                    f"'{path}' is not a network file of this version ({FORMAT}).", "Write it again with Network.save."
                )
            network: Stored = _read(file, kind)
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
