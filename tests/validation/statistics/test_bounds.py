"""Bounds of a statistic."""

import pytest

from unisono.validation.statistics.bounds import contains, in_words


@pytest.mark.parametrize(
    ("low", "high", "inside", "outside", "words"),
    [
        (1, 10, (1, 10), (0.99, 10.01), "1 to 10"),
        (1, None, (1, 1e9), (0.99,), "at least 1"),
        (None, 10, (-1e9, 10), (10.01,), "at most 10"),
        (None, None, (0,), (), "any"),
    ],
)
def test_both_bounds_are_included(low, high, inside, outside, words):
    assert all(contains(low, high, value) for value in inside)
    assert not any(contains(low, high, value) for value in outside)
    assert in_words(low, high) == words
