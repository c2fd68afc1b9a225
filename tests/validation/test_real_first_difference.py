"""The probe on real simulators: a spike taken away is no tie, a potential on the threshold is one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from unisono.adapters import execution, registry
from unisono.adapters.recording import Spikes
from unisono.adapters.results import Run, Runs
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial
from unisono.validation.agreement import compare

DT, STEPS, CELL = 0.1, 600, np.array([1])


def network(threshold: float) -> Network:
    """Two cells under a current and input; a parameter changes on the way; two trials."""
    parameters = {"i_offset": np.array([0.0, 0.9]), "v_thresh": np.array([-50.0, threshold])}
    source = Population("input", "SpikeSourceArray", 1)
    change = Change("parameter", 0, "i_offset", np.array([0.95]), CELL)
    trial = Trial((Epoch(300), Epoch(STEPS - 300, (change,))))
    return Network(
        DT,
        (Population("cells", "IF_curr_exp", 2, parameters), source),
        (Projection("in", 1, 0, [0, 0], [0, 1], np.array(0.2), np.array(10)),),
        spikes=tuple(SpikeInput(1, np.zeros(3, int), np.array([50, 200, 420]), trial=t) for t in (0, 1)),
        recordings=(RecordingRequest(0, "v", np.array([0, 1])),),
        trials=(trial, trial),
        label="probe",
    )


@pytest.fixture(scope="module")
def simulators() -> list[str]:
    """The first two registered simulators that need no compiler, else the first two."""
    names = list(registry.names())
    return sorted(names, key=lambda n: (registry.get(n).capabilities.needs_compiler, names.index(n)))[:2]


def without(run: Run, trial: int, cell: int, step: int) -> Run:
    """The run with one spike taken away."""
    trials = list(run.recording.trials)
    spikes = trials[trial].spikes[0]
    keep = ~((spikes.cells == cell) & (spikes.steps == step))
    assert keep.sum() == spikes.size - 1
    trials[trial] = replace(
        trials[trial], spikes={**trials[trial].spikes, 0: Spikes(spikes.cells[keep], spikes.steps[keep])}
    )
    return replace(run, recording=replace(run.recording, trials=tuple(trials)))


@pytest.mark.slow
def test_a_spike_taken_away_is_no_tie(simulators: list[str], tmp_path: Path) -> None:
    net = network(-52.0)
    runs = execution.run(net, simulators)
    assert compare(runs).verdict == "identical"
    a, b = simulators
    spikes = runs[a].recording.trials[1].spikes[0]
    step = int(spikes.steps[spikes.cells == 1][-1])
    agreement = compare(Runs(net, {a: runs[a], b: without(runs[b], 1, 1, step)}))
    (pair,) = agreement.pairs
    first = pair.first_difference
    assert (pair.verdict, agreement.exit_status) == ("different", 1)
    assert (first.trial, first.step, first.neuron, first.spiked, first.silent) == (1, step, 1, a, b)
    why = first.explanation
    assert why.threshold == -52.0
    assert why.potentials[a] > -52.0
    assert why.potentials[b] == -65.0  # it did spike there, and its potential was reset
    agreement.to_html(tmp_path / "report.html")


@pytest.mark.slow
def test_a_potential_on_the_threshold_is_a_tie(simulators: list[str]) -> None:
    runs = execution.run(network(0.0), simulators)
    v = {name: runs[name].recording.trials[0].signals[0].values[:, 1] for name in simulators}
    a, b = simulators
    highest = np.maximum(v[a], v[b])
    record = highest > np.r_[-np.inf, np.maximum.accumulate(highest)[:-1]]
    step = int(np.flatnonzero(record & (v[a] != v[b]))[-1])  # apart by rounding alone
    above, below = (a, b) if v[a][step] > v[b][step] else (b, a)
    agreement = compare(execution.run(network(float(highest[step])), simulators))
    (pair,) = agreement.pairs
    first = pair.first_difference
    assert (pair.verdict, agreement.exit_status) == ("identical until t*", 0)
    assert (first.trial, first.step, first.neuron, first.spiked, first.silent) == (0, step, 1, above, below)
    assert first.explanation.distances[above] == 0.0  # >= is met exactly
    assert -1e-12 < first.explanation.distances[below] < 0.0
