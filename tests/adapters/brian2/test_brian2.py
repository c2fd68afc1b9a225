"""What is particular to the Brian2 adapter; the conventions are tested for all adapters in test_compliance.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from unisono.adapters.brian2 import Brian2Adapter
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.simulation import drive
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import CompilerNotFound, UnknownName, UnsupportedFeature
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

SIZE, SOURCES = 6, 4


def run(network: Network, cache: Path, target: str = "numpy", numerics: str = "matched") -> TrialRecording:
    simulation = Brian2Adapter().simulation(network, Settings(numerics, options={"target": target}), cache)
    simulation.prepare()
    simulation.build()
    drive(simulation, network.trials[0], lambda steps: None)
    recording = simulation.read()
    simulation.close()
    return recording


def busy(dt: float = 0.1, steps: int = 300) -> Network:
    """A recurrent IF_curr_exp network with everything that differs between cells and synapses."""
    random = np.random.RandomState(7)
    parameters = {
        "tau_m": random.uniform(8, 20, SIZE),
        "tau_refrac": random.uniform(0, 3, SIZE),
        "tau_syn_I": np.float64(7.0),
        "i_offset": np.float64(0.3),
    }
    cells = Population("cells", "IF_curr_exp", SIZE, parameters, {"v": random.uniform(-65, -50, SIZE)})
    k = 40
    pre, post = random.randint(0, SOURCES, k), random.randint(0, SIZE, k)
    recurrent = random.randint(0, SIZE, k), random.randint(0, SIZE, k)
    events = random.randint(0, steps, 400)
    currents = (
        CurrentInput(1, np.array([0, 3]), np.array([0, 50, 200]), np.array([0.4, -0.2, 0.0])),
        CurrentInput(1, np.array([3]), np.array([20, 120]), np.array([0.5, 0.1])),
    )
    return Network(
        dt,
        (Population("sources", "SpikeSourceArray", SOURCES), cells),
        (
            Projection("input", 0, 1, pre, post, random.uniform(0, 0.6, k), random.randint(1, 30, k)),
            Projection("e", 1, 1, *recurrent, np.float64(0.3), np.int32(1)),
            Projection("i", 1, 1, *recurrent[::-1], np.float64(-0.2), random.randint(1, 9, k), receptor="inhibitory"),
        ),
        spikes=(SpikeInput(0, random.randint(0, SOURCES, 400).astype(np.uint32), events),),
        currents=currents,
        recordings=(RecordingRequest(1, "v", np.arange(SIZE)),),
        trials=(Trial((Epoch(steps),)),),
    )


def stepped(network: Network) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Spikes (step, cell) and v of a network like ``busy``, by a loop over all steps and synapses."""
    steps, dt = network.trials[0].steps, network.dt
    p = {name: np.broadcast_to(value, SIZE) for name, value in network.populations[1].parameters.items()}
    held_for = np.rint(p["tau_refrac"] / dt)
    values = SynapseValues(network)
    weights = {p.label: values.weight(index) for index, p in enumerate(network.projections)}
    arriving = {"excitatory": np.zeros((steps + 40, SIZE)), "inhibitory": np.zeros((steps + 40, SIZE))}

    def send(population: int, cell: int, step: int, count: int) -> None:
        for s in (s for s in network.projections if s.pre_population == population):
            weight, delay = np.broadcast_to(weights[s.label], s.size), np.broadcast_to(s.delay, s.size)
            for index in np.flatnonzero(s.pre == cell):
                arriving[s.receptor][step + delay[index], s.post[index]] += count * weight[index]

    (source,) = network.spikes
    counts = np.broadcast_to(source.counts, source.cells.shape)
    for cell, step, count in zip(source.cells, source.steps, counts, strict=True):
        send(0, cell, step, count)
    v, left = np.array(network.populations[1].initial["v"]), np.zeros(SIZE)
    current = {"excitatory": np.zeros(SIZE), "inhibitory": np.zeros(SIZE)}
    spikes, trace = [], [v.copy()]
    for step in range(steps):
        injected = np.zeros(SIZE)
        for c in network.currents:
            injected[c.cells] += c.amplitudes[c.steps <= step][-1:].sum()
        tau_m, resistance = p["tau_m"], p["tau_m"] / p["cm"]
        decay = np.exp(-dt / tau_m)
        new = p["v_rest"] + (v - p["v_rest"]) * decay + resistance * (p["i_offset"] + injected) * (1 - decay)
        for receptor, tau in (("excitatory", p["tau_syn_E"]), ("inhibitory", p["tau_syn_I"])):
            factor = resistance * tau / (tau_m - tau)
            new += factor * current[receptor] * (decay - np.exp(-dt / tau))
            current[receptor] = current[receptor] * np.exp(-dt / tau) + arriving[receptor][step + 1]
        v = np.where(left > 0, v, new)
        fired = (v >= p["v_thresh"]) & (left <= 0)
        left = np.where(fired, held_for, left - 1)
        v = np.where(fired, p["v_reset"], v)
        for cell in np.flatnonzero(fired):
            spikes.append((step + 1, cell))
            send(1, cell, step + 1, 1)
        trace.append(v.copy())
    return spikes, np.array(trace)


