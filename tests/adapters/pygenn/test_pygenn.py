"""The PyGeNN adapter: what it refuses and needs runs everywhere, the rest where PyGeNN is set up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from networks import DT, alone, driven, recurrent

from unisono.adapters import registry
from unisono.adapters.contract import Need, Settings
from unisono.adapters.host import machine
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.installed import installed_version
from unisono.adapters.runtime.live import live_run
from unisono.models.errors import CompilerNotFound, GpuNotFound, NotReady, UnsupportedFeature
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, SpikeInput, Trial

PYGENN, GPU = registry.get("pygenn"), registry.get("pygenn-gpu")
SINGLE = Settings(precision="single")


def _missing() -> str:
    """Why runs on PyGeNN cannot be tested here; empty where they can."""
    try:
        installed_version(PYGENN, Executor().interpreter("pygenn"))
    except NotReady as error:
        return f"{error.message} {error.remedy}"
    return next((f"{need.what}: {need.state}" for need in machine.needs(PYGENN) if not need.good), "")


set_up = pytest.mark.skipif(bool(_missing()), reason=f"PyGeNN is not set up. {_missing()}")


def both(network: Network, on: str = "brian2"):
    """The only trial on PyGeNN and on another simulator."""
    runs = Executor(fresh=True, time_limit=600).run(network, ["pygenn", on])
    for found in runs.values():
        assert found.recording is not None, f"{found.error}\n{found.log}"
    return runs["pygenn"].recording.trials[0], runs[on].recording.trials[0]


def same_spikes(first, second, population: int) -> bool:
    ours, theirs = first.spikes[population], second.spikes[population]
    return ours.steps.tolist() == theirs.steps.tolist() and ours.cells.tolist() == theirs.cells.tolist()


def test_what_cannot_be_had_is_refused_before_anything_starts():
    with pytest.raises(UnsupportedFeature, match="larger whole numbers"):
        PYGENN.check(alone("GIF_cond_exp", 5), SINGLE)
    with pytest.raises(UnsupportedFeature, match="no native numerics"):
        PYGENN.check(alone("IF_curr_exp", 5), Settings(numerics="native"))
    with pytest.raises(UnsupportedFeature, match="one thread only"):
        PYGENN.check(alone("IF_curr_exp", 5), Settings(threads=2))
    PYGENN.check(alone("IF_curr_exp", 5), SINGLE)


def test_it_needs_make_beside_a_compiler(monkeypatch):
    none = Need("make", "not found on the PATH", False, "Install it.", CompilerNotFound)
    monkeypatch.setattr(machine, "make", lambda: none)
    assert none in machine.needs(PYGENN)


def test_the_gpu_is_asked_for_only_where_it_is_used(monkeypatch):
    none = Need("NVIDIA GPU", "nvidia-smi lists none", False, "Take the simulator without '-gpu'.", GpuNotFound)
    monkeypatch.setattr(machine, "gpu", lambda: none)
    assert none in machine.needs(GPU)
    assert none not in machine.needs(PYGENN)


def test_the_worker_for_a_gpu_is_told_where_cuda_lies(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "cuda_folder", lambda: tmp_path)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/elsewhere")
    assert GPU.environment(Settings(), tmp_path) == {
        "CUDA_PATH": str(tmp_path),
        "LD_LIBRARY_PATH": f"{tmp_path}/lib64:/elsewhere",
    }
    assert PYGENN.environment(Settings(), tmp_path) == {}
    monkeypatch.setattr(machine, "cuda_folder", lambda: None)
    assert GPU.environment(Settings(), tmp_path) == {}


def test_both_share_an_environment_that_is_built_from_one_source_tree():
    assert PYGENN.environment_name == GPU.environment_name == "pygenn"
    assert PYGENN.source is GPU.source
    assert PYGENN.source.built and PYGENN.source.libraries == ("libffi",)


@set_up
@pytest.mark.parametrize("cell", ["IF_curr_exp", "IF_curr_delta"])
def test_delays_of_each_synapse_arrive_when_they_should(cell):
    # One source onto 40 cells, each with a delay of its own, a byte and two; and two synapses of different delay.
    delays = np.r_[np.arange(1, 40), 300]
    network = driven(cell, 330, size=40, spikes=(0, 1, 5), counts=np.array([1, 2, 1]), delay=delays)
    twice = replace(
        network.projections[0],
        pre=np.zeros(4, np.uint32),
        post=np.zeros(4, np.int64),
        delay=np.array([3, 3, 1, 17]),
        label="twice",
    )
    ours, theirs = both(replace(network, projections=(*network.projections, twice)))
    np.testing.assert_allclose(ours.signals[0].values, theirs.signals[0].values, rtol=0, atol=1e-12)
    assert same_spikes(ours, theirs, 1)


@set_up
def test_several_populations_of_sources_and_cells_of_other_delays_and_weights():
    # One delay for all, longer than others of the same source, and a weight for all beside one for each.
    random = np.random.RandomState(5)
    cells = Population("cells", "IF_cond_exp", 30, {"tau_refrac": 0.5}, {"v": random.uniform(-65, -50, 30)})
    projections = [
        Projection(f"p{i}", pre, post, random.randint(0, n, 90), random.randint(0, 30, 90), weight, delay)
        for i, (pre, post, n, weight, delay) in enumerate(
            (
                (0, 2, 20, np.float64(0.01), np.asarray(1)),
                (0, 3, 20, random.rand(90) * 0.02, np.asarray(25)),
                (1, 2, 7, np.float64(0.02), random.randint(1, 9, 90)),
                (2, 3, 30, np.float64(0.004), np.asarray(15)),
                (3, 2, 30, random.rand(90) * 0.004, random.randint(1, 9, 90)),
            )
        )
    ]
    network = Network(
        DT,
        (
            Population("many", "SpikeSourceArray", 20),
            Population("few", "SpikeSourceArray", 7),
            cells,
            replace(cells, label="others"),
        ),
        tuple(projections),
        spikes=(
            SpikeInput(0, random.randint(0, 20, 900), random.randint(0, 400, 900)),
            SpikeInput(1, np.arange(7), np.zeros(7, np.int64), np.full(7, 2)),
        ),
        recordings=(RecordingRequest(2, "v", np.arange(30)), RecordingRequest(3, "v", np.array([4, 2]), 10)),
        trials=(Trial((Epoch(400),)),),
    )
    ours, theirs = both(network)
    assert theirs.spikes[2].size > 50 and theirs.spikes[3].size > 10
    assert same_spikes(ours, theirs, 2) and same_spikes(ours, theirs, 3)
    for mine, right in zip(ours.signals, theirs.signals, strict=True):
        np.testing.assert_allclose(mine.values, right.values, rtol=0, atol=1e-9)


@set_up
def test_changes_of_some_cells_and_of_weights_of_each_synapse():
    epochs = (
        Epoch(50),
        Epoch(
            50,
            (
                Change("synapse", 0, "weight", np.linspace(2.0, 30.0, 6)),
                Change("parameter", 1, "tau_m", np.array([5.0, 7.0]), np.array([1, 4])),
                Change("state", 1, "v", np.float64(-51.0), np.array([0, 5])),
            ),
        ),
        Epoch(
            50, (Change("synapse", 0, "weight", np.float64(8.0)), Change("parameter", 1, "tau_refrac", np.float64(3.0)))
        ),
    )
    network = driven("IF_curr_exp", size=6, spikes=tuple(range(0, 150, 9)), weight=4.0, changes=epochs)
    ours, theirs = both(network)
    assert theirs.spikes[1].size > 5
    assert same_spikes(ours, theirs, 1)
    np.testing.assert_allclose(ours.signals[0].values, theirs.signals[0].values, rtol=0, atol=1e-10)


@set_up
def test_code_is_compiled_once_for_other_seeds_weights_and_parameters(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    first, other = recurrent("IF_cond_exp", 100), recurrent("IF_cond_exp", 120, seed=4)
    source, cells = first.populations
    parameters = {**cells.parameters, "tau_m": 1.3 * cells.parameters["tau_m"]}
    filled = replace(
        first,
        populations=(source, replace(cells, label="others", parameters=parameters)),
        projections=tuple(replace(p, weight=2 * p.weight) for p in first.projections),
    )
    for network in (first, other, filled):
        found = Executor(fresh=True).run(network, ["pygenn"])["pygenn"]
        assert found.recording is not None, f"{found.error}\n{found.log}"
    assert len(list((tmp_path / "pygenn").glob("*/*/librunner.so"))) == 1


@set_up
def test_potentials_are_rounded_to_single_precision():
    network = recurrent("IF_curr_exp")
    single, double = (
        Executor(fresh=True).run(network, ["pygenn"], settings)["pygenn"].recording.trials[0]
        for settings in (SINGLE, Settings())
    )
    rounded, exact = single.signals[0].values, double.signals[0].values
    assert rounded.dtype == np.float64
    assert np.array_equal(rounded, rounded.astype(np.float32))
    assert 1e-5 < np.abs(rounded - exact).max() < 1e-2
    assert same_spikes(single, double, 1)


@set_up
def test_more_spikes_than_are_held_at_once_are_all_there():
    # 2,500 steps in buffers of 1,000, over 33 cells: more than a word.
    network = driven(
        "IF_curr_delta", 2500, size=33, spikes=tuple(range(7, 2500, 7)), delay=3, weight=20.0, variables=()
    )
    ours, theirs = both(network)
    assert theirs.spikes[1].size == 33 * len(range(10, 2501, 7))
    assert same_spikes(ours, theirs, 1)


@set_up
def test_a_pause_may_come_anywhere_in_the_buffer_of_spikes():
    # 2,200 steps in buffers of 1,000; what has been read is given once. A second feed needs more room for spikes.
    times = (*range(7, 1900, 35), *range(1901, 2200, 3))
    network = driven("IF_curr_delta", 2200, size=33, spikes=times, delay=3, weight=20.0)
    bare = replace(network, spikes=(), trials=(Trial(()),))
    live = live_run(Executor(time_limit=600), "pygenn", Settings())
    live.begin_trial(bare)
    begin = 0
    for end in (1, 999, 1000, 1002, 1900, 2200):
        now = np.array([t for t in times if begin < t <= end], np.int64)
        given = [SpikeInput(0, np.zeros(now.size, np.uint32), now)] if now.size else []
        live.extend(Epoch(end - begin), given, {})
        assert live.trials[0].step == end
        begin = end
    (mine,), trial = live.trials[0].signals, live.trials[0]
    live.close()
    batch = Executor(fresh=True).run(network, ["pygenn"])["pygenn"].recording.trials[0]
    assert batch.spikes[1].size > 33 * 50
    assert same_spikes(trial, batch, 1)
    assert np.array_equal(mine.values, batch.signals[0].values)


@set_up
def test_a_live_run_refuses_what_would_need_a_finer_step_from_the_beginning():
    network = driven("IF_cond_exp", 20)
    live = live_run(Executor(time_limit=600), "pygenn", Settings())
    live.begin_trial(replace(network, spikes=(), trials=(Trial(()),)))
    live.extend(Epoch(5, (Change("parameter", 1, "tau_syn_E", np.float64(2.0)),)), [], {})
    with pytest.raises(UnsupportedFeature, match=r"'tau_syn_E' of population 'cells' cannot be set to 0\.2 ms"):
        live.extend(Epoch(5, (Change("parameter", 1, "tau_syn_E", np.float64(0.2)),)), [], {})
    live.close()


def test_without_pygenn_a_run_says_how_to_get_it(monkeypatch, tmp_path):
    interpreter = tmp_path / "python"
    interpreter.write_text("#!/bin/sh\nexit 1\n")
    interpreter.chmod(0o755)
    monkeypatch.setenv("UNISONO_PYGENN_PYTHON", str(interpreter))
    with pytest.raises(NotReady, match="PyGeNN is not installed"):
        Executor().check_ready(PYGENN, alone("IF_curr_exp", 5), Settings())
