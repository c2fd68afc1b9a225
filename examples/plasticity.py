"""Synapses that learn: pair STDP as PyNN has it, and a rule of your own; the weights are read in between.

unisono compare examples/plasticity.py --on nest,brian2,neuron --report report.html
"""

import numpy as np
import pyNN.nest as sim  # whichever simulator a script names, Unisono runs it on those that are asked for
from pyNN.random import NumpyRNG, RandomDistribution

import unisono

Bounded = unisono.synapse(
    "Bounded",
    parameters={"tau": "20 ms", "A": (0.01, "1"), "w_max": "0.02 uS"},
    pre="dx/dt = -x/tau : 1; x += 1",
    post="dy/dt = -y/tau : 1; y += 1",
    on_post="weight = min(weight + A*(w_max - weight)*x, w_max)",
    on_pre="weight = weight*(1 - A*y)",
    source="an example",
)

rng = NumpyRNG(seed=4)
sim.setup(timestep=0.1, min_delay=0.5)
inputs = sim.Population(40, sim.SpikeSourcePoisson(rate=30.0), label="inputs")
cells = sim.Population(10, sim.IF_cond_exp(tau_refrac=2.0), label="cells")

plastic = sim.STDPMechanism(
    timing_dependence=sim.SpikePairRule(tau_plus=20.0, tau_minus=20.0, A_plus=0.01, A_minus=0.0105),
    weight_dependence=sim.AdditiveWeightDependence(w_min=0.0, w_max=0.02),
    weight=RandomDistribution("uniform", low=0.005, high=0.015, rng=rng),
    delay=RandomDistribution("uniform", low=0.5, high=3.0, rng=rng),
    dendritic_delay_fraction=0.5,
)
feedforward = sim.Projection(inputs, cells, sim.AllToAllConnector(), plastic, label="inputs to cells")
recurrent = sim.Projection(cells, cells, sim.AllToAllConnector(), Bounded(weight=0.001, delay=1.0), label="among cells")
cells.record("spikes")
feedforward.record("weight", sampling_interval=10.0)
for _ in range(4):
    sim.run(250.0)
    weights = np.array(feedforward.get("weight", format="list", with_address=False))
    print(f"{sim.get_current_time():g} ms: weights {weights.mean():.4f} ± {weights.std():.4f} uS")
