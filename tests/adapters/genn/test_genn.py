"""GeNN through Brian2GeNN: what is generated and refused is tested everywhere, the rest where GeNN is set up."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from networks import alone, driven, recurrent

from unisono.adapters import registry
from unisono.adapters.codegen.printers.brian2 import in_synapse
from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract import Need, Settings
from unisono.adapters.contract.synapse_reader import NewValues
from unisono.adapters.genn import LONGEST_DELAY, data
from unisono.adapters.genn.design import _room, design
from unisono.adapters.genn.program import (
    CPU_FLAGS,
    GPU_FLAGS,
    CellsCode,
    Variable,
    sources,
)
from unisono.adapters.host import machine
from unisono.adapters.runtime.executor import Executor
from unisono.models.errors import CompilerNotFound, NotReady, UnknownName, UnsupportedFeature
from unisono.models.network import Change, CurrentInput, Epoch

GENN, GPU = registry.get("genn"), registry.get("genn-gpu")
MATCHED = Settings()


def _missing() -> str:
    """Why GeNN cannot be run here; empty where it can."""
    try:
        Executor().check_ready(GENN, alone("IF_curr_exp", 5), MATCHED)
    except NotReady as error:
        return str(error)
    return ""


set_up = pytest.mark.skipif(bool(_missing()), reason=_missing())


def trials_of(network, *simulators, settings=MATCHED):
    """The first trial on each simulator."""
    runs = Executor(fresh=True, time_limit=600).run(network, simulators, settings)
    for found in runs.values():
        assert found.recording is not None, f"{found.error}\n{found.log}"
    return [runs[name].recording.trials[0] for name in simulators]


def spikes_of(trial, population=1):
    spikes = trial.spikes[population]
    return spikes.steps.tolist(), spikes.cells.tolist()


def key(network, settings=MATCHED):
    return design(network, settings, False).key("")


def sections(network, settings=MATCHED):
    """What a program would be given: all sections as lists, by the types in which they are written."""
    plan = design(network, settings, False)
    variables = {cells.name: [("cell_v_", "double"), ("cell_i_inj_", "double")] for cells in plan.cells}
    synapses = SynapseValues(network)
    writer = data.Writer(plan, network, settings, synapses, variables)
    found = []
    put = data.Writer._put

    def note(self, values, kind="u8"):
        found.append(np.asarray(values).astype(kind).tolist())
        put(self, values, kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data.Writer, "_put", note)
        file = io.BytesIO()
        writer._file = file
        writer._all()
        step = 0
        for epoch in network.trials[0].epochs:
            for change in epoch.changes:
                if change.kind != "synapse":
                    writer.change(change)
                    continue
                for index, values in synapses.write(change).items():
                    writer.set_synapses(NewValues(index, values, None))
            writer.settle(step)
            step += epoch.steps
        writer._changes()
    return found, file.getvalue()


def _texts(model):
    """The texts of a model, as GeNN's generator reads them."""
    found = []
    while model:
        length, _, rest = model.partition("\n")
        found.append(rest[: int(length)])
        model = rest[int(length) + 1 :]
    return found


# what is refused


def test_what_cannot_be_had_is_refused_before_anything_starts():
    with pytest.raises(UnsupportedFeature, match="larger whole numbers"):
        GENN.check(alone("GIF_cond_exp", 5), Settings(precision="single"))
    with pytest.raises(UnsupportedFeature, match="one thread only"):
        GENN.check(alone("IF_curr_exp", 5), Settings(threads=2))
    with pytest.raises(UnknownName, match="GeNN has no options; 'target' was given"):
        GENN.check(alone("IF_curr_exp", 5), Settings(options={"target": "numpy"}))
    GENN.check(alone("IF_curr_exp", 5), Settings(precision="single", numerics="native"))


def test_delays_that_differ_keep_to_two_bytes():
    network = driven(size=2, delay=np.array([1, LONGEST_DELAY + 1]))
    with pytest.raises(UnsupportedFeature, match="65536 steps; if delays differ, GeNN supports at most 65535"):
        GENN.check(network, MATCHED)
    GENN.check(driven(delay=LONGEST_DELAY + 1), MATCHED)


