"""Values that hold from given times on."""

from __future__ import annotations

import numpy as np

from unisono.models.inputs.table import Table

STOP = np.array([100, 100, 100])


def test_one_sequence_for_all_cells():
    table = Table.of([np.array([0.0, 10.4, 10.2, 30.0])], [np.array([1.0, 2.0, 3.0, 4.0])])
    assert table.single
    steps = np.array([0, 9, 10, 29, 30, 99])
    entry = table.entry(np.arange(6), steps)
    # 10.4 and 10.2 fall on one grid point: the last one holds
    assert table.values[0][entry].tolist() == [1.0, 1.0, 3.0, 3.0, 4.0, 4.0]
    assert table.next_start(np.zeros(3, int), np.array([0, 10, 30]), STOP).tolist() == [10, 30, 100]


def test_a_sequence_for_each_cell():
    table = Table.of([np.array([5.0]), np.array([0.0, 50.0])], [np.array([1.0]), np.array([2.0, 3.0])])
    assert not table.single
    cells, steps = np.array([0, 0, 1, 1]), np.array([4, 5, 49, 50])
    assert table.entry(cells, steps).tolist() == [-1, 0, 1, 2]
    assert table.next_start(np.array([0, 0, 1]), np.array([0, 5, 0]), STOP).tolist() == [5, 100, 50]
    assert table.next_start(np.array([1]), np.array([0]), np.array([20])).tolist() == [20]
