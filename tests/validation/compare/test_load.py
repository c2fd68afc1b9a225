"""Loads, found from the spikes that arrived."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.runtime.results import Run, Runs
from unisono.validation.compare.load import coarse_steps


def runs(network, numerics="native"):
    """What a simulator may have given: only the spikes of the sources count here."""
    trial = TrialRecording(network.trials[0].steps, source_spikes(network))
    labels, sizes = zip(*((p.label, p.size) for p in network.populations), strict=True)
    recording = Recording(network.dt, labels, sizes, (trial,))
    return Runs(network, {"neuron": Run("neuron", network, Settings(numerics=numerics), recording)})


def strong(cell="IF_cond_exp", **given):
    return driven(cell, 100, size=2, spikes=(10, 12), weight=np.array([0.001, 3.0]), delay=5, **given)


def test_the_largest_load_is_named_with_its_cell_and_time():
    (found,) = coarse_steps(runs(strong()))
    # after the second spike: 1/20 ms of the leak, and (3 + 3 exp(-0.2/5)) uS on 1 nF
    assert found.load == pytest.approx(0.1 * (0.05 + 3.0 * (1 + np.exp(-0.04))), rel=1e-12)
    assert (found.cell, found.time_ms, found.method) == (1, pytest.approx(1.7), "native")
    assert "too coarse for 'cells' in NEURON" in str(found) and "0.593" in str(found)


def test_conductances_that_rise_are_followed_to_their_peak():
    (found,) = coarse_steps(runs(replace(strong("IF_cond_alpha"), dt=0.1)))
    assert found.cell == 1 and found.time_ms > 1.7


def test_right_methods_small_loads_and_linear_cells_need_no_warning():
    assert coarse_steps(runs(strong(), "matched")) == ()
    assert coarse_steps(runs(driven("IF_cond_exp", 100, spikes=(10,), weight=0.01))) == ()
    assert coarse_steps(runs(driven("IF_curr_exp", 100, spikes=(10,), weight=50.0))) == ()
