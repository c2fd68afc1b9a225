"""Spikes of targets that synapses have yet to see: kept by cell, carried out in NumPy and C++ with the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from synapse_models import BCM, GUETIG, PAIR_STDP, TRIPLET, VOGELS

from unisono.adapters.brian2 import compiler
from unisono.adapters.brian2.history import Arrivals, CatchUp, History
from unisono.adapters.codegen.printers.brian2_targets import NOTING, arriving
from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_step import LAST_POST, synapse_program
from unisono.adapters.contract import Settings

CELLS, SYNAPSES = 5, 60

NONE = Events(np.empty(0, np.intp), np.empty(0, np.int64))


class Clock:
    """A group whose cells are made to spike."""

    def __init__(self) -> None:
        self.spikespace, self.timestep = np.zeros(CELLS + 1, np.int32), np.zeros(1, np.int64)
        self.history = History(self.spikespace, self.timestep)
        self.note = self.history.note

    def step(self, *cells: int) -> None:
        self.spikespace[: len(cells)], self.spikespace[-1] = cells, len(cells)
        self.history.make_room()
        self.note()
        self.timestep[0] += 1


def chain(history: History, cell: int) -> list[int]:
    found, spike = [], cell
    while (spike := history.following[spike]) >= 0:
        found.append(int(history.steps[spike]))
    return found


def test_spikes_of_each_cell_lead_on_to_the_last():
    clock = Clock()
    for n in range(3000):
        clock.step(*([1, 3] if n % 2 else [3]))
    assert chain(clock.history, 0) == []
    assert chain(clock.history, 1) == list(range(2, 3001, 2))
    assert chain(clock.history, 3) == list(range(1, 3001))
    assert clock.history.addresses.tolist() == [a.ctypes.data for a in (clock.history.steps, clock.history.following)]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler.configure(Settings())
    return compiler.Library(tmp_path_factory.mktemp("library"), native=False)


def test_compiled_code_notes_the_same(library):
    rng, slow, fast = np.random.RandomState(2), Clock(), Clock()
    fast.note = fast.history.compiled(library(NOTING))
    for _ in range(1500):
        cells = np.flatnonzero(rng.uniform(size=CELLS) < 0.3)
        slow.step(*cells)
        fast.step(*cells)
    for cell in range(CELLS):
        assert len(chain(slow.history, cell)) > 100
        assert chain(fast.history, cell) == chain(slow.history, cell)


@pytest.mark.parametrize("split", [True, False], ids=["delays differ", "one delay"])
@pytest.mark.parametrize("model", [PAIR_STDP, GUETIG, TRIPLET, BCM, VOGELS], ids=lambda model: model.name)
def test_compiled_synapses_do_the_same_with_the_same_bits(library, model, split):
    rng, program, clock = np.random.RandomState(1), synapse_program(model), Clock()
    targets = rng.randint(0, CELLS, SYNAPSES).astype(np.int32)
    delays = np.asarray(rng.randint(0, 4, SYNAPSES) if split else 2, np.int32)
    values = {name: rng.uniform(0.1, 0.5, SYNAPSES if name in program.changing else None) for name in program.values}
    values = {name: np.asarray(2.0 if name == "w_max" else value) for name, value in values.items()}
    values |= {n: np.array(np.broadcast_to(2.0 * delays - 1, SYNAPSES)) for n in values if n.endswith("__step")}
    copies = {name: value.copy() for name, value in values.items()}
    function, arrived = library(arriving(program, program.changing, split, "double")), np.zeros(CELLS)
    slow = CatchUp(program, values, targets, delays, clock.history)
    fast = Arrivals(program, copies, targets, delays, clock.history, function, arrived)
    for n in range(200):
        some = rng.randint(0, SYNAPSES, 8).astype(np.int32)
        for way in (slow, fast):
            way.before_write(some) if n % 7 == 0 else way.before_arrivals(some)
        if n % 7:
            # a synapse may be named twice
            for k in some:
                sources = Events(np.array([k]), clock.history.timestep.copy())
                replay(program, values, sources, NONE, np.asarray(False))
        if n == 100:
            for name in program.values:
                if name.startswith("tau"):
                    values[name][...] = copies[name][...] = 0.7
            fast.written()
        clock.step(*np.flatnonzero(rng.uniform(size=CELLS) < 0.2))
        for name, value in values.items():
            np.testing.assert_array_equal(copies[name], value, err_msg=f"step {n}: {name}")
    assert (values[LAST_POST] > 100).all() and (arrived != 0).all()


def test_a_spike_is_seen_once_what_arrives_comes_after_it():
    # A spike of the target at grid point 10 passes 2 steps and is seen by what arrives 2 steps later, at 14; without a
    # delay by what arrives after 10, or by a change at 10.
    program, clock = synapse_program(PAIR_STDP), Clock()
    values = {name: np.full(2, 0.01) for name in program.values}
    values[LAST_POST][:] = 3.0, -1.0
    catch_up = CatchUp(program, values, np.zeros(2, np.int32), np.array([2, 0], np.int32), clock.history)
    both, seen = np.arange(2, dtype=np.int32), []
    for n in range(16):
        catch_up.before_write(both)
        seen.append(values[LAST_POST].tolist())
        catch_up.before_arrivals(both)
        seen.append(values[LAST_POST].tolist())
        clock.step(*([0] if n == 9 else []))
    assert [entry[1] for entry in seen] == [-1.0] * 20 + [9.0] * 12
    assert [entry[0] for entry in seen] == [3.0] * 27 + [13.0] * 5
