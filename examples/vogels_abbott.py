"""The balanced network of Vogels & Abbott (2005) as a plain PyNN script.

unisono compare examples/vogels_abbott.py          on NEST, Brian2 and NEURON, with a report
python examples/vogels_abbott.py nest              on one of PyNN's own backends
"""

from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.utility import Timer, get_simulator

sim, options = get_simulator(
    ("--cells", "number of cells", {"type": int, "default": 1000}),
    ("--duration", "simulated time in ms", {"type": float, "default": 500.0}),
)
timer = Timer()
sim.setup(timestep=0.1, min_delay=1.5, max_delay=1.5)

# fewer cells than the 4,000 of the paper get as many inputs each
probability = min(1.0, 0.02 * 4000 / options.cells)
n_exc = round(0.8 * options.cells)
rng = NumpyRNG(seed=98765)

cell = sim.IF_curr_exp(
    cm=0.2,
    tau_m=20.0,
    tau_refrac=5.0,
    v_rest=-49.0,
    v_reset=-60.0,
    v_thresh=-50.0,
    tau_syn_E=5.0,
    tau_syn_I=10.0,
)
exc = sim.Population(n_exc, cell, label="excitatory")
inh = sim.Population(options.cells - n_exc, cell, label="inhibitory")
cells = exc + inh
cells.initialize(v=RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng))

connector = sim.FixedProbabilityConnector(probability, rng=rng)
for pre, receptor, weight in ((exc, "excitatory", 0.0162), (inh, "inhibitory", -0.09)):
    synapse = sim.StaticSynapse(weight=weight, delay=1.5)
    sim.Projection(pre, cells, connector, synapse, receptor_type=receptor)

cells.record("spikes")
exc[:2].record("v")
print(f"Built in {timer.diff():.1f} s")
sim.run(options.duration)

for population in (exc, inh):
    rate = population.mean_spike_count() / options.duration * 1000.0
    print(f"{population.label}: {rate:.1f} spikes/s a cell")
sim.end()
