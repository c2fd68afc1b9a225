"""The fingerprint of a network: equal for equal content, on every platform and library version.

The walk is generic: it takes every field of every dataclass, and a field that does not count says so itself
(:data:`LABEL`). A new field or a new part needs nothing here.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from hashlib import _Hash

#: Name of the content's layout; a part of every fingerprint.
FORMAT = "unisono-network-3"

#: Metadata of a field that changes nothing in a simulation, and so nothing in the fingerprint.
LABEL = {"fingerprint": False}

#: Metadata of a field that counts unless it is empty, so that networks without it keep the fingerprint that they had.
IF_ANY = {"fingerprint": "if any"}


def fingerprint(content: Any) -> str:
    """SHA-256 over names, types, shapes and little-endian bytes of the content.

    Parameters
    ----------
    content : dataclass
        Of dataclasses, tuples, mappings by names, arrays, numbers and texts.

    Raises
    ------
    TypeError
        If it contains anything else.
    """
    digest = hashlib.sha256(FORMAT.encode())
    _add(digest, content)
    return digest.hexdigest()


def _add(digest: _Hash, value: Any) -> None:
    """Add a value; it begins with its kind and its length, so that no two contents give the same bytes."""
    if is_dataclass(value):
        counted = [item for item in fields(value) if _counts(item.metadata.get("fingerprint", True), value, item.name)]
        digest.update(b"fields %d;" % len(counted))
        for item in counted:
            _add(digest, item.name)
            _add(digest, getattr(value, item.name))
    elif isinstance(value, tuple):
        digest.update(b"items %d;" % len(value))
        for entry in value:
            _add(digest, entry)
    elif isinstance(value, Mapping):
        digest.update(b"names %d;" % len(value))
        for name in sorted(value):
            _add(digest, name)
            _add(digest, value[name])
    elif isinstance(value, np.ndarray):
        array = value.astype(value.dtype.newbyteorder("<"), copy=False)
        digest.update(f"array {array.dtype.kind}{array.dtype.itemsize} {array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    else:
        digest.update(_scalar(value))


def _counts(how: Any, value: Any, name: str) -> bool:
    return bool(getattr(value, name)) if how == IF_ANY["fingerprint"] else bool(how)


def _scalar(value: Any) -> bytes:
    match value:
        case str():
            text = value.encode("utf-8", "surrogatepass")
            return b"text %d;" % len(text) + text
        case None | bool():
            return f"{value};".encode()
        case int() | np.integer():
            return b"integer %d;" % value
        case float() | np.floating():
            return b"float;" + struct.pack("<d", value)
    raise TypeError(f"a {type(value).__name__} has no fingerprint")
