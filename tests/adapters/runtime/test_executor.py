"""Runs in separate processes: what goes wrong in one is named and harms no other."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract import Capabilities, Settings
from unisono.adapters.reference import ReferenceAdapter
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import (
    CompilerNotFound,
    NetworkError,
    OutputError,
    SimulatorFailed,
    SimulatorNotInstalled,
    TimeLimitExceeded,
    UnisonoError,
    UnknownName,
    UnsupportedFeature,
)
from unisono.models.network import Change, Epoch, Trial

LONG = driven(steps=50_000_000, variables=())


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """A cache folder of the test's own."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_an_unknown_simulator_lists_the_choices():
    with pytest.raises(UnknownName, match=r"Unknown simulator 'nset'.*nest, nestml, brian2, neuron"):
        Executor().run(driven(), ["nest", "nset"])


def test_no_simulator_at_all():
    with pytest.raises(UnisonoError, match="No simulator is given"):
        Executor().run(driven(), [])


def test_a_network_without_a_schedule_is_refused():
    with pytest.raises(NetworkError, match="has no trial"):
        Executor().run(replace(driven(), trials=()), ["reference"])


def test_settings_check_themselves():
    with pytest.raises(UnisonoError, match="Unknown numerics 'exact'"):
        Settings(numerics="exact")
    with pytest.raises(UnisonoError, match="must be at least 1, not 0"):
        Settings(threads=0)


def test_what_a_simulator_cannot_do_is_refused_before_anything_starts(own_cache):
    with pytest.raises(UnsupportedFeature, match=r"a step of .* ms is not a whole number of tics"):
        Executor().run(driven(dt=1 / 3), ["reference", "nest"])
    with pytest.raises(UnsupportedFeature, match="one thread"):
        Executor().run(driven(), ["nest", "reference"], Settings(threads=2))
    with pytest.raises(UnsupportedFeature, match="up to 500 cells"):
        Executor().run(driven(size=501), ["reference"])
    assert not (own_cache / "jobs").exists() or not any((own_cache / "jobs").iterdir())


def test_a_cell_that_a_simulator_does_not_have_is_refused():
    class OneCell(ReferenceAdapter):
        capabilities = Capabilities(cells=frozenset({"IF_curr_exp"}), changes=frozenset({"parameter"}))

    OneCell().check(driven(), Settings())
    with pytest.raises(UnsupportedFeature, match=r"cell model 'IF_cond_exp'.*It supports: IF_curr_exp"):
        OneCell().check(driven("IF_cond_exp"), Settings())
    weights = (Epoch(1), Epoch(1, (Change("synapse", 0, "weight", np.float64(1.0)),)))
    with pytest.raises(UnsupportedFeature, match="cannot change a synapse between runs"):
        OneCell().check(driven(changes=weights), Settings())


def test_a_simulator_that_is_not_installed(tmp_path):
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    with pytest.raises(SimulatorNotInstalled, match=r"NEST is not installed for .*bare.*pip install"):
        Executor(interpreters={"nest": str(bare / "bin" / "python")}).run(driven(), ["nest"])


def test_an_interpreter_that_does_not_exist():
    with pytest.raises(SimulatorNotInstalled, match="NEST is not installed for /nowhere/python"):
        Executor(interpreters={"nest": "/nowhere/python"}).run(driven(), ["nest"])


