"""The public functions."""

from __future__ import annotations

import subprocess
import sys

import neo
import pytest
from networks import driven

import unisono
from unisono import Runs, UnisonoError
from unisono.adapters.contract.settings import names_of
from unisono.adapters.runtime import executor


def test_load_run_compare():
    network = unisono.load("single_cell", current="spikes", duration=50.0)
    runs = unisono.run(network, on=["reference", "nest"])
    assert list(runs) == ["reference", "nest"]
    block = runs["nest"].block
    assert isinstance(block, neo.Block)
    assert str(block.segments[0].analogsignals[0].units.dimensionality) == "mV"
    agreement = unisono.compare(runs)
    assert (agreement.verdict.level, agreement.exit_status) == ("identical", 0)


@pytest.mark.parametrize("on", ["reference,nest", ["reference", "nest"], ("reference, nest",)])
def test_simulators_come_as_a_list_or_with_commas(on):
    assert names_of(on) == ["reference", "nest"]


def test_functions_take_what_the_command_line_takes(tmp_path, monkeypatch):
    monkeypatch.setattr(executor.Executor, "run", lambda self, network, on, settings: (network, list(on), settings))
    network, on, settings = unisono.run("single_cell", "nest, neuron:native", duration=27.0, threads=2)
    assert (network.duration, on, settings.threads) == (27.0, ["nest", "neuron:native"], 2)
    network.save(tmp_path / "n.h5")
    for path in (tmp_path / "n.h5", str(tmp_path / "n.h5")):
        assert unisono.run(path, "nest")[0].fingerprint == network.fingerprint
    with pytest.raises(UnisonoError, match="A network has no options; 'n' was given"):
        unisono.run(network, "nest", n=3)
    report = unisono.lint("single_cell", duration=27.0)
    assert report.networks[0].fingerprint == network.fingerprint
    assert unisono.describe("single_cell", duration=27.0).fingerprint == network.fingerprint
    assert unisono.advise("rate", cells=500).question.cells == 500


def test_runs_are_not_given_options_of_a_model():
    with pytest.raises(UnisonoError, match="Runs are not run again; 'n' was given"):
        unisono.compare(Runs(driven(), {}), n=3)


def test_a_folder_of_results_is_compared(tmp_path):
    runs = unisono.run("single_cell", "reference", duration=30.0)
    unisono.save_results(runs, tmp_path / "results")
    found = unisono.compare(str(tmp_path / "results"))
    assert list(found.runs) == ["reference"] and found.verdict.level == "cannot tell"


def test_a_script_or_file_has_no_options(tmp_path):
    driven().save(tmp_path / "n.h5")
    with pytest.raises(UnisonoError, match="has no options"):
        unisono.load(tmp_path / "n.h5", n=3)
    assert unisono.load(tmp_path / "n.h5").fingerprint == driven().fingerprint


def test_a_block_of_a_failed_run_raises_its_error():
    run = unisono.run(driven(steps=10_000_000, variables=()), ["reference"], time_limit=0.5)["reference"]
    with pytest.raises(UnisonoError, match="time limit"):
        _ = run.block


def test_public_names_are_there():
    for name in unisono.__all__:
        assert getattr(unisono, name) is not None
    assert unisono.__version__[0].isdigit()
    with pytest.raises(AttributeError):
        _ = unisono.nothing


def test_a_plain_script_gets_its_data(tmp_path):
    (tmp_path / "s.py").write_text(
        "import unisono.pynn as sim\n"
        "sim.setup(timestep=0.1)\n"
        "p = sim.Population(1, sim.IF_curr_exp(i_offset=1.0))\n"
        "p.record('spikes'); sim.run(100.0)\n"
        "print(p.mean_spike_count())\n"
    )
    environment = {"UNISONO_SIMULATOR": "reference", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    answer = subprocess.run([sys.executable, "s.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert answer.stdout.strip() == "3.0", answer.stderr


def test_models_may_be_loaded_by_several_threads():
    from concurrent.futures import ThreadPoolExecutor

    def load(seed):
        return unisono.load("vogels_abbott", n=50, duration=1.0, seed=seed).fingerprint

    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(load, range(8)))
    assert at_once == [load(seed) for seed in range(8)]
