"""A few cells with every kind of drive, run in three segments: a change between two runs, then a reset.

unisono compare examples/small_network.py --report report.html
"""

import numpy as np
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.utility import get_simulator

sim, options = get_simulator()
sim.setup(timestep=0.1, min_delay=0.5, max_delay=3.0)
rng = NumpyRNG(seed=7)

cells = sim.Population(
    12,
    sim.IF_cond_exp(tau_m=RandomDistribution("normal", mu=18.0, sigma=1.0, rng=rng), tau_refrac=2.0),
    initial_values={"v": RandomDistribution("uniform", low=-65.0, high=-55.0, rng=rng)},
    label="cells",
)
clock = sim.Population(1, sim.SpikeSourceArray(spike_times=np.arange(10.0, 400.0, 25.0)), label="clock")
noise = sim.Population(12, sim.SpikeSourcePoisson(rate=120.0), label="noise")

sim.Projection(clock, cells, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=1.0))
sim.Projection(noise, cells, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.03, delay=0.5))
delays = RandomDistribution("uniform", low=0.5, high=3.0, rng=rng)
sim.Projection(
    cells[:9], cells, sim.FixedProbabilityConnector(0.3, rng=rng), sim.StaticSynapse(weight=0.004, delay=delays)
)
sim.Projection(
    cells[9:],
    cells,
    sim.FixedProbabilityConnector(0.5, rng=rng),
    sim.StaticSynapse(weight=0.01, delay=1.5),
    receptor_type="inhibitory",
)
cells[0].inject(sim.DCSource(amplitude=0.9, start=50.0, stop=150.0))
cells[1:3].inject(sim.StepCurrentSource(times=[20.0, 120.0, 180.0], amplitudes=[0.4, 0.8, 0.0]))

cells.record("spikes")
cells[:3].record("v", sampling_interval=0.5)

sim.run(200.0)
cells.set(i_offset=0.5)
sim.run(200.0)
sim.reset()
sim.run(100.0)

for number, segment in enumerate(cells.get_data().segments):
    spikes = sum(len(train) for train in segment.spiketrains)
    print(f"segment {number}: {spikes} spikes, {len(segment.analogsignals[0])} samples of v")
sim.end()
