"""Sparsely connected network of excitatory and inhibitory cells with delta synapses and Poisson drive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Sparse random network of Brunel, model A: its phases by inhibition g and drive eta"
SOURCE = "Brunel (2000), J Comput Neurosci 8:183-208, model A"

#: v is counted from rest; delta synapses make the capacitance irrelevant.
CELL = {"tau_m": 20.0, "cm": 1.0, "v_rest": 0.0, "v_reset": 10.0, "v_thresh": 20.0, "tau_refrac": 2.0}


@dataclass(frozen=True)
class Brunel(Options):
    """Options of the network."""

    n: int = option(12500, "cells", "number of cells, four of five excitatory", least=50, most=10_000_000)
    g: float = option(5.0, "", "inhibitory over excitatory weight", least=0)
    eta: float = option(2.0, "", "external rate over the rate that just reaches the threshold", least=0)
    epsilon: float = option(0.1, "", "share of the cells that connect to a cell", above=0, most=0.5)
    weight: float = option(0.1, "mV", "excitatory weight J", above=0)
    delay: float = option(1.5, "ms", "delay D of all synapses", above=0)
    duration: float = option(200.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    recorded: int = option(2, "cells", "excitatory cells whose potential is recorded", least=0, most=40)
    seed: int = option(12345, "", "seed of connections, initial potentials and drive", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`Brunel`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = Brunel.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    inputs = {"excitatory": round(o.epsilon * n_exc), "inhibitory": round(o.epsilon * (o.n - n_exc))}
    weights = {"excitatory": o.weight, "inhibitory": -o.g * o.weight}

    cell = sim.IF_curr_delta(**CELL)
    exc = sim.Population(n_exc, cell, label="excitatory")
    inh = sim.Population(o.n - n_exc, cell, label="inhibitory")
    # C_E external synapses at eta times the threshold rate theta/(J C_E tau): one source a cell, C_E times as fast
    drive = sim.SpikeSourcePoisson(rate=1000.0 * o.eta * CELL["v_thresh"] / (o.weight * CELL["tau_m"]))
    for post in (exc, inh):
        post.initialize(v=RandomDistribution("uniform", low=0.0, high=CELL["v_thresh"], rng=rng))
        for pre, receptor in ((exc, "excitatory"), (inh, "inhibitory")):
            connector = sim.FixedNumberPreConnector(inputs[receptor], allow_self_connections=False, rng=rng)
            synapse = sim.StaticSynapse(weight=weights[receptor], delay=o.delay)
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
        if o.eta:
            sources = sim.Population(post.size, drive, label=f"drive of {post.label}")
            synapse = sim.StaticSynapse(weight=o.weight, delay=o.delay)
            sim.Projection(sources, post, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
        post.record("spikes")
    if o.recorded:
        exc[: o.recorded].record("v")
    sim.run(o.duration)
    return [exc, inh]
