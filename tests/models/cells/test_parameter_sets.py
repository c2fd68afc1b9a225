"""Named parameter sets give the pattern that they state."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from networks import alone

import unisono
import unisono.models.pynn as sim
from unisono.models.cells import CELLS
from unisono.models.cells.parameter_sets import PARAMETER_SETS
from unisono.models.errors import UnknownName
from unisono.models.library import build_network
from unisono.models.pynn.simulator import capturing


def pattern(intervals: np.ndarray) -> str:
    """The firing pattern by its intervals.

    A burst is an interval below a third of the longest. Bursts that come back in the second half are bursting;
    otherwise the last intervals are equal, and more than twice as long as the first in an adapting cell.
    """
    short = intervals < intervals.max() / 3
    if short[len(intervals) // 2 :].any():
        return "bursting"
    settled = intervals[-1]
    assert np.ptp(intervals[-3:]) < 0.05 * settled
    if short[:2].all() and intervals[2] > settled:
        return "initial burst"
    return "adapting" if settled > 2 * intervals[0] else "tonic"


@pytest.mark.slow
@pytest.mark.parametrize("name", PARAMETER_SETS)
def test_the_pattern_comes_out(execute, name):
    entry = PARAMETER_SETS[name]
    network = alone(entry.cell, 6000, parameters=entry.parameters, initial=entry.initial, current=entry.current)
    steps = execute("reference", network).trials[0].spikes[0].steps
    assert steps.size >= 6
    assert pattern(np.diff(steps) * 0.1) == entry.pattern
    assert entry.source


def test_the_intervals_of_dayan_and_abbott(execute):
    # t_ref + tau ln(R I/(R I - 15 mV)), eq. 5.11, rounded up to the grid: 2 + 20 ln(25/10) = 20.33 ms
    entry = PARAMETER_SETS["LIF_Dayan_Abbott"]
    network = alone(entry.cell, 1000, parameters=entry.parameters, current=entry.current)
    steps = execute("reference", network).trials[0].spikes[0].steps
    exact = 2 + 20 * log(25 / 10)
    assert np.diff(steps).tolist() == [int(np.ceil(exact * 10))] * (steps.size - 1)


@pytest.mark.parametrize("name", PARAMETER_SETS)
def test_a_set_is_a_cell_by_name(name):
    entry = PARAMETER_SETS[name]
    assert entry.parameters.keys() <= CELLS[entry.cell].parameters.keys()
    with capturing() as session:
        sim.setup()
        sim.Population(2, unisono.parameter_set(name, i_offset=0.3))
        sim.run(1.0)
    (population,) = session.network().populations
    assert population.cell == entry.cell
    assert float(population.parameters["i_offset"]) == 0.3
    assert {n: float(population.parameters[n]) for n in entry.parameters} == dict(entry.parameters)
    assert {n: float(population.initial[n]) for n in entry.initial} == dict(entry.initial)
    single = build_network("single_cell", cell=name, duration=30.0)
    assert dict(single.populations[0].initial) == dict(population.initial)
    assert single.currents[0].amplitudes[0] == entry.current


def test_an_unknown_set():
    with pytest.raises(UnknownName, match="Choose one of: LIF_Dayan_Abbott"):
        unisono.parameter_set("nothing")
