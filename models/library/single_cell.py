"""One cell of any model under one current or spike train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unisono.models.cells import CELLS, cell_model
from unisono.models.errors import NetworkError, UnknownName
from unisono.models.library.options import Options, option

SUMMARY = "One cell of any model under a current (dc, step, ac, noise) or spikes (spikes, poisson)"
SOURCE = "PyNN 0.13, parameters and currents"

CURRENTS = ("dc", "step", "ac", "noise")
SPIKES = ("spikes", "poisson")


@dataclass(frozen=True)
class SingleCell(Options):
    """Options of the model."""

    cell: str = option("IF_curr_exp", "", "cell model")
    parameters: str = option("", "", "cell parameters, as 'tau_m=10,cm=0.5'; the others keep PyNN's defaults")
    current: str = option("dc", "", "what drives the cell", choices=CURRENTS + SPIKES)
    amplitude: float = option(1.0, "nA", "dc: current; step: the highest of three; ac: amplitude; noise: mean")
    sd: float = option(0.5, "nA", "noise: standard deviation", least=0)
    frequency: float = option(5.0, "Hz", "ac: frequency", above=0)
    rate: float = option(200.0, "Hz", "spikes, poisson: rate of the input", above=0)
    psp: float = option(8.0, "mV", "spikes, poisson: about what one input spike adds; below 0: inhibition")
    start: float = option(20.0, "ms", "begin of the drive", least=0)
    duration: float = option(500.0, "ms", "simulated time", above=0)
    dt: float = option(0.1, "ms", "time step", above=0)
    seed: int = option(1, "", "seed of noise and poisson", least=0, most=2**32 - 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start >= self.duration:
            raise NetworkError(f"Option 'start' is {self.start:g} ms; the run ends at {self.duration:g} ms.")
        model = cell_model(self.cell)
        for name in self.cell_parameters:
            if name not in model.parameters:
                raise UnknownName(
                    f"{self.cell} has no parameter '{name}'.", f"It has: {', '.join(sorted(model.parameters))}."
                )

    @property
    def cell_parameters(self) -> dict[str, float]:
        """The parameters of the cell that differ from its defaults."""
        given = {}
        for item in filter(None, self.parameters.replace(" ", "").split(",")):
            name, _, value = item.partition("=")
            try:
                given[name] = float(value)
            except ValueError:
                raise NetworkError(f"'{item}' is not a cell parameter.", "Write it as 'tau_m=10'.") from None
        return given

    @property
    def receptor(self) -> str:
        """The receptor that input spikes reach."""
        return "excitatory" if self.psp >= 0 else "inhibitory"

    @property
    def weight(self) -> float:
        """The synaptic weight whose charge lifts the membrane capacitance by ``psp`` from rest."""
        model = CELLS[self.cell]
        values = {name: parameter.default for name, parameter in model.parameters.items()} | self.cell_parameters
        if (unit := model.weight_unit(self.receptor)) == "mV":
            return self.psp
        side = "E" if self.receptor == "excitatory" else "I"
        weight = self.psp * values["cm"] / values[f"tau_syn_{side}"]
        if unit != "uS":
            return weight
        drive = values[f"e_rev_{side}"] - values["v_rest"]
        if drive * self.psp <= 0:
            raise NetworkError(f"The reversal potential of {self.cell} cannot move it by {self.psp:g} mV.")
        return weight / drive


def build(sim: Any, **options: object) -> list[Any]:
    """Build the cell with its drive and run it.

    Parameters
    ----------
    sim : module
        A PyNN backend, or Unisono's.
    **options
        See :class:`SingleCell`.

    Returns
    -------
    list
        The recorded populations.
    """
    o = SingleCell.read(options)
    sim.setup(timestep=o.dt, min_delay=o.dt, max_delay=o.dt, rng_seed=o.seed, native_rng_baseseed=o.seed)
    cell = sim.Population(1, getattr(sim, o.cell)(**o.cell_parameters), label="cell")
    if o.current in CURRENTS:
        _current(sim, o).inject_into(cell)
    else:
        synapse = sim.StaticSynapse(weight=o.weight, delay=o.dt)
        source = sim.Population(1, _spikes(sim, o), label="source")
        sim.Projection(source, cell, sim.AllToAllConnector(), synapse, receptor_type=o.receptor)
    cell.record(["spikes", "v"])
    sim.run(o.duration)
    return [cell]


def _current(sim: Any, o: SingleCell) -> Any:
    match o.current:
        case "dc":
            return sim.DCSource(amplitude=o.amplitude, start=o.start, stop=o.duration)
        case "step":
            third = (o.duration - o.start) / 3
            times = [o.start + third * k for k in range(3)]
            return sim.StepCurrentSource(times=times, amplitudes=[o.amplitude * (k + 1) / 3 for k in range(3)])
        case "ac":
            return sim.ACSource(amplitude=o.amplitude, frequency=o.frequency, start=o.start, stop=o.duration)
        case _:
            return sim.NoisyCurrentSource(mean=o.amplitude, stdev=o.sd, dt=o.dt, start=o.start, stop=o.duration)


def _spikes(sim: Any, o: SingleCell) -> Any:
    if o.current == "poisson":
        return sim.SpikeSourcePoisson(rate=o.rate, start=o.start, duration=o.duration)
    # the first at the first grid point after the start; no spike at 0, which simulators cannot send
    times = np.arange(o.start, o.duration, 1000.0 / o.rate)
    return sim.SpikeSourceArray(spike_times=times[times > 0])
