"""Synapses that depress and facilitate, under one train of spikes: the protocol of paired recordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unisono.models.cells import CELLS
from unisono.models.errors import NetworkError
from unisono.models.library.options import Options, option
from unisono.models.library.weights import weight_for
from unisono.models.registry import unknown
from unisono.models.synapses.parameter_sets import SYNAPSE_PARAMETER_SETS

SUMMARY = "Synapses that depress and facilitate: a train of spikes, a pause, and a test spike"
SOURCE = (
    "Tsodyks, Pawelzik & Markram (1998), Neural Comput 10:821-835, fig. 1; "
    "Markram, Wang & Tsodyks (1998), PNAS 95:5323-5328"
)


@dataclass(frozen=True)
class TsodyksMarkram(Options):
    """Options of the model."""

    cell: str = option("IF_curr_exp", "", "cell model")
    rate: float = option(20.0, "Hz", "rate of the train", above=0)
    pulses: int = option(10, "spikes", "spikes of the train", least=1, most=10_000)
    pause: float = option(500.0, "ms", "from the last spike of the train to the test spike", above=0)
    psp: float = option(4.0, "mV", "about what a spike would add if it released all there is", above=0)
    start: float = option(50.0, "ms", "first spike", above=0)
    delay: float = option(1.0, "ms", "delay of the synapses", above=0)
    duration: float = option(0.0, "ms", "simulated time; 0: until 200 ms after the test spike", least=0)
    dt: float = option(0.1, "ms", "time step", above=0)
    seed: int = option(1, "", "seed of a cell that draws random numbers", least=0, most=2**32 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cell not in CELLS:
            raise unknown("cell model", self.cell, CELLS)
        if self.duration and self.duration <= self.start:
            raise NetworkError(f"Option 'duration' is {self.duration:g} ms; the train begins at {self.start:g} ms.")

    @property
    def times(self) -> list[float]:
        """Spikes of the train and the test spike, ms."""
        train = self.start + np.arange(self.pulses) * 1000.0 / self.rate
        return [*train.tolist(), float(train[-1]) + self.pause]


def build(sim: Any, **options: object) -> list[Any]:
    """Build a cell for each kind of synapse and run them.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`TsodyksMarkram`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = TsodyksMarkram.read(options)
    sim.setup(timestep=o.dt, min_delay=min(o.delay, o.dt), rng_seed=o.seed, native_rng_baseseed=o.seed)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=o.times), label="source")
    receptor = next(iter(CELLS[o.cell].receptors))
    weight = weight_for(CELLS[o.cell], receptor, o.psp, {})
    cells = []
    for name in ("depressing", "facilitating"):
        target = sim.Population(1, getattr(sim, o.cell)(), label=name)
        parameters = SYNAPSE_PARAMETER_SETS[f"TM_{name}"]
        synapse = sim.TsodyksMarkramSynapse(weight=weight, delay=o.delay, **parameters)
        sim.Projection(source, target, sim.AllToAllConnector(), synapse, receptor_type=receptor, label=f"to {name}")
        target.record(["spikes", "v"])
        cells.append(target)
    sim.run(o.duration or o.times[-1] + 200.0)
    return cells
