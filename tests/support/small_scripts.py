"""PyNN scripts of repositories that a gate is tried on."""

#: Linear cells that hear of one another: built in on NEST, compiled in seconds on NEURON.
SCRIPT = """\
import sys

import numpy as np
import pyNN.nest as sim
from pyNN.random import NumpyRNG, RandomDistribution

seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 7
sim.setup(timestep=0.1)
rng = NumpyRNG(seed=seed)
start = RandomDistribution("uniform", low=-65.0, high=-50.0, rng=rng)
cells = sim.Population(40, sim.IF_curr_exp(i_offset=0.9), initial_values={"v": start}, label="cells")
weights = sim.StaticSynapse(weight=0.3, delay=1.5)
sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.2, rng=rng), weights)
cells.record("spikes")
sim.run(100.0)
sim.end()
"""
