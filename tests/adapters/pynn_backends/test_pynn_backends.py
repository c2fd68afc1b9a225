"""PyNN's own backends as simulators to judge."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import alone, driven, recurrent

from unisono.adapters import registry
from unisono.adapters.contract import Settings
from unisono.adapters.pynn_backends import WITHOUT
from unisono.adapters.runtime.cache import cache_folder
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.installed import installed_version
from unisono.models.cells import CELLS
from unisono.models.errors import UnisonoError, UnknownName, UnsupportedFeature
from unisono.models.network import Change, Epoch, Network, RecordingRequest, SpikeInput, Trial

BACKENDS = ("pynn.nest", "pynn.brian2", "pynn.neuron")


def plain(cell: str = "IF_curr_exp") -> Network:
    """The shared small network without what PyNN's backends refuse."""
    network = recurrent(cell)
    source, cells = network.populations
    (spikes,) = network.spikes
    late = spikes.steps > 1
    return replace(
        network,
        populations=(source, replace(cells, parameters={**cells.parameters, "tau_refrac": 2.0})),
        spikes=(SpikeInput(0, spikes.cells[late], spikes.steps[late]),),
        recordings=(RecordingRequest(1, "v", np.array([1, 3]), 2),),
    )


@pytest.mark.slow
def test_a_network_runs_on_all_three_much_as_on_nest():
    network = plain()
    runs = Executor(time_limit=600).run(network, ("nest", *BACKENDS))
    expected = runs["nest"].recording.trials[0]
    for name in BACKENDS:
        assert runs[name].error is None, f"{runs[name].error}\n{runs[name].log}"
        trial = runs[name].recording.trials[0]
        # The same cells and drive: what differs is when within a step or two a spike is said to have been.
        assert trial.spikes[1].size == pytest.approx(expected.spikes[1].size, rel=0.1)
        assert trial.spikes[1].cells.dtype == np.uint32 and trial.spikes[1].steps.dtype == np.int64
        assert np.array_equal(trial.spikes[0].steps, expected.spikes[0].steps)
        (signal,) = trial.signals
        assert (signal.variable, signal.unit, signal.interval) == ("v", "mV", 2)
        assert signal.values.shape == (251, 2)
        assert np.array_equal(signal.values[0], network.populations[1].initial["v"][[1, 3]])
        assert np.abs(signal.values[1] - expected.signals[0].values[1]).max() < 0.5
        assert runs[name].provenance["version"].startswith("0.13")


@pytest.fixture
def uncompiled(tmp_path, monkeypatch):
    """A home folder by whose preferences Brian2 runs its NumPy code, since Cython takes half a minute to compile."""
    preferences = tmp_path / ".brian" / "user_preferences"
    preferences.parent.mkdir()
    preferences.write_text("codegen.target = 'numpy'\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder().parent))
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKENDS)
def test_values_change_between_runs_as_a_script_changes_them(name, uncompiled):
    # One spike arrives in each run; the second finds other weights, and one cell with a current of its own.
    weights = Change("synapse", 0, "weight", np.array([2.0, 3.0, 1.0]))
    current = Change("parameter", 1, "i_offset", np.array([1.0]), np.array([2]))
    network = driven(size=3, spikes=(20, 80), weight=1.0, delay=1, changes=(Epoch(50), Epoch(100, (weights, current))))
    result = Executor(fresh=True, time_limit=600).run(network, [name])[name]
    assert result.recording is not None, f"{result.error}\n{result.log}"
    v = result.recording.trials[0].signals[0].values
    assert v.shape == (151, 3)
    assert np.ptp(v[:50], axis=1).max() == 0
    # v moves by i_offset/cm a millisecond
    assert v[70, 2] - v[70, 0] == pytest.approx(2.0, rel=0.1) and v[70, 0] == v[70, 1]
    # the same response once more, as many times as the weights say: the first has decayed by then, with tau_m 20 ms
    single = driven(size=1, spikes=(80,), weight=1.0, delay=1, changes=(Epoch(150),))
    (signal,) = Executor(fresh=True, time_limit=600).run(single, [name])[name].recording.trials[0].signals
    assert v[150, 1] - v[150, 0] == pytest.approx(signal.values[150, 0] + 65.0, rel=1e-3)


