"""Recorded signals count, and no more is allowed of them than numerical errors; the reference runs in this process."""

from dataclasses import replace

import numpy as np
import pytest
from executing import Executing
from in_process import simulate
from networks import driven

from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import Recording, Signal, Spikes, TrialRecording
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Epoch, Network, Population, SpikeInput, Trial
from unisono.validation.compare.agreement import Agreement, compare

#: A conductance of 0.5 ms in steps of 0.1 ms: the cell stays below its threshold, and order four is off by some nV.
QUIET = driven("IF_cond_exp", 60, parameters={"tau_syn_E": 0.5}, spikes=(5, 12, 14), weight=0.01)
#: The same with input that makes it spike.
LOUD = driven("IF_cond_exp", 120, parameters={"tau_syn_E": 0.5}, spikes=tuple(range(5, 100, 2)), weight=0.06)


def on_reference(network: Network, on: list, settings: Settings) -> dict[str, Run]:
    """Every run is one of the reference."""
    sizes = tuple(p.size for p in network.populations)
    recording = Recording(
        network.dt,
        tuple(p.label for p in network.populations),
        sizes,
        (simulate(ReferenceAdapter(), network, settings),),
    )
    return {name: Run(name, network, settings, recording) for name in on}


REFERENCE = Executing(on_reference)


def simulated(network: Network, method: str = "exact") -> Recording:
    return REFERENCE.run(network, ["reference"], Settings(options={"method": method}))["reference"].recording


def moved(recording: Recording, by: float, step: int = 40) -> Recording:
    """The recording with a signal that is off from a step on."""
    (trial,) = recording.trials
    (signal,) = trial.signals
    values = signal.values.copy()
    values[step:] += by
    return replace(recording, trials=(replace(trial, signals=(replace(signal, values=values),)),))


def unrecorded(recording: Recording) -> Recording:
    return replace(recording, trials=tuple(replace(trial, signals=()) for trial in recording.trials))


def judged(network: Network, executor: Executing | None = REFERENCE, **sides: tuple[str, Recording]) -> Agreement:
    """Two hand-made runs; ``nest=("native", recording)``."""
    runs = {name: Run(name, network, Settings(numerics), of) for name, (numerics, of) in sides.items()}
    return compare(Runs(network, runs), examine=executor is not None, executor=executor)


def refused(*_: object) -> dict[str, Run]:
    raise AssertionError("Nothing need be run.")


QUIETLY = simulated(QUIET)


def test_cells_that_never_spike_agree_by_their_signals():
    found = judged(QUIET, Executing(refused), nest=("matched", QUIETLY), neuron=("matched", moved(QUIETLY, 1e-12)))
    (pair,) = found.pairs
    assert (found.verdict.level, found.exit_status) == ("identical", 0)
    assert pair.evidence == "No cell spikes; v differs by at most 9.9e-13 mV."  # 1e-12, in bits of 65 mV


@pytest.mark.parametrize("difference", [0.97, 1e-6, 1e-8])
def test_silence_is_no_agreement_where_signals_differ(difference):
    sides = {"nest": ("matched", QUIETLY), "neuron": ("matched", moved(QUIETLY, difference))}
    found = judged(QUIET, Executing(refused), **sides)
    (pair,) = found.pairs
    assert (found.verdict.level, found.exit_status) == ("different", 1)
    assert pair.evidence.startswith("No cell spikes, but 'v' of cell 0 of 'cells' differs by")
    assert "both integrate by the method 'collocation'" in pair.evidence
    (signal,) = found.to_dict()["pairs"][0]["signals"]
    assert signal["difference"] == pytest.approx(difference, rel=1e-5)
    assert (signal["variable"], signal["cell"], signal["agrees"]) == ("v", 0, False)
    assert signal["time_ms"] >= 4.0
    assert 1e-10 < signal["allowed"] < 1e-8


def test_a_signal_that_differs_counts_beside_spikes_that_do_not():
    loud = simulated(LOUD)
    found = judged(LOUD, Executing(refused), nest=("matched", loud), brian2=("matched", moved(loud, 1e-4, 100)))
    assert loud.trials[0].spikes[1].size > 1
    assert (found.verdict.level, found.exit_status) == ("different", 1)
    assert f"All {loud.trials[0].spikes[1].size} spikes lie in the same steps, but 'v'" in found.pairs[0].evidence


@pytest.mark.parametrize(("off", "level"), [(0.0, "identical"), (1e-6, "identical"), (2e-3, "different")])
def test_numerics_without_an_order_may_be_off_by_little(off, level):
    sides = {"nest": ("matched", simulated(QUIET, "collocation")), "neuron": ("native", moved(QUIETLY, off))}
    found = judged(QUIET, **sides)
    assert found.verdict.level == level
    (signal,) = found.to_dict()["pairs"][0]["signals"]
    if off:
        assert signal["errors"]["neuron"] == pytest.approx(off, rel=1e-4)
        assert signal["errors"]["nest"] < 1e-6
    if level == "different":
        assert "NEURON states no order" in signal["text"]
        assert "By the reference" in signal["text"]