def test_no_compiler(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    compiling = [name for name in registry.names() if registry.get(name).capabilities.needs_compiler]
    installed = [name for name in compiling if registry.get(name).source is None]
    assert {"nestml", "neuron"} <= set(installed)
    for name in installed:
        says = rf"{re.escape(registry.title(name))} needs C\+\+ compiler: not found.*apt install"
        with pytest.raises(CompilerNotFound, match=says):
            Executor().run(driven(), [name])


def test_a_time_limit_stops_the_run_and_keeps_the_others():
    runs = Executor(time_limit=3.0, fresh=True).run(replace(LONG), ["nest"])
    assert runs["nest"].status == "failed"
    assert isinstance(runs["nest"].error, TimeLimitExceeded)
    assert "time limit of 3 s" in str(runs["nest"].error)
    both = Executor(time_limit=1e-3, fresh=True, interpreters={}).run(driven(), ["nest", "reference"])
    assert {r.status for r in both.values()} == {"failed"}


def test_a_simulator_killed_while_it_runs_is_reported_and_the_others_are_kept():
    network = driven(steps=20_000_000, variables=())

    def kill(simulator, message):
        if simulator == "nest" and message["phase"] == "run":
            subprocess.run(["pkill", "-SEGV", "-P", str(os.getpid())], check=True)

    small = Executor(fresh=True).run(driven(), ["reference"])
    assert small["reference"].status == "ok"
    runs = Executor(listener=kill, fresh=True, time_limit=120).run(network, ["nest"])
    assert isinstance(runs["nest"].error, SimulatorFailed)
    assert "NEST was killed by SIGSEGV" in str(runs["nest"].error)


def test_an_error_inside_one_simulator_leaves_the_others_alone(own_cache, monkeypatch):
    # NEST's built-in model refuses a reset at the threshold, and the compiler that a generated one needs fails.
    monkeypatch.setenv("CXX", "false")
    runs = Executor(fresh=True).run(driven(parameters={"v_reset": -50.0}), ["nest", "reference"])
    assert runs["reference"].status == "ok"
    assert isinstance(runs["nest"].error, SimulatorFailed)
    assert "could not be compiled" in str(runs["nest"].error)
    assert runs["nest"].log


def test_a_cached_run_is_taken_from_the_cache(own_cache):
    said: list[str] = []
    plan = Executor(listener=lambda simulator, message: said.append(message["phase"]))
    first = plan.run(driven(spikes=(1,)), ["reference"])["reference"]
    second = plan.run(driven(spikes=(1,)), ["reference"])["reference"]
    assert (first.provenance["cached"], second.provenance["cached"]) == (False, True)
    assert said[-1] == "cached"
    assert not Executor().run(driven(spikes=(2,)), ["reference"])["reference"].provenance["cached"]
    assert not Executor(fresh=True).run(driven(spikes=(1,)), ["reference"])["reference"].provenance["cached"]
    assert not any((own_cache / "jobs").iterdir())


def test_a_cached_run_takes_the_labels_of_the_network_that_asks(own_cache):
    network = driven(spikes=(1,))
    Executor().run(network, ["reference"])
    source, cells = network.populations
    renamed = replace(network, populations=(source, replace(cells, label="other")))
    again = Executor().run(renamed, ["reference"])["reference"]
    assert again.provenance["cached"]
    assert again.recording.labels == ("source", "other")
    assert again.block.segments[0].analogsignals[0].annotations["source_population"] == "other"


def test_the_digest_of_our_code_does_not_depend_on_where_it_lies(tmp_path):
    own = cache.code_digest()
    for part in ("adapters", "models"):
        here = Path(cache.__file__).parents[2] / part
        shutil.copytree(here, tmp_path / "pynn" / "library" / part, ignore=shutil.ignore_patterns("__pycache__"))
    moved = tmp_path / "pynn" / "library" / "adapters" / "runtime" / "cache.py"
    spec = importlib.util.spec_from_file_location("elsewhere", moved)
    elsewhere = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(elsewhere)
    assert elsewhere.code_digest() == own
    (tmp_path / "pynn" / "library" / "adapters" / "nest.py").write_text("")
    elsewhere.code_digest.cache_clear()
    assert elsewhere.code_digest() != own


def test_a_damaged_cache_entry_is_run_again(own_cache):
    Executor().run(driven(), ["reference"])
    (entry,) = (own_cache / "runs").iterdir()
    (entry / "recording" / "recording.json").write_text("{")
    again = Executor().run(driven(), ["reference"])["reference"]
    assert again.status == "ok"
    assert not again.provenance["cached"]


def test_a_cache_folder_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(OutputError, match="UNISONO_CACHE"):
        Executor().run(driven(), ["reference"])


def test_provenance_tells_what_was_run():
    found = Executor(fresh=True).run(driven(), ["nest"])["nest"].provenance
    assert set(found["seconds"]) == {"start", "prepare", "build", "run", "collect"}
    peaks = found["peak_rss_mb_by_phase"]
    assert 20 < peaks["start"] <= peaks["run"] <= found["peak_rss_mb"]
    assert found["fingerprint"] == driven().fingerprint
    assert found["settings"] == {"numerics": "matched", "threads": 1, "options": {}, "precision": "double"}
    assert found["versions"]["numpy"]


@pytest.mark.parametrize("simulator", ["nest", "brian2", "neuron"])
def test_a_worker_needs_numpy_h5py_and_its_simulator_alone(simulator, tmp_path):
    """The worker's process is watched: it must not import what its environment need not have, nor what takes long."""
    wrapper = tmp_path / "python"
    modules = tmp_path / "modules.txt"
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} -X importtime "$@" 2> {modules}\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    environment = Executor(fresh=True, interpreters={simulator: str(wrapper)})
    assert environment.run(driven(), [simulator])[simulator].status == "ok"
    imported = {line.split("|")[-1].strip() for line in modules.read_text().splitlines() if "|" in line}
    # a package that is tried in vain is in the list, too, but none of its modules
    packages = {name.partition(".")[0] for name in imported if "." in name}
    assert "h5py" in packages and "unisono" not in imported
    for name in ("pyNN", "neo", "elephant", "rich", "typer", "matplotlib", "pandas", "_pytest", "IPython"):
        assert name not in packages


