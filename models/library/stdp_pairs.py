"""A small network for self-tests: whatever is wrong with plastic synapses moves spikes or weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "A small network for self-tests of plasticity: three weight dependences, and three divisions of the delay"
SOURCE = "Unisono; rules as in PyNN 0.13"

CELL = {"tau_m": 20.0, "cm": 0.25, "tau_refrac": 2.0, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0}
CELL |= {"tau_syn_E": 3.0, "tau_syn_I": 5.0}

#: Each cell has its own sources of strong static input, which drives it whatever the plastic weights are.
DRIVERS, DRIVE, DRIVE_RATE = 4, 1.5, 20.0


@dataclass(frozen=True)
class StdpPairs(Options):
    """Options of the model."""

    sources: int = option(10, "sources", "Poisson sources with plastic synapses", least=1, most=100_000)
    cells: int = option(6, "cells", "cells, which excite each other", least=2, most=100_000)
    largest: float = option(
        0.5,
        "nA",
        "largest plastic weight; 1e-9 moves no spike, so that weights alone can differ",
        above=0,
    )
    rate: float = option(25.0, "Hz", "rate of each source", above=0)
    A_plus: float = option(0.04, "", "potentiation of a pair, as a part of the range of weights", above=0)
    A_minus: float = option(0.05, "", "depression of a pair, as a part of the range of weights", above=0)
    tau: float = option(20.0, "ms", "time constants of potentiation and depression", above=0)
    delay: float = option(1.0, "ms", "delay of all synapses", above=0)
    duration: float = option(300.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=1)
    seed: int = option(1, "", "seed of inputs and initial weights", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the network and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`StdpPairs`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = StdpPairs.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    cells = sim.Population(o.cells, sim.IF_curr_exp(**CELL), label="cells")
    cells.initialize(v=CELL["v_rest"])
    sources = sim.Population(o.sources, sim.SpikeSourcePoisson(rate=o.rate), label="sources")
    drivers = sim.Population(DRIVERS * o.cells, sim.SpikeSourcePoisson(rate=DRIVE_RATE), label="drivers")
    own = [(i, i // DRIVERS, DRIVE, o.delay) for i in range(drivers.size)]
    sim.Projection(drivers, cells, sim.FromListConnector(own), label="drive")
    bounds = {"w_min": 0.0, "w_max": o.largest}
    timing = sim.SpikePairRule(tau_plus=o.tau, tau_minus=o.tau, A_plus=o.A_plus, A_minus=o.A_minus)

    def connect(pre: Any, label: str, dependence: Any, fraction: float, connector: Any) -> None:
        synapse = sim.STDPMechanism(
            timing_dependence=timing,
            weight_dependence=dependence(**bounds),
            dendritic_delay_fraction=fraction,
            weight=RandomDistribution("uniform", low=0.0, high=o.largest, rng=rng),
            delay=o.delay,
        )
        sim.Projection(pre, cells, connector, synapse, receptor_type="excitatory", label=label)

    everyone = sim.AllToAllConnector(allow_self_connections=False)
    connect(sources, "additive", sim.AdditiveWeightDependence, 1.0, everyone)
    connect(sources, "multiplicative", sim.MultiplicativeWeightDependence, 0.5, everyone)
    connect(cells, "recurrent", sim.AdditivePotentiationMultiplicativeDepression, 0.0, everyone)
    cells.record("spikes")
    sim.run(o.duration)
    return [cells]
