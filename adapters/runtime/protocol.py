"""What the parent and a worker say to each other: a JSON header and arrays as raw bytes, over a socket pair.

The worker imports this file beside NumPy alone.
"""

from __future__ import annotations

import copyreg
import io
import json
import pickle
import socket
import struct
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Lengths of the header and of the arrays.
_FRAME = struct.Struct("<IQ")

#: The file in the job's folder that says where a script was when its process crashed or was stopped.
STACK = "stack.txt"

Message = tuple[dict[str, Any], list[NDArray[Any]]]


class Closed(Exception):
    """The other side is gone."""


class Channel:
    """One end of the socket pair.

    Parameters
    ----------
    socket : socket.socket
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def fileno(self) -> int:
        """The descriptor, for ``select``."""
        return self._socket.fileno()

    def send(self, header: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> None:
        """Send one message.

        Raises
        ------
        Closed
            If the other side is gone.
        """
        flat = [np.asarray(array, order="C") for array in arrays]  # a single value keeps its shape
        shapes = [(array.dtype.str, array.shape) for array in flat]
        text = json.dumps({**header, "arrays": shapes}).encode()
        size = sum(array.nbytes for array in flat)
        try:
            self._socket.sendall(_FRAME.pack(len(text), size) + text)
            for array in flat:
                if array.nbytes:
                    self._socket.sendall(array.reshape(-1).view(np.uint8).data)
        except OSError as error:
            raise Closed from error

    def receive(self) -> Message:
        """Wait for a message.

        Raises
        ------
        Closed
            If the other side is gone.
        """
        length, size = _FRAME.unpack(self._bytes(_FRAME.size))
        header = json.loads(self._bytes(length))
        data = memoryview(self._bytes(size))
        arrays, begin = [], 0
        for kind, shape in header.pop("arrays"):
            dtype = np.dtype(kind)
            count = int(np.prod(shape, dtype=np.int64))
            arrays.append(np.frombuffer(data, dtype, count, begin).reshape(shape))
            begin += count * dtype.itemsize
        return header, arrays

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _bytes(self, size: int) -> bytearray:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            try:
                got = self._socket.recv_into(view)
            except OSError as error:
                raise Closed from error
            if not got:
                raise Closed
            view = view[got:]
        return buffer


# -- parts of a Network as messages -------------------------------------------


def packed(value: Any) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """A flat dataclass of numbers, texts and arrays as a header and arrays."""
    fields: dict[str, Any] = {}
    arrays: list[NDArray[Any]] = []
    for name in value.__dataclass_fields__:
        part = getattr(value, name)
        if isinstance(part, (np.ndarray, np.generic)):
            fields[name] = {"array": len(arrays)}
            arrays.append(np.asarray(part))
        else:
            fields[name] = part
    return fields, arrays


def unpacked(kind: type, fields: Mapping[str, Any], arrays: Sequence[NDArray[Any]]) -> Any:
    """What :func:`packed` took apart."""
    return kind(**{name: arrays[v["array"]] if isinstance(v, dict) else v for name, v in fields.items()})


# -- objects of this Python as arrays, for a process that runs the same code ------


def flattened(value: Any) -> list[NDArray[np.uint8]]:
    """A value as arrays: how it is put together, and the arrays in it, which are not copied."""
    buffers: list[pickle.PickleBuffer] = []
    text = io.BytesIO()
    _Pickler(text, protocol=5, buffer_callback=buffers.append).dump(value)
    return [np.frombuffer(part, np.uint8) for part in (text.getbuffer(), *(buffer.raw() for buffer in buffers))]


def restored(arrays: Sequence[NDArray[np.uint8]]) -> Any:
    """What :func:`flattened` took apart; its arrays are read-only, as those of a Network are."""
    text, *buffers = arrays
    return pickle.loads(text.data, buffers=[memoryview(buffer.data).toreadonly() for buffer in buffers])


def _read_only(mapping: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(mapping)


class _Pickler(pickle.Pickler):
    """Takes the read-only mappings of a Network, too."""

    dispatch_table = copyreg.dispatch_table.copy()
    dispatch_table[MappingProxyType] = lambda mapping: (_read_only, (dict(mapping),))
