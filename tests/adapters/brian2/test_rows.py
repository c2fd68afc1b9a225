"""Synapses of several projections in one object: sorted by source, in the order of projections and of their own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.adapters.brian2 import rows
from unisono.adapters.brian2.rows import Rows

PROJECTIONS = st.lists(
    st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(0, 7), st.booleans()), min_size=1
)


@given(PROJECTIONS, st.integers(1, 4))
def test_places_are_those_of_a_stable_sort(projections, block):
    sources = {9 * k: np.array(sorted(cells) if tidy else cells) for k, (cells, _, tidy) in enumerate(projections)}
    sources = {k: cells.astype(np.uint32) for k, cells in sources.items()}
    begins = {9 * k: begin for k, (_, begin, _) in enumerate(projections)}
    every = np.concatenate([sources[k].astype(int) + begins[k] for k in sources])
    expected = np.empty(every.size, int)
    expected[np.argsort(every, kind="stable")] = np.arange(every.size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_BLOCK", block)
        found = Rows(sources, begins)
        assert found.size == every.size
        ends = np.cumsum([cells.size for cells in sources.values()])
        for k, part in zip(sources, np.split(expected, ends[:-1]), strict=True):
            filled = np.full(every.size, -1)
            for chosen, places in found.blocks(k):
                filled[places] = np.arange(sources[k].size)[chosen]
            assert np.array_equal(filled[part], np.arange(part.size)) and (filled >= 0).sum() == part.size
            assert np.array_equal(np.arange(every.size)[found.places(k)], part)


def test_synapses_that_lie_in_order_are_a_slice():
    found = Rows({0: np.array([0, 0, 3], np.uint32), 1: np.array([1, 2], np.uint32)}, {0: 0, 1: 4})
    assert found.places(0) == slice(0, 3) and found.places(1) == slice(3, 5)
    mixed = Rows({0: np.array([0, 0, 3], np.uint32), 1: np.array([1, 2], np.uint32)}, {0: 0, 1: 0})
    assert mixed.places(0).tolist() == [0, 1, 4] and mixed.places(1) == slice(2, 4)


def test_synapses_of_a_source_lie_in_the_order_of_their_delays_where_these_are_given():
    found = Rows({0: np.array([1, 0, 1, 0, 2], np.uint32)}, {0: 0}, {0: np.array([3, 2, 1, 2, 0])})
    assert found.places(0).tolist() == [3, 0, 2, 1, 4]
