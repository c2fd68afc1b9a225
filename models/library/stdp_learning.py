"""Plasticity by pairs of spikes: inputs that fire together win, and the weights are followed.

A model of a guide to spiking networks. As published it uses a name that no language allows (``A+``), and both of its
updates potentiate, so that every weight ends at its upper bound. Here a target spike after an input potentiates and
one before it depresses; depression is a little stronger (``ratio``), so that inputs without a relation to the
target's spikes lose. Half of the inputs share spikes; their weights end above those of the other half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyNN.random import NumpyRNG, RandomDistribution

from unisono.models.cells import CELLS
from unisono.models.library.options import Options, option
from unisono.models.library.weights import weight_for

SUMMARY = "Plasticity by pairs of spikes: correlated inputs win; weights before, after and over time"
SOURCE = "Song, Miller & Abbott (2000), Nat Neurosci 3:919-926; Bi & Poo (1998), J Neurosci 18:10464-10472"

CELL = {
    "tau_m": 20.0,
    "cm": 0.25,
    "v_rest": -65.0,
    "v_reset": -65.0,
    "v_thresh": -50.0,
    "tau_refrac": 2.0,
    "tau_syn_E": 5.0,
}

#: Spread of the spikes that inputs share, ms, and the part of an input's spikes that are shared.
JITTER, SHARED = 2.0, 0.5


@dataclass(frozen=True)
class StdpLearning(Options):
    """Options of the model."""

    inputs: int = option(
        200, "sources", "inputs, each with one plastic synapse; half share spikes", least=2, most=100_000
    )
    rate: float = option(15.0, "Hz", "rate of each input", above=0)
    psp: float = option(0.7, "mV", "about what a spike adds at the largest weight, with 200 inputs", above=0)
    A_plus: float = option(0.01, "", "potentiation of a pair, as a part of the largest weight", above=0)
    ratio: float = option(1.2, "", "depression as a multiple of potentiation", above=0)
    tau: float = option(20.0, "ms", "time constants of potentiation and depression", above=0)
    interval: float = option(200.0, "ms", "time between samples of the weights", above=0)
    delay: float = option(1.0, "ms", "delay of all synapses", above=0)
    duration: float = option(20_000.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0, most=10)
    seed: int = option(11, "", "seed of inputs and initial weights", least=0, most=2**32 - 1)


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell with its inputs and run it.

    Parameters
    ----------
    sim : module
        Unisono's PyNN, which samples the weights, or a PyNN backend, which does not.
    **options
        See :class:`StdpLearning`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = StdpLearning.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt, max_delay=o.delay, rng_seed=o.seed, native_rng_baseseed=o.seed)
    rng = NumpyRNG(seed=o.seed)
    cell = sim.Population(1, sim.IF_curr_exp(**CELL), label="cell")
    cell.initialize(v=CELL["v_rest"])
    trains = _trains(o)
    inputs = sim.Population(o.inputs, sim.SpikeSourceArray(spike_times=trains), label="inputs")
    largest = weight_for(CELLS["IF_curr_exp"], "excitatory", o.psp, CELL) * 200 / o.inputs
    plastic = sim.STDPMechanism(
        timing_dependence=sim.SpikePairRule(
            tau_plus=o.tau, tau_minus=o.tau, A_plus=o.A_plus, A_minus=o.ratio * o.A_plus
        ),
        weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=largest),
        weight=RandomDistribution("uniform", low=0.4 * largest, high=0.6 * largest, rng=rng),
        delay=o.delay,
    )
    synapses = sim.Projection(
        inputs, cell, sim.AllToAllConnector(), plastic, receptor_type="excitatory", label="plastic"
    )
    if hasattr(synapses, "record"):
        synapses.record("weight", sampling_interval=o.interval)
    cell.record("spikes")
    sim.run(o.duration)
    return [cell]


def _trains(o: StdpLearning) -> list[NDArray[np.float64]]:
    """Spike times of the inputs: the first half takes a part of its spikes from common ones, with a jitter."""
    draw = np.random.RandomState(o.seed)

    def poisson(rate: float) -> NDArray[np.float64]:
        return draw.uniform(o.dt, o.duration, draw.poisson(rate * o.duration / 1000.0))

    common = poisson(o.rate)
    trains = []
    for index in range(o.inputs):
        if index < o.inputs // 2:
            shared = common[draw.uniform(size=common.size) < SHARED]
            train = np.concatenate([shared + draw.normal(0.0, JITTER, shared.size), poisson(o.rate * (1 - SHARED))])
        else:
            train = poisson(o.rate)
        steps = np.unique(np.floor(train / o.dt + 0.5))
        trains.append(steps[(steps >= 1) & (steps * o.dt <= o.duration)] * o.dt)
    return trains
