"""The schedule: trials of epochs, each with its changes."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.models.errors import NetworkError
from unisono.models.network import MAX_STEPS, Change, Epoch, Trial


def test_a_trial_is_as_long_as_its_epochs():
    assert Trial((Epoch(3), Epoch(0), Epoch(4))).steps == 7
    assert Epoch(MAX_STEPS).steps == MAX_STEPS


def test_values_and_cells_of_a_change_are_frozen():
    change = Change("parameter", 0, "cm", [1, 2], [3, 4])
    assert change.values.dtype == np.float64 and not change.values.flags.writeable
    assert change.cells.dtype == np.uint32 and not change.cells.flags.writeable
    assert Change("state", 0, "v", -65).values.shape == ()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Change("colour", 0, "v", 1.0), "Unknown kind of change 'colour'"),
        (lambda: Change("state", 0, "v", np.nan), "'v' is not a finite number"),
        (lambda: Change("state", 0, "v", 1.0, [-1]), "negative"),
        (lambda: Epoch(-1), "not -1"),
        (lambda: Epoch(MAX_STEPS + 1), "A run has between 0 and"),
    ],
)
def test_what_is_wrong_is_refused(make, says):
    with pytest.raises(NetworkError, match=says):
        make()
