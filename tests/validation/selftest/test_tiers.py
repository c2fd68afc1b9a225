"""Self-tests and the test circuit without simulators: the reference, in this process, stands for each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from in_process import simulate

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.loading import ModelSource
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Network
from unisono.validation.circuit.examine import examine
from unisono.validation.faults.faults import FAULTS
from unisono.validation.report.detection import render
from unisono.validation.selftest.equivalent import DRAWS, selftest_equivalent
from unisono.validation.selftest.identical import selftest_identical
from unisono.validation.selftest.selftest import Selftest

SMALL = ModelSource("vogels_abbott", {"n": "40", "p": "0.2", "duration": "40", "scale": "8"})


@dataclass(frozen=True)
class OnReference(Executor):
    """Runs everything on the reference; one of the simulators may fail."""

    failing: str = ""

    def run(self, network: Network, simulators: Sequence[str], settings: Settings | None = None) -> Runs:
        settings = settings or Settings()
        method = {"method": "euler"} if settings.numerics == "euler" else {}
        given = replace(settings, options={**settings.options, **method})
        trial = simulate(ReferenceAdapter(), network, given)
        populations = network.populations
        recording = Recording(
            network.dt, tuple(p.label for p in populations), tuple(p.size for p in populations), (trial,)
        )
        runs = {name: Run(name, network, settings, recording) for name in simulators if name != self.failing}
        failed = {
            name: Run(name, network, settings, None, error=SimulatorFailed("It broke."))
            for name in simulators
            if name == self.failing
        }
        return Runs(network, runs | failed)


def selftest(*names: str, failing: str = "", **options: object) -> Selftest:
    faults = tuple(FAULTS[name] for name in names)
    return Selftest(SMALL, ("nest", "neuron"), faults, (1,), executor=OnReference(failing=failing), **options)


def test_identical_counts_what_differs_and_what_is_the_same():
    told: list[str] = []
    found = selftest_identical(selftest("delay + 1 step", "float32", examined=0, announce=told.append))
    rates = {(rate.fault, rate.simulator): rate for rate in found.rates}
    late = [rates["delay + 1 step", name] for name in ("nest", "neuron")]
    assert [(rate.caught, rate.runs) for rate in late] == [(1, 1), (1, 1)]
    assert "double precision only" in rates["float32", "nest"].note and rates["float32", "nest"].runs == 0
    assert [(q.simulators, q.equivalent, q.different) for q in found.fault_free] == [(("nest", "neuron"), 1, 0)]
    assert len(told) == 1 and "seed 1" in told[0]
    assert found.protocol["identical"] == {"seeds": [1], "explained": 0}


def test_identical_sees_faults_of_plastic_synapses_by_spikes_or_by_weights_alone():
    faults = tuple(FAULTS[name] for name in ("dendritic - 1 step", "A_plus + 1 %", "no upper bound", "delay + 1 step"))
    options = {"sources": "3", "cells": "2", "duration": "80", "largest": "1e-9", "A_plus": "0.01"}
    source = ModelSource("stdp_pairs", options)
    found = selftest_identical(Selftest(source, ("nest", "neuron"), faults, (1,), 0, OnReference()))
    of = {rate.fault: rate for rate in found.rates if rate.simulator == "nest"}
    assert found.exit_status == 0, found.broken
    for name in ("dendritic - 1 step", "A_plus + 1 %"):
        assert (of[name].caught, of[name].runs, of[name].spikes, of[name].synapses) == (1, 1, 0, 1)
    assert of["delay + 1 step"].spikes == 1
    # no weight comes near its bound
    assert of["no upper bound"].runs == 0 and "no state of a synapse" in of["no upper bound"].note
    assert "spikes differ in 0, states of synapses in 1" in render(found)


def test_a_simulator_that_fails_without_a_fault_ends_the_self_test():
    with pytest.raises(SimulatorFailed, match="It broke"):
        selftest_identical(selftest("delay + 1 step", failing="neuron"))


def test_what_deviates_on_a_simulator_is_measured_on_the_test_circuit():
    network, executor = SMALL.network(seed=1), OnReference()
    (baseline,) = executor.run(network, ["nest"]).values()

    def found(settings: Settings) -> dict[str, str]:
        suspect = Run("neuron", network, settings, baseline.recording)
        return {d.kind: d.sentence for d in examine(network, 0, 0, suspect, baseline, executor, "reference")}

    assert found(Settings()) == {}
    assert "forward Euler" in found(Settings("euler"))["integrator"]


def test_equivalent_draws_from_ensembles():
    # Every statistic of such small runs is noise: what is counted are runs and draws, and that equal spikes run once.
    found = selftest_equivalent(selftest("weights + 2 %"), runs=3, faulty=2, pilot=3)
    nest, neuron = found.rates
    assert nest.runs == DRAWS and (neuron.caught, neuron.runs) == (nest.caught, nest.runs)
    assert "every spike is the same" in neuron.note
    protocol = found.protocol["equivalent"]
    assert (protocol["runs"], protocol["runs_with_fault"], protocol["pilot_runs"]) == (3, 2, 3)
    (halves,) = found.fault_free
    assert halves.equivalent + halves.different + halves.cannot_tell == halves.runs == nest.runs
