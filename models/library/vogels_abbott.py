"""Balanced network of excitatory and inhibitory cells with sparse random connections."""

from __future__ import annotations

from dataclasses import dataclass
from math import e
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.errors import NetworkError
from unisono.models.library.options import Options, option

SUMMARY = "Balanced random network of Vogels & Abbott: sustained irregular activity"
SOURCE = (
    "Vogels & Abbott (2005), J Neurosci 25:10786-10795; "
    "Brette et al. (2007), J Comput Neurosci 23:349-398, benchmarks 1 (IF_cond_exp) and 2 (IF_curr_exp); "
    "IF_cond_alpha: benchmark 1 with alpha functions of the same time constants and charges"
)

#: Both benchmarks: a membrane of 20,000 um2 with 1 uF/cm2 and 5e-5 S/cm2.
MEMBRANE = {"tau_m": 20.0, "cm": 0.2, "v_reset": -60.0, "v_thresh": -50.0, "tau_refrac": 5.0}
SYNAPSES = {"tau_syn_E": 5.0, "tau_syn_I": 10.0}
CONDUCTANCE = {**MEMBRANE, **SYNAPSES, "v_rest": -60.0, "e_rev_E": 0.0, "e_rev_I": -80.0}

CELL = {
    # resting above the threshold keeps the network with currents active
    "IF_curr_exp": {**MEMBRANE, **SYNAPSES, "v_rest": -49.0},
    "IF_cond_exp": CONDUCTANCE,
    "IF_cond_alpha": CONDUCTANCE,
}
#: Weights of excitation and inhibition: 1.62 mV and -9 mV over 100 MOhm (nA); 6 nS and 67 nS (uS).
WEIGHTS = {"IF_curr_exp": (0.0162, -0.09), "IF_cond_exp": (0.006, 0.067), "IF_cond_alpha": (0.006 / e, 0.067 / e)}


@dataclass(frozen=True)
class VogelsAbbott(Options):
    """Options of the network."""

    cell: str = option("IF_curr_exp", "", "cell model", choices=tuple(CELL))
    n: int = option(4000, "cells", "number of cells, four of five excitatory", least=5, most=10_000_000)
    p: float = option(0.02, "", "probability of a connection", above=0, most=1)
    scale: float = option(1.0, "", "factor on all weights, to balance a larger number of synapses a cell", above=0)
    delay: float = option(1.5, "ms", "delay of all synapses", above=0)
    duration: float = option(1000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    recorded: int = option(2, "cells", "excitatory cells whose potential is recorded", least=0)
    seed: int = option(98765, "", "seed of connections, initial potentials and stimulation", least=0, most=2**32 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        n_exc = round(0.8 * self.n)
        if self.recorded > n_exc:
            raise NetworkError(f"Option 'recorded' is {self.recorded}, but there are {n_exc} excitatory cells.")


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`VogelsAbbott`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = VogelsAbbott.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    cell = getattr(sim, o.cell)(**CELL[o.cell])
    exc = sim.Population(n_exc, cell, label="excitatory")
    inh = sim.Population(o.n - n_exc, cell, label="inhibitory")
    potentials = RandomDistribution("uniform", low=MEMBRANE["v_reset"], high=MEMBRANE["v_thresh"], rng=rng)
    exc.initialize(v=potentials)
    inh.initialize(v=potentials)

    connector = sim.FixedProbabilityConnector(o.p, rng=rng)
    for pre, receptor, weight in zip((exc, inh), ("excitatory", "inhibitory"), WEIGHTS[o.cell], strict=True):
        synapse = sim.StaticSynapse(weight=o.scale * weight, delay=o.delay)
        for post in (exc, inh):
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
    if "cond" in o.cell:
        # at rest below threshold, the network starts by 20 sources that fire for the first 50 ms
        sources = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0), label="stimulation")
        stimulus = sim.StaticSynapse(weight=0.1, delay=o.delay)
        for post in (exc, inh):
            sim.Projection(sources, post, sim.FixedProbabilityConnector(0.01, rng=rng), stimulus)

    for population in (exc, inh):
        population.record("spikes")
    if o.recorded:
        exc[: o.recorded].record("v")
    sim.run(o.duration)
    return [exc, inh]
