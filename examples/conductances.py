"""The network of the tutorial with conductances, on which simulators have numerics of their own.

unisono compare examples/conductances.py --on nest:native,neuron:native --report report.html
unisono ensemble examples/conductances.py --on nest:native,neuron:native -- --seed {seed}
"""

from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.utility import get_simulator

sim, options = get_simulator(("--seed", "seed of all random numbers", {"type": int, "default": 42}))
rng = NumpyRNG(seed=options.seed)
sim.setup(timestep=0.1, min_delay=1.5)

cell = sim.IF_cond_exp(tau_m=20.0, v_rest=-49.0, v_reset=-60.0, v_thresh=-50.0, tau_refrac=5.0, tau_syn_I=10.0)
excitatory = sim.Population(80, cell, label="excitatory")
inhibitory = sim.Population(20, cell, label="inhibitory")
for cells in (excitatory, inhibitory):
    cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))
    cells.record("spikes")
excitatory[:2].record("v")

connector = sim.FixedProbabilityConnector(0.2, rng=rng)
for cells in (excitatory, inhibitory):
    sim.Projection(excitatory, cells, connector, sim.StaticSynapse(weight=0.006, delay=1.5))
    sim.Projection(inhibitory, cells, connector, sim.StaticSynapse(weight=0.067, delay=1.5), receptor_type="inhibitory")

sim.run(1000.0)
