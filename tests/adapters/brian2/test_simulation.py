"""Values that change while a simulation is alive: written in place, refused where the code would have to differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import pytest
from networks import alone, driven

from unisono.adapters.brian2 import Brian2Adapter, assembly, cells
from unisono.adapters.contract import Settings, Simulation
from unisono.adapters.contract.simulation import drive
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Epoch, Network, RecordingRequest, Trial

MANY = 230

TARGETS = ["numpy", "cpp"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    """Build a network, live or not; it is closed at the end of the test."""
    begun: list[Simulation] = []

    def _start(network: Network, live: bool = False, target: str = "numpy", numerics: str = "matched") -> Simulation:
        if live:
            network = replace(network, trials=(Trial(()),))
        while begun:
            begun.pop().close()
        begun.append(
            Brian2Adapter().simulation(network, Settings(numerics, options={"target": target}), tmp_path, live)
        )
        begun[-1].prepare()
        begun[-1].build()
        return begun[-1]

    yield _start
    while begun:
        begun.pop().close()


def whole(simulation: Simulation) -> np.ndarray:
    """The samples of a batch run."""
    drive(simulation, simulation.trial, lambda steps: None)
    return simulation.read().signals[0].values


def in_turn(simulation: Simulation, *epochs: Epoch) -> np.ndarray:
    """The samples of a live run."""
    drive(simulation, Trial(epochs), lambda steps: None)
    return simulation.read().signals[0].values


@pytest.mark.parametrize("target", TARGETS)
def test_values_change_without_new_code(start, target, monkeypatch):
    changes = (Change("parameter", 1, "i_offset", np.float64(0.5)), Change("synapse", 0, "weight", np.float64(3.0)))
    network = driven(
        "IF_curr_delta", size=MANY, spikes=(5, 35), weight=2.0, changes=(Epoch(20), Epoch(20, changes)),
        parameters={"tau_m": 20.0, "cm": 1.0},
    )  # fmt: skip
    simulation = start(network, target=target)
    made = []
    monkeypatch.setattr(assembly.Assembly, "code", lambda self: made.append(self))
    v = whole(simulation)
    assert not made and (v == v[:, :1]).all()
    # 2 mV arrive at 0.6 ms; 0.5 nA into 20 MOhm from 2 ms on; 3 mV arrive at 3.6 ms
    decayed = 2.0 * exp(-3.4 / 20) + 10.0 * (1 - exp(-2.0 / 20))
    assert v[20, 0] == pytest.approx(-65.0 + 2.0 * exp(-1.4 / 20), abs=1e-9)
    assert v[40, 0] == pytest.approx(-65.0 + decayed + 3.0 * exp(-0.4 / 20), abs=1e-9)


@pytest.mark.parametrize("target", TARGETS)
def test_native_numerics_round_alike_in_live_runs(start, target):
    later = Epoch(30, (Change("parameter", 0, "tau_m", np.float64(11.0)),))
    network = alone("IF_cond_exp", 30, size=MANY, current=0.7, initial={"v": np.linspace(-70.0, -52.0, MANY)})
    network = replace(network, currents=())
    batch = replace(network, trials=(Trial((Epoch(30), later)),))
    expected = whole(start(batch, target=target, numerics="native"))
    found = in_turn(start(network, live=True, target=target, numerics="native"), Epoch(10), Epoch(20), later)
    assert np.array_equal(found, expected)
    assert np.ptp(found[-1]) > 0


def test_native_numerics_take_parameters_that_come_to_differ(start):
    network = alone("IF_curr_exp", 10, size=MANY, current=0.5)
    change = Change("parameter", 0, "tau_m", np.array([10.0]), np.array([3]))
    known = replace(network, currents=(), trials=(Trial((Epoch(5), Epoch(5, (change,)))),))
    expected = whole(start(known, numerics="native"))
    found = in_turn(start(replace(network, currents=()), live=True, numerics="native"), Epoch(5), Epoch(5, (change,)))
    assert np.array_equal(found, expected) and found[5, 3] == found[5, 0] and found[10, 3] != found[10, 0]


def test_a_time_constant_that_needs_a_finer_integration_is_refused(start):
    network = alone("IF_cond_exp", 10, current=0.5)
    simulation = start(network, live=True)
    simulation.write(Change("parameter", 0, "tau_syn_E", np.float64(2.0)))
    simulation.run(5, lambda steps: None)
    with pytest.raises(UnsupportedFeature, match=r"'tau_syn_E' of population 'cells'.*needs 6 substeps"):
        simulation.write(Change("parameter", 0, "tau_syn_E", np.float64(0.2)))
    exact = start(alone("IF_curr_exp", 10), live=True)
    exact.write(Change("parameter", 0, "tau_syn_E", np.float64(0.2)))


def test_changes_at_one_grid_point_are_carried_out_together(start, monkeypatch):
    network = alone("IF_curr_exp", 20, size=3, current=0.5)
    changes = tuple(
        Change("parameter", 0, name, np.float64(value)) for name, value in (("tau_m", 5.0), ("cm", 0.5), ("tau_m", 8.0))
    )
    simulation = start(network, live=True)
    computed = []
    values = cells.group_values
    monkeypatch.setattr(cells, "group_values", lambda *given: computed.append(given) or values(*given))
    found = in_turn(simulation, Epoch(10), Epoch(0, changes[:2]), Epoch(10, changes[2:]))
    assert len(computed) == 2  # runs of no steps are runs
    expected = whole(start(replace(network, trials=(Trial((Epoch(10), Epoch(10, changes))),))))
    assert np.array_equal(found, expected)


def test_a_recording_that_begins_later_begins_with_the_present(start):
    network = replace(alone("IF_curr_exp", 20, size=2, current=0.5), recordings=())
    simulation = start(network, live=True)
    simulation.run(6, lambda steps: None)
    simulation.record(RecordingRequest(0, "v", np.array([0])))
    simulation.record(RecordingRequest(0, "v", np.array([1]), 4))
    simulation.run(12, lambda steps: None)
    every, fourth = simulation.read().signals
    assert (every.values.shape, fourth.values.shape) == ((7, 1), (2, 1))
    assert np.array_equal(every.values[[2, 6]], fourth.values)
    simulation.run(13, lambda steps: None)
    every, fourth = simulation.read().signals
    assert (every.values.shape, fourth.values.shape) == ((1, 1), (0, 1))
