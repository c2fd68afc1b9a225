"""The command line, in processes of its own: exit status, files, one clear sentence for what goes wrong."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from command_line import USAGE, one_sentence, started, unisono
from networks import driven

from unisono.adapters import registry
from unisono.adapters.contract.recording import Spikes
from unisono.adapters.runtime.loading import DEFAULT_SIMULATORS
from unisono.adapters.runtime.results import Runs
from unisono.adapters.runtime.results_folder import load_results, save_results
from unisono.ci.configuration import TRANSIENT
from unisono.commands import options

SMALL = ("--set", "n=60", "--set", "duration=30")


def test_compare_writes_what_it_was_asked_for(tmp_path):
    answer = unisono(
        *("compare", "vogels_abbott", "--on", "nest,reference", *SMALL, "--jobs", 2),
        *("--json", "a.json", "--junit", "a.xml", "--report", "a.html", "--output", "results"),
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    assert "Verdict: identical" in answer.stdout
    assert "Report: a.html" in answer.stdout
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["verdict"] == "identical"
    assert set(data["model"]) == {
        *("name", "fingerprint", "neurons", "synapses", "duration_ms", "dt_ms", "inputs_driven_by")
    }
    assert set(data["runs"]["nest"]) >= {"status", "version", "spikes", "seconds", "peak_rss_mb"}
    assert set(data["pairs"][0]) == {
        *("a", "b", "verdict", "evidence", "next_step", "spikes_a", "spikes_b", "identical_until_ms"),
        *("first_difference", "signals", "synapses", "cause", "search"),
    }
    assert data["statistics"]
    assert "unisono compare vogels_abbott" in (tmp_path / "a.html").read_text()
    assert (tmp_path / "a.xml").read_text().startswith("<?xml")
    again = unisono("compare", "results", cwd=tmp_path)
    assert again.returncode == 0
    assert "Verdict: identical" in again.stdout


def test_simulators_that_disagree_give_status_1(tmp_path):
    # Results of one network on two simulators, one of which lost a spike on the way.
    short = ("--set", "duration=200")
    assert unisono("run", "single_cell", "--on", "nest,reference", *short, "-o", "r", cwd=tmp_path).returncode == 0
    runs = load_results(tmp_path / "r")
    run = runs["nest"]
    (trial,) = run.recording.trials
    train = trial.spikes[0]
    lost = replace(trial, spikes={0: Spikes(np.delete(train.cells, 3), np.delete(train.steps, 3))})
    lossy = replace(run, recording=replace(run.recording, trials=(lost,)))
    save_results(Runs(runs.network, {**runs, "nest": lossy}), tmp_path / "r")
    answer = unisono("compare", "r", cwd=tmp_path)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "Verdict: different" in answer.stdout


def test_a_run_that_fails_gives_status_2_and_keeps_the_others(tmp_path):
    # 200,000 steps are nothing for NEST, once its model is compiled, and take the reference, which solves each to
    # 1e-12, a minute.
    unisono("run", "single_cell", "--on", "nest", "--set", "cell=IF_cond_exp", "--set", "duration=200", cwd=tmp_path)
    long = ("--set", "cell=IF_cond_exp", "--set", "duration=20000")
    limit = ("--time-limit", 8, "--fresh")
    answer = unisono("compare", "single_cell", "--on", "nest,reference", *long, *limit, cwd=tmp_path)
    assert answer.returncode == 2
    assert "time limit of 8 s" in answer.stderr
    assert re.search(r"nest 3\.\S+ +ok", answer.stdout)


def test_run_says_so_where_a_simulator_failed(tmp_path):
    driven(steps=10_000_000, variables=()).save(tmp_path / "long.h5")
    answer = unisono("run", "long.h5", "--on", "reference", "--time-limit", 0.5, cwd=tmp_path)
    assert answer.returncode == 2
    assert "time limit of 0.5 s" in answer.stderr


def test_defaults_are_those_of_the_functions_behind():
    assert tuple(options.SIMULATORS.split(",")) == DEFAULT_SIMULATORS
    assert options.TRANSIENT == TRANSIENT


def test_an_interrupt_ends_the_simulation_too(tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("UNISONO_CACHE", str(cache))
    driven(steps=50_000_000, variables=()).save(tmp_path / "long.h5")
    process = started("run", "long.h5", "--on", "nest", cwd=tmp_path)
    while "simulating" not in (line := process.stdout.readline()):
        assert line, "it ended early"
    workers = ["pgrep", "-f", str(cache)]
    assert subprocess.run(workers, capture_output=True).returncode == 0
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) not in (0, None)
    assert subprocess.run(workers, capture_output=True).returncode == 1
    assert list((cache / "jobs").iterdir()) == []
    assert not (tmp_path / "results").exists()


def test_run_writes_a_folder(tmp_path):
    answer = unisono("run", "single_cell", "--on", "reference", "--set", "duration=30", "--nix", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "Results: results/single_cell" in answer.stdout
    place = tmp_path / "results" / "single_cell"
    assert {p.name for p in place.iterdir()} == {"network.h5", "results.json", "reference"}
    assert (place / "reference" / "reference.nix").is_file()


def test_a_network_file_and_a_script_are_models_too(tmp_path):
    driven(spikes=(1,)).save(tmp_path / "n.h5")
    assert unisono("run", "n.h5", "--on", "reference", cwd=tmp_path).returncode == 0
    (tmp_path / "s.py").write_text(
        "import sys, pyNN.nest as sim\n"
        "sim.setup(timestep=0.1)\n"
        "p = sim.Population(1, sim.IF_curr_exp(i_offset=float(sys.argv[1])))\n"
        "p.record('spikes'); sim.run(100.0)\n"
        "print('spikes:', p.mean_spike_count()); sim.end()\n"
    )
    answer = unisono("compare", "s.py", "1.0", "--on", "reference,nest", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "spikes: 3.0" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "says", "status"),
    [
        (("compare", "nothing"), "Unknown model 'nothing'.", USAGE),
        (("compare", "missing.py"), "Unknown model 'missing.py'.", USAGE),
        (("compare", "vogels_abot"), "Did you mean 'vogels_abbott'?", USAGE),
        (("compare", "single_cell", "--on", "nest,nset"), "Unknown simulator 'nset'. Did you mean 'nest'?", USAGE),
        (("compare", "single_cell", "--on", ","), "No simulator is named.", USAGE),
        (("compare", "single_cell", "--on", "nest"), "One simulator cannot be compared", USAGE),
        (("run", "single_cell", "--on", "nest,nest"), "'nest' is named twice.", USAGE),
        (("run", "single_cell", "--on", "nest,nest:native"), "'nest' is named twice, with different", USAGE),
        (("compare", "single_cell", "--set", "cell"), "'--set cell' is not of the form NAME=VALUE.", USAGE),
        (("compare", "single_cell", "--set", "cell=IF_wrong"), "IF_wrong", USAGE),
        (("compare", "single_cell", "--set", "sise=3"), "Unknown option 'sise'.", USAGE),
        (("compare", "single_cell", "--set", "duration=-3"), "duration", USAGE),
        (("compare", "single_cell", "--numerics", "natve"), "Did you mean 'native'?", USAGE),
        (("compare", "single_cell", "--jobs", "x"), "compare -h' shows how to call it.", USAGE),
        (("comapre", "single_cell"), "Did you mean 'compare'?", USAGE),
        (("compare", "single_cell", "-q", "-v"), "--quiet and --verbose exclude each other.", USAGE),
        (("run", "single_cell", "--on", "nest", "--python", "nest=/nowhere"), "NEST is not installed for /nowhere", 2),
        (("compare", "damaged.h5"), "damaged.h5", 2),
        (("compare", "raises.py"), "raises.py", 2),
        (("compare", "negative.py"), "delay", 2),
        (("compare", "nan.py"), "weight", 2),
        (("compare", "native.py"), "native", 2),
        (("compare", "idle.py"), "never runs", 2),
        (("run", "single_cell", "-o", "occupied"), "holds no results", 2),
        (("run", "single_cell", "-o", "damaged.h5/r"), "Cannot write", 2),
        (("compare", "single_cell", "--report", "damaged.h5/r.html"), "damaged.h5' is not a folder", 2),
        (("converge", "single_cell", "--json", "occupied"), "it is a folder", 2),
        (("selftest", "single_cell", "--tiers", "identical,equal"), "Unknown tier 'equal'.", USAGE),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_goes_wrong_is_one_sentence(arguments, says, status, tmp_path):
    head = "import pyNN.nest as sim\nsim.setup(timestep=0.1)\np = sim.Population(2, sim.IF_curr_exp())\n"
    connect = "sim.Projection(p, p, sim.AllToAllConnector(), sim.StaticSynapse({}))\nsim.run(1.0)\n"
    (tmp_path / "damaged.h5").write_text("no HDF5")
    (tmp_path / "raises.py").write_text(head + "1 / 0\n")
    (tmp_path / "negative.py").write_text(head + connect.format("weight=1.0, delay=-1.0"))
    (tmp_path / "nan.py").write_text(head + connect.format("weight=float('nan'), delay=1.0"))
    (tmp_path / "native.py").write_text(head + "sim.Population(1, sim.native_cell_type('iaf_psc_exp')())\n")
    (tmp_path / "idle.py").write_text(head)
    (tmp_path / "occupied").mkdir()
    (tmp_path / "occupied" / "thesis.txt").write_text("precious")
    before = sorted(p.name for p in tmp_path.iterdir())
    one_sentence(unisono(*arguments, cwd=tmp_path), says, status)
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_models_lists_the_library():
    answer = unisono("models")
    assert answer.returncode == 0
    for word in ("vogels_abbott", "brunel", "single_cell", "IF_cond_alpha", "duration=1000.0"):
        assert word in answer.stdout


def test_models_lists_the_cells_with_receptors_and_parameter_sets():
    answer = unisono("models", "--cells")
    assert answer.returncode == 0
    for word in (
        "HH_cond_exp",
        "gbar_Na=20",
        "at most 0.05 ms",
        "inhibitory (mV)",
        "GABA_B",
        "weight=0   ",
        "AdEx_adapting",
        "g_L 10 nS",
    ):
        assert word in answer.stdout
    assert "Izhikevich: bursting at 0.01 nA" in answer.stdout


def test_doctor_names_what_is_there_and_what_is_missing(monkeypatch):
    answer = unisono("doctor", "--quick")
    assert answer.returncode == 0, answer.stdout
    for word in ("C++ compiler", "cache folder", "nest", "brian2", "neuron"):
        assert word in answer.stdout
    monkeypatch.setenv("UNISONO_NEST_PYTHON", "/nowhere/python")
    answer = unisono("doctor", "--quick")
    assert answer.returncode == 1
    assert "how to fix it: pip install '" in answer.stdout and "[nest]'" in answer.stdout


@pytest.mark.slow
def test_doctor_starts_every_simulator():
    answer = unisono("doctor")
    assert answer.returncode == 0, answer.stdout
    assert answer.stdout.count(", runs") >= sum(registry.get(name).source is None for name in registry.names())


def test_progress_is_plain_lines_where_there_is_no_terminal(tmp_path):
    answer = unisono("run", "single_cell", "--on", "nest", "--fresh", cwd=tmp_path)
    for said in ("nest: starting", "nest: building", "nest: simulating", "nest: done"):
        assert said in answer.stdout
    assert "\x1b" not in answer.stdout
