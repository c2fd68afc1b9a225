"""States of synapses at the end of a run: equal in bits, by rounding, or different."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Spikes, StateSamples, TrialRecording
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, Projection, Trial
from unisono.validation.compare.agreement import compare
from unisono.validation.compare.synapse_states import ROUNDING, synapse_checks

WEIGHTS = np.array([0.02, 0.05, 0.01])


@pytest.fixture
def plastic() -> Network:
    """Three synapses whose weights spikes change."""
    projection = Projection("in", 0, 1, [0, 1, 1], [1, 0, 1], 0.02, 5, synapse="SpikePairAdditive")
    populations = Population("sources", "SpikeSourceArray", 2), Population("cells", "IF_cond_exp", 2)
    return Network(0.1, populations, (projection,), trials=(Trial((Epoch(10),)),))


def recorded(**states: np.ndarray) -> Recording:
    spikes = {1: Spikes.sorted(np.array([0, 1]), np.array([3, 7]))}
    synapses = {0: states} if states else {}
    return Recording(0.1, ("sources", "cells"), (2, 2), (TrialRecording(10, spikes, (), synapses),))


def judged(network: Network, one: Recording, other: Recording):
    runs = {
        name: Run(name, network, Settings(), recording, {"fingerprint": network.fingerprint})
        for name, recording in (("nest", one), ("brian2", other))
    }
    (pair,) = compare(Runs(network, runs), examine=False).pairs
    return pair


def test_equal_weights_are_part_of_what_is_identical(plastic):
    pair = judged(plastic, recorded(weight=WEIGHTS), recorded(weight=WEIGHTS.copy()))
    assert pair.level == "identical"
    assert pair.evidence == "All 2 spikes lie in the same steps; weight of 3 synapses is equal bit by bit."
    (found,) = pair.to_dict()["synapses"]
    assert (found["state"], found["unit"], found["equal"], found["agrees"]) == ("weight", "uS", 3, True)


def test_rounding_is_allowed_and_said(plastic):
    other = WEIGHTS + np.array([0.0, 0.5 * ROUNDING * 0.05, 0.0])
    pair = judged(plastic, recorded(weight=WEIGHTS), recorded(weight=other))
    assert pair.level == "identical" and "weight of 3 synapses differs by at most 2.5e-12 uS" in pair.evidence


@pytest.mark.parametrize("value", [0.011, np.nan])
def test_a_weight_that_differs_makes_equal_spikes_different(plastic, value):
    other = np.array([0.02, 0.05, value])
    pair = judged(plastic, recorded(weight=WEIGHTS), recorded(weight=other))
    assert pair.level == "different"
    said = "'weight' of 1 of 3 synapses of 'in' differs at the end of the trial, by at most"
    assert said in pair.evidence and "from cell 1 to cell 1" in pair.evidence


def test_weights_that_one_simulator_does_not_show_leave_the_verdict_open(plastic):
    pair = judged(plastic, recorded(weight=WEIGHTS), recorded())
    assert pair.level == "cannot tell"
    assert "one of the two does not show 'weight' of the synapses of 'in'" in pair.evidence
    assert not pair.next_step


def test_where_spikes_differ_the_weights_do_too(plastic):
    one, other = recorded(weight=WEIGHTS), recorded(weight=2 * WEIGHTS)
    (trial,) = other.trials
    later = replace(trial, spikes={1: Spikes.sorted(np.array([0, 1]), np.array([3, 8]))})
    pair = judged(plastic, one, replace(other, trials=(later,)))
    assert pair.level == "not examined" and not pair.synapses


def test_every_state_of_every_trial_is_compared(plastic):
    short_term = Projection("in", 0, 1, [0, 1, 1], [1, 0, 1], 0.02, 5, synapse="TsodyksMarkramSynapse")
    network = replace(plastic, projections=(short_term,), trials=(Trial((Epoch(10),)),) * 2)
    one, other = (
        replace(recorded(), trials=tuple(recorded(x=WEIGHTS, u=u).trials[0] for u in of_trials))
        for of_trials in ((WEIGHTS, WEIGHTS), (WEIGHTS, 2 * WEIGHTS))
    )
    found = list(synapse_checks(one, other, network))
    assert [(c.trial, c.state, c.unit, c.agrees) for c in found] == [
        (0, "u", "1", True),
        (0, "x", "1", True),
        (1, "u", "1", False),
        (1, "x", "1", True),
    ]


def test_samples_say_when_a_weight_began_to_differ(plastic):
    rows = np.tile(WEIGHTS, (6, 1))
    other = rows.copy()
    other[4:, 2] += 1e-3
    one, two = (
        replace(recorded(weight=WEIGHTS), trials=(replace(recorded(weight=WEIGHTS).trials[0], samples=(found,)),))
        for found in (StateSamples(0, "weight", 2, rows), StateSamples(0, "weight", 2, other))
    )
    pair = judged(plastic, one, two)
    assert pair.level == "different"
    assert "'weight' of 1 of 3 synapses of 'in' differs from 0.8 ms on, by at most 0.001 uS" in pair.evidence
    # a weight that differed before the first spike that differs is named, and it is no tie
    late = replace(two.trials[0], spikes={1: Spikes.sorted(np.array([0, 1]), np.array([3, 10]))})
    pair = judged(plastic, one, replace(two, trials=(late,)))
    assert "But before it" not in pair.evidence  # the first spike that differs comes at step 7, the sample at 8
    sooner = rows.copy()
    sooner[1:] += 1e-3
    later = StateSamples(0, "weight", 2, sooner)
    pair = judged(plastic, one, replace(two, trials=(replace(late, samples=(later,)),)))
    assert pair.level == "different" and "But before it, 'weight' of 3 of 3 synapses" in pair.evidence
    assert "differs from 0.2 ms on" in pair.evidence
