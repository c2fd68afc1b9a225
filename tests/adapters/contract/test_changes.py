"""What may come to differ between cells in the course of a trial."""

from __future__ import annotations

import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract.changes import cells_may_differ
from unisono.models.network import Change, Epoch

EACH, ALL = np.array([10.0, 12.0]), np.float64(11.0)


def network(*changes, **more):
    return driven(size=2, weight=1.0, changes=(Epoch(1), Epoch(1, changes)), **more)


@pytest.mark.parametrize(
    ("changes", "parameters", "differ"),
    [
        ((), {}, False),
        ((), {"tau_m": EACH}, False),  # nothing changes: what differs is known
        ((Change("parameter", 1, "tau_m", ALL),), {}, False),
        ((Change("parameter", 1, "tau_m", EACH),), {}, True),
        ((Change("parameter", 1, "tau_m", ALL, np.array([1])),), {}, True),
        ((Change("parameter", 1, "v_rest", ALL),), {"tau_m": EACH}, True),  # the drive towards rest was 0 for all
        ((Change("state", 1, "v", EACH),), {"tau_m": EACH}, False),
    ],
)
def test_cells_may_differ_where_parameters_change(changes, parameters, differ):
    assert cells_may_differ(network(*changes, parameters=parameters), 1) is differ
