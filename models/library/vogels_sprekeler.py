"""Inhibitory plasticity that balances excitation: cells come to fire at one rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Inhibitory plasticity: synapses onto excitatory cells grow until each fires at the rate aimed at"
SOURCE = "Vogels, Sprekeler, Zenke, Clopath & Gerstner (2011), Science 334:1569-1573"

CELL = {
    **{"tau_m": 20.0, "cm": 0.2, "v_rest": -60.0, "v_reset": -60.0, "v_thresh": -50.0, "tau_refrac": 5.0},
    **{"tau_syn_E": 5.0, "tau_syn_I": 10.0, "e_rev_E": 0.0, "e_rev_I": -80.0, "i_offset": 0.2},
}

#: Conductances, uS: excitatory, inhibitory onto inhibitory cells, and the largest of those that change.
EXCITATION, INHIBITION, LARGEST = 3e-4, 3e-3, 0.1

#: Cells of the published network, by which weights are scaled.
PUBLISHED = 10_000


@dataclass(frozen=True)
class VogelsSprekeler(Options):
    """Options of the network."""

    n: int = option(2000, "cells", "number of cells, four of five excitatory", least=10, most=1_000_000)
    p: float = option(0.1, "", "probability of a connection; 0.02 of 10,000 cells in the paper", above=0, most=1)
    rho: float = option(5.0, "Hz", "rate aimed at", above=0)
    eta: float = option(5e-5, "uS", "learning rate, as of 10,000 cells; 1e-5 in the paper", above=0)
    tau: float = option(20.0, "ms", "time constant of the traces", above=0)
    delay: float = option(0.5, "ms", "delay of all synapses", above=0)
    duration: float = option(15_000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(5, "", "seed of connections and initial potentials", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`VogelsSprekeler`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = VogelsSprekeler.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    exc = sim.Population(n_exc, sim.IF_cond_exp(**CELL), label="excitatory")
    inh = sim.Population(o.n - n_exc, sim.IF_cond_exp(**CELL), label="inhibitory")
    for population in (exc, inh):
        population.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))

    # as many synapses a cell as in the paper have the published weights; of fewer each is larger
    scale = 0.02 * PUBLISHED / (o.p * o.n)
    connector = sim.FixedProbabilityConnector(o.p, allow_self_connections=False, rng=rng)
    excitation = sim.StaticSynapse(weight=EXCITATION * scale, delay=o.delay)
    inhibition = sim.StaticSynapse(weight=INHIBITION * scale, delay=o.delay)
    plastic = sim.STDPMechanism(
        timing_dependence=sim.Vogels2011Rule(tau=o.tau, eta=o.eta * scale, rho=o.rho),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=LARGEST * scale),
        weight=0.0,
        delay=o.delay,
    )
    for post in (exc, inh):
        sim.Projection(exc, post, connector, excitation, receptor_type="excitatory")
    sim.Projection(inh, inh, connector, inhibition, receptor_type="inhibitory")
    sim.Projection(inh, exc, connector, plastic, receptor_type="inhibitory", label="plastic")
    for population in (exc, inh):
        population.record("spikes")
    sim.run(o.duration)
    return [exc, inh]
