"""``unisono run`` and ``unisono compare`` of scripts: several networks, data in a loop, no seed."""

import json
import textwrap
import tomllib

import pytest
from command_line import USAGE, unisono

ON = ("--on", "reference,nest")

SWEEP = """
import pyNN.nest as sim
for current in (0.8, 1.0, 0.0):
    sim.setup(timestep=0.1)
    cells = sim.Population(1, sim.IF_curr_exp(i_offset=current))
    cells.record("spikes")
    sim.run(60.0)
    sim.end()
"""

SEEDED = """
import sys
import pyNN.nest as sim
from pyNN.random import NumpyRNG, RandomDistribution
rng = NumpyRNG(seed=int(sys.argv[-1]))
for current in (0.0, 1.0):
    sim.setup(timestep=0.1)
    cells = sim.Population(4, sim.IF_curr_exp(i_offset=RandomDistribution("uniform", low=1.0, high=1.5, rng=rng)))
    cells.record("spikes")
    sim.run(100.0 * current + 10.0)
    sim.end()
"""

LOOP = """
import pyNN.nest as sim
sim.setup(timestep=0.1)
cells = sim.Population(2, sim.IF_curr_exp(i_offset=[0.9, 1.2]), label="cells")
cells.record(["spikes", "v"])
current = sim.DCSource(amplitude=0.0)
cells.inject(current)
for cycle in range(3):
    sim.run(20.0)
    current.amplitude = 0.1 * cells.mean_spike_count()
sim.run(20.0)
sim.end()
"""


@pytest.fixture
def script(tmp_path):
    def write(text, name="model.py"):
        (tmp_path / name).write_text(textwrap.dedent(text))

    return write


