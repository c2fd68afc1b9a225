"""Simulators with the faults that they are known to have: all that are needed are named at once, and no others."""

from __future__ import annotations

from dataclasses import replace

import plastic
import pytest

from unisono.adapters import registry
from unisono.models.network import Network
from unisono.validation.compare.agreement import compare
from unisono.validation.compare.pair import Pair
from unisono.validation.diagnose.candidates import needed
from unisono.validation.diagnose.explain import explain
from unisono.validation.faults.faults import AND, FAULTS
from unisono.validation.faults.plasticity import all_axonal, all_dendritic, of_plastic


def explained(network: Network, suspect: str, *faults: str, baseline: str = "nest") -> Pair:
    """NEST, or another one, and a simulator with faults that nobody knows of but the adapter."""
    runs, executor = plastic.with_fault(network, AND.join(faults), suspect, (baseline, suspect))
    (pair,) = explain(compare(runs, executor=executor), executor, budget=3600).pairs
    return pair


def test_weights_of_pynn_nest():
    network = of_plastic(all_dendritic)(plastic.network())
    # with a delay of one step, sources are in time, but for rounding errors
    drive, *others = network.projections
    network = replace(network, projections=(drive.changed(delay=1), *others))
    known = registry.get("pynn.nest").known_faults(network)
    assert known == ("sources late by rounding", "weights as of the source")
    cause = explained(network, "pynn.nest", *known).cause
    assert cause is not None and cause.proven and cause.suspect == "pynn.nest"
    assert "weights as of the source" in cause.faults and set(cause.faults) <= set(known)


def test_weights_of_pynn_brian2():
    network = of_plastic(all_axonal)(plastic.network())
    known = registry.get("pynn.brian2").known_faults(network)
    cause = explained(network, "pynn.brian2", *known).cause
    assert cause is not None and cause.proven and cause.suspect == "pynn.brian2"
    assert {"additive steps", "meeting spikes potentiate"} <= set(cause.faults) <= set(known)


def test_weights_of_pynn_neuron():
    behind = plastic.network()
    network = replace(behind, projections=behind.projections[:2])
    cause = explained(network, "pynn.neuron", "meeting spikes depress", "changes summed").cause
    assert cause is not None and (cause.faults, cause.proven) == (("meeting spikes depress", "changes summed"), True)
    cause = explained(network, "pynn.neuron", "changes summed").cause
    assert cause is not None and (cause.faults, cause.proven) == (("changes summed",), True)


@pytest.mark.slow
def test_plastic_weights_that_move_spikes():
    behind = plastic.network(plastic.STRONG)
    network = replace(behind, projections=behind.projections[:2])
    pair = explained(network, "pynn.neuron", "meeting spikes depress", "changes summed")
    assert pair.first_difference is not None and pair.cause is not None
    assert (pair.cause.faults, pair.cause.proven) == (("meeting spikes depress", "changes summed"), True)


def test_of_faults_those_are_kept_that_are_needed():
    a, b, c = (FAULTS[n] for n in ("delay + 1 step", "no autapses", "float32"))
    assert needed([a, b, c], lambda rest: {a, c} <= set(rest)) == (a, c)
    assert needed([a, b, c], lambda rest: bool(rest)) == (c,)
    assert needed([a], lambda rest: True) == (a,)


def test_known_faults_are_faults_that_there_are():
    network = plastic.network()
    assert registry.get("nest").known_faults(network) == ()
    for name in ("pynn.nest", "pynn.brian2", "pynn.neuron"):
        assert registry.get(name).known_faults(network)
        for fault in registry.get(name).plasticity.faults.values():
            assert {f.format(meeting="depress") for f in fault} <= set(FAULTS)
