"""What one cell has."""

import numpy as np
import pytest

from unisono.models.network import Change
from unisono.validation.compare.cell_values import changed, value_of


def test_one_number_for_all_or_one_a_cell() -> None:
    assert value_of(np.array(3.0), 2) == 3.0
    assert value_of(np.array([1.0, 2.0, 4.0]), 2) == 4.0


@pytest.mark.parametrize(
    ("cells", "values", "expected"),
    [(None, 5.0, 5.0), ([0, 2], [5.0, 7.0], 7.0), ([2, 2], [5.0, 7.0], 7.0), ([0, 1], [5.0, 7.0], None)],
)
def test_what_a_change_gives_a_cell(cells, values, expected) -> None:
    change = Change("parameter", 0, "v_thresh", np.array(values), None if cells is None else np.array(cells))
    assert changed(change, 2) == expected
