"""The fingerprint of a network: equal for equal content, on every platform and library version."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

#: Name of the content's layout; a part of every fingerprint.
FORMAT = "unisono-network-1"


def fingerprint(network: Any) -> str:
    """SHA-256 over names, types, shapes and little-endian bytes of the content.

    The labels do not count: they change nothing that is simulated. Nor does an empty
    definition, so that networks of standard cells keep the fingerprint they had before there were others.
    """
    digest = hashlib.sha256(FORMAT.encode())
    for path, value in leaves("", network):
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


def leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Pairs of path and value, depth first, in a fixed order."""
    if is_dataclass(value):
        for item in fields(value):
            yield from leaves(f"{path}/{item.name}", getattr(value, item.name))
    elif isinstance(value, tuple):
        yield f"{path}/n", len(value)
        for index, item in enumerate(value):
            yield from leaves(f"{path}/{index}", item)
    elif isinstance(value, Mapping):
        yield f"{path}/names", sorted(value)
        for name in sorted(value):
            yield from leaves(f"{path}/{name}", value[name])
    else:
        yield path, value