def pairs(recording: TrialRecording, population: int = 1) -> list[tuple[int, int]]:
    spikes = recording.spikes[population]
    return list(zip(spikes.steps.tolist(), spikes.cells.tolist(), strict=True))


@pytest.mark.parametrize("dt", [0.1, 0.025, 1 / 3])
def test_a_network_with_everything_follows_a_plain_loop(tmp_path, dt):
    network = busy(dt)
    spikes, v = stepped(network)
    assert len(spikes) > 20 and network.spikes[0].counts.max() > 1
    recording = run(network, tmp_path)
    assert pairs(recording) == spikes
    np.testing.assert_allclose(recording.signals[0].values, v, rtol=0, atol=1e-9)


@pytest.mark.slow
def test_compiled_code_does_the_same(tmp_path):
    network = busy()
    compiled, interpreted = run(network, tmp_path, "cpp"), run(network, tmp_path)
    assert pairs(compiled) == pairs(interpreted) != []
    np.testing.assert_allclose(compiled.signals[0].values, interpreted.signals[0].values, rtol=0, atol=1e-11)


def test_dividing_a_run_changes_nothing(tmp_path):
    # A boundary falls right behind a spike of a cell, and others on spikes in flight and on currents;
    # the parameter is set to what it was, so that all code is made anew.
    network = busy()
    whole = run(network, tmp_path)
    first = pairs(whole)[0][0]
    same = Change("parameter", 1, "i_offset", np.float64(0.3))
    parts = Trial(tuple(Epoch(steps, (same,)) for steps in (1, first - 1, 60, 240 - first)))
    divided = run(replace(network, trials=(parts,)), tmp_path)
    assert pairs(divided) == pairs(whole)
    assert (divided.signals[0].values == whole.signals[0].values).all()


def test_a_parameter_may_become_different_between_cells(tmp_path):
    change = Change("parameter", 1, "cm", np.array([0.5]), np.array([2]))
    network = replace(busy(), trials=(Trial((Epoch(100), Epoch(200, (change,)))),))
    before, after = run(busy(), tmp_path).signals[0].values, run(network, tmp_path).signals[0].values
    assert (before[:101] == after[:101]).all()
    assert abs(before[101, 2] - after[101, 2]) > 1e-3


def test_a_simulation_leaves_nothing_behind(tmp_path):
    assert pairs(run(busy(), tmp_path)) == pairs(run(busy(), tmp_path)) != []


def test_projections_and_sources_may_be_empty(tmp_path):
    network = busy()
    none = np.empty(0, np.uint32)
    empty = replace(network.projections[0], pre=none, post=none, weight=np.float64(0), delay=np.int32(1))
    recording = run(replace(network, projections=(empty, *network.projections[1:]), spikes=()), tmp_path)
    assert set(recording.spikes) == {1}
    assert np.isfinite(recording.signals[0].values).all()


def test_native_numerics_come_close_to_the_exact_solution(tmp_path):
    # Without spikes: Brian2's own "exact" method is chosen for a linear model.
    quiet = replace(busy(), projections=busy().projections[:0])
    native, matched = (run(quiet, tmp_path, numerics=n).signals[0].values for n in ("native", "matched"))
    np.testing.assert_allclose(native, matched, rtol=0, atol=1e-9)


def test_progress_reaches_the_end(tmp_path):
    simulation = Brian2Adapter().simulation(busy(), Settings(options={"target": "numpy"}), tmp_path)
    simulation.prepare()
    simulation.build()
    told: list[int] = []
    simulation.run(300, told.append)
    assert told == sorted(told)
    assert told[-1] == 300
    simulation.close()


def test_what_brian2_cannot_do_is_refused_before_anything_starts():
    adapter = Brian2Adapter()
    with pytest.raises(UnknownName, match="target=cpp, target=numpy"):
        adapter.check(busy(), Settings(options={"target": "fortran"}))
    with pytest.raises(UnsupportedFeature, match="one thread"):
        adapter.check(busy(), Settings(threads=2))
    adapter.check(busy(), Settings(options={"target": "numpy"}))


def test_without_a_compiler_brian2_runs_its_numpy_code_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path))
    compiled = Executor().run(busy(), ["brian2"])["brian2"]
    assert compiled.notes == () and not compiled.settings.options
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    run = Executor().run(busy(), ["brian2"])["brian2"]
    assert run.error is None and not run.provenance["cached"]  # what was compiled is another run
    assert run.settings.options == {"target": "numpy"}
    assert len(run.notes) == 1 and "without a compiler" in run.notes[0]
    spikes, others = (r.recording.trials[0].spikes for r in (run, compiled))
    assert all(np.array_equal(spikes[p].steps, others[p].steps) for p in spikes)
    again = Executor().run(busy(), ["brian2"])["brian2"]
    assert again.provenance["cached"] and again.notes == run.notes
    with pytest.raises(CompilerNotFound, match=r"Brian2's target 'cpp' needs C\+\+ compiler: not found"):
        Executor().run(busy(), ["brian2"], Settings(options={"target": "cpp"}))
