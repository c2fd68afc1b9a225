"""A script that draws without a seed is named as such, with the line that makes the generator."""

import random
import textwrap

import numpy as np
import pytest
from pyNN.random import NumpyRNG

from unisono.models.pynn.script import capture_script

HEAD = """
import random
import numpy as np
import pyNN.nest as sim
from pyNN.random import NumpyRNG, RandomDistribution
sim.setup()
cells = sim.Population(4, sim.IF_curr_exp())
"""

UNSEEDED = {
    "sample": ("cells.sample(2).record('spikes')", ("NumpyRNG without a seed (model.py, line 8)",)),
    "numpy_rng": (
        "rng = NumpyRNG()\ncells.set(cm=rng.uniform(1, 2, 4))",
        ("NumpyRNG without a seed (model.py, line 8)",),
    ),
    "distribution": (
        "cells.initialize(v=RandomDistribution('uniform', (-70, -60)))",
        ("NumpyRNG without a seed (model.py, line 8)",),
    ),
    "numpy": ("cells.set(cm=np.random.uniform(1, 2, 4))", ("numpy.random without numpy.random.seed()",)),
    "numpy_before_its_seed": ("np.random.rand()\nnp.random.seed(3)", ("numpy.random without numpy.random.seed()",)),
    "numpy_seeded_by_nothing": ("np.random.seed()\nnp.random.rand()", ("numpy.random without numpy.random.seed()",)),
    "python": ("cells.set(cm=1 + random.random())", ("random without random.seed()",)),
    "default_rng": ("rng = np.random.default_rng()\nrng.random(3)", ("numpy.random.default_rng() (model.py, line 8)",)),
    "two": (
        "cells.sample(2)\nrandom.random()",
        ("random without random.seed()", "NumpyRNG without a seed (model.py, line 8)"),
    ),
}

SEEDED = {
    "nothing_drawn": "NumpyRNG(); np.random.default_rng(); RandomDistribution('uniform', (0, 1))",
    "numpy_rng": "cells.sample(2, rng=NumpyRNG(seed=1))",
    "numpy": "np.random.seed(3)\nnp.random.rand(7)",
    "numpy_seeded_by_its_import": "from numpy.random import seed\nseed(3)\nnp.random.rand(7)",
    "python": "random.seed('a name')\nrandom.random()",
    "default_rng": "np.random.default_rng(4).random(3)",
    "native": "sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.5, rng=sim.NativeRNG()))",
    "connector": "sim.Projection(cells, cells, sim.FixedProbabilityConnector(0.5), sim.StaticSynapse())",
    "poisson": "sim.Population(3, sim.SpikeSourcePoisson(rate=100.0))",
    "noise": "cells.inject(sim.NoisyCurrentSource(mean=0.0, stdev=1.0))",
}


@pytest.fixture
def unseeded(tmp_path):
    def capture(text):
        path = tmp_path / "model.py"
        path.write_text(HEAD.lstrip("\n") + "\n" + textwrap.dedent(text) + "\nsim.run(5.0)\n")
        return capture_script(path).unseeded

    return capture


@pytest.mark.parametrize("case", UNSEEDED)
def test_what_has_no_seed_is_named(unseeded, case):
    text, names = UNSEEDED[case]
    assert unseeded(text) == names


@pytest.mark.parametrize("case", SEEDED)
def test_what_repeats_is_not_named(unseeded, case):
    assert unseeded(SEEDED[case]) == ()


def test_the_generators_are_themselves_again(unseeded):
    before = random.seed, np.random.seed, np.random.default_rng, NumpyRNG.__init__, NumpyRNG.__deepcopy__
    unseeded("random.random()")
    assert (random.seed, np.random.seed, np.random.default_rng, NumpyRNG.__init__, NumpyRNG.__deepcopy__) == before