def test_runs_at_once_give_the_same():
    one = Executor(fresh=True, jobs=1).run(driven(spikes=(3,)), ["nest", "reference"])
    two = Executor(fresh=True, jobs=2).run(driven(spikes=(3,)), ["nest", "reference"])
    assert list(two) == ["nest", "reference"]
    for name in one:
        a, b = one[name].recording, two[name].recording
        assert (a.trials[0].signals[0].values == b.trials[0].signals[0].values).all()


def test_third_parties_register_through_an_entry_point(monkeypatch):
    from importlib.metadata import EntryPoint

    mine = EntryPoint("mine", "unisono.adapters.reference:ReferenceAdapter", "unisono.simulators")
    monkeypatch.setattr(registry, "entry_points", lambda group: [mine])
    registry.simulators.cache_clear()
    try:
        assert "mine" in registry.names()
        clash = EntryPoint("nest", "elsewhere:Adapter", "unisono.simulators")
        monkeypatch.setattr(registry, "entry_points", lambda group: [clash])
        registry.simulators.cache_clear()
        with pytest.raises(UnknownName, match="Two packages register the simulator 'nest'"):
            registry.names()
    finally:
        registry.simulators.cache_clear()


def test_the_steps_of_a_trial_are_reported():
    said = []
    network = replace(driven(steps=40), trials=(Trial((Epoch(20),)), Trial((Epoch(20),))))
    Executor(fresh=True, listener=lambda s, m: said.append(m)).run(network, ["nest"])
    assert said[-1]["phase"] == "done"
    assert {"phase": "run", "done": 40, "total": 40} in said


def test_a_simulator_can_have_settings_of_its_own():
    runs = Executor().run(driven(steps=50, parameters={"i_offset": 0.5}), ["nest", "brian2:single"])
    assert {name: r.settings.precision for name, r in runs.items()} == {"nest": "double", "brian2": "single"}
    voltages = [r.recording.trials[0].signals[0].values for r in runs.values()]
    assert 0 < np.abs(voltages[0] - voltages[1]).max() < 1e-4


def test_a_simulator_is_named_once():
    with pytest.raises(UnisonoError, match="brian2 is listed twice"):
        Executor().run(driven(steps=5), ["brian2", "brian2:single"])


@pytest.mark.parametrize("text", ["nest:fast", "nest:", "nest:matched:triple"])
def test_settings_that_there_are_not(text):
    with pytest.raises(UnknownName, match="a simulator has no"):
        Executor().run(driven(steps=5), [text])
