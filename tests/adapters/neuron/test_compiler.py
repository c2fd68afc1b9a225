"""Mechanisms compiled for NEURON: each once, several at a time, whole, and loaded once a process."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from networks import driven
from synapse_models import FACILITATING

from unisono.adapters.codegen.printers.nmodl_events import player_mechanism, synapse_dispatcher
from unisono.adapters.codegen.printers.nmodl_text import Mechanism
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.contract import Settings
from unisono.adapters.host.compiled import whole
from unisono.adapters.neuron import NeuronAdapter, compiler
from unisono.models.errors import CompilerNotFound, OutputError, SimulatorFailed
from unisono.models.synapses import SYNAPSES

STATIC = synapse_dispatcher(synapse_program(SYNAPSES["StaticSynapse"]))
FACILITATED = synapse_dispatcher(synapse_program(FACILITATING))
PLAYER = player_mechanism()

NEURON = NeuronAdapter()


def test_two_processes_compile_the_same_mechanism_at_once(tmp_path):
    code = (
        "import sys; from pathlib import Path; from unisono.adapters.neuron import NeuronAdapter, compiler;"
        "from unisono.adapters.codegen.printers.nmodl_events import synapse_dispatcher; NeuronAdapter().version();"
        "from unisono.adapters.codegen.synapse_step import synapse_program;"
        "from unisono.models.synapses import SYNAPSES;"
        "made = synapse_dispatcher(synapse_program(SYNAPSES['StaticSynapse']));"
        "compiler.load([made], Path(sys.argv[1]));"
        "from neuron import h; print(hasattr(h, made.name))"
    )
    with ThreadPoolExecutor() as pool:
        calls = [
            pool.submit(subprocess.run, [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
            for _ in range(2)
        ]
        outputs = [call.result() for call in calls]
    assert [o.stdout.strip() for o in outputs] == ["True", "True"], outputs
    assert len(list((tmp_path / "neuron").iterdir())) == 1


def test_only_what_is_missing_is_compiled_and_counted(cache, monkeypatch):
    (static,) = compiler.libraries([STATIC, STATIC], cache, "9")
    seen: list[tuple[int, int]] = []
    again = compiler.libraries([STATIC, FACILITATED, PLAYER], cache, "9", lambda *counted: seen.append(counted))
    assert again[0] == static and all(path.is_file() for path in again)
    assert seen == [(0, 2), (1, 2), (2, 2)]
    monkeypatch.setattr(compiler, "call", lambda *_, **__: pytest.fail("compiled again"))
    seen.clear()
    assert compiler.libraries([PLAYER, FACILITATED, STATIC], cache, "9", lambda *c: seen.append(c)) == again[::-1]
    assert not seen


def test_a_mechanism_compiled_for_another_network_is_loaded_alone(cache):
    """NEURON refuses a mechanism that it has, and so a library that holds one."""
    compiler.libraries([STATIC, FACILITATED, PLAYER], cache, version("neuron"))
    for first, second in ((STATIC, FACILITATED), (FACILITATED, PLAYER)):
        code = (
            "import sys, pickle; from pathlib import Path; from unisono.adapters.neuron import NeuronAdapter, compiler;"
            "NeuronAdapter().version(); from neuron import h; made = pickle.loads(sys.stdin.buffer.read());"
            "[compiler.load(some, Path(sys.argv[1])) for some in made];"
            "print(*(n for n in dir(h) if n.startswith('Unisono_')))"
        )
        given = pickle.dumps([[first], [first, second], [second]])
        done = subprocess.run([sys.executable, "-c", code, str(cache)], input=given, capture_output=True)
        assert set(done.stdout.decode().split()) == {first.name, second.name}, done.stderr.decode()


@pytest.mark.parametrize("damage", ["removed", "changed"])
def test_only_what_is_damaged_is_compiled_again(cache, damage):
    paths = compiler.libraries([STATIC, PLAYER], cache, "9")
    if damage == "removed":
        paths[1].unlink()
    else:
        paths[1].write_bytes(paths[1].read_bytes()[:-100] + bytes(100))
    seen: list[tuple[int, int]] = []
    assert compiler.libraries([STATIC, PLAYER], cache, "9", lambda *counted: seen.append(counted)) == paths
    assert seen == [(0, 1), (1, 1)] and all(whole(path.parent) for path in paths)


def test_populations_that_differ_in_parameters_share_a_mechanism():
    one = driven("IF_cond_exp", parameters={"tau_syn_E": 5.0, "v_thresh": -50.0})
    (_, cells) = one.populations
    other = replace(cells, label="others", size=3, parameters={**cells.parameters, "tau_syn_E": np.float64(0.3)})
    network = replace(one, populations=(*one.populations, other))
    assert NEURON.simulation(network, Settings(), Path()).names == NEURON.simulation(one, Settings(), Path()).names


def test_there_is_no_fused_arithmetic(tmp_path, monkeypatch):
    """Flags of the compiler for every mechanism; shells and make are not called."""
    called = []
    real = compiler.call
    monkeypatch.setattr(compiler, "call", lambda command, *a, **k: (called.append(command), real(command, *a, **k)))
    compiler.libraries([PLAYER], tmp_path, "9")
    translator, cxx = called
    assert Path(translator[0]).name == "nocmodl" and "-ffp-contract=off" in cxx
    assert not list(tmp_path.rglob("*.cpp"))


def test_without_a_compiler_the_error_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(CompilerNotFound, match=r"a C\+\+ compiler not found.*apt install"):
        compiler.libraries([STATIC], tmp_path, "9")
    assert not (tmp_path / "neuron").exists()


def test_what_cannot_be_compiled_leaves_a_log_and_no_folder(tmp_path, capfd):
    broken = Mechanism("Broken", "NEURON { POINT_PROCESS Broken } ASSIGNED { threshold }")
    with pytest.raises(SimulatorFailed, match="'Broken'"):
        compiler.libraries([broken], tmp_path, "9")
    assert "RESERVED WORD" in capfd.readouterr().out
    assert list((tmp_path / "neuron").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "neuron").write_text("a file where a folder should be")
    with pytest.raises(OutputError, match="Cannot write"):
        compiler.libraries([STATIC], tmp_path, "9")
