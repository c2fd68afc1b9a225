"""A cell that becomes selective: of two patterns of input one comes to drive it, the other no longer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Plasticity with a sliding threshold: a cell under two alternating patterns becomes selective"
SOURCE = "Bienenstock, Cooper & Munro (1982), J Neurosci 2:32-48, with spikes"

CELL = {
    **{"tau_m": 20.0, "cm": 0.25, "v_rest": -65.0, "v_reset": -65.0, "v_thresh": -50.0, "tau_refrac": 2.0},
    **{"tau_syn_E": 5.0},
}

#: The largest weight and the bounds of the first ones, nA, as of 100 inputs.
LARGEST, FIRST = 0.1, (0.018, 0.032)


@dataclass(frozen=True)
class Bcm(Options):
    """Options of the model."""

    inputs: int = option(100, "sources", "inputs; each pattern consists of one half of them", least=2, most=100_000)
    high: float = option(30.0, "Hz", "rate of the inputs of the pattern that is shown", above=0)
    low: float = option(2.0, "Hz", "rate of the others", least=0)
    shown: float = option(200.0, "ms", "how long a pattern is shown before the other one", above=0)
    eta: float = option(1e-3, "nA", "learning rate, as of 100 inputs", least=0)
    tau_theta: float = option(300.0, "ms", "time constant of the threshold", above=0)
    delay: float = option(1.0, "ms", "delay of all synapses", above=0)
    duration: float = option(60_000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(1, "", "seed of inputs and initial weights", least=0, most=2**32 - 1)

    def spike_times(self) -> list[list[float]]:
        """Spikes of each input, ms; those of the first half are the pattern that is shown first."""
        rng = np.random.RandomState(self.seed)
        begins = np.arange(0.0, self.duration, self.shown)
        in_first = np.arange(self.inputs)[:, np.newaxis] < self.inputs // 2
        rates = np.where(in_first == (np.arange(begins.size) % 2 == 0), self.high, self.low)
        times = []
        for counts in rng.poisson(rates * self.shown / 1000.0):
            drawn = np.repeat(begins, counts) + rng.uniform(0.0, self.shown, counts.sum())
            times.append(np.sort(drawn[drawn < self.duration]).tolist())
        return times


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell with its inputs and run it.

    Parameters
    ----------
    sim : module
        Unisono's; PyNN has no such synapse.
    **options
        See :class:`Bcm`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = Bcm.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    cell = sim.Population(1, sim.IF_curr_exp(**CELL), label="cell")
    cell.initialize(v=CELL["v_rest"])
    times = o.spike_times()
    inputs = sim.Population(o.inputs, sim.SpikeSourceArray(spike_times=times), label="inputs")

    # with fewer inputs each has a larger part of the same drive
    scale = 100 / o.inputs
    plastic = sim.BCMSynapse(
        w_max=LARGEST * scale,
        eta=o.eta * scale,
        tau_theta=o.tau_theta,
        weight=RandomDistribution("uniform", low=FIRST[0] * scale, high=FIRST[1] * scale, rng=rng),
        delay=o.delay,
    )
    sim.Projection(inputs, cell, sim.AllToAllConnector(), plastic, receptor_type="excitatory", label="plastic")
    cell.record("spikes")
    sim.run(o.duration)
    return [cell]