def test_every_network_of_a_script_is_run(script, tmp_path):
    script(SWEEP)
    answer = unisono("run", "model.py", "--on", "reference", "-o", "found", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert [f"Network {n} of 3" in answer.stdout for n in (1, 2, 3)] == [True] * 3
    assert {p.name for p in (tmp_path / "found").iterdir()} == {"network-1", "network-2", "network-3"}
    # the same folder again, with fewer networks: nothing old stays
    assert unisono("run", "model.py", "--on", "reference", "-o", "found", "--network", 2, cwd=tmp_path).returncode == 0
    assert (tmp_path / "found" / "results.json").is_file() and not (tmp_path / "found" / "network-1").exists()


def test_every_network_of_a_script_is_compared_and_the_worst_counts(script, tmp_path):
    script(SWEEP)
    places = ("--json", "a.json", "--report", "a.html", "--output", "found")
    answer = unisono("compare", "model.py", *ON, *places, cwd=tmp_path)
    # the third network has neither spikes nor recorded signals: nothing that could differ
    assert answer.returncode == 2, answer.stdout + answer.stderr
    verdicts = [json.loads((tmp_path / f"a-{n}.json").read_text())["verdict"] for n in (1, 2, 3)]
    assert verdicts == ["identical", "identical", "cannot tell"]
    assert all((tmp_path / f"a-{n}.html").is_file() for n in (1, 2, 3))
    again = unisono("compare", "found", cwd=tmp_path)
    assert again.returncode == 2 and again.stdout.count("Verdict:") == 3
    one = unisono("compare", "found", "--network", 1, cwd=tmp_path)
    assert one.returncode == 0 and one.stdout.count("Verdict:") == 1
    chosen = unisono("compare", "model.py", *ON, "--network", 2, cwd=tmp_path)
    assert chosen.returncode == 0 and "Network 2 of 3" in chosen.stdout
    absent = unisono("compare", "model.py", *ON, "--network", 4, cwd=tmp_path)
    assert absent.returncode == USAGE and "has no network 4" in absent.stderr


def test_a_configuration_has_an_entry_for_each_network_of_a_script_or_for_the_chosen_one(script, tmp_path):
    script(SWEEP)
    answer = unisono("init", "model.py", *ON, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    entries = tomllib.loads((tmp_path / "unisono.toml").read_text())["model"]
    assert [(entry["name"], entry["network"]) for entry in entries] == [("model-1", 1), ("model-2", 2), ("model-3", 3)]
    assert unisono("check", "--model", "model-2", cwd=tmp_path).returncode == 0
    answer = unisono("init", "model.py", *ON, "--network", 2, "-o", "two.toml", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    (entry,) = tomllib.loads((tmp_path / "two.toml").read_text())["model"]
    assert (entry["name"], entry["network"]) == ("model-2", 2)


def test_converge_takes_one_network_of_a_script(script, tmp_path):
    script(SWEEP)
    refused = unisono("converge", "model.py", "--on", "reference", cwd=tmp_path)
    assert refused.returncode == USAGE and "runs 3 networks" in refused.stderr and "--network 1" in refused.stderr
    answer = unisono("converge", "model.py", "--on", "reference", "--network", 3, "--json", "c.json", cwd=tmp_path)
    # the third network has no spikes
    assert answer.returncode == 2 and "no cell spikes" in answer.stdout, answer.stderr


def test_ensemble_and_selftest_take_one_network_of_a_script(script, tmp_path):
    script(SEEDED)
    tail = ("--on", "reference,reference:native", "--pilot", 3, "--runs", 3, "--", "{seed}")
    answer = unisono("ensemble", "model.py", "--network", 2, "--json", "e.json", *tail, cwd=tmp_path)
    assert "runs 2 networks" not in answer.stderr
    protocol = json.loads((tmp_path / "e.json").read_text())["protocol"]
    assert (protocol["model"], protocol["options"]["network"]) == ("model.py", 2)
    tail = (*ON, "--tiers", "identical", "--fault", "float32", "--repetitions", 1)
    answer = unisono("selftest", "model.py", "--network", 2, "--json", "s.json", *tail, "--", "{seed}", cwd=tmp_path)
    assert "runs 2 networks" not in answer.stderr
    assert json.loads((tmp_path / "s.json").read_text())["model"] == "model.py (network 2) {seed}"


def test_a_loop_is_replayed_and_the_output_says_so(script, tmp_path):
    script(LOOP)
    answer = unisono("compare", "model.py", *ON, "--json", "a.json", "--report", "a.html", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "reference: run for the script" in answer.stdout and "reference: taken from the cache" not in answer.stdout
    assert answer.stdout.count("3 requests for data") <= 1
    assert "Inputs driven by the reference" in answer.stdout
    assert json.loads((tmp_path / "a.json").read_text())["model"]["inputs_driven_by"] == "reference"
    assert "Inputs driven by" in (tmp_path / "a.html").read_text()


def test_loops_that_agree_are_compared_spike_by_spike(script, tmp_path):
    script(LOOP)
    answer = unisono("compare", "model.py", *ON, "--closed-loop", "--json", "a.json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    data = json.loads((tmp_path / "a.json").read_text())
    assert (data["closed_loop"], data["model"]["inputs_driven_by"], data["verdict"]) == ([], None, "identical")


def test_loops_that_part_are_different(script, tmp_path):
    # v differs by rounding between two simulators: a loop that acts on its last digits parts at once
    script(
        LOOP.replace(
            "cells.mean_spike_count()",
            "(1e12 * cells.get_data('v').segments[0].analogsignals[0].magnitude[-1, 0] % 1.0)",
        )
    )
    answer = unisono("compare", "model.py", *ON, "--closed-loop", "--json", "a.json", "--junit", "a.xml", cwd=tmp_path)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "diverge at 20 ms: current" in answer.stdout and "the script read 'v' of 'cells'" in answer.stdout
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["verdict"] == "different" and data["closed_loop"][0]["time"] == 20.0
    assert "the loops diverge" in (tmp_path / "a.xml").read_text()


def test_an_unseeded_script_is_run_once_and_the_output_says_so(script, tmp_path):
    script(
        """
        import pyNN.nest as sim
        sim.setup()
        cells = sim.Population(100, sim.IF_curr_exp(i_offset=1.0))
        cells.sample(5).record("spikes")
        sim.run(50.0)
        """
    )
    answer = unisono("compare", "model.py", *ON, cwd=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "The fingerprint will not repeat" in answer.stderr and "model.py, line 5" in answer.stderr
    refused = unisono("compare", "model.py", *ON, "--closed-loop", cwd=tmp_path)
    assert refused.returncode == 2 and "differ by chance" in refused.stderr
