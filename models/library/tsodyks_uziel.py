"""A recurrent network whose synapses depress and facilitate: it fires together, then has to recover."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS

SUMMARY = "Short-term plasticity in a recurrent network: population spikes, set by the recovery of depressed synapses"
SOURCE = "Tsodyks, Uziel & Markram (2000), J Neurosci 20:RC50"

#: 1 GOhm, so that a current in pA is the potential in mV at which it ends.
CELL = {
    **{"tau_m": 30.0, "cm": 0.03, "v_rest": 0.0, "v_reset": 13.5, "v_thresh": 15.0},
    **{"tau_syn_E": 3.0, "tau_syn_I": 3.0},
}
REFRACTORY = {"excitatory": 3.0, "inhibitory": 2.0}

#: By source and target: the absolute strength in nA and the named parameters; each value is the mean of a distribution.
SYNAPSES = {
    ("excitatory", "excitatory"): (1.8e-3, "TM_depressing"),
    ("excitatory", "inhibitory"): (7.2e-3, "TM_facilitating_2000"),
    ("inhibitory", "excitatory"): (-5.4e-3, "TM_depressing"),
    ("inhibitory", "inhibitory"): (-7.2e-3, "TM_facilitating_2000"),
}

#: Bounds of U, by the named parameters.
BOUNDS = {"TM_depressing": (0.1, 0.9), "TM_facilitating_2000": (0.001, 0.07)}

#: ms; no time constant is shorter.
SHORTEST = 5.0


@dataclass(frozen=True)
class TsodyksUziel(Options):
    """Options of the network."""

    n: int = option(500, "cells", "number of cells, four of five excitatory", least=10, most=100_000)
    p: float = option(0.1, "", "probability of a connection", above=0, most=1)
    spread: float = option(0.75, "mV", "width of the distribution of drives about the threshold", least=0)
    delay: float = option(0.1, "ms", "delay of all synapses", above=0)
    duration: float = option(5000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=1)
    seed: int = option(1, "", "seed of connections, synapses and drives", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`TsodyksUziel`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = TsodyksUziel.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    sizes = {"excitatory": round(0.8 * o.n), "inhibitory": o.n - round(0.8 * o.n)}
    populations = {}
    for kind, size in sizes.items():
        cell = sim.IF_curr_exp(**CELL, tau_refrac=REFRACTORY[kind])
        populations[kind] = sim.Population(size, cell, label=kind)
        low, high = ((CELL["v_thresh"] + side * o.spread / 2) / 1000.0 for side in (-1, 1))
        populations[kind].set(i_offset=RandomDistribution("uniform", low=low, high=high, rng=rng))
        start = RandomDistribution("uniform", low=0.0, high=CELL["v_thresh"], rng=rng)
        populations[kind].initialize(v=start)

    connector = sim.FixedProbabilityConnector(o.p, allow_self_connections=False, rng=rng)
    for (source, target), (strength, name) in SYNAPSES.items():
        # as many synapses a cell as in the paper have the published strength
        synapse = _synapse(sim, strength * 50 / (o.p * o.n), name, o.delay, rng)
        pre, post = populations[source], populations[target]
        sim.Projection(pre, post, connector, synapse, receptor_type=source, label=f"{source} to {target}")
    for population in populations.values():
        population.record("spikes")
    sim.run(o.duration)
    return list(populations.values())


def _synapse(sim: Any, strength: float, name: str, delay: float, rng: Any) -> Any:
    """A synapse whose parameters are drawn for each pair: normal, with half the mean as standard deviation."""

    def drawn(mean: float, low: float, high: float) -> Any:
        return RandomDistribution("normal_clipped", mu=mean, sigma=abs(mean) / 2, low=low, high=high, rng=rng)

    values = dict(SYNAPSE_PARAMETER_SETS[name])
    return sim.TsodyksMarkramSynapse(
        weight=drawn(strength, *sorted((0.2 * strength, 2 * strength))),
        U=drawn(values["U"], *BOUNDS[name]),
        tau_rec=drawn(values["tau_rec"], SHORTEST, inf),
        tau_facil=drawn(values["tau_facil"], SHORTEST, inf) if values["tau_facil"] else 0.0,
        delay=delay,
    )
