"""SONATA by PyNN's serializer: what is exported and read again is the same network."""

import numpy as np
import pytest

from unisono.models.pynn.script import capture_script
from unisono.models.pynn.sonata import label

BUILD = """
import sys
import numpy as np
import pyNN.nest as sim
from pyNN.network import Network
from pyNN.random import NumpyRNG, RandomDistribution
from pyNN.serialization import export_to_sonata
sim.setup(timestep=0.1)
rng = NumpyRNG(seed=3)
drawn = RandomDistribution("uniform", (15.0, 25.0), rng=rng)
cells = sim.Population(5, sim.IF_cond_exp(tau_m=drawn), label="Erregung ü")
others = sim.Population(4, sim.IF_curr_exp(i_offset=0.9), label="others")
random = RandomDistribution("uniform", (0.01, 0.02), rng=rng)
fewer = sim.FixedProbabilityConnector(0.4, rng=rng)
back = sim.Projection(others, cells, fewer, sim.StaticSynapse(weight=random, delay=0.5))
negative = sim.StaticSynapse(weight=-0.3, delay=1.2)
on = sim.Projection(cells, others, sim.OneToOneConnector(), negative, receptor_type="inhibitory")
export_to_sonata(Network(cells, others, back, on), sys.argv[1])
cells.record("v"); others.record("spikes")
sim.run(5.0)
"""

READ = """
import sys
import pyNN.neuron as sim
from pyNN.serialization import import_from_sonata
sim.setup(timestep=0.1)
network = import_from_sonata(sys.argv[1] + "/circuit_config.json", sim)
print(network.populations)
sim.run(5.0)
"""


@pytest.fixture
def networks(tmp_path):
    """The network that is exported, and the one that is read."""
    found = []
    for name, text in (("build.py", BUILD), ("read.py", READ)):
        (tmp_path / name).write_text(text)
        (one,) = capture_script(tmp_path / name, args=[str(tmp_path / "sonata")]).networks
        found.append(one.network)
    return found


def synapses(network):
    return [
        sorted(
            zip(
                p.pre.tolist(),
                p.post.tolist(),
                np.broadcast_to(p.weight, p.size).tolist(),
                np.broadcast_to(p.delay, p.size).tolist(),
                strict=True,
            )
        )
        for p in sorted(network.projections, key=lambda p: p.receptor)
    ]


def test_a_round_trip_gives_the_same_network(networks):
    before, after = networks
    assert (before.neurons, before.synapses) == (after.neurons, after.synapses) and before.synapses > 8
    for one, other in zip(
        sorted(before.populations, key=lambda p: p.cell), sorted(after.populations, key=lambda p: p.cell), strict=True
    ):
        assert (one.cell, one.size) == (other.cell, other.size)
        for name, values in one.parameters.items():
            assert np.array_equal(values, other.parameters[name]), name
    assert [p.receptor for p in sorted(after.projections, key=lambda p: p.receptor)] == ["excitatory", "inhibitory"]
    assert synapses(before) == synapses(after)


def test_files_have_plain_names(networks, tmp_path):
    names = [path.name for path in (tmp_path / "sonata" / "networks").iterdir()]
    assert len(names) == 8 and not any(quote in name for name in names for quote in "'\"")
    assert "edges_others-Erregung u.h5" in names


@pytest.mark.parametrize(
    ("text", "plain"), [("a→b", "a-b"), ("Erregung ü", "Erregung u"), ("layer 2/3", "layer 2_3"), ("細胞", "__")]
)
def test_labels_become_ascii(text, plain):
    assert label(text) == plain
