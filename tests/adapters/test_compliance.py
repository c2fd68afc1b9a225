"""The conventions of docs/conventions.md, one test a rule, for every adapter of the registry.

Expected values are worked out by hand; where that is not possible the
reference, which shares no numerics with the simulators, says what is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from math import exp, log
from typing import Any

import networks
import numpy as np
import own_models
import pytest
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.network import Change, CurrentInput, Epoch, Network, SpikeInput, Trial

Execute = Callable[[str, Network], Recording]

SIMULATORS = registry.names()
pytestmark = pytest.mark.parametrize("simulator", SIMULATORS)


def steps_of(recording: Recording, cell: int = 0, trial: int = 0) -> list[int]:
    """Spike steps of one cell of population 1."""
    spikes = recording.trials[trial].spikes[1]
    return spikes.steps[spikes.cells == cell].tolist()


def voltage(recording: Recording, trial: int = 0) -> np.ndarray:
    """Samples of v of population 1, shape (samples, cells)."""
    (signal,) = [s for s in recording.trials[trial].signals if s.variable == "v"]
    return signal.values


#: The networks of all cells, which run side by side.
RECURRENT = [networks.recurrent(cell) for cell in CELLS]


@cache
def _truths() -> list[Recording]:
    recording = Executor().run(networks.side_by_side(RECURRENT), ["reference"])["reference"].recording
    assert recording is not None
    return networks.separated(recording, RECURRENT)


def execute_together(simulator: str, execute: Execute, given: Mapping[Any, Network]) -> dict[Any, Recording]:
    """Recordings of networks that run side by side, so that a simulator starts and compiles once."""
    recording = execute(simulator, networks.side_by_side(list(given.values())))
    return dict(zip(given, networks.separated(recording, list(given.values())), strict=True))


@cache
def _truth_of_adapting() -> Recording:
    recording = Executor().run(own_models.adapting(), ["reference"])["reference"].recording
    assert recording is not None
    return recording


def test_a_spike_is_labelled_with_the_end_of_its_step(simulator, execute):
    # tau 10 ms, C 250 pF, threshold 15 mV above rest, 1000 pA: the threshold is reached at
    # -10 ln 0.625 = 4.70004 ms (NEST's test_iaf_ps_dc_accuracy), so in the step that ends at 4.8 ms.
    assert 4.7 < -10 * log(0.625) < 4.8
    parameters = {"tau_m": 10.0, "cm": 0.25, "v_rest": -70.0, "v_thresh": -55.0, "v_reset": -70.0, "i_offset": 1.0}
    network = driven(steps=60, parameters=parameters, initial={"v": -70.0})
    assert steps_of(execute(simulator, network)) == [48]


def test_the_threshold_itself_fires(simulator, execute):
    parameters = {"v_rest": 0.0, "v_reset": 0.0, "v_thresh": 16.0, "tau_refrac": 0.0}
    network = driven(
        "IF_curr_delta", size=2, parameters=parameters, initial={"v": 0.0}, spikes=(3,), weight=np.array([16.0, 15.999])
    )
    recording = execute(simulator, network)
    assert (steps_of(recording, 0), steps_of(recording, 1)) == ([4], [])


def test_v_stands_still_for_exactly_the_refractory_steps(simulator, execute):
    # A current that crosses the threshold within one step: one spike every 1 + n steps, n = round(tau_refrac/dt).
    # Conductances that spikes leave behind would hold it down, and are switched off.
    def held_down(cell: str) -> Network:
        parameters = {"tau_refrac": np.array([0.0, 0.1, 0.26, 1.0])}
        parameters |= {name: np.float64(0.0) for name in ("q_sfa", "q_rr") if name in CELLS[cell].parameters}
        current = CurrentInput(1, np.arange(4), np.array([0]), np.array([1000.0]))
        return driven(cell, 24, size=4, parameters=parameters, currents=(current,))

    cells = {name: held_down(name) for name, model in CELLS.items() if model.refractory}
    for cell, recording in execute_together(simulator, execute, cells).items():
        for index, held in enumerate((0, 1, 3, 10)):
            assert steps_of(recording, index) == list(range(1, 25, 1 + held)), cell


def test_input_arrives_after_exactly_its_delay(simulator, execute):
    cases = [(cell, delay) for cell in ("IF_curr_exp", "IF_curr_delta") for delay in (1, 2, 17)]
    given = {(cell, delay): driven(cell, 30, spikes=(0, 5), delay=delay) for cell, delay in cases}
    for (cell, delay), recording in execute_together(simulator, execute, given).items():
        # v moves at the arrival itself where it jumps, one step later where a current does.
        first = delay if cell == "IF_curr_delta" else delay + 1
        moved = np.flatnonzero(np.abs(np.diff(voltage(recording)[:, 0])) > 1e-9)
        assert moved[0] + 1 == first, cell


def test_a_jump_is_tested_at_the_time_of_its_arrival(simulator, execute):
    network = driven("IF_curr_delta", spikes=(4,), delay=3, weight=20.0)
    recording = execute(simulator, network)
    assert steps_of(recording) == [7]
    assert voltage(recording)[7, 0] == -65.0


def test_simultaneous_inputs_add_up_before_the_test(simulator, execute):
    network = driven("IF_curr_delta", spikes=(4,), weight=20.0)
    inhibition = replace(network.projections[0], weight=np.float64(-10.0), receptor="inhibitory", label="inhibition")
    recording = execute(simulator, replace(network, projections=(*network.projections, inhibition)))
    assert steps_of(recording) == []
    assert voltage(recording)[5, 0] == pytest.approx(-55.0, abs=1e-9)


def test_delta_input_in_the_refractory_period_is_discarded(simulator, execute):
    # The spike at step 2 holds v over the steps that begin at 2, 3 and 4: input of 3, 4, 5 is lost, of 6 is not.
    network = driven(
        "IF_curr_delta", 10, spikes=(1, 2, 3, 4, 5), weight=np.float64(16.0), parameters={"tau_refrac": 0.3}
    )
    assert steps_of(execute(simulator, network)) == [2, 6]


def test_synaptic_variables_go_on_in_refractory_period(simulator, execute):
    parameters = {"tau_refrac": 4.0, "i_offset": 50.0, "tau_syn_E": 3.0}
    given = {
        cell: driven(cell, 60, spikes=(1,), parameters=parameters, variables=(CELLS[cell].recordable[1],))
        for cell in ("IF_curr_exp", "IF_curr_alpha", "IF_cond_exp", "IF_cond_alpha")
    }
    t = (np.arange(61) - 2) * 0.1 / 3.0
    for cell, recording in execute_together(simulator, execute, given).items():
        signal = recording.trials[0].signals[0].values[:, 0]
        shape = np.exp(-t) if cell.endswith("exp") else t * np.exp(1 - t)
        expected = networks.WEIGHT[cell] * np.where(t >= 0, shape, 0.0)
        np.testing.assert_allclose(signal, expected, rtol=0, atol=networks.WEIGHT[cell] * 1e-6, err_msg=cell)


def test_samples_run_from_the_initial_value_to_the_end(simulator, execute):
    network = driven(steps=25, initial={"v": -60.0}, interval=10)
    v = voltage(execute(simulator, network))[:, 0]
    assert v.shape == (3,)
    np.testing.assert_allclose(v, -65 + 5 * np.exp(-np.array([0, 1, 2]) / 20), rtol=0, atol=1e-12)


def test_a_sample_shows_the_value_after_the_reset(simulator, execute):
    parameters = {"i_offset": 1000.0, "v_reset": -70.0, "tau_refrac": 0.0}
    v = voltage(execute(simulator, driven(steps=5, parameters=parameters)))[:, 0]
    assert v.tolist() == [-65.0, -70.0, -70.0, -70.0, -70.0, -70.0]


def test_a_spike_of_the_last_step_counts(simulator, execute):
    network = driven("IF_curr_delta", 8, spikes=(7,), weight=20.0)
    assert steps_of(execute(simulator, network)) == [8]


def test_the_initial_value_is_not_tested(simulator, execute):
    # Decays from above the threshold to below it within the first step: no spike.
    parameters = {"tau_m": 0.1, "tau_refrac": 0.0}
    network = driven(steps=3, parameters=parameters, initial={"v": -49.9})
    assert -65 + 15.1 * exp(-1) < -50
    assert steps_of(execute(simulator, network)) == []


def test_initial_conductances_are_set(simulator, execute):
    given = {
        cell: driven(cell, 10, initial={"gsyn_exc": 0.02}, variables=("v", "gsyn_exc"))
        for cell in ("IF_cond_exp", "IF_cond_alpha")
    }
    for cell, recording in execute_together(simulator, execute, given).items():
        values = next(s for s in recording.trials[0].signals if s.variable == "gsyn_exc").values[:, 0]
        expected = 0.02 * np.exp(-np.arange(11) * 0.1 / CELLS[cell].parameters["tau_syn_E"].default)
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12, err_msg=cell)


def test_several_spikes_in_one_step_count_severally(simulator, execute):
    network = driven(spikes=(2, 3, 5), counts=np.array([3, 1, 2]))
    tripled = driven(spikes=(2,), weight=3 * networks.WEIGHT["IF_curr_exp"])
    recording = execute(simulator, network)
    np.testing.assert_allclose(voltage(recording)[:5], voltage(execute(simulator, tripled))[:5], rtol=0, atol=1e-12)
    assert recording.trials[0].spikes[0].steps.tolist() == [2, 2, 2, 3, 5, 5]


def test_currents_hold_from_their_step_and_add_up(simulator, execute):
    cells = np.array([0])
    currents = (
        CurrentInput(1, cells, np.array([0, 5]), np.array([1.0, 0.0])),
        CurrentInput(1, cells, np.array([3, 8]), np.array([0.5, 0.0])),
    )
    v = voltage(execute(simulator, driven(steps=12, currents=currents)))[:, 0]
    amplitude = np.array([1, 1, 1, 1.5, 1.5, 0.5, 0.5, 0.5, 0, 0, 0, 0])
    expected = [-65.0]
    for i in amplitude:
        expected.append(-65 + (expected[-1] + 65) * exp(-0.1 / 20) + i * 20 * (1 - exp(-0.1 / 20)))
    np.testing.assert_allclose(v, expected, rtol=0, atol=1e-10)


def test_changes_take_effect_at_the_beginning_of_their_epoch(simulator, execute):
    epochs = (
        Epoch(5),
        Epoch(5, (Change("parameter", 1, "i_offset", np.array([2.0]), np.array([1])),)),
        Epoch(5, (Change("state", 1, "v", np.float64(-60.0)), Change("parameter", 1, "i_offset", np.float64(0.0)))),
    )
    v = voltage(execute(simulator, driven(size=2, changes=epochs)))
    decay = exp(-0.1 / 20)
    expected = [-65.0] * 6
    for _ in range(5):
        expected.append(-65 + (expected[-1] + 65) * decay + 2.0 * 20 * (1 - decay))
    after = -65 + 5 * decay ** np.arange(1, 6)
    np.testing.assert_allclose(v[:, 1], [*expected, *after], rtol=0, atol=1e-10)
    np.testing.assert_allclose(v[:, 0], [-65.0] * 11 + list(after), rtol=0, atol=1e-10)


def test_a_lower_threshold_is_tested_from_the_next_step_on(simulator, execute):
    epochs = (Epoch(5), Epoch(5, (Change("parameter", 1, "v_thresh", np.float64(-64.0)),)))
    network = driven(
        changes=epochs, initial={"v": -63.0}, parameters={"v_rest": -63.0, "tau_refrac": 0.2, "v_reset": -70.0}
    )
    assert steps_of(execute(simulator, network))[:1] == [6]


def test_a_changed_weight_holds_for_spikes_sent_after_it(simulator, execute):
    epochs = (Epoch(5), Epoch(10, (Change("synapse", 0, "weight", np.array([2.0, 3.0])),)))
    network = driven("IF_curr_delta", size=2, spikes=(1, 7), weight=1.0, changes=epochs, parameters={"tau_m": 1e9})
    v = voltage(execute(simulator, network))
    np.testing.assert_allclose(v[4], [-64.0, -64.0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(v[-1], [-62.0, -61.0], rtol=0, atol=1e-6)


def test_a_spike_that_is_on_its_way_keeps_the_weight_it_left_with(simulator, execute):
    # Delays of 3, 3 and 6 steps; spikes at 4, 5 and 6; new weights at 5 and again at 6: what leaves at 5 still has the
    # old one, what leaves at 6 the first new one.
    changes = [(Change("synapse", 0, "weight", values),) for values in (np.array([2.0, 4.0, 8.0]), np.float64(16.0))]
    epochs = (Epoch(5), Epoch(1, changes[0]), Epoch(10, changes[1]))
    network = driven(
        "IF_curr_delta",
        size=3,
        spikes=(4, 5, 6),
        weight=0.5,
        delay=np.array([3, 3, 6]),
        changes=epochs,
        parameters={"tau_m": 1e9, "v_thresh": 100.0},
    )
    v = voltage(execute(simulator, network)) + 65.0
    expected = np.zeros(v.shape)
    for cell, (delay, new) in enumerate(zip((3, 3, 6), (2.0, 4.0, 8.0), strict=True)):
        for spike, weight in ((4, 0.5), (5, 0.5), (6, new)):
            expected[spike + delay :, cell] += weight
    np.testing.assert_allclose(v, expected, rtol=0, atol=1e-6)


def test_a_reset_begins_a_new_trial_from_the_initial_values(simulator, execute):
    network = driven("IF_curr_delta", spikes=(1,), weight=3.0, parameters={"tau_m": 1e9})
    first = Trial(
        (
            Epoch(4),
            Epoch(
                6, (Change("parameter", 1, "v_thresh", np.float64(-63.0)), Change("state", 1, "v", np.float64(-80.0)))
            ),
        )
    )
    second = SpikeInput(0, np.zeros(1, np.uint32), np.array([5]), trial=1)
    recording = execute(
        simulator, replace(network, trials=(first, Trial((Epoch(8),))), spikes=(*network.spikes, second))
    )
    assert voltage(recording, 0)[-1, 0] == pytest.approx(-80.0, abs=1e-6)
    np.testing.assert_allclose(voltage(recording, 1)[:6, 0], -65.0, rtol=0, atol=1e-6)
    assert steps_of(recording, trial=1) == [6]


def test_what_is_set_at_the_beginning_of_a_trial_is_in_its_first_sample(simulator, execute):
    set_at_0 = (Change("state", 1, "v", np.float64(-58.0)), Change("parameter", 1, "v_thresh", np.float64(-57.0)))
    network = driven("IF_curr_delta", parameters={"tau_m": 1e9}, spikes=(3,), weight=2.0)
    network = replace(network, trials=(Trial((Epoch(4),)), Trial((Epoch(8, set_at_0),))))
    network = replace(network, spikes=(*network.spikes, replace(network.spikes[0], trial=1)))
    recording = execute(simulator, network)
    assert voltage(recording, 0)[0, 0] == -65.0
    np.testing.assert_allclose(voltage(recording, 1)[:4, 0], -58.0, rtol=0, atol=1e-6)
    assert steps_of(recording, trial=1) == [4]


def test_a_recurrent_network_spikes_as_the_reference_says(simulator, execute):
    recordings = execute_together(simulator, execute, dict(zip(CELLS, RECURRENT, strict=True)))
    for (cell, recording), truth in zip(recordings.items(), _truths(), strict=True):
        ours, theirs = recording.trials[0].spikes[1], truth.trials[0].spikes[1]
        assert theirs.size > 20, cell
        assert ours.steps.tolist() == theirs.steps.tolist(), cell
        assert ours.cells.tolist() == theirs.cells.tolist(), cell
        allowed = networks.TRUNCATION[cell]
        np.testing.assert_allclose(voltage(recording), voltage(truth), rtol=0, atol=allowed, err_msg=cell)


def test_without_a_reset_a_spike_is_where_the_condition_becomes_true(simulator, execute):
    # v moves by 1 mV a step: down for 5 steps, up for 10, down for 10, up for 15. The cell that begins at 0.5 mV is
    # above its level and does not spike before it has been below.
    recording = execute(simulator, own_models.integrating())
    assert steps_of(recording, 0) == [12, 32]
    assert steps_of(recording, 1) == [10, 30]
    assert voltage(recording)[15].tolist() == pytest.approx([3.5, 5.5], abs=1e-12)


def test_a_model_of_the_networks_own_behaves_as_the_reference_says(simulator, execute):
    network = own_models.adapting()
    recording, truth = execute(simulator, network), _truth_of_adapting()
    ours, theirs = recording.trials[0].spikes[1], truth.trials[0].spikes[1]
    assert theirs.size > 20
    assert (ours.steps.tolist(), ours.cells.tolist()) == (theirs.steps.tolist(), theirs.cells.tolist())
    for mine, right in zip(recording.trials[0].signals, truth.trials[0].signals, strict=True):
        np.testing.assert_allclose(mine.values, right.values, rtol=0, atol=1e-6, err_msg=mine.variable)


def test_ten_seconds_of_events_stay_on_the_grid(simulator, execute):
    if simulator == "reference":
        network, steps = _metronome(2_000), 2_000
    else:
        network, steps = _metronome(100_000), 100_000
    expected = list(range(7 + 3, steps + 1, 7))
    assert steps_of(execute(simulator, network)) == expected


def _metronome(steps: int) -> Network:
    """A source that fires a cell every seven steps, three steps later."""
    times = tuple(range(7, steps, 7))
    return driven("IF_curr_delta", steps, spikes=times, delay=3, weight=20.0, variables=())
