"""Synapses by their axonal delays: every part of a delay is waited for once, and nothing acts before its time."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.adapters.contract.delay_groups import delay_groups, read_after
from unisono.models.network import Projection


def projection(axonal, dendritic, size=60):
    ends = np.zeros(size, np.uint32)
    return Projection("p", 0, 1, ends, ends, 1.0, axonal=axonal, dendritic=dendritic)


def several():
    random = np.random.RandomState(2)
    delay = random.randint(1, 7, 60)
    axonal = random.randint(0, delay + 1)
    return axonal, delay - axonal


@pytest.mark.parametrize(
    ("axonal", "dendritic"),
    [
        (0, 7),
        (4, 0),
        (0, np.arange(1, 61)),
        (3, np.arange(60)),
        (np.arange(1, 61), 2),
        (np.arange(1, 61), np.arange(60)[::-1]),
        several(),
    ],
)
def test_a_delay_is_what_is_waited_before_the_step_of_the_synapse_and_after_it(axonal, dendritic):
    p = projection(axonal, dendritic)
    groups = delay_groups(p)
    size, found = p.size, np.zeros(p.size, int)
    axonal, dendritic = (np.broadcast_to(delay, size) for delay in (p.axonal, p.dendritic))
    after = np.broadcast_to(read_after(groups, size), size)
    for group in groups:
        mine = np.arange(size) if group.synapses is None else group.synapses
        found[mine] += 1
        assert group.waiting >= 0 and (group.behind >= 0).all()
        assert (group.waiting + 1 == axonal[mine] + group.after).all()
        assert (group.after + group.behind == dendritic[mine]).all()
        # All spikes of the target that come before those of the source are known at the beginning of the step.
        assert (axonal[mine] - np.maximum(dendritic[mine], 1) <= group.waiting).all()
        assert (after[mine] == group.after).all()
    assert (found == 1).all()


def test_what_all_deliver_at_once_is_read_when_it_arrives():
    (group,) = delay_groups(projection(2, 5))
    assert (group.waiting, group.after, group.behind.tolist()) == (6, 5, 0)


def test_an_empty_projection_has_no_groups():
    p = projection(0, 3, size=0)
    assert delay_groups(p) == () and not read_after((), 0).size


def test_values_and_places_of_a_group():
    first, second = delay_groups(projection(np.array([1, 0, 1, 0]), np.array([1, 2, 3, 4]), size=4))
    assert first.synapses.tolist() == [1, 3] and second.synapses.tolist() == [0, 2]
    assert second.of(np.array([5.0, 6.0, 7.0, 8.0])).tolist() == [5.0, 7.0]
    assert second.of(np.asarray(5.0)) == 5.0
    assert second.places(np.array([1, 2])).tolist() == [1]
    (only,) = delay_groups(projection(0, 1, size=4))
    assert only.places(np.array([1, 2])).tolist() == [1, 2]
