"""A hundred cells, excitation and inhibition: the script of the tutorial, plain PyNN.

unisono compare examples/first_network.py --report report.html
"""

import pyNN.nest as sim  # whichever simulator a script names, Unisono runs it on those that are asked for
from pyNN.random import NumpyRNG, RandomDistribution

rng = NumpyRNG(seed=42)
sim.setup(timestep=0.1, min_delay=1.5)

cell = sim.IF_curr_exp(tau_m=20.0, v_rest=-49.0, v_reset=-60.0, v_thresh=-50.0, tau_refrac=5.0, tau_syn_I=10.0)
excitatory = sim.Population(80, cell, label="excitatory")
inhibitory = sim.Population(20, cell, label="inhibitory")
for cells in (excitatory, inhibitory):
    cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
    cells.record("spikes")
excitatory[:2].record("v")

connector = sim.FixedProbabilityConnector(0.2, rng=rng)
for cells in (excitatory, inhibitory):
    sim.Projection(excitatory, cells, connector, sim.StaticSynapse(weight=0.08, delay=1.5))
    sim.Projection(inhibitory, cells, connector, sim.StaticSynapse(weight=-0.45, delay=1.5), receptor_type="inhibitory")

sim.run(500.0)
