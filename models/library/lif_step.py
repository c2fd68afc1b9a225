"""A leaky integrate-and-fire cell under a step of current: silent, firing at a constant rate, silent again.

A first model of a guide to spiking networks. Its rate follows from the equations: with ``R = tau_m/cm`` and ``d =
v_thresh - v_rest`` the intervals are ``tau_refrac + tau_m ln(R I/(R I - d))``, and below the rheobase ``d/R`` there
is no spike. Here the cell fires above 0.75 nA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from unisono.models.library.options import StepOfCurrent, option

SUMMARY = "A leaky integrate-and-fire cell under a step of current: its rate is a closed form"
SOURCE = "Lapicque (1907); Gerstner et al. (2014), Neuronal Dynamics, section 1.3, eqs. 1.5 and 1.11"

CELL = {
    "tau_m": 20.0,
    "cm": 1.0,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
}


@dataclass(frozen=True)
class LifStep(StepOfCurrent):
    """Options of the model."""

    amplitude: float = option(1.0, "nA", "current of the step")
    start: float = option(100.0, "ms", "begin of the step", least=0)
    stop: float = option(400.0, "ms", "end of the step", above=0)
    duration: float = option(500.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`LifStep`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = LifStep.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt)
    cell = sim.Population(1, sim.IF_curr_exp(**CELL), label="cell")
    cell.initialize(v=CELL["v_rest"])
    sim.DCSource(amplitude=o.amplitude, start=o.start, stop=o.stop).inject_into(cell)
    cell.record(["spikes", "v"])
    sim.run(o.duration)
    return [cell]
