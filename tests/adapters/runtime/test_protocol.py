"""Messages keep what they carry."""

from __future__ import annotations

import socket

import numpy as np

from unisono.adapters.runtime.protocol import Channel, packed, unpacked
from unisono.models.network import Change


def test_arrays_keep_shape_and_bits():
    here, there = (Channel(end) for end in socket.socketpair())
    sent = [np.float64(0.1), np.empty((0, 3)), np.arange(6, dtype=np.uint32).reshape(2, 3).T]
    here.send({"do": "it"}, sent)
    header, received = there.receive()
    assert header == {"do": "it"}
    assert [(a.shape, a.dtype, a.tolist()) for a in received] == [(a.shape, a.dtype, a.tolist()) for a in sent]


def test_a_change_of_one_value_for_all_stays_one():
    fields, arrays = packed(Change("synapse", 0, "weight", np.float64(2.0)))
    here, there = (Channel(end) for end in socket.socketpair())
    here.send(fields, arrays)
    change = unpacked(Change, *there.receive())
    assert change.values.shape == () and change.values == 2.0 and change.cells is None
