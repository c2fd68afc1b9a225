"""The reference's dopamine-modulated synapse against NEST's own ``stdp_dopamine_synapse``."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from unisono.adapters.reference.synapses import Synapses
from unisono.models.network import Projection

#: Spikes of the source, the target and the dopaminergic cell, steps of 0.1 ms; the first two meet no other in a step.
EVENTS = {"pre": [100, 500, 900, 1500, 2600], "post": [120, 400, 550, 1230], "dopamine": [700, 710, 900, 2011]}
DELAY, END = 10, 3000

NEST = """
import json, sys, nest
events, delay, end = json.loads(sys.argv[1])
nest.resolution = 0.1
cells = {name: nest.Create("parrot_neuron") for name in events}
for name, cell in cells.items():
    train = nest.Create("spike_generator", params={"spike_times": [round(0.1*(step - 1), 1) for step in events[name]]})
    nest.Connect(train, cell, syn_spec={"delay": 0.1})
transmitter = nest.Create("volume_transmitter")
nest.Connect(cells["dopamine"], transmitter, syn_spec={"delay": 0.1})
given = {"volume_transmitter": transmitter, "A_plus": 0.02, "A_minus": 0.015, "tau_c": 1000.0, "tau_n": 200.0}
nest.CopyModel("stdp_dopamine_synapse", "mine", {**given, "tau_plus": 20.0, "b": 1e-4, "Wmin": 0.0, "Wmax": 1.0})
cells["post"].tau_minus = 20.0
nest.Connect(cells["pre"], cells["post"], syn_spec={"synapse_model": "mine", "weight": 0.5, "delay": 0.1*delay,
                                                    "receptor_type": 1})
nest.Simulate(0.1*end)
print(json.dumps(nest.GetConnections(cells["pre"], cells["post"]).get(["weight", "c", "n"])))
"""


def test_the_reference_learns_as_nests_own_dopamine_synapse():
    arguments = json.dumps([EVENTS, DELAY, END])
    found = subprocess.run([sys.executable, "-c", NEST, arguments], capture_output=True, text=True, check=True)
    theirs = json.loads(found.stdout.splitlines()[-1])
    given = {"A_plus": 0.02, "A_minus": 0.015, "b": 1e-4}
    synapse = Synapses(Projection("p", 0, 1, [0], [0], 0.5, DELAY, synapse="DopamineSTDP", parameters=given), 0.1)
    events = [(step + 1, 0, "dopamine") for step in EVENTS["dopamine"]]
    events += [(step + DELAY, 1, "post") for step in EVENTS["post"]] + [(step, 2, "pre") for step in EVENTS["pre"]]
    for step, _, side in sorted(events):
        if side == "dopamine":
            synapse.pass_modulator(float(step))
        elif side == "post":
            synapse.pass_target(np.array([0]), float(step))
        else:
            synapse.pass_source(np.array([0]), float(step))
    mine = synapse.states(float(END))
    assert abs(mine["weight"][0] - 0.5) > 1e-3
    for name in ("weight", "c", "n"):
        assert mine[name][0] == pytest.approx(theirs[name], rel=1e-12)
