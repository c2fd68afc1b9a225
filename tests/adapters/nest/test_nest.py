"""NEST: the table of its built-in models, when they are used, and what generated ones can do."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from networks import driven, recurrent

from unisono.adapters.codegen.cell_step import step_program
from unisono.adapters.codegen.printers.nestml import nestml_model
from unisono.adapters.contract import Settings
from unisono.adapters.nest import NestAdapter, compiler
from unisono.adapters.nest.cells import fits
from unisono.adapters.nest.models import BUILT_IN, NATIVE
from unisono.adapters.nest.recorders import HELD
from unisono.adapters.nest.simulation import tics_per_ms
from unisono.adapters.runtime.executor import Executor
from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel, Parameter, Receptor
from unisono.models.dynamics.expressions import evaluate, parse_expression
from unisono.models.errors import CompilerNotFound, SimulatorFailed, UnsupportedFeature
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

TABLE = {**BUILT_IN, **NATIVE}


@pytest.mark.parametrize("cell", TABLE)
def test_every_parameter_and_receptor_is_translated(cell):
    native, model = TABLE[cell], CELLS[cell]
    left = set(model.parameters) - set(native.parameters) - {"tau_refrac"}
    # Where NEST finds a spike at its peak it has no threshold.
    unknown = {"v_thresh"} if cell == "HH_cond_exp" else set()
    assert left == ({"tau_m"} if native.leak_from_tau else unknown)
    assert set(native.receptors) == set(model.receptors)
    assert set(native.recordables) == set(model.recordable)


#: A current, nA, under which the cell spikes, and by how many ms NEST's own way may shift its first spike: up to a
#: step where a spike is found inside a step, Euler's error where NEST takes Euler's method, the rest of the
#: upstroke where it waits for the peak.
OWN_WAY = {
    "IF_cond_exp": (1.0, 0.0),
    "IF_cond_alpha": (1.0, 0.0),
    "EIF_cond_exp_isfa_ista": (1.0, 0.05),
    "EIF_cond_alpha_isfa_ista": (1.0, 0.05),
    "IF_cond_exp_gsfa_grr": (1.5, 0.0),
    "IF_facets_hardware1": (1.0, 0.0),
    "Izhikevich": (0.01, 0.2),
    "HH_cond_exp": (0.5, 0.5),
}


@pytest.mark.parametrize("cell", NATIVE)
def test_native_numerics_are_nests_own_model(cell, execute):
    amplitude, shift = OWN_WAY[cell]
    currents = (CurrentInput(1, np.array([0]), np.array([0]), np.array([amplitude])),)
    network = driven(cell, 800, weight=0.0, currents=currents, dt=0.05)
    assert fits(network, 1, TABLE) and not fits(network, 1, BUILT_IN)
    matched, native = (execute("nest", network, n).trials[0].spikes[1].steps for n in ("matched", "native"))
    assert native.size
    assert abs(int(native[0]) - int(matched[0])) * 0.05 <= shift + 1e-9


def test_a_leak_conductance_is_capacitance_over_time_constant():
    values = {n: np.float64(p.default) for n, p in CELLS["IF_cond_exp"].parameters.items()}
    # 1 nF / 20 ms = 0.05 uS = 50 nS
    assert TABLE["IF_cond_exp"].translated(values)["g_L"] == pytest.approx(50.0)


@pytest.mark.parametrize("variable", ["isyn_exc", "isyn_inh"])
def test_recorded_currents_come_back_in_our_unit(variable, execute):
    receptor = "excitatory" if variable == "isyn_exc" else "inhibitory"
    network = driven(spikes=(1,), weight=2.0, receptor=receptor, variables=(variable,))
    values = execute("nest", network).trials[0].signals[0].values[:, 0]
    sign = 1 if receptor == "excitatory" else -1
    assert values[2] == pytest.approx(sign * 2.0, rel=1e-12)
    assert values[12] == pytest.approx(sign * 2.0 * np.exp(-1.0 / 5.0), rel=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_samples_and_spikes_that_are_fetched_during_a_run_are_all_there(threads, execute):
    """NEST holds 2**17 samples at most: those of this run are fetched during it and at its end."""
    network = driven("IF_cond_exp", 1000, size=400, spikes=(1, 500, 990), weight=0.5, interval=2, variables=("v",))
    assert HELD < 1000 * 400 / 2
    network = replace(network, recordings=(*network.recordings, RecordingRequest(1, "gsyn_exc", np.array([3, 9]), 7)))
    ours = execute("nest", network, threads=threads).trials[0]
    theirs = execute("neuron", network).trials[0]
    assert ours.spikes[1].size == theirs.spikes[1].size > 0
    np.testing.assert_array_equal(ours.spikes[1].steps, theirs.spikes[1].steps)
    for a, b in zip(ours.signals, theirs.signals, strict=True):
        np.testing.assert_array_equal(a.values, b.values)


@pytest.mark.parametrize("simulator", ["nest", "nestml"])
def test_threads_change_nothing(simulator):
    network = recurrent("IF_curr_exp")
    one = Executor().run(network, [simulator])[simulator].recording
    many = Executor(fresh=True).run(network, [simulator], Settings(threads=2))[simulator].recording
    assert one.trials[0].spikes[1].steps.tolist() == many.trials[0].spikes[1].steps.tolist()
    np.testing.assert_allclose(one.trials[0].signals[0].values, many.trials[0].signals[0].values, rtol=0, atol=1e-10)


def test_weights_of_multapses_are_changed_one_by_one(execute):
    network = driven("IF_curr_delta", parameters={"tau_m": 1e9}, spikes=(1, 8))
    twice = Projection("twice", 0, 1, np.array([0, 0]), np.array([0, 0]), np.array([1.0, 2.0]), np.array([2, 1]))
    change = Change("synapse", 0, "weight", np.array([4.0, 7.0]))
    network = replace(network, projections=(twice,), trials=(Trial((Epoch(6), Epoch(6, (change,)))),))
    v = execute("nest", network).trials[0].signals[0].values[:, 0]
    np.testing.assert_allclose(v[[1, 2, 3, 8, 9, 10]], [-65, -63, -62, -62, -55, -51], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (driven(), True),
        (driven(initial={"isyn_exc": 1.0}), False),
        (driven(parameters={"v_reset": -50.0}), False),
        (driven(changes=(Epoch(2), Epoch(2, (Change("parameter", 1, "v_reset", np.float64(-40.0)),)))), False),
        (driven(changes=(Epoch(2), Epoch(2, (Change("state", 1, "isyn_exc", np.float64(1.0)),)))), False),
        (driven("Izhikevich", weight=1.0), False),
    ],
    ids=["as it is", "initial current", "high reset", "reset raised later", "current set later", "no such model"],
)
def test_a_built_in_model_is_used_where_it_can_do_all(network, expected):
    assert fits(network, 1, BUILT_IN) == expected


def test_a_cell_of_its_own_is_not_taken_for_the_built_in_one_of_that_name():
    network = driven()
    slower = replace(CELLS["IF_curr_exp"], equations=CELLS["IF_curr_exp"].equations.replace("/tau_m", "/(2*tau_m)"))
    cells = replace(network.populations[1], definition=slower.to_text())
    assert not fits(replace(network, populations=(network.populations[0], cells)), 1, BUILT_IN)


@pytest.mark.parametrize(("dt", "tics"), [(0.1, 1000), (0.125, 1000), (2.0**-5, 1024), (2.0**-9, 1024), (2e-5, 10**6)])
def test_the_step_is_a_whole_number_of_tics(dt, tics):
    assert tics_per_ms(dt) == tics


def test_a_step_that_is_no_whole_number_of_tics_is_refused():
    with pytest.raises(UnsupportedFeature, match="not a whole number of tics"):
        NestAdapter().check(driven(dt=1 / 3), Settings())


@pytest.mark.parametrize("simulator", ["nest", "nestml"])
def test_a_step_of_a_power_of_two_is_exact(simulator, execute):
    network = driven("IF_curr_delta", 600, spikes=(512,), delay=3, parameters={"tau_m": 1e9}, dt=2.0**-9, weight=1.0)
    v = execute(simulator, network).trials[0].signals[0].values[:, 0]
    assert np.flatnonzero(np.abs(np.diff(v)) > 0.5).tolist() == [514]


def test_without_a_compiler_only_built_in_models_run(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    NestAdapter().check(driven(), Settings())
    with pytest.raises(CompilerNotFound):
        NestAdapter().check(driven(parameters={"v_reset": -50.0}), Settings())
    with pytest.raises(CompilerNotFound):
        Executor(fresh=True).run(driven(), ["nestml"])


def test_what_the_compiler_said_is_told(monkeypatch, tmp_path):
    compiler = tmp_path / "g++"
    compiler.write_text("#!/bin/sh\necho this compiler is tired; exit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    failed = Executor(fresh=True).run(driven(), ["nestml"])["nestml"]
    assert isinstance(failed.error, SimulatorFailed)
    assert "IF_curr_exp" in str(failed.error) and "this compiler is tired" in failed.log
    assert not (tmp_path / "cache" / "nest").exists()


@pytest.mark.slow
def test_one_model_is_compiled_by_several_at_once(tmp_path):
    model = nestml_model(step_program(CELLS["IF_curr_delta"]))
    with ThreadPoolExecutor() as pool:
        paths = set(pool.map(lambda _: compiler.libraries([model], tmp_path)[0], range(3)))
    (path,) = paths
    assert path.is_file()
    assert list((tmp_path / "nest").iterdir()) == [path.parent]


#: The functions of the equations, each as the slope of a state of its own; x stands still.
FUNCTIONS = {
    "f_exp": "exp(x)",
    "f_log": "log(x + 3)",
    "f_sqrt": "sqrt(x + 2)",
    "f_abs": "abs(x)",
    "f_floor": "floor(3*x)",
    "f_min": "min(x, 0.3)",
    "f_max": "max(x, -0.2)",
    "f_mod": "mod(7*(x + 2), 1.7)",
    "f_exprel": "exprel(x)",
    "f_tanh": "tanh(x)",
    "f_cosh": "cosh(x)",
    "f_sinh": "sinh(x)",
    "f_power": "-x**3 + 2**x - (x + 2)**-1.5",
    "f_number": "1.2345678901234567e-10*(x + 2)*1e20/1e10",
}


def functions_network() -> Network:
    """Cells without receptors and without threshold crossings, one for each x."""
    x = np.linspace(-1.5, 1.5, 31)
    lines = [f"d{name}/dt = ({text})/ms + 0*x*x/ms : 1" for name, text in FUNCTIONS.items()]
    model = CellModel(
        "functions",
        {"top": Parameter(1e9, "1")},
        "\n".join(["dx/dt = 0*x*x/ms : 1", *lines]),
        threshold="x > top",
        reset="",
        refractory="",
        recordable=tuple(FUNCTIONS),
    )
    return Network(
        0.125,
        (Population("cells", model.name, x.size, {}, {"x": x}, definition=model.to_text()),),
        recordings=tuple(RecordingRequest(0, name, np.arange(x.size), 8) for name in FUNCTIONS),
        trials=(Trial((Epoch(8),)),),
    )


@pytest.mark.slow
def test_functions_have_double_precision(execute):
    network = functions_network()
    x = network.populations[0].initial["x"]
    for signal in execute("nest", network).trials[0].signals:
        expected = evaluate(parse_expression(FUNCTIONS[signal.variable]), {"x": x})
        # one millisecond of a constant slope, in 8 steps
        np.testing.assert_allclose(signal.values[1], expected, rtol=0, atol=3e-15, err_msg=signal.variable)


def many_receptors() -> Network:
    """A counter with twelve receptors, of which the fifth is closed in the refractory period, beside a namesake."""
    names = [f"r{i}" for i in range(12)]
    model = CellModel(
        "counter",
        {"theta": Parameter(1e4, "mV"), "tau_refrac": Parameter(0.3, "ms")},
        "\n".join(["dv/dt = 0*mV/ms : mV", *(f"d{n}/dt = 0*mV/ms : mV" for n in names)]),
        {n: Receptor(n, only_when_active=n == "r5") for n in names} | {"v": Receptor("v")},
        threshold="v >= theta",
        reset="v = 0*mV; r0 += 0.5*mV; r1 = r0 + r1",
        recordable=tuple(names),
    )
    other = replace(model, reset="v = 1*mV", recordable=("v",))
    zero = np.zeros(1, np.uint32)
    projections = [
        Projection(n, 0, 1, zero, zero, np.float64((-1) ** i * (i + 1)), np.int32(2), n) for i, n in enumerate(names)
    ]
    for target in (1, 2):
        projections.append(Projection("kick", 0, target, zero, zero, np.float64(1e4), np.int32(1), "v"))
    populations = [Population(f"{i}", m.name, 1, definition=m.to_text()) for i, m in enumerate((model, other))]
    return Network(
        0.1,
        (Population("source", "SpikeSourceArray", 1), *populations),
        tuple(projections),
        spikes=(SpikeInput(0, zero, np.array([3])),),
        recordings=(*(RecordingRequest(1, n, zero) for n in names), RecordingRequest(2, "v", zero)),
        trials=(Trial((Epoch(8),)),),
    )


@pytest.mark.slow
def test_any_number_of_receptors_and_statements(execute):
    trial = execute("nest", many_receptors()).trials[0]
    assert [trial.spikes[i].steps.tolist() for i in (1, 2)] == [[4], [4]]
    last = {s.variable: s.values[-1, 0] for s in trial.signals}
    # The spike of step 4 finds r0 = r1 = 0; at step 5 the receptors take their weights, the closed one does not.
    expected = {f"r{i}": (-1.0) ** i * (i + 1) for i in range(12)}
    expected |= {"r0": 1.5, "r1": 0.5 - 2.0, "r5": 0.0, "v": 1.0}
    assert last == expected


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_without_a_reset_a_spike_is_where_the_condition_becomes_true(threads):
    model = CellModel(
        "clock",
        {"rate": Parameter(1.0, "1/ms"), "top": Parameter(0.5, "1")},
        "dphase/dt = rate : 1\nvalue = phase - top : 1",
        {"set": Receptor("phase")},
        threshold="value >= 0",
        reset="",
        refractory="",
        recordable=("phase",),
    )
    phase = np.array([0.0, 0.5, 0.45, -0.75, 2.0])
    zero = np.zeros(5, np.uint32)
    network = Network(
        0.125,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cells", "clock", 5, {}, {"phase": phase}, definition=model.to_text()),
        ),
        (Projection("down", 0, 1, zero, np.arange(5), np.float64(-4.0), np.int32(1), "set"),),
        spikes=(SpikeInput(0, zero[:1], np.array([15])),),
        trials=(Trial((Epoch(48),)),),
    )
    run_of = Executor(fresh=True).run(network, ["nest"], Settings(threads=threads))["nest"]
    assert run_of.recording is not None, run_of.log
    spikes = run_of.recording.trials[0].spikes[1]
    found = [spikes.steps[spikes.cells == i].tolist() for i in range(5)]
    # phase rises by 1/8 a step; step 16 takes 4 away; at 0 the condition counts as what it is there.
    assert found == [[4, 36], [32], [1, 33], [10, 42], [20]]
