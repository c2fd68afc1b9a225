"""The learning window: pairs of spikes with each lag, as in paired recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.parameters import Sequence

from unisono.models.library.options import Options, option
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS

SUMMARY = "Spike-timing-dependent plasticity: 60 pairs of spikes with each lag show the learning window"
SOURCE = "Bi & Poo (1998), J Neurosci 18:10464-10472, fig. 7"

#: mV. The first plastic weight moves no spike; the largest is twice that, so that there is room in both directions.
WEIGHT, LARGEST = 1e-9, 2e-9

#: mV; a spike of the driver makes the cell spike when it arrives.
DRIVE = 100.0

_RULES = tuple(name for name, entry in SYNAPSE_PARAMETER_SETS.items() if entry.owner == "SpikePairRule")


@dataclass(frozen=True)
class BiPoo(Options):
    """Options of the model."""

    rule: str = option("STDP_Bi_Poo_1998", "", "named parameter set of the rule", choices=_RULES)
    synapses: int = option(80, "synapses", "synapses, each with its own lag", least=1, most=100_000)
    largest: float = option(80.0, "ms", "largest lag; lags are drawn uniformly", above=0)
    pairs: int = option(60, "pairs", "pairs of spikes with each lag", least=1, most=100_000)
    rate: float = option(1.0, "Hz", "rate of the pairs", above=0)
    delay: float = option(1.0, "ms", "delay of all synapses, behind the synapse", above=0)
    duration: float = option(0.0, "ms", "simulated time; 0: until the last pair", least=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=1)
    seed: int = option(1, "", "seed of the lags", least=0, most=2**32 - 1)

    @property
    def lags(self) -> NDArray[np.float64]:
        """From the spike of the source to that of the cell, at the synapse, ms, in whole steps; one a synapse."""
        drawn = np.random.RandomState(self.seed).uniform(-self.largest, self.largest, self.synapses)
        return np.asarray(np.round(drawn / self.dt) * self.dt)

    @property
    def times(self) -> NDArray[np.float64]:
        """Spikes of the cell, ms, shape (pairs,)."""
        return np.asarray(self.largest + 10.0 + self.delay + np.arange(self.pairs) * 1000.0 / self.rate, np.float64)


def build(sim: Any, **options: object) -> list[Any]:
    """Build a cell with a source for each lag and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`BiPoo`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = BiPoo.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay)
    cell = sim.Population(1, sim.IF_curr_delta(tau_refrac=o.dt), label="cell")
    cell.initialize(v=-65.0)
    driver = sim.Population(1, sim.SpikeSourceArray(spike_times=(o.times - o.delay).tolist()), label="driver")
    trains = [Sequence(o.times + o.delay - lag) for lag in o.lags]
    sources = sim.Population(o.synapses, sim.SpikeSourceArray(spike_times=trains), label="sources")

    # the set states parts of the weight before, the rule takes parts of the largest one
    given = SYNAPSE_PARAMETER_SETS[o.rule].items()
    parameters = {name: value * WEIGHT / LARGEST if name.startswith("A_") else value for name, value in given}
    plastic = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(**parameters),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=LARGEST),
        weight=WEIGHT,
        delay=o.delay,
    )
    everyone = sim.AllToAllConnector()
    static = sim.StaticSynapse(weight=DRIVE, delay=o.delay)
    sim.Projection(driver, cell, everyone, static, receptor_type="excitatory", label="drive")
    sim.Projection(sources, cell, everyone, plastic, receptor_type="excitatory", label="plastic")
    cell.record("spikes")
    sim.run(o.duration or float(o.times[-1]) + o.largest + 10.0)
    return [cell]
