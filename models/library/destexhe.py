"""Cortical network of adaptive exponential cells: asynchronous irregular activity that sustains itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import e
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Cortical network of Destexhe: adaptive exponential cells, self-sustained irregular activity"
SOURCE = "Destexhe (2009), J Comput Neurosci 27:493-506, cortical network of RS and FS cells"

#: A membrane of 20,000 um2 with 1 uF/cm2 and 0.05 mS/cm2; regular spiking cells adapt, fast spiking ones do not.
MEMBRANE = {
    "cm": 0.2,
    "tau_m": 20.0,
    "v_rest": -60.0,
    "v_reset": -60.0,
    "v_thresh": -50.0,
    "delta_T": 2.5,
    "tau_refrac": 2.5,
    "tau_w": 600.0,
    "a": 1.0,
    "v_spike": -40.0,
}
SYNAPSES = {"e_rev_E": 0.0, "e_rev_I": -80.0, "tau_syn_E": 5.0, "tau_syn_I": 10.0}

#: Synapses that a cell receives from the others: 2 % of the 2,000 cells of the published network.
PUBLISHED_INPUTS = 40


@dataclass(frozen=True)
class Destexhe(Options):
    """Options of the network."""

    cell: str = option(
        "EIF_cond_exp_isfa_ista", "", "cell model", choices=("EIF_cond_exp_isfa_ista", "EIF_cond_alpha_isfa_ista")
    )
    n: int = option(2000, "cells", "number of cells, four of five excitatory", least=100, most=10_000_000)
    b: float = option(0.005, "nA", "adaptation of regular spiking cells: 0.04 strong, 0.005 weak", least=0)
    weight_exc: float = option(0.006, "uS", "excitatory weight", least=0)
    weight_inh: float = option(0.067, "uS", "inhibitory weight", least=0)
    delay: float = option(0.1, "ms", "delay of all synapses; the paper has none", above=0)
    duration: float = option(1000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    recorded: int = option(2, "cells", "excitatory cells whose potential is recorded", least=0, most=80)
    seed: int = option(2009, "", "seed of connections, initial potentials and stimulation", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`Destexhe`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = Destexhe.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    cell = getattr(sim, o.cell)
    exc = sim.Population(n_exc, cell(**MEMBRANE, **SYNAPSES, b=o.b), label="excitatory")
    inh = sim.Population(o.n - n_exc, cell(**MEMBRANE, **SYNAPSES, b=0.0), label="inhibitory")
    potentials = RandomDistribution("uniform", low=MEMBRANE["v_rest"], high=MEMBRANE["v_thresh"], rng=rng)
    # alpha functions of the same time constant carry e times the charge of exponentials of the same peak
    charge = e if "alpha" in o.cell else 1.0
    connector = sim.FixedProbabilityConnector(min(1.0, PUBLISHED_INPUTS / o.n), rng=rng)
    for pre, receptor, weight in ((exc, "excitatory", o.weight_exc), (inh, "inhibitory", o.weight_inh)):
        synapse = sim.StaticSynapse(weight=weight / charge, delay=o.delay)
        for post in (exc, inh):
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
    # the network starts by 20 sources that fire for the first 50 ms
    sources = sim.Population(20, sim.SpikeSourcePoisson(rate=400.0, duration=50.0), label="stimulation")
    for post in (exc, inh):
        post.initialize(v=potentials)
        synapse = sim.StaticSynapse(weight=o.weight_exc / charge, delay=o.delay)
        sim.Projection(sources, post, sim.FixedProbabilityConnector(0.2, rng=rng), synapse)
        post.record("spikes")
    if o.recorded:
        exc[: o.recorded].record("v")
    sim.run(o.duration)
    return [exc, inh]
