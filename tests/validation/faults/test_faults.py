"""Injected faults: what each changes, alone and with others, and that a run with one can be repeated."""

from dataclasses import replace

import numpy as np
import pytest
import toy

from unisono.adapters.contract import Settings
from unisono.models.errors import UnknownName
from unisono.models.network import Network
from unisono.validation.faults.changes import without_autapses, without_multapses
from unisono.validation.faults.faults import FAULTS, PLASTICITY, can_run, delay, fault_named, rerun_with_faults, weights


@pytest.fixture(scope="module")
def network() -> Network:
    return toy.network()


# those of plastic synapses are in test_plasticity.py
@pytest.mark.parametrize("name", [name for name, fault in FAULTS.items() if fault.kind != PLASTICITY])
def test_a_fault_changes_the_network_the_recording_or_the_settings(network: Network, name: str) -> None:
    fault = FAULTS[name]
    recording = toy.simulate(network, Settings())
    changed = (
        fault.network(network).fingerprint != network.fingerprint,
        fault.settings(Settings()) != Settings(),
        any(
            not np.array_equal(fault.recording(recording, network).trials[0].spikes[1].steps, s.steps)
            for s in [recording.trials[0].spikes[1]]
        ),
    )
    if name in ("no multapses", "tau_syn swapped"):  # the toy has neither two synapses between cells nor receptors
        assert fault.applies_to(network) == (name == "tau_syn swapped" and changed[0])
    else:
        assert sum(changed) == 1 and fault.applies_to(network)


def test_faults_have_names_that_can_be_combined(network: Network) -> None:
    both = fault_named("delay + 1 step and weights + 2 %")
    assert both.kind == "delay, weight"
    assert both.network(network).fingerprint == weights(1.02).network(delay(1).network(network)).fingerprint
    with pytest.raises(UnknownName, match="Unknown fault 'delay'"):
        fault_named("delay")


def test_no_delay_is_shorter_than_a_step(network: Network) -> None:
    assert {int(p.delay) for p in delay(-100).network(network).projections} == {1}


def test_connections_of_a_kind(network: Network) -> None:
    assert without_autapses(network.projections[2]).size == 0
    assert without_autapses(network.projections[0]).size == toy.CELLS  # from sources: no autapses
    one = network.projections[1]
    twice = replace(one, pre=np.append(one.pre, one.pre[:1]), post=np.append(one.post, one.post[:1]))
    assert without_multapses(twice).size == one.size


def test_a_run_with_a_fault_is_presented_as_one_without(network: Network) -> None:
    executor = toy.Toy()
    run = delay(1).run(network, ["nest"], executor=executor)["nest"]
    assert executor.asked[0][1].fingerprint != network.fingerprint
    assert run.provenance["fingerprint"] == network.fingerprint
    assert run.provenance["fault"] == "delay + 1 step"


def test_runs_are_repeated_with_the_faults_that_they_had(network: Network) -> None:
    executor = toy.Toy()
    runs = {"nest": delay(1).run(network, ["nest"], executor=executor)["nest"]}
    runs |= executor.run(network, ["neuron", "brian2"])
    executor.asked.clear()
    again = rerun_with_faults(runs, executor).run(network, ["neuron", "nest", "brian2"])
    assert list(again) == ["neuron", "nest", "brian2"]
    faulty = [name for name, given in executor.asked if given.fingerprint != network.fingerprint]
    assert faulty == ["nest"]
    for name, run in runs.items():
        assert np.array_equal(again[name].recording.trials[0].spikes[1].steps, run.recording.trials[0].spikes[1].steps)
    executor.asked.clear()
    rerun_with_faults(runs, executor, but=["delay"]).run(network, ["nest"])
    assert executor.asked[0][1].fingerprint == network.fingerprint


def test_why_a_fault_cannot_be_run(network: Network) -> None:
    assert can_run(delay(1), "nest", network) == ""
    assert "nothing in the network" in can_run(FAULTS["no multapses"], "nest", network)
    assert "precision" in can_run(FAULTS["float32"], "nest", network)
