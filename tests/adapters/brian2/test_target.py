"""What is compiled: one text a shape, by one call of the compiler; found again, and rebuilt where it is damaged."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import driven, recurrent

from unisono.adapters.brian2 import Brian2Adapter, compiler, target
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Settings
from unisono.adapters.contract.simulation import drive
from unisono.models.errors import SimulatorFailed
from unisono.models.network import Epoch, Network, Population, Projection, RecordingRequest, Trial

#: How the functions are declared that are compiled for several processors.
CLONES = '__attribute__((target_clones("avx2", "default")))'


@pytest.fixture
def calls(monkeypatch) -> list[list[str]]:
    """The calls of the compiler."""
    found: list[list[str]] = []
    run = subprocess.run

    def noted(command, *args, **kwargs):
        if "-c" in command:
            found.append(command)
        return run(command, *args, **kwargs)

    monkeypatch.setattr(compiler.subprocess, "run", noted)
    return found


def signals(network: Network, cache: Path) -> np.ndarray:
    simulation = Brian2Adapter().simulation(network, Settings(), cache)
    simulation.prepare()
    simulation.build()
    drive(simulation, network.trials[0], lambda steps: None)
    values = simulation.read().signals[0].values
    simulation.close()
    return values


def test_all_objects_are_compiled_at_once_and_found_again(tmp_path, calls):
    first = signals(recurrent("IF_curr_exp"), tmp_path)
    assert len(calls) == 1
    assert np.array_equal(signals(recurrent("IF_curr_exp"), tmp_path), first) and len(calls) == 1


def test_bits_depend_neither_on_the_width_of_registers_nor_on_neighbours(tmp_path, monkeypatch):
    """Cells in several blocks, of which some ask for parts of a step and some do not."""
    random = np.random.RandomState(3)
    v, i = random.uniform(-150.0, 25.0, 150), random.uniform(0.0, 0.02, 150)
    sample = RecordingRequest(0, "v", np.arange(150), 1)

    def run(order):
        cells = Population("c", "Izhikevich", 150, {"i_offset": i[order]}, {"v": v[order]})
        return signals(Network(0.1, (cells,), recordings=(sample,), trials=(Trial((Epoch(100),)),)), tmp_path)

    first, head = run(np.arange(150)), compiler._HEAD
    assert CLONES in head
    assert np.isfinite(first).all() and np.array_equal(run(np.arange(150)[::-1])[:, ::-1], first)
    known = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    for width in [w for w in ("avx512f", "avx2") if f" {w} " in known] + [""]:
        one = f'__attribute__((target("{width}")))' if width else ""
        monkeypatch.setattr(compiler, "_HEAD", head.replace(CLONES, one))
        assert np.array_equal(run(np.arange(150)), first), width


def test_the_compiler_begins_while_further_code_is_generated(monkeypatch):
    monkeypatch.setattr(compiler, "MUCH", 40)
    generated = []

    def texts():
        for text in ("a" * 30, "b" * 20, "a" * 30, "c" * 50, "d" * 10):
            generated.append(text[0])
            yield text

    parts = [("".join(text[0] for text in part), "".join(generated)) for part in compiler.portions(texts())]
    assert parts == [("ab", "ab"), ("c", "abac"), ("d", "abacd")]


def test_sizes_values_and_numbers_of_populations_change_no_code(tmp_path, calls):
    signals(recurrent("IF_curr_exp"), tmp_path)
    network = recurrent("IF_curr_exp", 20, seed=4)
    more = Population("more", "IF_curr_exp", 3, {"tau_m": np.array([8.0, 9.0, 30.0])})
    projections = tuple(
        Projection(f"p{k}", pre, post, [0, 1, 0], [2, 0, 1], 0.1 * k, k + 1, receptor)
        for k, (pre, post) in enumerate(((1, 2), (2, 2), (0, 2), (2, 1)))
        for receptor in ("excitatory",)
    )
    larger = replace(
        network, populations=(*network.populations, more), projections=(*network.projections, *projections), dt=0.2
    )
    signals(larger, tmp_path)
    assert len(calls) == 1


def test_populations_of_one_model_are_one_group():
    from unisono.adapters.brian2.assembly import Assembly

    compiler.configure(Settings(options={"target": "numpy"}))
    cells = Population("c", "IF_curr_exp", 3)
    other = Population("a", "IF_cond_exp", 2)
    projections = tuple(Projection(f"p{k}", k % 3, (k + 1) % 3, [0], [1], 0.01, k + 1) for k in range(12))
    network = Network(0.1, (cells, other, cells), projections)
    assembly = Assembly(network, Settings(), SynapseValues(network), live=False)
    assert [list(group.populations) for group in assembly.groups] == [[0, 2], [1]]
    assert len(set(map(id, assembly._connections.values()))) == 3


@pytest.mark.parametrize("damage", ["truncated", "flipped", "removed"])
def test_damaged_code_is_compiled_anew(tmp_path, calls, damage):
    network = driven(spikes=(2,))
    expected = signals(network, tmp_path)
    (library,) = (tmp_path / "brian2").glob("*/code.so")
    content = library.read_bytes()
    library.unlink()
    if damage != "removed":
        half = len(content) // 2
        library.write_bytes(content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :] * (damage == "flipped"))
    assert np.array_equal(signals(network, tmp_path), expected) and len(calls) == 2


def test_what_the_compiler_says_is_in_the_log(tmp_path, monkeypatch, capfd):
    compiler.configure(Settings())
    library = compiler.Library(tmp_path, native=False)
    with pytest.raises(SimulatorFailed, match="Brian2's code could not be compiled"):
        library("no code at all")
    assert "error" in capfd.readouterr().out


def test_brian2s_own_flags_leave_subnormal_numbers_as_they_are(tmp_path):
    compiler.configure(Settings("native"))
    library = compiler.Library(tmp_path, native=True)
    library('extern "C" void MAIN(void **arguments) {}')
    assert np.float64(5e-324) * np.float64(1.0) > 0


def test_flags_are_numbers_of_four_bytes():
    code = [
        "const double v = _ptr_v[_idx];",
        "char resting = _ptr_resting[_idx];",
        "const char above = _ptr_above[_idx];",
        "resting = resting || above;",
        "_ptr_v[_idx] = v;",
        "_ptr_resting[_idx] = resting;",
    ]
    assert target.flags(code) == ["_ptr_resting", "_ptr_above"]
    assert target.widened(code) == [
        code[0],
        "int32_t resting = _flags[0][_idx - _first];",
        "int32_t above = _flags[1][_idx - _first];",
        code[3],
        code[4],
        "_flags[0][_idx - _first] = resting;",
    ]
