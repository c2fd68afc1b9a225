"""A fault in one simulator of a gate: who has it, and what the others and the exact spike times are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from executing import Executing
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.adapters.runtime.results import Run
from unisono.ci import check
from unisono.ci.configuration import read
from unisono.ci.result import ModelResult
from unisono.ci.selftest import FaultyRunner, InjectedFault
from unisono.validation.faults.faults import FAULTS

NETWORK = driven(steps=30, spikes=(3,))


def obedient(calls: list):
    """Runs nothing: every simulator has one spike, in step 10."""

    def run(network, on, settings):
        calls.append((network.fingerprint, on, settings))
        labels, sizes = tuple(p.label for p in network.populations), tuple(p.size for p in network.populations)
        trial = TrialRecording(30, {1: Spikes.sorted(np.array([0]), np.array([10]))})
        return {name: Run(name, network, settings, Recording(network.dt, labels, sizes, (trial,))) for name in on}

    return Executing(run)


def steps(run: Run) -> list[int]:
    return run.recorded.trials[0].spikes[1].steps.tolist()


def test_one_simulator_has_the_fault_and_the_runs_look_as_if_none_had():
    calls: list = []
    fault = InjectedFault(FAULTS["spike times + 1 step"], "nest")
    runs = FaultyRunner(obedient(calls), fault).run(NETWORK, ["brian2", "nest", "neuron"])
    assert list(runs) == ["brian2", "nest", "neuron"]
    assert {name: steps(run) for name, run in runs.items()} == {"brian2": [10], "nest": [11], "neuron": [10]}
    assert all(run.network.fingerprint == NETWORK.fingerprint for run in runs.values())
    assert [on for _, on, _ in calls] == [["nest"], ["brian2", "neuron"]]


def test_a_fault_of_the_network_is_given_to_one_simulator_only():
    calls: list = []
    fault = InjectedFault(FAULTS["delay + 1 step"], "nest")
    runs = FaultyRunner(obedient(calls), fault).run(NETWORK, ["nest", "brian2"], Settings(threads=2))
    (faulty, _, settings), (right, _, _) = calls
    assert faulty != NETWORK.fingerprint == right and settings.threads == 2
    assert runs["nest"].network.fingerprint == NETWORK.fingerprint


@pytest.mark.parametrize(
    ("injected", "settings"),
    [
        (None, Settings()),
        (InjectedFault(FAULTS["delay + 1 step"], "genn"), Settings()),  # it is not among those that run
        (InjectedFault(FAULTS["delay + 1 step"], "nest"), Settings(options={"grid": "off"})),  # exact spike times
    ],
)
def test_otherwise_the_network_runs_unchanged(injected, settings):
    calls: list = []
    FaultyRunner(obedient(calls), injected).run(NETWORK, ["nest", "brian2"], settings)
    assert calls == [(NETWORK.fingerprint, ["nest", "brian2"], settings)]


def test_a_fault_that_changes_nothing_is_an_obstacle():
    fault = InjectedFault(FAULTS["delay + 1 step"], "reference")
    assert str(fault) == "'delay + 1 step' on reference"
    assert fault.obstacle(NETWORK, Settings()) == ""
    said = fault.obstacle(replace(NETWORK, projections=()), Settings())
    assert said.startswith("The self-test 'delay + 1 step' on reference cannot be carried out: ")
    assert said.endswith(".") and not said.endswith("..")


def test_a_self_test_is_about_simulators_alone(tmp_path, monkeypatch):
    judged: list = []

    def judge(requirement, context):
        judged.append(requirement)
        return ModelResult(requirement)

    monkeypatch.setattr(check, "judge", judge)
    text = '[gate]\nsimulators = ["nest", "neuron"]\nlint = "note"\n[[model]]\nmodel = "single_cell"\n'
    (tmp_path / "unisono.toml").write_text(text + "[model.plan]\nexpect = { rate = [0, 0] }\n")
    configuration = read(tmp_path / "unisono.toml")
    fault = InjectedFault(FAULTS["delay + 1 step"], "nest")
    check.check(configuration)
    check.check(configuration, check.CheckContext(selftest=fault))
    asked, tested = judged
    assert asked.lint is not None and asked.plan.expectations
    assert (tested.lint, tested.plan) == (None, None)
