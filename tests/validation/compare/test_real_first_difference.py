"""The probe on real simulators: a spike taken away is no tie, a potential on the threshold is one, an error is none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from executing import Executing

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial
from unisono.validation.compare.agreement import compare
from unisono.validation.compare.first_difference import REFERENCE

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
    """Two whose own numerics err little: exponential Euler, as Brian2 and NEURON have it, leaves more than a tie."""
    return ["nest", "nestml"]


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
    runs = Executor().run(net, simulators)
    assert compare(runs).verdict.level == "identical"
    a, b = simulators
    spikes = runs[a].recording.trials[1].spikes[0]
    step = int(spikes.steps[spikes.cells == 1][-1])
    agreement = compare(Runs(net, {a: runs[a], b: without(runs[b], 1, 1, step)}))
    (pair,) = agreement.pairs
    first = pair.first_difference
    assert (pair.verdict.level, agreement.exit_status) == ("different", 1)
    assert (first.trial, first.step, first.cell, first.spiked, first.silent) == (1, step, 1, a, b)
    why = first.explanation
    assert why.threshold == -52.0
    assert why.potentials[a] > -52.0
    assert why.potentials[b] == -65.0  # it did spike there, and its potential was reset
    agreement.to_html(tmp_path / "report.html")


@pytest.mark.slow
def test_a_potential_on_the_threshold_is_a_tie(simulators: list[str]) -> None:
    runs = Executor().run(network(0.0), simulators)
    v = {name: runs[name].recording.trials[0].signals[0].values[:, 1] for name in simulators}
    a, b = simulators
    highest = np.maximum(v[a], v[b])
    record = highest > np.r_[-np.inf, np.maximum.accumulate(highest)[:-1]]
    step = int(np.flatnonzero(record & (v[a] != v[b]))[-1])  # apart by rounding alone
    above, below = (a, b) if v[a][step] > v[b][step] else (b, a)
    agreement = compare(Executor().run(network(float(highest[step])), simulators))
    (pair,) = agreement.pairs
    first = pair.first_difference
    assert (pair.verdict.level, agreement.exit_status) == ("identical until a tie", 0)
    assert (first.trial, first.step, first.cell, first.spiked, first.silent) == (0, step, 1, above, below)
    assert first.explanation.distances[above] == 0.0  # >= is met exactly
    assert -1e-12 < first.explanation.distances[below] < 0.0


def driven(threshold: float, tau_m: float = 20.0, cell: str = "IF_cond_exp") -> Network:
    """A cell under a dense barrage of conductances; its membrane time constant is easily got wrong."""
    random = np.random.RandomState(11)
    weight, reverse = (0.012, 1) if cell == "IF_cond_exp" else (0.35, -1)
    parameters = {"tau_m": np.array(tau_m), "v_thresh": np.array(threshold)}
    spikes = np.unique(random.randint(0, [[40], [800]], (2, 1500)), axis=1)
    pre = np.arange(40)
    weights = weight * (0.5 + random.rand(40))
    return Network(
        DT,
        (Population("cell", cell, 1, parameters), Population("input", "SpikeSourceArray", 40)),
        (
            Projection("E", 1, 0, pre[:24], 0 * pre[:24], weights[:24], np.array(10)),
            Projection("I", 1, 0, pre[24:], 0 * pre[24:], reverse * weights[24:], np.array(10), "inhibitory"),
        ),
        spikes=(SpikeInput(1, spikes[0], spikes[1]),),
        recordings=(RecordingRequest(0, "v", np.array([0])),),
        trials=(Trial((Epoch(800),)),),
        label="driven",
    )


def met(a: np.ndarray, b: np.ndarray) -> tuple[int, float]:
    """The last step at which both potentials are higher than ever before, and the middle between them."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    record = low > np.r_[-np.inf, np.maximum.accumulate(high)[:-1]]
    step = int(np.flatnonzero(record & (high > low))[-1])
    return step, float(low[step] + (high[step] - low[step]) / 2)


def potential(run: Run) -> np.ndarray:
    return run.recording.trials[0].signals[0].values[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["IF_cond_exp", "IF_curr_exp"])
def test_a_slight_error_in_the_model_is_no_tie(simulators: list[str], cell: str) -> None:
    """Potentials on both sides of the threshold, as near as it makes them: 0.1 % of a time constant too much."""
    right, wrong = simulators

    def execute(network: Network, on: list[str], settings: Settings) -> dict[str, Run]:
        runs = {}
        for name in on:
            given = network
            if name == wrong:
                parameters = {**network.populations[0].parameters, "tau_m": np.array(20.02)}
                cell = replace(network.populations[0], parameters=parameters)
                given = replace(network, populations=(cell, *network.populations[1:]))
            runs[name] = replace(Executor().run(given, [name], settings)[name], provenance={})
        return runs

    step, threshold = met(*(potential(r) for r in execute(driven(0.0, cell=cell), simulators, Settings()).values()))
    net = driven(threshold, cell=cell)
    agreement = compare(Runs(net, execute(net, simulators, Settings())), executor=Executing(execute))
    (pair,) = agreement.pairs
    why = pair.first_difference.explanation
    assert pair.first_difference.step == step
    assert (pair.verdict.level, agreement.exit_status) == ("different", 1)
    assert why.note == ""
    assert why.errors[right] < 1e-5 < 1e-3 < why.errors[wrong]
    assert why.reference == pytest.approx(why.potentials[right], abs=1e-5)
    assert f"The reference agrees with {registry.title(right)} " in pair.evidence


@pytest.mark.slow
@pytest.mark.parametrize("which", [(0, 1), (0, 2), (1, 2)])
def test_what_the_methods_leave_is_a_tie(simulators: list[str], which: tuple[int, int]) -> None:
    """The threshold is what one potential will be, whether or not the other simulator bounds its own by it."""
    a, b = ([*simulators, REFERENCE][i] for i in which)
    own = Settings(numerics="native")
    runs = Executor().run(driven(0.0), (a, b), own)
    step, _ = met(potential(runs[a]), potential(runs[b]))
    threshold = float(potential(runs[b])[step])
    (pair,) = compare(Executor().run(driven(threshold), (a, b), own)).pairs
    first = pair.first_difference
    assert (pair.verdict.level, pair.agrees) == ("identical until a tie", True)
    assert (first.step, first.spiked, first.silent) == (step, b, a)
    assert 0.0 < first.explanation.errors[a] < 1e-4
    assert first.explanation.errors.get(REFERENCE, 0.0) < 1e-10
    assert abs(first.explanation.reference - threshold) <= first.explanation.tolerance
