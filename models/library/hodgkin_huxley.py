"""The cell of Hodgkin and Huxley (1952) under a step of current, with its gates recorded.

A model of a guide to spiking networks. The published snippet names no threshold, so that a simulator counts no spike,
or one in every step above 0 mV; here a spike is one crossing of ``v_thresh`` upward. The gates begin in their steady
state at rest, and the time step is 0.01 ms, which the sodium gate needs. Parameters: table in ``docs/library.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unisono.models.library.options import StepOfCurrent, option

SUMMARY = "The cell of Hodgkin and Huxley under a step of current, with its gates recorded"
SOURCE = "Hodgkin & Huxley (1952), J Physiol 117:500-544"

#: A current of 1 nA over the default area of 20,000 um2 is 5 uA/cm2.
DENSITY = 0.2


@dataclass(frozen=True)
class HodgkinHuxley(StepOfCurrent):
    """Options of the model."""

    density: float = option(10.0, "uA/cm2", "current of the step over the area of the membrane")
    start: float = option(20.0, "ms", "begin of the step", least=0)
    stop: float = option(180.0, "ms", "end of the step", above=0)
    duration: float = option(200.0, "ms", "simulated time", above=0)
    dt: float = option(0.01, "ms", "time step", above=0, most=0.05)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell and run it.

    Parameters
    ----------
    sim : module
        Unisono's PyNN: PyNN's backends have no cell with these equations.
    **options
        See :class:`HodgkinHuxley`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = HodgkinHuxley.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt)
    cell = sim.Population(1, sim.HH(), label="cell")
    sim.DCSource(amplitude=DENSITY * o.density, start=o.start, stop=o.stop).inject_into(cell)
    cell.record(["spikes", "v", "m", "h", "n"])
    sim.run(o.duration)
    return [cell]
