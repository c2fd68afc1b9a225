"""Strong conductances on every simulator: right as the reference says, or a named error."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import DivergedState
from unisono.models.network import Network

pytestmark = pytest.mark.parametrize("simulator", registry.names())


def strong() -> Network:
    """Conductances of 50 uS on 1 nF, a load of 5 to 10: a cell that fires again and again, and one that cannot."""
    thresholds = {"v_thresh": np.array([-50.0, 5.0])}
    spikes = (50, 55, 300)
    return driven("IF_cond_exp", 600, size=2, parameters=thresholds, spikes=spikes, counts=10, weight=5.0, delay=10)


@cache
def _truth() -> Recording:
    recording = Executor().run(strong(), ["reference"])["reference"].recording
    assert recording is not None
    return recording


def test_strong_conductances_give_the_spikes_of_the_reference(simulator, execute):
    recording, truth = execute(simulator, strong()), _truth()
    ours, theirs = recording.trials[0].spikes[1], truth.trials[0].spikes[1]
    assert np.bincount(theirs.cells, minlength=2).tolist() == [212, 0]
    assert (ours.steps.tolist(), ours.cells.tolist()) == (theirs.steps.tolist(), theirs.cells.tolist())
    v = recording.trials[0].signals[0].values
    assert v.min() >= -65.0 and v.max() <= 0.0
    np.testing.assert_allclose(v, truth.trials[0].signals[0].values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("variables", [(), ("v",)])
def test_what_is_no_number_ends_the_run(simulator, execute, variables):
    if simulator == "reference":
        return  # its method has no largest load
    # 10,000 uS on 0.281 nF: a load of 3558.
    network = driven("EIF_cond_exp_isfa_ista", 200, spikes=(20,), weight=1e4, delay=10, variables=variables)
    when = "at 3.1 ms" if variables else "between 0 and 20 ms"
    message = rf"'v' of cell 0 of 'cells' is no finite number {when}: .* \(load, .*\)\. Use a smaller time step"
    with pytest.raises(AssertionError, match=message) as failed:
        execute(simulator, network)
    assert isinstance(failed.value.__cause__, DivergedState)  # the error of the run
