"""The spikes that GeNN's code notes for synapses, on arrays in memory; PyGeNN is not needed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from unisono.adapters.codegen.printers.genn import HISTORY, NO_SPIKE, ROOM, TOLD
from unisono.adapters.pygenn.history import FEW_SPIKES, History


class Array:
    def __init__(self, size=0):
        self.view = np.zeros(size, np.int32)

    def set_array(self, given):
        self.view = given

    def pull_from_device(self):
        pass

    push_to_device = pull_from_device


class Group:
    """A group of synapses that notes spikes as GeNN's code does."""

    def __init__(self, cells):
        self.extra_global_params, self.post_vars, self.room = {HISTORY: Array()}, {TOLD: Array(cells)}, 0

    def set_dynamic_param_value(self, name, value):
        assert name == ROOM
        self.room = value

    def spike(self, cell, step):
        told = self.post_vars[TOLD].view
        self.extra_global_params[HISTORY].view[cell * self.room + told[cell]] = step
        told[cell] += 1


@pytest.fixture
def model():
    made = {}
    return SimpleNamespace(
        _runtime=SimpleNamespace(
            allocate_array=lambda group, name, size: made.update({(id(group), name): np.zeros(size, np.int32)}),
            get_array=lambda group, name: made[id(group), name],
        )
    )


def test_nothing_is_lost_when_there_is_more_room(model):
    history, groups = History(model, 3), [Group(3), Group(3)]
    assert not history.needed
    for group in groups:
        history.add(group)
    assert history.needed
    rooms, begin = [], 0
    for end in range(50, 1001, 50):
        history.make_room(begin, end)
        for step in range(begin + 1, end + 1):
            for group in groups:
                group.spike(0, step)
                if step % 7 == 0:
                    group.spike(2, step)
        rooms.append(groups[0].room)
        begin = end
    assert rooms[0] == FEW_SPIKES and 1000 < rooms[-1] < 2500 and len(set(rooms)) < 6
    for group in groups:
        rows = group.extra_global_params[HISTORY].view.reshape(3, -1)
        assert rows[0, :1001].tolist() == [*range(1, 1001), NO_SPIKE]
        assert (rows[1] == NO_SPIKE).all()
        assert rows[2, :143].tolist() == [*range(7, 1001, 7), NO_SPIKE]


def test_what_each_synapse_has_yet_to_see(model):
    history, group = History(model, 3), Group(3)
    history.add(group)
    history.make_room(0, 100)
    for cell, step in ((2, 1), (0, 3), (2, 3), (2, 9)):
        group.spike(cell, step)
    cells, seen = np.array([2, 0, 1, 2, 0]), np.array([1, 0, 0, 0, 0], np.uint32)
    synapses, steps, now = history.unseen(cells, seen, np.array([9, 2, 50, 3, 3]))
    assert list(zip(synapses.tolist(), steps.tolist(), strict=True)) == [(0, 3), (0, 9), (3, 1), (3, 3), (4, 3)]
    assert now.tolist() == [3, 0, 0, 2, 1]
    # Nothing is seen twice, even if a synapse has seen more.
    synapses, _, now = history.unseen(cells, now, np.full(5, -4))
    assert not synapses.size and now.tolist() == [3, 0, 0, 2, 1]
