"""Library models of plasticity give the numbers of docs/library.md, in short versions."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from in_process import simulate

from unisono.adapters import registry
from unisono.models.library import build_network
from unisono.models.library.bcm import Bcm
from unisono.models.library.bi_poo import WEIGHT, BiPoo
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS

#: 1 spike in a train at 20 Hz, the last 500 ms after the train; parts of the first response, see docs/library.md.
DEPRESSING = [1.0, 0.53, 0.31, 0.206, 0.157, 0.135, 0.124, 0.119, 0.116, 0.115, 0.496]
FACILITATING = [1.0, 1.682, 1.952, 1.883, 1.628, 1.327, 1.068, 0.88, 0.76, 0.688, 1.976]


def cells(network, recording, trial=0):
    """Spikes of the first population of cells, ms."""
    index = next(i for i, p in enumerate(network.populations) if not p.is_source)
    return recording.trials[trial].spikes[index].steps * network.dt


def test_responses_depress_and_facilitate():
    # a spike moves the potential of this cell by what it delivers
    network = build_network("tsodyks_markram", cell="IF_curr_delta")
    signals = simulate(registry.get("reference"), network).signals
    for signal, expected in zip(signals, (DEPRESSING, FACILITATING), strict=True):
        above = signal.values[:, 0] + 65.0
        jumps = above[1:] - above[:-1] * exp(-0.1 / 20.0)
        responses = jumps[jumps > 0.01]
        assert responses / responses[0] == pytest.approx(expected, abs=6e-4)


@pytest.mark.parametrize("rule", ["STDP_Bi_Poo_1998", "STDP_Song_2000"])
def test_pairs_show_the_learning_window(rule):
    # spikes of different pairs are so far apart that they change nothing to 1e-6
    options = {"rule": rule, "synapses": 40, "pairs": 2, "largest": 50.0, "rate": 2.0, "seed": 2}
    network, o = build_network("bi_poo", **options), BiPoo(**options)
    trial = simulate(registry.get("reference"), network)
    (states,) = trial.synapses.values()
    values, lags = SYNAPSE_PARAMETER_SETS[rule], o.lags
    up = values["A_plus"] * np.exp(-lags / values["tau_plus"])
    down = -values["A_minus"] * np.exp(lags / values["tau_minus"])
    assert states["weight"] / WEIGHT == pytest.approx(1 + o.pairs * np.where(lags > 0, up, down), abs=1e-6)
    assert (lags > 0).any() and (lags < 0).any()


@pytest.mark.slow
def test_a_cell_becomes_selective(execute):
    network = build_network("bcm")
    recording = execute("nest", network)
    spikes, o = cells(network, recording), Bcm()
    late = spikes[spikes >= o.duration - 10_000.0]
    first, second = (np.sum(late // o.shown % 2 == i) / 5.0 for i in (0, 1))
    assert (first < 3.0) and (second > 12.0)
    (projection,) = network.projections
    (states,) = recording.trials[0].synapses.values()
    in_first = projection.pre < o.inputs // 2
    before, after = projection.weight, states["weight"]
    assert after[in_first].mean() < 0.8 * before[in_first].mean()
    assert after[~in_first].mean() > 1.3 * after[in_first].mean()


@pytest.mark.slow
def test_competing_weights_gather_at_both_bounds(execute):
    network = build_network("song_abbott", inputs=200, inhibitory=40, A_plus=0.01, duration=100_000.0)
    (states,) = execute("nest", network).trials[0].synapses.values()
    counts, _ = np.histogram(states["weight"] / float(network.projections[0].parameters["w_max"]), 10, (0.0, 1.0))
    # drawn uniformly, 20 a tenth; at the end most lie in the outer tenths, few between them
    assert counts[0] > 60 and counts[-1] > 30
    assert counts[2:8].max() < 15


@pytest.mark.slow
def test_inhibition_brings_cells_to_the_rate_aimed_at(execute):
    network = build_network("vogels_sprekeler", n=400, p=0.5, eta=5e-4, duration=2000.0)
    recording = execute("nest", network)
    spikes = cells(network, recording)
    early, late = (np.sum((spikes >= a) & (spikes < b)) / 320 / (b - a) * 1000.0 for a, b in ((0, 200), (1000, 2000)))
    assert early > 15.0
    assert late == pytest.approx(5.0, abs=1.5)


@pytest.mark.slow
def test_depressing_synapses_let_a_network_fire_together_now_and_then(execute):
    network = build_network("tsodyks_uziel")
    recording = execute("nest", network)
    excitatory = cells(network, recording)
    together = np.convolve(np.bincount(excitatory.astype(int), minlength=5000), np.ones(5), "same")
    begins = np.flatnonzero((together[1:] >= 80) & (together[:-1] < 80))
    # population spikes are rare and take in most of what happens at once: a fifth of the cells within 5 ms
    assert 1 <= np.sum(np.diff(begins, prepend=-100) > 100) <= 10
    assert together.max() > 10 * np.median(together)
