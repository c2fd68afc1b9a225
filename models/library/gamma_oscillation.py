"""A gamma rhythm: excitatory cells recruit inhibitory ones, whose inhibition decays and lets them fire again.

A model of a guide to spiking networks. As published its input never decays, so that the network falls silent after 5
ms, and the sampling rate of its spectrum is wrong by two. Here each excitatory cell has a Poisson input, all synapses
decay, and the spectrum is that of the population rate in bins of 1 ms (``spectral peak`` of the report). The period
is about the time that inhibition takes to decay: a longer ``tau_inh`` makes the rhythm slower.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "A gamma rhythm by pyramidal cells and interneurons: a spectral peak between 30 and 80 Hz"
SOURCE = "Whittington et al. (2000), Int J Psychophysiol 38:315-336; Börgers & Kopell (2003), Neural Comput 15:509-538"

CELL = {
    "cm": 0.25,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "e_rev_E": 0.0,
    "e_rev_I": -75.0,
    "tau_syn_E": 2.0,
}
#: Membrane time constants, ms: interneurons are faster.
TAU_M = {"excitatory": 20.0, "inhibitory": 10.0}


@dataclass(frozen=True)
class GammaOscillation(Options):
    """Options of the network."""

    n: int = option(500, "cells", "number of cells, four of five excitatory", least=50, most=1_000_000)
    p: float = option(0.4, "", "probability of a connection between the populations", above=0, most=1)
    rate: float = option(1500.0, "Hz", "rate of the random input of each excitatory cell", least=0)
    tau_inh: float = option(6.0, "ms", "time constant of inhibition", above=0)
    delay: float = option(1.0, "ms", "delay of all synapses", above=0)
    duration: float = option(2000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(40, "", "seed of connections, initial potentials and input", least=0, most=2**32 - 1)


#: Conductances of a spike in a network of 500 cells, uS: of the input, and by source and target.
INPUT = 0.004
WEIGHTS = {
    ("excitatory", "inhibitory"): 0.003,
    ("inhibitory", "excitatory"): 0.012,
    ("inhibitory", "inhibitory"): 0.004,
}


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`GammaOscillation`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = GammaOscillation.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    populations = {
        label: sim.Population(size, sim.IF_cond_exp(**CELL, tau_m=TAU_M[label], tau_syn_I=o.tau_inh), label=label)
        for label, size in (("excitatory", n_exc), ("inhibitory", o.n - n_exc))
    }
    for population in populations.values():
        population.initialize(v=RandomDistribution("uniform", low=CELL["v_rest"], high=CELL["v_thresh"], rng=rng))
        population.record("spikes")
    for (pre, post), weight in WEIGHTS.items():
        connector = sim.FixedProbabilityConnector(o.p, allow_self_connections=False, rng=rng)
        synapse = sim.StaticSynapse(weight=weight * 500 / o.n, delay=o.delay)
        sim.Projection(populations[pre], populations[post], connector, synapse, receptor_type=pre)
    if o.rate:
        source = sim.Population(n_exc, sim.SpikeSourcePoisson(rate=o.rate), label="input")
        synapse = sim.StaticSynapse(weight=INPUT, delay=o.delay)
        exc = populations["excitatory"]
        sim.Projection(source, exc, sim.OneToOneConnector(), synapse, receptor_type="excitatory")
    populations["excitatory"][:2].record("v")
    sim.run(o.duration)
    return list(populations.values())
