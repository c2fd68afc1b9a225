"""Network of pulse-coupled Izhikevich cells with random thalamic input: rhythms come and go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Pulse-coupled network of Izhikevich: cells of all kinds, asynchronous activity with spells of rhythms"
SOURCE = "Izhikevich (2003), IEEE Trans Neural Netw 14:1569-1572, the published program"

#: The size of the published network, to which the weights belong.
PUBLISHED_CELLS = 1000

#: Standard deviation of the thalamic input to excitatory and inhibitory cells, mV/ms; a new value each millisecond.
THALAMIC = (5.0, 2.0)

#: 1 nA moves an Izhikevich cell of PyNN by 1000 mV/ms: its capacitance is 1 pF.
NA_PER_MV_MS = 1e-3


@dataclass(frozen=True)
class Izhikevich(Options):
    """Options of the network."""

    n: int = option(1000, "cells", "number of cells, four of five excitatory", least=5, most=10_000_000)
    p: float = option(1.0, "", "probability of a connection; weights grow by 1/p", above=0, most=1)
    weight_exc: float = option(0.5, "mV", "largest excitatory weight in a network of 1,000 cells", least=0)
    weight_inh: float = option(1.0, "mV", "largest inhibitory weight in a network of 1,000 cells", least=0)
    delay: float = option(1.0, "ms", "delay of all synapses", above=0)
    duration: float = option(1000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    recorded: int = option(2, "cells", "excitatory cells whose potential is recorded", least=0, most=4)
    seed: int = option(2003, "", "seed of cells, weights and thalamic input", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`Izhikevich`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = Izhikevich.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    n_exc = round(0.8 * o.n)
    exc, inh = _cells(sim, rng, n_exc, o.n - n_exc)
    scale = PUBLISHED_CELLS / (o.n * o.p)
    largest = {"excitatory": scale * o.weight_exc, "inhibitory": -scale * o.weight_inh}
    connector = sim.FixedProbabilityConnector(o.p, rng=rng)
    for pre, (receptor, weight) in zip((exc, inh), largest.items(), strict=True):
        bounds = sorted((0.0, weight))
        weights = RandomDistribution("uniform", low=bounds[0], high=bounds[1], rng=rng)
        for post in (exc, inh):
            synapse = sim.StaticSynapse(weight=weights, delay=o.delay)
            sim.Projection(pre, post, connector, synapse, receptor_type=receptor)
    times = np.arange(0.0, o.duration, max(1.0, o.dt))
    for population, sd in zip((exc, inh), THALAMIC, strict=True):
        for cell in range(population.size):
            noise = np.asarray(rng.next(times.size, "normal", {"mu": 0.0, "sigma": sd * NA_PER_MV_MS}))
            source = sim.StepCurrentSource(times=times.tolist(), amplitudes=noise.tolist())
            source.inject_into(population[cell : cell + 1])
        population.record("spikes")
    if o.recorded:
        exc[: o.recorded].record("v")
    sim.run(o.duration)
    return [exc, inh]


def _cells(sim: Any, rng: NumpyRNG, n_exc: int, n_inh: int) -> tuple[Any, Any]:
    """Excitatory cells from regular spiking to chattering, inhibitory ones from fast to low-threshold spiking."""
    r, s = (np.asarray(rng.next(n, "uniform", {"low": 0.0, "high": 1.0})) for n in (n_exc, n_inh))
    kinds = (
        ("excitatory", sim.Izhikevich(a=0.02, b=0.2, c=-65.0 + 15.0 * r**2, d=8.0 - 6.0 * r**2), np.full(n_exc, 0.2)),
        ("inhibitory", sim.Izhikevich(a=0.02 + 0.08 * s, b=0.25 - 0.05 * s, c=-65.0, d=2.0), 0.25 - 0.05 * s),
    )
    populations = []
    for label, cell, b in kinds:
        population = sim.Population(b.size, cell, label=label)
        population.initialize(v=-65.0, u=-65.0 * b)
        populations.append(population)
    return populations[0], populations[1]