def test_it_needs_make_beside_a_compiler(monkeypatch):
    none = Need("make", "not found on the PATH", False, "Install it.", CompilerNotFound)
    monkeypatch.setattr(machine, "make", lambda: none)
    assert none in machine.needs(GENN)
    assert len(machine.needs(GPU)) == len(machine.needs(GENN)) + 2


def test_the_worker_is_told_where_genn_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("GENN_PATH", str(tmp_path))
    assert GENN.environment(MATCHED, tmp_path) == {"GENN_PATH": str(tmp_path)}


# what is compiled


def test_what_a_network_is_filled_with_is_not_compiled():
    network = recurrent("IF_curr_exp")
    first, second = network.projections
    source, cells = network.populations
    parameters = {**cells.parameters, "tau_m": 1.3 * cells.parameters["tau_m"], "v_thresh": np.float64(-48.0)}
    other = replace(
        network,
        populations=(source, replace(cells, label="others", parameters=parameters)),
        projections=(replace(first, weight=2 * first.weight), replace(second, weight=np.float64(-1.0))),
        currents=(CurrentInput(1, np.arange(2), np.array([7]), np.array([0.1])),),
        seed=3,
    )
    assert key(network) == key(other)


@pytest.mark.parametrize("settings", [Settings(numerics="native"), Settings("euler"), Settings(precision="single")])
def test_another_way_to_compute_is_compiled_anew(settings):
    assert key(recurrent("IF_cond_exp")) != key(recurrent("IF_cond_exp"), settings)


def test_room_is_little_more_than_what_is_needed_and_the_same_nearby():
    for count in range(1, 3000):
        assert count <= _room(count, 4) <= 1.26 * count + 1
    assert {_room(count, 4) for count in range(97, 113)} == {112}
    assert _room(0, 2) == 0


def test_a_delay_that_all_share_waits_with_the_source_and_others_with_the_targets():
    same, differing = (
        design(driven(size=2, delay=delay), MATCHED, False).connections[0] for delay in (7, np.array([2, 7]))
    )
    assert (same.waiting, same.longest) == (6, 0)
    assert (differing.waiting, differing.longest) == (0, 7)


def test_more_spikes_in_a_step_than_sources_get_room():
    plan = design(driven(spikes=(2, 3), counts=np.array([3, 1])), MATCHED, False)
    assert plan.sources[0].size >= 3


def test_the_sources_hold_each_array_and_each_delay():
    network = recurrent("IF_curr_exp")
    plan = design(network, MATCHED, False)
    cells = CellsCode("step", "_cond", "", "", (Variable("cell_v_", "double", True),), (plan.connections[0].arrives,))
    files = sources(plan, {"cells1": cells})
    model = files["model.txt"]
    assert "$(addToInSynDelay,sent,$(waiting));" in model
    # name, source, target, sum; waiting with the source, longest waiting with the targets, room in a row
    at = _texts(model).index("connections0")
    assert _texts(model)[at + 1 : at + 7] == ["sources0", "cells1", plan.connections[0].arrives, "0", "32", "12"]
    for array in ("cell_v_cells1", *(f"{n}connections{i}" for n in (in_synapse("weight"), "waiting") for i in (0, 1))):
        assert f"&{array}," in files["network.cc"]
    assert GPU_FLAGS not in _texts(model)
    assert GPU_FLAGS in _texts(sources(replace(plan, cuda=True), {"cells1": cells})["model.txt"])


def test_the_arithmetic_is_strict():
    assert "-ffp-contract=off" in CPU_FLAGS and "--fmad=false" in GPU_FLAGS
    assert "fast" not in CPU_FLAGS + GPU_FLAGS


# what a program is filled with


def test_spikes_are_listed_by_step_and_as_often_as_they_are_fired():
    found, _ = sections(driven(steps=6, spikes=(4, 2), counts=np.array([1, 3])))
    assert [0, 0, 0, 3, 3, 4, 4] in found
    assert [0, 0, 0, 0] in found


def test_synapses_are_sorted_by_source_and_wait_one_step_less_than_their_delay():
    network = recurrent("IF_curr_exp")
    p = network.projections[0]
    order = np.lexsort((p.post, p.pre))
    found, _ = sections(network)
    assert np.bincount(p.pre, minlength=4).tolist() in found
    assert p.post[order].tolist() in found
    assert (p.delay[order] - 1).astype("<u2").view("u1").tolist() in found


