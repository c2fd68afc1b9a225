"""Competitive Hebbian learning: the inputs of one cell come to be strong or weak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.library.options import Options, option

SUMMARY = "Spike-timing-dependent plasticity: a cell's synapses compete, and their weights gather at both bounds"
SOURCE = "Song, Miller & Abbott (2000), Nat Neurosci 3:919-926"

#: A leak of 10 nS; conductances are parts of it.
LEAK = 0.01
CELL = {
    **{"tau_m": 20.0, "cm": 0.2, "v_rest": -70.0, "v_reset": -60.0, "v_thresh": -54.0, "tau_refrac": 0.1},
    **{"tau_syn_E": 5.0, "tau_syn_I": 5.0, "e_rev_E": 0.0, "e_rev_I": -70.0},
}

#: The largest excitatory conductance and the inhibitory one, as parts of the leak; rates of inhibitory inputs, Hz.
LARGEST, INHIBITION, INHIBITORY_RATE = 0.015, 0.05, 10.0


@dataclass(frozen=True)
class SongAbbott(Options):
    """Options of the model."""

    inputs: int = option(1000, "sources", "excitatory inputs, each with one synapse", least=1, most=1_000_000)
    inhibitory: int = option(200, "sources", "inhibitory inputs", least=1, most=1_000_000)
    rate: float = option(20.0, "Hz", "rate of each excitatory input", above=0)
    A_plus: float = option(
        0.01, "", "potentiation of a pair, as a part of the largest weight; 0.005 in the paper", above=0
    )
    ratio: float = option(1.05, "", "depression as a multiple of potentiation", above=0)
    tau: float = option(20.0, "ms", "time constants of potentiation and depression", above=0)
    delay: float = option(0.1, "ms", "delay of all synapses", above=0)
    duration: float = option(200_000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(7, "", "seed of inputs and initial weights", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell with its inputs and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`SongAbbott`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = SongAbbott.read(options)
    sim.setup(timestep=o.dt, min_delay=o.delay, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    cell = sim.Population(1, sim.IF_cond_exp(**CELL), label="cell")
    cell.initialize(v=CELL["v_rest"])
    inputs = sim.Population(o.inputs, sim.SpikeSourcePoisson(rate=o.rate), label="inputs")
    inhibition = sim.Population(o.inhibitory, sim.SpikeSourcePoisson(rate=INHIBITORY_RATE), label="inhibition")

    # with fewer inputs each has a larger part of the same drive
    largest = LARGEST * LEAK * 1000 / o.inputs
    plastic = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(
            tau_plus=o.tau, tau_minus=o.tau, A_plus=o.A_plus, A_minus=o.ratio * o.A_plus
        ),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=largest),
        weight=RandomDistribution("uniform", low=0.0, high=largest, rng=rng),
        delay=o.delay,
    )
    static = sim.StaticSynapse(weight=INHIBITION * LEAK * 200 / o.inhibitory, delay=o.delay)
    everyone = sim.AllToAllConnector()
    sim.Projection(inputs, cell, everyone, plastic, receptor_type="excitatory", label="plastic")
    sim.Projection(inhibition, cell, everyone, static, receptor_type="inhibitory", label="static")
    cell.record("spikes")
    sim.run(o.duration)
    return [cell]
