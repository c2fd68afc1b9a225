"""NumPy code that Brian2's language has no words for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from unisono.adapters.brian2.loops import in_turn


@given(st.lists(st.integers(0, 5), max_size=20))
def test_each_round_names_a_synapse_once_and_none_is_lost(synapses):
    rounds = [part.tolist() for part in in_turn(np.array(synapses, np.int32))]
    assert all(len(set(part)) == len(part) for part in rounds)
    assert sorted(s for part in rounds for s in part) == sorted(synapses)
    assert len(rounds) == max((synapses.count(s) for s in synapses), default=0)
    assert all(set(later) <= set(part) for part, later in pairwise(rounds))
