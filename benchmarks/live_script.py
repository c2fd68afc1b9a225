"""A closed loop as a modeller writes it: run, read, change a current; prints the seconds of each part as JSON.

    python benchmarks/live_script.py SIMULATOR CYCLES [read]

``read`` is ``counts`` (spike counts) or ``data`` (Neo blocks, cleared each time).
"""

import json
import sys
import time
from importlib import import_module

from pyNN.random import NumpyRNG, RandomDistribution

backend, cycles, read = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "counts"
sim = import_module(f"pyNN.{backend}")

sim.setup(timestep=0.1, min_delay=0.1)
rng = NumpyRNG(seed=42)
cells = sim.Population(100, sim.IF_cond_exp(tau_refrac=2.0))
cells.initialize(v=RandomDistribution("uniform", (-65.0, -50.0), rng=rng))
sim.Projection(
    cells,
    cells,
    sim.FixedProbabilityConnector(0.1, rng=rng),
    sim.StaticSynapse(weight=0.002, delay=1.5),
    label="recurrent",
)
current = sim.DCSource(amplitude=0.9)
current.inject_into(cells)
cells.record("spikes")


def cycle(number: int) -> int:
    """Simulate 10 ms, count spikes, answer with a current."""
    sim.run(10.0)
    if read == "data":
        (segment,) = cells.get_data("spikes", clear=True).segments
        count = sum(len(train) for train in segment.spiketrains)
    else:
        count = sum(cells.get_spike_counts().values())
    current.set_parameters(amplitude=0.9 + 0.1 * ((count + number) % 3))
    return count


begin = time.perf_counter()
counts = [cycle(0)]
first = time.perf_counter()
counts += [cycle(number) for number in range(1, cycles)]
end = time.perf_counter()
sim.end()
print(
    "\n"
    + json.dumps(
        {
            "first": first - begin,
            "rest": end - first,
            "per cycle ms": (end - first) / (cycles - 1) * 1e3,
            "spikes": sum(counts),
        }
    )
)
