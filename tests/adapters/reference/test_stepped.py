"""The reference with the step of a stated method: its error is the method's, and falls by its order."""

from pathlib import Path

import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.reference.grid import GridSession
from unisono.models.errors import UnknownName
from unisono.validation.convergence.step_refinement import refined

#: One cell below its threshold, a conductance of 1.5 ms in steps of 0.1 ms.
NETWORK = driven("IF_cond_exp", 80, parameters={"tau_syn_E": 1.5}, spikes=(5, 12), weight=0.01, interval=8)


def potentials(factor: int, **options: object) -> np.ndarray:
    session = GridSession(refined(NETWORK, factor), Settings(options=options), Path())
    session.build()
    session.run(lambda step: None)
    (signal,) = session.collect().signals
    return signal.values[:, 0]


@pytest.mark.parametrize(("method", "order", "largest"), [("rk4", 4, 1e-4), ("euler", 1, 1.0)])
def test_the_error_falls_by_the_order_of_the_method(method, order, largest):
    errors = [np.abs(potentials(k, method=method, substeps=1) - potentials(k)).max() for k in (1, 2, 4)]
    assert errors[0] < largest
    slopes = -np.diff(np.log2(errors))
    assert slopes == pytest.approx([order, order], abs=0.3)


def test_parts_of_a_step_are_those_that_simulators_take():
    whole, parts, default = (
        np.abs(potentials(1, method="rk4", **given) - potentials(1)).max()
        for given in ({"substeps": 1}, {"substeps": 4}, {})
    )
    assert parts < whole / 50
    assert default == whole  # a twelfth of 1.5 ms is 0.125 ms


def test_what_the_options_cannot_be_is_refused():
    adapter = ReferenceAdapter()
    adapter.check(NETWORK, Settings(options={"method": "rk4", "substeps": 3}))
    assert adapter.method(NETWORK, 1, Settings(options={"method": "rk4"})) == "rk4"
    for options in ({"method": "heun"}, {"substeps": 0}):
        with pytest.raises(UnknownName):
            adapter.check(NETWORK, Settings(options=options))
