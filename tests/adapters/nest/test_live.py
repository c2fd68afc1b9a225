"""NEST driven by a script: what its devices and its order of synapses make difficult."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from networks import WEIGHT, driven, recurrent

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.simulation import Simulation, drive
from unisono.adapters.nest import assembly
from unisono.adapters.nest.assembly import LONGEST_SLICE, slice_steps
from unisono.adapters.nest.cells import GeneratedCells
from unisono.adapters.nest.recorders import in_a_copy
from unisono.models.errors import SimulatorFailed, UnsupportedFeature
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)


def built(network: Network, live: bool = False, settings: Settings | None = None) -> Simulation:
    if live:
        network = replace(network, trials=(Trial(()),), spikes=(), currents=())
    simulation = registry.get("nest").simulation(network, settings or Settings(), Path(), live)
    simulation.prepare()
    simulation.build()
    return simulation


def silent(done: int) -> None:
    pass


def batch(network: Network, settings: Settings | None = None) -> TrialRecording:
    simulation = built(network, settings=settings)
    drive(simulation, network.trials[0], silent)
    recording = simulation.read()
    simulation.close()
    return recording


def feed(simulation: Simulation, network: Network, until: int) -> None:
    """Feed what the network has for the steps up to a grid point."""
    begin = simulation.step
    spikes = []
    for s in network.spikes:
        mine = (s.steps > begin - (begin == 0)) & (s.steps <= until)
        counts = np.broadcast_to(s.counts, mine.size)[mine]
        spikes.append(SpikeInput(s.population, s.cells[mine], s.steps[mine], counts))
    currents = {}
    for number, c in enumerate(network.currents):
        mine = (c.steps >= begin) & (c.steps < until)
        if mine.any():
            currents[number] = CurrentInput(c.population, c.cells, c.steps[mine], c.amplitudes[mine])
    simulation.feed(spikes, currents)


def live(
    network: Network,
    pauses: Iterable[int] = (),
    late: Mapping[int, RecordingRequest] | None = None,
    settings: Settings | None = None,
) -> list[TrialRecording]:
    """The schedule of a network as a script would give it, with further pauses and recordings that begin late."""
    late = late or {}
    early = tuple(r for r in network.recordings if r not in late.values())
    simulation = built(replace(network, recordings=early), live=True, settings=settings)
    begins = np.cumsum([0, *(epoch.steps for epoch in network.trials[0].epochs)]).tolist()
    changes = {b: epoch.changes for b, epoch in zip(begins, network.trials[0].epochs, strict=False)}
    stops = sorted({*begins, *late, *(p for p in pauses if p < begins[-1])})
    found = []
    for begin, until in pairwise(stops):
        for change in changes.get(begin, ()):
            simulation.write(change)
        if begin in late:
            simulation.record(late[begin])
        feed(simulation, network, until)
        simulation.run(until, silent)
        found.append(simulation.read())
    simulation.close()
    return found


def assert_same(parts: list[TrialRecording], whole: TrialRecording, first: Mapping[int, int] | None = None) -> None:
    """Bit for bit; ``first`` is the first sample of a signal that began late."""
    for population, spikes in whole.spikes.items():
        assert np.concatenate([p.spikes[population].steps for p in parts]).tolist() == spikes.steps.tolist()
        assert np.concatenate([p.spikes[population].cells for p in parts]).tolist() == spikes.cells.tolist()
    for number, signal in enumerate(whole.signals):
        values = [p.signals[number].values for p in parts if len(p.signals) > number]
        np.testing.assert_array_equal(np.concatenate(values), signal.values[(first or {}).get(number, 0) :])


def eventful(seed: int, steps: int = 300, variables: tuple[str, ...] = ("v",)) -> Network:
    """Multapses of all kinds, changes of all kinds, a current that changes often and one that begins late."""
    rng, weight = np.random.RandomState(seed), WEIGHT["IF_curr_exp"]
    network = recurrent("IF_curr_exp", steps, seed)
    more = Projection(
        "more", 1, 1, rng.randint(0, 5, 60), rng.randint(0, 5, 60), rng.rand(60) * weight / 3, rng.randint(1, 4, 60)
    )
    uniform = Projection(
        "uniform", 0, 1, rng.randint(0, 4, 20), rng.randint(0, 5, 20), np.float64(weight / 4), rng.randint(1, 9, 20)
    )
    often = np.unique(rng.randint(0, steps, steps // 2))
    seldom = np.unique(rng.randint(steps // 3, steps, 5))
    currents = (
        CurrentInput(1, np.array([0, 3]), often, rng.randn(often.size) / 3),
        *network.currents,
        CurrentInput(1, np.array([2, 3]), seldom, rng.randn(seldom.size) / 3),
    )
    epochs = []
    for _ in range(6):
        changes = [
            Change("state", 1, "v", np.float64(-62.3)),
            Change("parameter", 1, "i_offset", rng.rand(2) / 3, np.array([1, 3])),
            Change("parameter", 1, "v_thresh", np.float64(-50 - rng.rand())),
            Change("synapse", 0, "weight", rng.rand(30) * weight),
            Change("synapse", 2, "weight", rng.rand(60) * weight / 3),
            Change("synapse", 3, "weight", np.float64(rng.rand() * weight / 4)),
        ]
        epochs.append(Epoch(steps // 6, tuple(c for c in changes if rng.rand() < 0.4)))
    requests = [
        RecordingRequest(1, variable, np.arange(number, 5), 1 + number) for number, variable in enumerate(variables)
    ]
    return replace(
        network,
        projections=(*network.projections, more, uniform),
        currents=currents,
        recordings=tuple(requests),
        trials=(Trial(tuple(epochs)),),
    )


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_a_live_run_is_a_batch_run_whatever_its_pauses(seed, threads):
    network, settings = eventful(seed), Settings(threads=threads)
    whole = batch(network, settings)
    assert whole.spikes[1].size > 100
    for pauses in ((), (1, 2, 3, 110, 111), np.random.RandomState(seed).randint(0, 300, 60).tolist()):
        assert_same(live(network, pauses, settings=settings), whole)


@pytest.mark.parametrize("begin", [50, 119])
@pytest.mark.parametrize("interval", [1, 3, 10])
def test_a_recording_may_begin_late(begin, interval):
    network = eventful(4)
    second = RecordingRequest(1, "v", np.array([1, 4]), interval)
    network = replace(network, recordings=(*network.recordings, second))
    assert_same(live(network, (120, 133), {begin: second}), batch(network), {1: -(-begin // interval)})


def test_variables_that_nest_does_not_show_are_looked_up_in_a_copy():
    network = eventful(5, 60, ("v", "isyn_exc", "isyn_inh"))
    assert_same(live(network, (1, 2, 17, 18, 40)), batch(network))


def test_the_present_sample_is_the_one_before_a_change():
    simulation = built(driven(steps=20), live=True)
    simulation.run(10, silent)
    simulation.write(Change("state", 1, "v", np.float64(-55.0)))
    assert simulation.read().signals[0].values[:, 0].tolist() == [-65.0] * 11
    assert simulation.read().signals[0].values.shape == (0, 1)
    simulation.run(11, silent)
    (value,) = simulation.read().signals[0].values[:, 0]
    assert value == pytest.approx(-65 + 10 * np.exp(-0.1 / 20), abs=1e-12)


def test_spikes_that_lie_further_ahead_are_kept_when_more_come():
    network = driven("IF_curr_delta", weight=1.0, parameters={"tau_m": 1e9})
    simulation = built(network, live=True)
    zero = np.zeros(1, np.uint32)
    simulation.feed([SpikeInput(0, zero, np.array([9])), SpikeInput(0, zero, np.array([0]))], {})
    simulation.run(4, silent)
    simulation.feed([SpikeInput(0, np.zeros(2, np.uint32), np.array([5, 9]), np.array([2, 3]))], {})
    simulation.run(12, silent)
    v = simulation.read().signals[0].values[:, 0]
    np.testing.assert_allclose(np.diff(v), [1, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("change_at", "weight"), [(4, 5.0), (5, 1.0), (6, 1.0), (7, 1.0)])
@pytest.mark.parametrize("alive", [False, True])
def test_a_weight_between_cells_holds_for_spikes_that_are_sent_after_its_change(change_at, weight, alive):
    # The source's spike of step 4 makes cell 0 spike at step 5; that reaches cell 1 at step 8.
    network = driven("IF_curr_delta", size=2, weight=np.array([20.0, 0.0]), spikes=(4,), parameters={"tau_m": 1e9})
    chain = Projection("chain", 1, 1, np.array([0]), np.array([1]), np.float64(1.0), np.int32(3))
    change = Change("synapse", 1, "weight", np.float64(5.0))
    epochs = (Epoch(change_at), Epoch(12 - change_at, (change,)))
    network = replace(network, projections=(*network.projections, chain), trials=(Trial(epochs),))
    v = np.concatenate([r.signals[0].values for r in (live(network) if alive else [batch(network)])])[:, 1]
    np.testing.assert_allclose(v[[7, 8, 12]], -65 + np.array([0, weight, weight]), rtol=0, atol=1e-6)


def test_projections_for_which_there_is_no_synapse_model_share_one(monkeypatch):
    monkeypatch.setattr(assembly, "MAX_SYNAPSE_MODELS", 1)
    network = eventful(6, 120)
    whole = batch(network)
    assert whole.spikes[1].size > 30
    assert_same(live(network, (5, 60, 61)), whole)


def test_a_copy_that_fails_is_told(capfd):
    with pytest.raises(SimulatorFailed):
        in_a_copy(lambda: np.array([1 // 0]))
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_slices_are_as_long_as_the_delay_where_no_bit_depends_on_it():
    network = driven(delay=7, variables=(), spikes=(1,))
    other = replace(network.projections[0], label="other", delay=np.int32(9))
    current = CurrentInput(1, np.array([0]), np.array([0]), np.array([1.0]))
    change = Epoch(2, (Change("synapse", 0, "weight", np.float64(1.0)),))
    assert slice_steps(network, live=False) == 7
    assert slice_steps(replace(network, projections=(*network.projections, other)), live=False) == 7
    assert slice_steps(replace(network, projections=()), live=False) == LONGEST_SLICE
    assert slice_steps(network, live=True) == 1
    for one in (
        driven(delay=7),
        replace(network, currents=(current,)),
        replace(network, trials=(Trial((Epoch(2), change)),)),
    ):
        assert slice_steps(one, live=False) == 1


def test_the_length_of_a_slice_changes_no_bit():
    network = recurrent("IF_curr_exp")
    projections = tuple(replace(p, delay=np.int32(7)) for p in network.projections)
    drive_all = Change("parameter", 1, "i_offset", np.float64(0.8))
    quiet = replace(
        network,
        projections=projections,
        currents=(),
        recordings=(),
        trials=(Trial((Epoch(101, (drive_all,)), Epoch(399))),),
    )
    assert slice_steps(quiet, live=False) == 7
    whole = batch(quiet)
    assert whole.spikes[1].size > 20
    assert_same(live(quiet, (33, 34, 205)), whole)
    seen = batch(replace(quiet, recordings=network.recordings))
    assert seen.spikes[1].steps.tolist() == whole.spikes[1].steps.tolist()


@pytest.mark.parametrize(
    "change",
    [
        Change("state", 1, "isyn_exc", np.float64(1.0)),
        Change("parameter", 1, "v_reset", np.float64(-40.0)),
        Change("parameter", 1, "v_thresh", np.array([-66.0]), np.array([0])),
    ],
    ids=["a state that cannot be set", "a high reset", "a low threshold"],
)
def test_a_built_in_model_refuses_what_it_is_not_made_for(change):
    simulation = built(driven(), live=True)
    simulation.run(5, silent)
    with pytest.raises(UnsupportedFeature, match="nestml"):
        simulation.write(change)


def test_a_reset_and_a_threshold_may_follow_each_other_up_and_not_cross():
    simulation = built(driven(), live=True)
    simulation.write(Change("parameter", 1, "v_thresh", np.float64(-30.0)))
    with pytest.raises(UnsupportedFeature, match="nestml"):  # the threshold was at -50 mV
        simulation.write(Change("parameter", 1, "v_reset", np.float64(-40.0)))


def test_variables_that_nest_does_not_show_are_recorded_from_the_beginning():
    simulation = built(driven(), live=True)
    simulation.run(5, silent)
    with pytest.raises(UnsupportedFeature, match="beginning"):
        simulation.record(RecordingRequest(1, "isyn_exc", np.array([0])))


def test_time_constants_that_would_need_a_finer_integration_are_refused():
    cells = GeneratedCells(driven("IF_cond_exp"), 1, "matched")
    cells.check(Change("parameter", 1, "tau_syn_E", np.float64(4.0)))
    cells.check(Change("parameter", 1, "e_rev_E", np.float64(0.01)))
    with pytest.raises(UnsupportedFeature, match="tau_syn_E"):
        cells.check(Change("parameter", 1, "tau_syn_E", np.float64(0.1)))
