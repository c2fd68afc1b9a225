"""One rule turns times into steps: halves go to the later grid point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unisono.models.grid import off_grid, to_step, to_steps


def test_halves_go_to_the_later_grid_point():
    assert to_steps([0.15, 0.25, 0.35, 0.45], 0.1).tolist() == [2, 3, 4, 5]
    assert to_steps([0.05, -0.05, 0.149, 0.151], 0.1).tolist() == [1, 0, 1, 2]


@given(start=st.integers(0, 10**6), half=st.integers(0, 10), length=st.integers(1, 10**4))
def test_pulses_of_one_length_last_equally_long(start, half, length):
    # in steps of 0.1 ms, begun at a tenth of a step, as decimal numbers and their sums are in binary
    begin = round(0.1 * start + 0.01 * half, 2)
    assert to_step(begin + 0.1 * length, 0.1) - to_step(begin, 0.1) == length


@pytest.mark.parametrize("dt", [0.1, 0.025, 1.0, 0.3])
def test_times_on_the_grid_stay(dt):
    steps = np.array([0, 1, 3, 10, 12345, 2**31 - 1])
    times = steps * dt
    assert to_steps(times, dt).tolist() == steps.tolist()
    assert not off_grid(times, dt).any()


def test_how_far_times_move():
    assert off_grid([25.0, 25.03, 25.05, 1e12, np.inf], 0.1) == pytest.approx([0, -0.03, 0.05, 0, 0])


def test_times_without_end_lie_beyond_every_run():
    assert to_step(np.inf, 0.1) > 2**31 and to_step(1e300, 0.1) > 2**31
