"""The models of the guides: the numbers that must come out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NetworkError
from unisono.models.library import build_network
from unisono.models.network import Network
from unisono.validation.statistics.statistics import statistics_of


def ran(network: Network, on: str = "reference") -> Recording:
    return Executor().run(network, [on])[on].recorded


def figures(network: Network, on: str) -> dict[tuple[str, str], float]:
    return {(s.population, s.name): s.value for s in statistics_of(ran(network, on), network)}


def test_a_leaky_cell_fires_at_the_rate_of_the_closed_form():
    network = build_network("lif_step", amplitude=1.0)
    steps = ran(network).trials[0].spikes[0].steps
    # a spike is the first grid point at or above the threshold: up to a step late, each time
    interval = 2.0 + 20.0 * math.log(20.0 / (20.0 - 15.0))
    assert np.diff(steps) * 0.1 == pytest.approx(interval, abs=0.1)
    assert (steps.min() * 0.1, steps.max() * 0.1) > (100.0, 390.0)
    assert steps.max() * 0.1 <= 400.0
    assert not ran(build_network("lif_step", amplitude=0.75)).trials[0].spikes[0].size
    with pytest.raises(NetworkError, match="the step ends at 100 ms"):
        build_network("lif_step", stop=100.0)


def test_the_cell_of_hodgkin_and_huxley_fires_at_68_hz_and_its_gates_are_recorded():
    network = build_network("hodgkin_huxley", duration=120.0, stop=120.0)
    trial = ran(network).trials[0]
    intervals = np.diff(trial.spikes[0].steps) * 0.01
    assert 1000.0 / intervals[-1] == pytest.approx(68.3, abs=0.2)
    gates = {signal.variable: signal.values for signal in trial.signals}
    assert set(gates) == {"v", "m", "h", "n"}
    assert all(0 < gates[gate].min() < gates[gate].max() < 1 for gate in "mhn")
    assert 30 < gates["v"].max() < 50


@pytest.mark.slow
def test_a_network_with_random_input_is_irregular_and_asynchronous():
    found = figures(build_network("ei_network"), "nest")
    for population in ("excitatory", "inhibitory"):
        assert 5 < found[population, "rate"] < 20
        assert found[population, "CV of ISI"] > 0.8
        assert found[population, "chi"] < 0.2
    assert not ran(build_network("ei_network", rate=0, duration=100.0), "nest").trials[0].spikes[0].size


@pytest.mark.slow
def test_the_gamma_rhythm_has_its_peak_between_30_and_80_hz_and_follows_inhibition():
    usual = figures(build_network("gamma_oscillation"), "nest")
    peak = usual["excitatory", "spectral peak"]
    assert 30 < peak < 80
    assert usual["inhibitory", "spectral peak"] == pytest.approx(peak, abs=2)
    assert usual["excitatory", "rate"] < 0.7 * peak  # cells skip cycles
    assert figures(build_network("gamma_oscillation", tau_inh=10), "nest")["excitatory", "spectral peak"] < peak - 5


@pytest.mark.slow
def test_inputs_that_share_spikes_win():
    network = build_network("stdp_learning")
    trial = ran(network, "nest").trials[0]
    weights = trial.synapses[0]["weight"] / float(network.projections[0].parameters["w_max"])
    shared, alone = weights[:100].mean(), weights[100:].mean()
    assert shared > 0.85
    assert alone < 0.3
    (samples,) = trial.samples
    assert samples.values.shape == (101, 200)
    assert np.array_equal(samples.values[-1], trial.synapses[0]["weight"])
