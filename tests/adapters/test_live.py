"""A live run gives, bit for bit, what a batch run of the captured network gives, on every simulator that can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import networks
import numpy as np
import pytest

import unisono
from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.growing_trial import GrowingTrial
from unisono.adapters.runtime.live import LiveRun, WholeRun, live_run
from unisono.models.errors import NotReady, SimulatorFailed, TimeLimitExceeded, UnsupportedFeature
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)

LIVE = [name for name in registry.names() if registry.get(name).capabilities.live]
every_live_simulator = pytest.mark.parametrize("simulator", LIVE)


@pytest.fixture
def executor():
    return Executor(fresh=True, time_limit=600)


def require(executor: Executor, simulator: str, network: Network) -> None:
    """Skip a simulator that is on no package registry and is not set up here."""
    adapter = registry.get(simulator)
    if adapter.source is not None:
        try:
            executor.check_ready(adapter, network, Settings())
        except (NotReady, UnsupportedFeature) as error:
            pytest.skip(str(error))


def eventful(seed: int = 5, size: int = 6, steps: Sequence[int] = (37, 1, 120, 42)) -> Network:
    """Sources and currents, recurrent synapses with heterogeneous delays, and changes of every kind between epochs."""
    rng = np.random.RandomState(seed)
    total = sum(steps)
    cells = Population(
        "cells", "IF_cond_exp", size, {"tau_refrac": rng.uniform(0.1, 3.0, size)}, {"v": rng.uniform(-65, -51, size)}
    )
    weight, several = 0.004, 60
    projections = (
        Projection("in", 0, 1, *ends(rng, 5, size, several), rng.rand(several) * weight, rng.randint(1, 25, several)),
        Projection("one weight", 0, 1, *ends(rng, 5, size, 9), np.float64(weight / 3), np.int32(1)),
        Projection(
            "recurrent", 1, 1, *ends(rng, size, size, 12), np.float64(0.01), rng.randint(1, 30, 12), "inhibitory"
        ),
    )
    some = np.array([0, 2])
    changes = (
        (),
        (
            Change("parameter", 1, "i_offset", np.float64(0.4)),
            Change("synapse", 0, "weight", rng.rand(several) * weight),
            Change("state", 1, "v", np.array([-52.0, -60.0]), some),
        ),
        (
            Change("parameter", 1, "tau_m", np.array([12.0, 25.0]), some),
            Change("parameter", 1, "v_thresh", np.float64(-51.0)),
            Change("synapse", 1, "weight", np.float64(weight / 2)),
        ),
        (Change("synapse", 2, "weight", np.full(12, 0.005)), Change("state", 1, "gsyn_exc", np.float64(0.01))),
    )
    spikes = SpikeInput(0, rng.randint(0, 5, 2 * total), rng.randint(0, total + 1, 2 * total))
    return Network(
        0.1,
        (Population("sources", "SpikeSourceArray", 5), cells),
        projections,
        (spikes,),
        (
            CurrentInput(1, np.arange(size), np.array([0, 50, 130]), np.array([0.3, 0.0, 0.9])),
            CurrentInput(1, np.array([1, 3]), np.array([37, 38, 150]), np.array([0.7, 0.2, 0.0])),
        ),
        (
            RecordingRequest(1, "v", np.arange(size)),
            RecordingRequest(1, "gsyn_exc", np.array([1, 3]), 7),
        ),
        (Trial(tuple(Epoch(n, c) for n, c in zip(steps, changes, strict=False))),),
        label="eventful",
    )


def ends(rng, sources: int, targets: int, size: int):
    """Ends of random synapses."""
    return rng.randint(0, sources, size), rng.randint(0, targets, size)


def play(live: LiveRun, network: Network, cuts: Sequence[int], read: bool = True) -> GrowingTrial:
    """Drive a network of one trial live, divided further at some grid points; inputs come as late as they can."""
    live.begin_trial(replace(network, spikes=(), currents=(), trials=(Trial(()),)))
    edges = np.cumsum([0, *(epoch.steps for epoch in network.trials[0].epochs)]).tolist()
    changes = {begin: epoch.changes for begin, epoch in zip(edges, network.trials[0].epochs, strict=False)}
    for begin, end in pairwise(sorted({*edges, *cuts})):
        live.extend(
            Epoch(end - begin, changes.get(begin, ())),
            [part for s in network.spikes if (part := spikes_of(s, begin, end)).cells.size],
            {
                n << 32: part  # as a script numbers the injections of its sources
                for n, c in enumerate(network.currents)
                if (part := current_of(c, begin, end)).steps.size
            },
        )
        if read:
            assert live.trials[-1].step == end
    return live.trials[-1]


def spikes_of(spikes: SpikeInput, begin: int, end: int) -> SpikeInput:
    wanted = (spikes.steps > (begin or -1)) & (spikes.steps <= end)
    counts = np.broadcast_to(spikes.counts, spikes.cells.shape)
    return SpikeInput(spikes.population, spikes.cells[wanted], spikes.steps[wanted], counts[wanted])


def current_of(current: CurrentInput, begin: int, end: int) -> CurrentInput:
    wanted = (current.steps >= begin) & (current.steps < end)
    return CurrentInput(current.population, current.cells, current.steps[wanted], current.amplitudes[wanted])


def assert_same(live: GrowingTrial, executor: Executor, network: Network, simulator: str, trial: int = 0) -> None:
    """Spikes and samples are those of a batch run, in bits."""
    run = executor.run(network, [simulator])[simulator]
    assert run.recording is not None, f"{run.error}\n{run.log}"
    batch = run.recording.trials[trial]
    assert live.step == batch.steps
    for index, train in live.spikes.items():
        assert train.steps.tolist() == batch.spikes[index].steps.tolist()
        assert train.cells.tolist() == batch.spikes[index].cells.tolist()
    assert len(live.signals) == len(batch.signals)
    for mine in live.signals:
        (theirs,) = [s for s in batch.signals if (s.variable, s.population) == (mine.variable, mine.population)]
        assert (mine.population, mine.variable, mine.interval, mine.begin) == (
            theirs.population,
            theirs.variable,
            theirs.interval,
            0,
        )
        assert np.array_equal(mine.values, theirs.values)


@every_live_simulator
def test_live_equals_batch_where_spikes_change_synapses(simulator, executor):
    network = eventful()
    changing = replace(
        network.projections[0], synapse="TsodyksMarkramSynapse", parameters={"U": 0.3, "weight": 0.01}, initial={}
    )
    network = replace(network, projections=(changing, *network.projections[1:]))
    require(executor, simulator, network)
    live = live_run(executor, simulator, Settings())
    trial = play(live, network, (11, 60, 61, 199))
    live.close()
    assert_same(trial, executor, network, simulator)


@every_live_simulator
@pytest.mark.parametrize("read", [True, False], ids=["read at each pause", "read at the end"])
def test_live_equals_batch(simulator, executor, read):
    network = eventful()
    require(executor, simulator, network)
    cuts = np.random.RandomState(1).randint(1, 200, 12)
    live = live_run(executor, simulator, Settings())
    trial = play(live, network, cuts, read)
    assert sum(train.steps.size for train in trial.spikes.values()) > 20
    live.close()
    assert_same(trial, executor, network, simulator)


@every_live_simulator
def test_live_equals_batch_step_by_step(simulator, executor):
    network = eventful(seed=8, steps=(11, 9))
    require(executor, simulator, network)
    live = live_run(executor, simulator, Settings())
    trial = play(live, network, range(20))
    live.close()
    assert_same(trial, executor, network, simulator)


@every_live_simulator
def test_other_cells_equal_batch(simulator, executor):
    cells = ("IF_curr_exp", "IF_curr_delta", "EIF_cond_exp_isfa_ista", "HH_cond_exp", "GIF_cond_exp")
    network = networks.side_by_side([networks.recurrent(cell, steps=300) for cell in cells])
    require(executor, simulator, network)
    live = live_run(executor, simulator, Settings())
    trial = play(live, network, (1, 2, 50, 51, 130, 299))
    live.close()
    assert_same(trial, executor, network, simulator)


@every_live_simulator
def test_a_reset_begins_a_trial_in_the_same_worker(simulator, executor):
    first, second = eventful(seed=5), eventful(seed=6, steps=(30, 50))
    second = replace(second, populations=first.populations, projections=first.projections)
    require(executor, simulator, first)
    live = live_run(executor, simulator, Settings())
    for network in (first, second, first):
        play(live, network, (20, 60))
    trials = list(live.trials)
    live.close()
    for trial, network in zip(trials, (first, second, first), strict=True):
        assert_same(trial, executor, network, simulator)


@every_live_simulator
def test_a_variable_can_be_recorded_later(simulator, executor):
    network = eventful(steps=(40, 60))
    require(executor, simulator, network)
    only_v = replace(network, recordings=(RecordingRequest(1, "v", np.array([0, 1])),))
    live = live_run(executor, simulator, Settings())
    begun = replace(only_v, trials=(Trial(network.trials[0].epochs[:1]),))
    play(live, begun, (10,))
    live.record(RecordingRequest(1, "gsyn_inh", np.array([2, 4])))
    live.record(RecordingRequest(1, "v", np.array([3, 5]), 7))
    epoch = network.trials[0].epochs[1]
    spikes = [spikes_of(s, 40, 100) for s in network.spikes]
    currents = {n: part for n, c in enumerate(network.currents) if (part := current_of(c, 40, 100)).steps.size}
    live.extend(epoch, spikes, currents)
    _, conductance, voltage = live.trials[-1].signals
    live.close()
    whole = replace(
        network,
        recordings=(RecordingRequest(1, "gsyn_inh", np.array([2, 4])), RecordingRequest(1, "v", np.array([3, 5]), 7)),
    )
    batch = executor.run(whole, [simulator])[simulator].recording.trials[0].signals
    assert conductance.begin == 40
    assert np.array_equal(conductance.values, batch[0].values[40:])
    assert voltage.begin == 42
    assert np.array_equal(voltage.values, batch[1].values[6:])


@every_live_simulator
def test_many_cells_with_parameters_in_common(simulator, executor):
    """Above some size what is the same for all cells is stored once in a batch run, and never in a live one."""
    size = 230
    network = networks.alone("IF_curr_exp", 60, size=size, current=0.9)
    later = Epoch(60, (Change("parameter", 0, "tau_m", np.linspace(10.0, 20.0, size)),))
    network = replace(network, trials=(Trial((*network.trials[0].epochs, later)),))
    require(executor, simulator, network)
    live = live_run(executor, simulator, Settings())
    trial = play(live, network, (30,))
    live.close()
    assert_same(trial, executor, network, simulator)


@every_live_simulator
def test_a_live_run_of_the_whole_network_is_not_repeated(simulator, executor):
    network = eventful()
    require(executor, simulator, network)
    live = live_run(executor, simulator, Settings())
    play(live, network, (50,))
    live.finish(network)
    said: list[str] = []
    executor = replace(executor, listener=lambda name, message: said.append(message["phase"]))
    run = executor.run(network, [simulator])[simulator]
    assert said == ["run for the script"]
    assert run.provenance["live"] and not run.provenance["cached"]
    assert run.spike_count == Executor(fresh=True).run(network, [simulator])[simulator].spike_count


def test_a_simulator_that_cannot_be_driven_runs_once_and_says_so():
    network = eventful()
    (name, *_) = [n for n in registry.locations() if not registry.get(n).capabilities.live]
    with pytest.raises(UnsupportedFeature, match=r"cannot run a script that continues.*List one of these first: "):
        LiveRun(Executor(), name, Settings())
    assert network.trials


SCRIPT = """
import pyNN.nest as sim
sim.setup(timestep=0.1)
cells = sim.Population(3, sim.IF_curr_exp(i_offset=[0.9, 1.0, 1.2]))
cells.record("spikes")
sim.run(20.0)
sim.run(30.0)
print(cells.mean_spike_count())
"""


def test_what_such_a_simulator_ran_for_a_script_is_not_repeated(monkeypatch, tmp_path):
    adapter = type(registry.get("reference"))
    monkeypatch.setattr(adapter, "capabilities", replace(adapter.capabilities, live=False))
    said: list[str] = []
    executor = Executor(fresh=True, listener=lambda name, message: said.append(message["phase"]))
    assert isinstance(live_run(executor, "reference", Settings()), WholeRun)
    (tmp_path / "model.py").write_text(SCRIPT)
    # in this process, which knows of the simulator that cannot run live
    network = unisono.load(str(tmp_path / "model.py"), on="reference", executor=executor)
    assert said[-1] == "done"
    said.clear()
    run = executor.run(network, ["reference"])["reference"]
    assert said == ["run for the script"]
    assert run.provenance["live"] and not run.provenance["cached"]


class TestOfWorkers:
    """What goes wrong in a worker that stays alive."""

    def test_a_crash_is_named(self):
        live = live_run(Executor(), "reference", Settings())
        play(live, eventful(), ())
        live._worker.kill()
        with pytest.raises(SimulatorFailed, match="The reference was killed by SIGKILL"):
            live.extend(Epoch(10), [], {})
        live.close()

    def test_an_error_is_raised_where_it_happened(self):
        live = live_run(Executor(), "reference", Settings())
        network = eventful()
        live.begin_trial(replace(network, spikes=(), currents=(), trials=(Trial(()),)))
        with pytest.raises(SimulatorFailed, match="reference failed"):
            live.extend(Epoch(10, (Change("parameter", 1, "no such", np.float64(1)),)), [], {})
        live.close()

    def test_all_requests_together_keep_to_the_time_limit(self):
        live = live_run(Executor(time_limit=6.0), "reference", Settings())
        network = eventful()
        done = 0
        with pytest.raises(TimeLimitExceeded, match="time limit of 6 s"):
            live.begin_trial(replace(network, spikes=(), currents=(), trials=(Trial(()),)))
            while True:  # no single request takes that long
                live.extend(Epoch(100), [], {})
                done += 1
        assert done
        live.close()


def test_a_script_reads_sets_and_resets_weights_that_spikes_change(executor):
    # One pair: the source spikes at 10 ms, its cell 5 ms later; a step of A_plus w_max exp(-dt/tau) for each.
    from unisono.models import pynn as sim
    from unisono.models.pynn.simulator import capturing

    with capturing(lambda: live_run(executor, "reference", Settings())) as capture:
        sim.setup(timestep=0.1)
        sources = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]))
        driver = sim.Population(1, sim.SpikeSourceArray(spike_times=[14.9]))
        cell = sim.Population(1, sim.IF_curr_delta())
        rules = sim.SpikePairRule(A_plus=0.1, A_minus=0.1), sim.AdditiveWeightDependence(w_max=2.0)
        plastic = sim.STDPMechanism(*rules, weight=0.5, delay=0.1)
        projection = sim.Projection(sources, cell, sim.OneToOneConnector(), plastic)
        sim.Projection(driver, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=50.0, delay=0.1))

        def weight() -> float:
            return projection.get("weight", format="list", with_address=False)[0]

        assert weight() == 0.5
        sim.run(12.0)
        assert weight() == 0.5
        sim.run(8.0)
        # the spike of the cell, at 15 ms, takes the dendritic delay of 0.1 ms back to the synapse
        grown = 0.5 + 0.1 * 2.0 * np.exp(-5.1 / 20.0)
        assert weight() == pytest.approx(grown, rel=1e-12)
        assert [c.weight for c in projection.connections] == [weight()]
        projection.set(weight=0.6)
        assert projection[0].weight == 0.6
        projection.set(weight=0.7)
        assert weight() == 0.7
        sim.run(5.0)
        assert weight() == 0.7
        sim.reset()
        assert weight() == 0.7  # what the script set last
        sim.run(20.0)
        assert weight() == pytest.approx(grown + 0.2, rel=1e-12)
    network = capture.network()
    run = executor.run(network, ["reference"], Settings())["reference"]
    first, second = (trial.synapses[0]["weight"][0] for trial in run.recording.trials)
    assert (first, second) == (0.7, pytest.approx(grown + 0.2, rel=1e-12))
