"""A network of excitatory and inhibitory cells with random input: a raster, and rates of both populations.

A model of a guide to spiking networks. As published it has no spikes: its cells rest at -65 mV under a threshold of
-50 mV and nothing drives them. Here each cell has a Poisson input of its own, inhibition is ``g`` times as strong as
excitation for a quarter of the cells, and weights are given by what a spike adds to the potential.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.cells import CELLS
from unisono.models.library.options import Options, option
from unisono.models.library.weights import weight_for

SUMMARY = "Excitatory and inhibitory cells with random input: raster and rates of a small balanced network"
SOURCE = "Cells and connections as in Brunel (2000), J Comput Neurosci 8:183-208, at a size that runs in seconds"

CELL = {
    "tau_m": 20.0,
    "cm": 0.25,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 3.0,
    "tau_syn_I": 5.0,
}


@dataclass(frozen=True)
class EINetwork(Options):
    """Options of the network."""

    n: int = option(1000, "cells", "number of cells, four of five excitatory", least=50, most=10_000_000)
    p: float = option(0.1, "", "probability of a connection", above=0, most=1)
    psp: float = option(1.2, "mV", "about what an excitatory spike adds to the potential", above=0)
    g: float = option(8.0, "", "inhibitory over excitatory charge", least=0)
    rate: float = option(900.0, "Hz", "rate of the random input of each cell", least=0)
    delay: float = option(1.5, "ms", "delay of all synapses", above=0)
    duration: float = option(1500.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(42, "", "seed of connections, initial potentials and input", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`EINetwork`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = EINetwork.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    model = CELLS["IF_curr_exp"]
    excitation = weight_for(model, "excitatory", o.psp, CELL)
    inhibition = weight_for(model, "inhibitory", -o.g * o.psp, CELL) if o.g else 0.0
    exc, inh = (
        sim.Population(size, sim.IF_curr_exp(**CELL), label=label)
        for size, label in ((n_exc, "excitatory"), (o.n - n_exc, "inhibitory"))
    )
    for post in (exc, inh):
        post.initialize(v=RandomDistribution("uniform", low=CELL["v_rest"], high=CELL["v_thresh"], rng=rng))
        for pre, receptor, weight in ((exc, "excitatory", excitation), (inh, "inhibitory", inhibition)):
            connector = sim.FixedProbabilityConnector(o.p, allow_self_connections=False, rng=rng)
            synapse = sim.StaticSynapse(weight=weight, delay=o.delay)
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
        if o.rate:
            source = sim.Population(post.size, sim.SpikeSourcePoisson(rate=o.rate), label=f"input of {post.label}")
            synapse = sim.StaticSynapse(weight=excitation, delay=o.delay)
            sim.Projection(source, post, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
        post.record("spikes")
    exc[:2].record("v")
    sim.run(o.duration)
    return [exc, inh]
