"""Sampled states of synapses over time: which synapses are shown, and the table behind the figure."""

from __future__ import annotations

from urllib.parse import unquote

import numpy as np

from unisono.adapters.contract.recording import Recording, StateSamples, TrialRecording
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.report.trajectories import chosen, trajectories

SIZE, STEPS = 9, 20


def network() -> Network:
    cells = np.arange(SIZE)
    projection = Projection("in", 0, 1, cells, cells, 0.02, 5, synapse="SpikePairAdditive")
    populations = Population("sources", "SpikeSourceArray", SIZE), Population("cells", "IF_cond_exp", SIZE)
    return Network(0.1, populations, (projection,), trials=(Trial((Epoch(STEPS),)),))


def recorded(values: np.ndarray, interval: int = 5) -> Recording:
    samples = StateSamples(0, "weight", interval, values)
    return Recording(0.1, ("sources", "cells"), (SIZE, SIZE), (TrialRecording(STEPS, {}, (), {}, (samples,)),))


def test_lowest_highest_and_quartiles_are_shown_on_every_simulator():
    last = np.array([5.0, 1.0, 9.0, 3.0, 7.0, 2.0, 8.0, 4.0, 6.0])
    values = np.linspace(0.0, 1.0, 5)[:, None] * last
    (found,) = chosen({"nest": recorded(values), "brian2": recorded(2 * values)}, network(), 0)
    assert (found.projection, found.state, found.unit) == ("in", "weight", "uS")
    assert found.times.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert sorted(last[found.synapses].tolist()) == [1.0, 3.0, 5.0, 7.0, 9.0]
    np.testing.assert_array_equal(found.values["brian2"], 2 * values[:, found.synapses])
    figure = trajectories([found], ["nest", "brian2"])
    lines = unquote(figure.data.uri.partition(",")[2]).splitlines()
    assert lines[0] == "projection,state,unit,synapse,time (ms),nest,brian2"
    assert lines[1:3] == ["in,weight,uS,0,0,0,0", "in,weight,uS,0,0.5,1.25,2.5"]
    assert len(lines) == 1 + 5 * 5


def test_samples_that_do_not_fit_are_left_out():
    values = np.ones((5, SIZE))
    (found,) = chosen({"nest": recorded(values), "brian2": recorded(values[:3])}, network(), 0)
    assert list(found.values) == ["nest"]
    assert chosen({"nest": recorded(values)}, network(), 1) == []