def test_changes_end_the_input_each_with_its_step_and_the_values_then_in_force():
    changes = (
        Change("state", 1, "v", np.array([-60.0]), np.array([1])),
        Change("synapse", 0, "weight", np.array([2.0, 3.0])),
        Change("synapse", 0, "weight", np.array([4.0, 5.0])),
        Change("parameter", 1, "v_rest", np.float64(-66.0)),
    )
    network = driven(size=2, weight=1.0, changes=(Epoch(5), Epoch(7, changes), Epoch(1, (changes[0],))))
    found, _ = sections(network)
    # the state in place 0 of the cells; no array of the program holds v_rest
    state = [[0, 0, 0], [1], np.array([-60.0]).view("u1").tolist()]
    first, second = ([[1, 0, 0], [], np.array(weights).view("u1").tolist()] for weights in ([2.0, 3.0], [4.0, 5.0]))
    assert found[-17:] == [[4], [5], *state, [5], *first, [5], *second, [12], *state]


def test_every_section_begins_with_its_length():
    found, content = sections(recurrent("IF_curr_exp"))
    assert len(content) >= 8 * len(found)
    assert np.frombuffer(content[:16], "u8").tolist() == [1, *found[0]]


# on GeNN itself


@set_up
@pytest.mark.slow
def test_other_weights_and_seeds_take_the_program_that_is_there():
    network = recurrent("IF_curr_exp")
    trials_of(network, "genn")
    first, second = network.projections
    other = replace(network, projections=(replace(first, weight=first.weight * 0.9), second))
    runs = Executor(fresh=True, time_limit=600).run(other, ["genn", "brian2"], MATCHED)
    assert spikes_of(runs["genn"].recording.trials[0]) == spikes_of(runs["brian2"].recording.trials[0])
    assert "generator" not in runs["genn"].log  # which a run that compiles calls


@set_up
@pytest.mark.slow
def test_one_weight_may_become_one_a_synapse_and_a_parameter_one_a_cell():
    epochs = (
        Epoch(5),
        Epoch(
            10,
            (
                Change("synapse", 0, "weight", np.array([2.0, 3.0])),
                Change("parameter", 1, "v_reset", np.array([-70.0]), np.array([1])),
            ),
        ),
        Epoch(10, (Change("synapse", 0, "weight", np.float64(20.0)), Change("state", 1, "v", np.float64(-64.0)))),
    )
    network = driven("IF_curr_delta", size=2, spikes=(1, 7, 17), weight=1.0, changes=epochs, delay=2)
    ours, theirs = trials_of(network, "genn", "brian2")
    assert spikes_of(ours) == spikes_of(theirs)
    np.testing.assert_allclose(ours.signals[0].values, theirs.signals[0].values, rtol=0, atol=1e-12)


@set_up
@pytest.mark.slow
@pytest.mark.parametrize("numerics", ["native", "euler"])
def test_other_numerics_are_those_of_brian2(numerics):
    ours, theirs = trials_of(recurrent("IF_curr_exp"), "genn", "brian2", settings=Settings(numerics=numerics))
    assert spikes_of(ours) == spikes_of(theirs)
    np.testing.assert_allclose(ours.signals[0].values, theirs.signals[0].values, rtol=0, atol=1e-9)


@set_up
@pytest.mark.slow
def test_large_populations_share_their_constants():
    """Above 200 cells what all cells share is one array, which the program need not fetch at the end."""
    ours, theirs = trials_of(driven("IF_cond_exp", 60, size=300, spikes=(1, 2, 3), weight=0.5), "genn", "brian2")
    assert spikes_of(ours) == spikes_of(theirs) and ours.spikes[1].size
    np.testing.assert_array_equal(ours.signals[0].values, theirs.signals[0].values)


@set_up
@pytest.mark.slow
def test_single_precision_computes_with_it():
    single, double = (
        trials_of(recurrent("IF_cond_exp"), "genn", settings=Settings(precision=p))[0] for p in ("single", "double")
    )
    error = np.abs(single.signals[0].values[:100] - double.signals[0].values[:100]).max()
    assert 1e-9 < error < 1e-3