@pytest.mark.slow
def test_runs_stand_beside_matched_ones_and_need_no_numerics_of_their_own():
    network = alone("IF_curr_exp", 50, current=1.0)
    for numerics in ("matched", "native"):
        found = Executor().run(network, ["pynn.neuron"], Settings(numerics=numerics))["pynn.neuron"]
        assert found.recording is not None
    adapter = registry.get("pynn.neuron")
    assert (adapter.method(network, 0, Settings()), adapter.origin(network, 0, Settings())) == ("native", "PyNN")


@pytest.mark.slow
def test_synapses_in_brian2_are_those_of_a_list():
    """The fast connector against PyNN's own, which sets each synapse by itself."""
    code = """
import brian2, numpy as np
import pyNN.brian2 as sim
brian2.prefs.codegen.target = "numpy"
from unisono.adapters.pynn_backends.connector import connector_of
from unisono.models.network import Projection
from pyNN.connectors import FromListConnector
rng = np.random.RandomState(1)
pairs = rng.permutation(35)[:20]
pre, post = pairs // 5, pairs % 5
weight, delay = rng.rand(20), rng.randint(1, 9, 20)
sim.setup(timestep=0.1)
a, b = sim.Population(7, sim.IF_cond_exp()), sim.Population(5, sim.IF_cond_exp())
ours = connector_of(Projection("p", 0, 1, pre, post, weight, delay), {"weight": weight, "delay": delay * 0.1}, "brian2")
theirs = FromListConnector(np.column_stack([pre, post, weight, delay * 0.1]))
found = []
for connector in (ours, theirs):
    s = sim.Projection(a, b, connector, sim.StaticSynapse(), receptor_type="excitatory")._brian2_synapses[0][0]
    table = np.column_stack([s.i[:], s.j[:], np.asarray(s.weight[:]), np.asarray(s.delay[:])])
    found.append(table[np.lexsort(table.T[:2])])
assert found[0].shape == (20, 4) and np.array_equal(*found), found
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", BACKENDS)
def test_what_pynn_cannot_do_is_refused_before_anything_starts(name):
    brief = Executor(time_limit=1e-3)  # nothing is started
    with pytest.raises(UnsupportedFeature, match=r"cannot simulate the cell model 'GIF_cond_exp'.*IF_cond_exp"):
        brief.run(alone("GIF_cond_exp", 5), [name])
    own = alone("own", 5, definition=replace(CELLS["IF_curr_exp"], threshold="v > v_thresh").to_text())
    with pytest.raises(UnsupportedFeature):
        brief.run(own, [name])
    with pytest.raises(UnsupportedFeature, match="no cell with these equations"):
        brief.run(alone("IF_curr_exp", 5, definition=own.populations[0].definition), [name])
    with pytest.raises(UnsupportedFeature, match="only one spike of a source"):
        brief.run(driven(spikes=(5,), counts=2), [name])
    with pytest.raises(UnsupportedFeature, match="cannot record 'isyn_exc'"):
        brief.run(alone("IF_curr_exp", 5, variables=("isyn_exc",)), [name])
    with pytest.raises(UnsupportedFeature, match="no parameter 'v_thresh'"):
        brief.run(alone("Izhikevich", 5, parameters={"v_thresh": 25.0}), [name])
    with pytest.raises(UnsupportedFeature, match="cannot set the state 'x_exc'"):
        brief.run(alone("IF_curr_alpha", 5, initial={"x_exc": 1.0}), [name])
    with pytest.raises(UnsupportedFeature, match="no euler numerics"):
        brief.run(alone("IF_curr_exp", 5), [name], Settings(numerics="euler"))
    with pytest.raises(UnknownName, match="no options; 'grid' was given"):
        brief.run(alone("IF_curr_exp", 5), [name], Settings(options={"grid": "off"}))


@pytest.mark.parametrize("name", BACKENDS)
def test_changes_that_pynn_cannot_make_are_refused(name):
    def changed(network: Network, *change: Change) -> Network:
        return replace(network, trials=(Trial((Epoch(5), Epoch(5, change))),))

    adapter, one = registry.get(name), np.array([1])
    network = driven(size=3)
    adapter.check(changed(network, Change("state", 1, "v", np.float64(-60.0))), Settings())
    with pytest.raises(UnsupportedFeature, match="'v' of some of the cells"):
        adapter.check(changed(network, Change("state", 1, "v", np.array([-60.0]), one)), Settings())
    double = replace(
        network.projections[0],
        pre=np.array([0, 0, 0]),
        post=np.array([0, 0, 1]),
        weight=np.float64(1.0),
        delay=np.int32(1),
    )
    network = replace(network, projections=(double,))
    adapter.check(changed(network, Change("synapse", 0, "weight", np.array([1.0, 1.0, 2.0]))), Settings())
    with pytest.raises(UnsupportedFeature, match="one weight for each pair"):
        adapter.check(changed(network, Change("synapse", 0, "weight", np.array([1.0, 2.0, 2.0]))), Settings())


def test_limits_of_one_backend():
    with pytest.raises(UnsupportedFeature, match="before step 2"):
        Executor().run(driven(spikes=(1,)), ["pynn.nest"])
    with pytest.raises(UnsupportedFeature, match="the same for all cells"):
        Executor().run(recurrent("IF_curr_exp"), ["pynn.brian2"])
    different = Change("parameter", 1, "tau_refrac", np.array([1.0, 2.0]))
    with pytest.raises(UnsupportedFeature, match="the same for all cells"):
        Executor().run(driven(size=2, changes=(Epoch(1), Epoch(1, (different,)))), ["pynn.brian2"])
    with pytest.raises(UnsupportedFeature, match="'IF_curr_delta'"):
        Executor().run(driven("IF_curr_delta"), ["pynn.neuron"])


def test_they_are_no_simulators_of_the_project_but_have_names():
    assert not set(BACKENDS) & set(registry.names())
    for name in BACKENDS:
        assert registry.get(name).external_backend and registry.get(name).name == name
        assert " on " in installed_version(registry.get(name), sys.executable)
    with pytest.raises(UnknownName, match=r"pynn\.neuron"):
        registry.get("pynn.nowhere")
    assert {cell for cell in WITHOUT} <= set(CELLS)


def test_an_interpreter_is_named_without_the_dot(monkeypatch):
    monkeypatch.setenv("UNISONO_PYNN_NEST_PYTHON", "/nowhere/python")
    assert Executor().interpreter("pynn.nest") == "/nowhere/python"
    with pytest.raises(UnisonoError, match=r"pyNN\.nest is not installed for /nowhere/python"):
        Executor().run(alone("IF_curr_exp", 5), ["pynn.nest"])


@pytest.mark.slow
def test_mechanisms_are_compiled_into_the_cache_where_pynn_has_none(tmp_path):
    """PyNN linked into a folder without compiled mechanisms, as a read-only installation has it."""
    origin = importlib.util.find_spec("pyNN").origin
    linked = tmp_path / "site" / "pyNN"
    for path in Path(origin).parent.rglob("*"):
        target = linked / path.relative_to(Path(origin).parent)
        if path.is_file() and path.suffix not in (".so", ".dylib", ".cpp", ".o"):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path)
    code = (
        "from pathlib import Path; from unisono.adapters.pynn_backends.modules import module;"
        f"sim = module('neuron', Path({str(cache_folder())!r}));"
        f"assert sim.__file__.startswith({str(linked)!r}); sim.setup(); sim.Population(2, sim.IF_curr_exp())"
    )
    environment = {**os.environ, "PYTHONPATH": str(linked.parent), "NEURON_MODULE_OPTIONS": "-nogui"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(cache_folder().glob("neuron/*/libnrnmech.so"))
    assert not list(linked.rglob("libnrnmech.*"))
