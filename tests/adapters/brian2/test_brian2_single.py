"""Single precision on Brian2: rounding that shows in the potentials, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from networks import alone, recurrent

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import UnsupportedFeature

SINGLE = Settings(precision="single")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_cond_alpha"])
def test_potentials_are_rounded_to_single_precision(cell):
    network = recurrent(cell)
    single, double = (
        Executor(fresh=True).run(network, ["brian2"], settings)["brian2"].recording.trials[0]
        for settings in (SINGLE, Settings())
    )
    (rounded,), (exact,) = single.signals, double.signals
    assert rounded.values.dtype == np.float64
    assert np.array_equal(rounded.values, rounded.values.astype(np.float32))
    assert not np.array_equal(exact.values, exact.values.astype(np.float32))
    # Half a unit in the last place of 65 mV is 4e-6 mV; it adds up over 500 steps, and a potential forgets it.
    error = np.abs(rounded.values - exact.values)
    assert 1e-5 < error.max() < 1e-2
    for spikes in (single.spikes[1], double.spikes[1]):
        assert spikes.cells.dtype.kind in "iu" and spikes.steps.dtype.kind in "iu"
    # A spike on one side of the threshold, by rounding, may move by a step; so few do not.
    assert np.array_equal(single.spikes[1].cells, double.spikes[1].cells)
    assert np.array_equal(single.spikes[1].steps, double.spikes[1].steps)


def test_what_cannot_be_had_is_refused_before_anything_starts():
    with pytest.raises(UnsupportedFeature, match="larger whole numbers"):
        Executor().run(alone("GIF_cond_exp", 5), ["brian2"], SINGLE)
    for name, subject in (("nest", "NEST"), ("neuron", "NEURON"), ("reference", "The reference")):
        with pytest.raises(UnsupportedFeature, match=f"{subject} computes in double precision only"):
            Executor().run(alone("IF_curr_exp", 5), [name], SINGLE)
