"""What public scripts do with runs, data and sources, as their issues describe it; each states what is right."""

import textwrap

import numpy as np
import pytest
from live_toy import Toy, batch, same_trials

from unisono.models.pynn.script import capture_script

LOOP_GET_DATA = """
import pyNN.nest as sim
sim.setup(timestep=0.1)
cells = sim.Population(10, sim.IF_curr_exp(i_offset=1.0))
cells.record("spikes")
for k in range(20):
    sim.run(10.0)
    n = cells.mean_spike_count()
assert n > 0
sim.end()
"""

#: A callback reads what was recorded so far and sets the spike times of the input (PyNN issue 644).
CLOSED_LOOP = """
import numpy as np
import pyNN.nest as sim
from pyNN.parameters import Sequence
sim.setup(timestep=0.1)
src = sim.Population(1, sim.SpikeSourceArray(spike_times=[]))
cell = sim.Population(1, sim.IF_curr_exp(v_thresh=-55.0))
sim.Projection(src, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=2.0, delay=0.5))
src.record("spikes"); cell.record(["v", "spikes"])
log = []
def loop(t):
    if t > 0:
        v = cell.get_data("v").segments[0].filter(name="v")[0].magnitude[-1, 0]
        log.append(round(float(v), 6))
        if v < -62.0:
            src.set(spike_times=Sequence([t + 1.0, t + 3.0]))
    return t + 10.0
sim.run(100.0, callbacks=[loop])
t = src.get_data().segments[0].spiketrains[0].magnitude
assert 0 < len(t) == 2 * len([v for v in log[:9] if v < -62.0]) and (np.diff(t) > 0).all()
sim.end()
"""

#: Rates changed after each reset; clear=True in a loop (sPyNNaker8 issues 107, 105; sPyNNaker 1123; PyNN 259).
RATE_AFTER_RESET = """
import numpy as np
import pyNN.nest as sim
sim.setup(timestep=1.0, rng_seed=3)
src = sim.Population(20, sim.SpikeSourcePoisson(rate=0.0))
out = sim.Population(20, sim.IF_curr_exp())
sim.Projection(src, out, sim.OneToOneConnector(), sim.StaticSynapse(weight=2.0, delay=1.0))
sim.reset()
src.record("spikes"); out.record("spikes")
for rate in (100.0, 50.0, 20.0):
    src.set(rate=rate)
    sim.run(300.0)
    out.get_data("spikes")
    sim.reset()
blk = src.get_data("spikes")
n = [sum(len(t) for t in s.spiketrains) for s in blk.segments]
assert [abs(a - b) < c for a, b, c in zip(n, (600, 300, 120), (100, 70, 45))] == [True] * 3
for i in range(3):
    sim.run(100.0)
    seg = src.get_data("spikes", clear=True).segments[-1]
    assert float(seg.spiketrains[0].t_start) == 100.0 * i
sim.end()
"""

#: Spike times of a recorded source changed between runs (PyNN issues 645, 151).
SOURCE_CHANGED = """
import pyNN.neuron as sim
sim.setup(timestep=0.1)
src = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 20.0]))
cell = sim.Population(1, sim.IF_curr_exp())
sim.Projection(src, cell, sim.OneToOneConnector(), sim.StaticSynapse(weight=20.0, delay=1.0))
src.record("spikes"); cell.record("spikes")
sim.run(50.0)
src.set(spike_times=[60.0, 80.0])
sim.run(50.0)
assert src.get_data().segments[0].spiketrains[0].magnitude.tolist() == [10.0, 20.0, 60.0, 80.0]
assert cell.get_data().segments[0].spiketrains[0].magnitude.tolist() == [11.0, 21.0, 61.0, 81.0]
sim.end()
"""

#: A Poisson source in short runs (sPyNNaker8 issue 81); run times that add up with rounding.
MANY_SHORT_RUNS = """
import numpy as np
import pyNN.nest as sim
sim.setup(timestep=0.1, rng_seed=5)
src = sim.Population(100, sim.SpikeSourcePoisson(rate=50.0, start=0, duration=500.0))
src.record("spikes")
for i in range(250):
    sim.run(2.0)
for i in range(1000):
    sim.run(0.3)
t = np.concatenate([s.magnitude for s in src.get_data().segments[0].spiketrains])
early = ((t % 2.0) > 0.05) & ((t % 2.0) < 0.25) & (t < 500)
assert abs(len(t) - 2500) < 200 and (t > 500.0 + 1e-6).sum() == 0 and abs(early.sum() - 250) < 65
assert abs(sim.get_current_time() - 800.0) < 1e-6
sim.end()
"""

#: A sweep, one network for each value.
SEVERAL_NETWORKS = """
import pyNN.nest as sim
counts = []
for current in (1.0, 2.0, 0.0):
    sim.setup(timestep=0.1)
    c = sim.Population(1, sim.IF_curr_exp(i_offset=current, v_thresh=-64.0))
    c.record("spikes")
    sim.run(100.0)
    counts.append(len(c.get_data().segments[0].spiketrains[0]))
    sim.end()
assert counts[1] > counts[0] > counts[2] == 0
"""


@pytest.fixture
def captured(tmp_path):
    """The networks of a script, the simulations that it drove, and what it left unseeded."""

    def capture(text):
        toys = []

        def simulate():
            toys.append(Toy())
            return toys[-1]

        path = tmp_path / "model.py"
        path.write_text(textwrap.dedent(text))
        return capture_script(path, simulate), toys

    return capture


@pytest.mark.parametrize(
    "text",
    [LOOP_GET_DATA, CLOSED_LOOP, RATE_AFTER_RESET, SOURCE_CHANGED],
    ids=["loop", "closed loop", "resets", "source"],
)
def test_one_simulation_that_takes_each_step_once(captured, text):
    script, (toy,) = captured(text)
    (one,) = script.networks
    assert toy.steps == sum(trial.steps for trial in one.network.trials)
    assert [word for word, *_ in toy.told].count("trial") == len(one.network.trials)
    assert same_trials(one.recorded, batch(one.network)) and not script.unseeded


def test_sources_in_many_short_runs_need_no_simulation(captured):
    script, toys = captured(MANY_SHORT_RUNS)
    assert not toys and [trial.steps for trial in script.networks[0].network.trials] == [8000]


def test_the_record_of_a_closed_loop_is_in_the_network(captured):
    script, _ = captured(CLOSED_LOOP)
    (one,) = script.networks
    (train,) = one.network.spikes
    assert one.driven and train.steps.size and (np.diff(train.steps) > 0).all()


def test_every_network_of_a_sweep_is_kept(captured):
    script, toys = captured(SEVERAL_NETWORKS)
    assert [float(one.network.populations[0].parameters["i_offset"]) for one in script.networks] == [1.0, 2.0, 0.0]
    assert [one.network.label for one in script.networks] == ["model-1", "model-2", "model-3"]
    assert len(toys) == 3 and len({one.network.fingerprint for one in script.networks}) == 3
