"""A cell written as equations: two adaptation currents, a threshold that each spike lifts, three receptors.

unisono compare examples/own_cell.py --on nest,brian2,neuron --report report.html
"""

import pyNN.nest as sim  # whichever simulator a script names, Unisono runs it on those that are asked for
from pyNN.random import NumpyRNG, RandomDistribution

import unisono

Adapting = unisono.cell(
    "Adapting",
    parameters={
        "C": "0.2 nF",
        "g_leak": "10 nS",
        "v_rest": "-65 mV",
        "v_reset": "-60 mV",
        "theta_rest": "-50 mV",
        "tau_theta": "30 ms",
        "lift": "2 mV",
        "tau_fast": "20 ms",
        "tau_slow": "200 ms",
        "b_fast": "20 pA",
        "b_slow": "5 pA",
        "a": "2 nS",
        "bias": "0.1 nA",
    },
    equations="""
        nA_per_pA = 0.001*nA/pA : nA/pA                  # units are checked, never converted: factors are written out
        i_leak = 0.001*uS/nS*g_leak*(v_rest - v) : nA
        dv/dt = (i_leak + i_syn - nA_per_pA*(w_fast + w_slow) + bias + i_inj)/C : mV (unless refractory)
        dw_fast/dt = (a*(v - v_rest) - w_fast)/tau_fast : pA
        dw_slow/dt = -w_slow/tau_slow : pA
        dtheta/dt = (theta_rest - theta)/tau_theta : mV
    """,
    threshold="v >= theta",
    reset="v = v_reset; theta += lift; w_fast += b_fast; w_slow += b_slow",
    refractory="2 ms",
    receptors={"AMPA": "AMPA", "NMDA": "NMDA", "GABA": "GABA_A"},
    initial={"v": "-65 mV", "theta": "-50 mV"},
    source="an example",
)

rng = NumpyRNG(seed=8)
sim.setup(timestep=0.1, min_delay=0.5)
cells = sim.Population(80, Adapting(tau_slow=300.0), label="excitatory")
inhibitory = sim.Population(20, Adapting(b_fast=0.0, b_slow=0.0), label="inhibitory")
noise = sim.Population(100, sim.SpikeSourcePoisson(rate=150.0), label="noise")
for population in (cells, inhibitory):
    population.initialize(v=RandomDistribution("uniform", low=-65.0, high=-55.0, rng=rng))

near = sim.FixedProbabilityConnector(0.1, rng=rng)
for target in (cells, inhibitory):
    sim.Projection(noise, target, near, sim.StaticSynapse(weight=0.0004, delay=0.5), receptor_type="AMPA")
    sim.Projection(cells, target, near, sim.StaticSynapse(weight=0.0004, delay=1.0), receptor_type="AMPA")
    sim.Projection(cells, target, near, sim.StaticSynapse(weight=0.0001, delay=1.0), receptor_type="NMDA")
    sim.Projection(inhibitory, target, near, sim.StaticSynapse(weight=0.004, delay=0.8), receptor_type="GABA")

for population in (cells, inhibitory):
    population.record("spikes")
cells[:2].record(["v", "theta", "w_slow"])
sim.run(500.0)
