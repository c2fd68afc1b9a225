"""States of synapses sampled in intervals, and what was recorded meanwhile put together again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import driven
from synapse_models import PAIR_STDP

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.contract.sampled import Sampled
from unisono.adapters.contract.simulation import drive
from unisono.adapters.reference.grid import GridSimulation
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import NetworkError, UnsupportedFeature
from unisono.models.network import (
    Change,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    SynapseRequest,
    Trial,
)

SYNAPSES, STEPS = 12, 75


def plastic(*requests: SynapseRequest, signals: bool = True) -> Network:
    """Sources and cells that fire often, plastic synapses, and a change of weights."""
    rng = np.random.RandomState(5)
    model, several = PAIR_STDP, 60
    projection = Projection(
        "p", 0, 1, rng.randint(0, 4, SYNAPSES), rng.randint(0, 3, SYNAPSES), rng.uniform(0.5, 1.0, SYNAPSES),
        rng.randint(1, 9, SYNAPSES), synapse=model.name, definition=model.to_text(), parameters={"w_max": 1.5},
    )  # fmt: skip
    cells = Population("c", "IF_curr_exp", 3, {"tau_refrac": np.array(0.3), "v_thresh": np.array(-64.0)})
    spikes = SpikeInput(0, rng.randint(0, 4, several), rng.randint(0, STEPS, several))
    changed = Change("synapse", 0, "weight", rng.uniform(0.2, 0.4, SYNAPSES))
    return Network(
        0.1,
        (Population("s", "SpikeSourceArray", 4), cells),
        (projection,),
        spikes=(spikes,),
        recordings=(RecordingRequest(1, "v", np.arange(3)),) * signals,
        trials=(Trial((Epoch(30), Epoch(STEPS - 30, (changed,)))),),
        synapse_recordings=requests,
    )


def test_every_sample_is_what_is_read_there_and_nothing_else_changes():
    network = plastic(SynapseRequest(0, "weight", 10), SynapseRequest(0, "weight", 4))
    sampled, plain = (GridSimulation(network, Settings(), Path(), live) for live in (True, False))
    wrapped = Sampled(sampled, live=False)
    for simulation in (wrapped, plain):
        simulation.build()
        drive(simulation, network.trials[0], lambda done: None)
    found, right = wrapped.read(), plain.read()
    np.testing.assert_array_equal(found.spikes[1].steps, right.spikes[1].steps)
    np.testing.assert_array_equal(found.spikes[1].cells, right.spikes[1].cells)
    np.testing.assert_array_equal(found.signals[0].values, right.signals[0].values)
    again = GridSimulation(network, Settings(), Path())
    again.build()
    for request, samples in zip(network.synapse_recordings, found.samples, strict=True):
        assert (samples.state, samples.interval) == ("weight", request.interval)
        assert samples.values.shape == (STEPS // request.interval + 1, SYNAPSES)
        np.testing.assert_array_equal(samples.values[0], network.projections[0].weight)
    again.run(28, lambda done: None)
    np.testing.assert_array_equal(found.samples[1].values[7], again.synapse_states(0)["weight"])


def test_samples_travel_with_the_results(tmp_path):
    network = plastic(SynapseRequest(0, "weight", 25))
    run = Executor(fresh=True).run(network, ["reference"], Settings())["reference"]
    (trial,) = run.recording.trials
    run.recording.save(tmp_path / "r")
    (loaded,) = Recording.load(tmp_path / "r").trials
    for one in (trial, loaded):
        (samples,) = one.samples
        assert (samples.projection, samples.state, samples.interval) == (0, "weight", 25)
        np.testing.assert_array_equal(samples.values[-1], trial.synapses[0]["weight"])
    names = [(signal.name, signal.shape) for signal in run.block.segments[0].analogsignals]
    assert names == [("v", (STEPS + 1, 3)), ("weight", (4, SYNAPSES)), ("weight", (1, SYNAPSES))]


def test_what_cannot_be_sampled_is_refused_by_name():
    network = plastic()
    for request, words in (
        (SynapseRequest(1, "weight"), "names projection 1, which does not exist"),
        (SynapseRequest(0, "x"), "'x' of PairSTDP cannot be recorded"),
    ):
        with pytest.raises(NetworkError, match=words):
            replace(network, synapse_recordings=(request,))
    with pytest.raises(NetworkError, match="sampling interval of 'weight' is below one time step"):
        SynapseRequest(0, "weight", 0)
    with pytest.raises(UnsupportedFeature, match="GeNN does not pause"):
        registry.get("genn").check(plastic(SynapseRequest(0, "weight")), Settings())


def test_networks_without_such_recordings_keep_their_fingerprint(tmp_path):
    network, sampled = plastic(), plastic(SynapseRequest(0, "weight", 5))
    assert network.fingerprint != sampled.fingerprint
    assert replace(sampled, synapse_recordings=()).fingerprint == network.fingerprint
    sampled.save(tmp_path / "n.h5")
    assert Network.load(tmp_path / "n.h5").synapse_recordings == sampled.synapse_recordings
    assert driven().fingerprint == replace(driven(), synapse_recordings=()).fingerprint
