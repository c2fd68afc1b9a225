"""Arrays of a network: frozen, compact, checked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from unisono.models.errors import NetworkError
from unisono.models.network.arrays import compact, complete, floats, frozen, indices


def test_frozen_arrays_cannot_be_written_and_leave_the_original_alone():
    original = np.arange(6).reshape(2, 3).T
    array = frozen(original)
    assert array.flags.c_contiguous and not array.flags.writeable and original.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    assert frozen(np.asarray(1.0)).shape == ()


@given(hnp.arrays(np.float64, st.integers(1, 5), elements=st.sampled_from([0.0, 1.0])))
def test_one_value_stands_for_equal_ones(array):
    result = compact(array, array.size, "x")
    assert (result.shape == ()) == (len(set(array.tolist())) == 1)
    np.testing.assert_array_equal(np.broadcast_to(result, array.size), array)


def test_compact_refuses_other_lengths():
    assert compact(np.empty(0), 0, "x").shape == (0,)
    with pytest.raises(NetworkError, match=r"x has shape \(2,\); it must be one value or 3"):
        compact(np.ones(2), 3, "x")


@pytest.mark.parametrize(
    ("value", "says"), [("a", "not numeric"), (None, "not a finite"), (np.inf, "not a finite"), ([1, np.nan], "finite")]
)
def test_numbers_are_finite(value, says):
    with pytest.raises(NetworkError, match=says):
        floats(value, 2, "x")


@pytest.mark.parametrize(("value", "says"), [([-1], "negative"), ([0.5], "integers"), ([[1]], "flat"), (1, "flat")])
def test_indices_are_flat_and_not_negative(value, says):
    with pytest.raises(NetworkError, match=says):
        indices(value, "x")
    assert indices([], "x").dtype == np.uint32


def test_values_are_completed_by_defaults():
    values = complete({"b": [1, 2]}, {"a": 0.5, "b": 0.0}, {"a", "b"}, 2, "Here", "it has no value")
    assert list(values) == ["a", "b"] and values["a"] == 0.5 and values["b"].tolist() == [1.0, 2.0]
    with pytest.raises(NetworkError, match=r"Here: it has no value 'c'\. It has: a, b"):
        complete({"c": 1.0}, {}, {"a", "b"}, 2, "Here", "it has no value")
    with pytest.raises(NetworkError, match=r"Here: it has no value 'c'\.$"):
        complete({"c": 1.0}, {}, (), 2, "Here", "it has no value")
