"""Balanced network in the range of cortex: exponential currents, heterogeneous delays, autapses and multapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Balanced random network in the range of cortex: irregular, asynchronous, a few spikes a second"
SOURCE = (
    "Cells, time constants and delays of Potjans & Diesmann (2014), Cereb Cortex 24:785-806, table 5; "
    "weights and drive of our own, for fewer synapses a cell"
)

#: Potjans & Diesmann (2014), table 5.
CELL = {
    "tau_m": 10.0,
    "cm": 0.25,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 0.5,
    "tau_syn_I": 0.5,
}
#: Mean and standard deviation of the delays of excitatory and inhibitory synapses, ms; published programs have 0.75 and
#: 0.375 ms for the inhibitory ones.
DELAYS = {"excitatory": (1.5, 0.75), "inhibitory": (0.8, 0.4)}


@dataclass(frozen=True)
class Balanced(Options):
    """Options of the network."""

    n: int = option(2500, "cells", "number of cells, four of five excitatory", least=50, most=10_000_000)
    p: float = option(0.1, "", "synapses over pairs of cells", above=0, most=1)
    weight: float = option(0.5, "nA", "excitatory weight", above=0)
    g: float = option(8.0, "", "inhibitory over excitatory weight", least=0)
    drive_e: float = option(0.6, "nA", "current into excitatory cells", least=0)
    drive_i: float = option(0.7, "nA", "current into inhibitory cells", least=0)
    duration: float = option(1000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    recorded: int = option(2, "cells", "excitatory cells whose potential is recorded", least=0, most=40)
    seed: int = option(2014, "", "seed of connections, delays, initial potentials and drive", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`Balanced`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = Balanced.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt, max_delay=10.0, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    exc = sim.Population(n_exc, sim.IF_curr_exp(**CELL, i_offset=o.drive_e), label="excitatory")
    inh = sim.Population(o.n - n_exc, sim.IF_curr_exp(**CELL, i_offset=o.drive_i), label="inhibitory")
    weights = {"excitatory": o.weight, "inhibitory": -o.g * o.weight}
    for post in (exc, inh):
        post.initialize(v=RandomDistribution("uniform", low=CELL["v_reset"], high=CELL["v_thresh"], rng=rng))
        for pre, receptor in ((exc, "excitatory"), (inh, "inhibitory")):
            # a number of synapses drawn with replacement, as the paper's: some pairs have several, some cells their own
            connector = sim.FixedTotalNumberConnector(round(o.p * pre.size * post.size), with_replacement=True, rng=rng)
            mean, sd = DELAYS[receptor]
            delay = RandomDistribution("normal_clipped", mu=mean, sigma=sd, low=o.dt, high=10.0, rng=rng)
            synapse = sim.StaticSynapse(weight=weights[receptor], delay=delay)
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
        post.record("spikes")
    if o.recorded:
        exc[: o.recorded].record("v")
    sim.run(o.duration)
    return [exc, inh]