def test_what_a_stated_method_is_off_by_is_allowed_and_no_more():
    # a conductance that is as strong as half of the capacity a step, and a threshold out of reach
    network = driven("IF_cond_alpha", 60, parameters={"v_thresh": 100.0}, spikes=(5, 12), weight=5.0)
    exact, stated = simulated(network), simulated(network, "lobatto")
    error = np.abs(exact.trials[0].signals[0].values - stated.trials[0].signals[0].values).max()
    assert error > 1e-6  # mV: more than rounding
    found = judged(network, nest=("matched", stated), reference=("matched", exact))
    assert (found.verdict.level, found.exit_status) == ("identical", 0)
    found = judged(network, nest=("matched", moved(stated, 3 * error)), reference=("matched", exact))
    assert (found.verdict.level, found.exit_status) == ("different", 1)
    assert "the method 'lobatto' is off by up to" in found.pairs[0].evidence


def test_what_was_not_measured_is_open():
    sides = {"nest": ("matched", QUIETLY), "neuron": ("native", moved(QUIETLY, 1e-3))}
    found = judged(QUIET, None, **sides)
    assert (found.verdict.level, found.exit_status) == ("cannot tell", 2)
    assert "it was not measured" in found.pairs[0].evidence
    failing = Executing(lambda network, on, settings: {name: Run(name, network, settings, None) for name in on})
    found = judged(QUIET, failing, **sides)
    assert found.exit_status == 2
    assert "SciPy" in found.verdict.next_step


def test_a_demanded_tolerance_takes_the_place_of_numerical_errors():
    runs = {"nest": QUIETLY, "neuron": moved(QUIETLY, 1e-3)}
    runs = Runs(QUIET, {name: Run(name, QUIET, Settings(), of) for name, of in runs.items()})
    assert compare(runs, examine=False, tolerance=2e-3).verdict.level == "identical"
    found = compare(runs, examine=False, tolerance=5e-4)
    assert found.exit_status == 1
    assert "0.0005 mV is allowed (as required)" in found.pairs[0].evidence


def test_nothing_recorded_of_cells_that_never_spike_is_nothing_to_compare():
    sides = {"nest": ("matched", unrecorded(QUIETLY)), "neuron": ("matched", unrecorded(QUIETLY))}
    found = judged(QUIET, Executing(refused), **sides)
    assert (found.verdict.level, found.exit_status) == ("cannot tell", 2)
    assert found.pairs[0].evidence == "Nothing to compare: no cell spiked and no signal was recorded."
    assert found.verdict.next_step == "Record v, or drive the cells so that they spike."
    assert found.to_dict()["next_step"] == found.verdict.next_step


def test_sources_alone_are_nothing_to_compare():
    network = Network(
        0.1,
        (Population("source", "SpikeSourceArray", 2),),
        spikes=(SpikeInput(0, np.array([0, 1]), np.array([5, 9])),),
        trials=(Trial((Epoch(20),)),),
    )
    spikes = Spikes.sorted([0, 1], [5, 9])
    recording = Recording(0.1, ("source",), (2,), (TrialRecording(20, {0: spikes}),))
    found = judged(network, Executing(refused), nest=("matched", recording), neuron=("matched", recording))
    assert (found.verdict.level, found.exit_status) == ("cannot tell", 2)
    assert "spike sources only" in found.pairs[0].evidence


def test_a_network_that_is_never_run_is_nothing_to_compare():
    network = replace(QUIET, trials=())
    recording = replace(QUIETLY, trials=())
    found = judged(network, Executing(refused), nest=("matched", recording), neuron=("matched", recording))
    assert (found.verdict.level, found.exit_status) == ("cannot tell", 2)


def test_another_variable_is_measured_in_its_own_unit():
    network = driven("IF_cond_exp", 60, spikes=(5,), weight=0.01, variables=("gsyn_exc",))
    recording = simulated(network)
    (trial,) = recording.trials
    signal: Signal = trial.signals[0]
    assert signal.unit == "uS"
    off = replace(recording, trials=(replace(trial, signals=(replace(signal, values=signal.values * 1.001),)),))
    found = judged(network, nest=("matched", recording), neuron=("native", off))
    assert found.exit_status == 1
    (check,) = found.pairs[0].signals
    assert check.errors["neuron"] == pytest.approx(1e-5, rel=1e-2)
    assert check.allowed < 1e-9
