"""One cell of any model under one current or spike train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from unisono.models.cells import CELLS
from unisono.models.cells.model import CellModel
from unisono.models.cells.parameter_sets import PARAMETER_SETS, USUAL_CURRENT, ParameterSet
from unisono.models.errors import NetworkError, UnknownName
from unisono.models.library.options import Options, option
from unisono.models.library.weights import weight_for
from unisono.models.registry import choose

SUMMARY = "One cell of any model under a current (dc, step, ac, noise) or spikes (spikes, poisson)"
SOURCE = "PyNN 0.13, parameters and currents"

CURRENTS = ("dc", "step", "ac", "noise")
SPIKES = ("spikes", "poisson")


@dataclass(frozen=True)
class SingleCell(Options):
    """Options of the model."""

    cell: str = option("IF_curr_exp", "", "cell model or named parameter set")
    parameters: str = option("", "", "cell parameters, as 'tau_m=10,cm=0.5'; the others keep their defaults")
    current: str = option("dc", "", "what drives the cell", choices=CURRENTS + SPIKES)
    amplitude: float = option(
        0.0, "nA", "dc: current; step: highest of three; ac: amplitude; noise: mean; 0: the cell's"
    )
    sd: float = option(0.0, "nA", "noise: standard deviation; 0: half the amplitude", least=0)
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
        for name in self.given:
            if name not in self.model.parameters:
                known = sorted(self.model.parameters)
                raise UnknownName(f"{self.cell} has no parameter '{name}'.", choose(name, known, "It has"))

    @property
    def named(self) -> ParameterSet | None:
        """The parameter set of that name, if the cell is one."""
        return PARAMETER_SETS.get(self.cell)

    @property
    def model(self) -> CellModel:
        """The cell model."""
        return CELLS[self.named.cell if self.named else self.cell]

    @property
    def given(self) -> dict[str, float]:
        """The parameters that were given."""
        given = {}
        for item in filter(None, self.parameters.replace(" ", "").split(",")):
            name, _, value = item.partition("=")
            try:
                given[name] = float(value)
            except ValueError:
                raise NetworkError(f"'{item}' is not a cell parameter.", "Write it as 'tau_m=10'.") from None
        return given

    @property
    def cell_parameters(self) -> dict[str, float]:
        """The parameters of the cell that differ from its defaults."""
        return {**(self.named.parameters if self.named else {}), **self.given}

    @property
    def initial(self) -> dict[str, float]:
        """The states that differ from the model's initial values."""
        return dict(self.named.initial) if self.named else {}

    @property
    def strength(self) -> float:
        """The amplitude, or what the cell usually gets, nA."""
        usual = self.named.current if self.named else USUAL_CURRENT.get(self.cell, 1.0)
        return self.amplitude or usual

    @property
    def receptor(self) -> str:
        """The receptor that input spikes reach: the first, or the second for inhibition."""
        first, *others = self.model.receptors
        return first if self.psp >= 0 or not others else others[0]

    @property
    def weight(self) -> float:
        """The synaptic weight whose charge lifts the membrane by ``psp`` from where it begins.

        In the receptor's unit, whatever it is: read off the equations (:func:`~.weights.weight_for`).
        """
        return weight_for(self.model, self.receptor, self.psp, self.cell_parameters | self.initial)


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
    cell = sim.Population(1, getattr(sim, o.model.name)(**o.cell_parameters), label="cell")
    cell.initialize(**o.initial)
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
            return sim.DCSource(amplitude=o.strength, start=o.start, stop=o.duration)
        case "step":
            third = (o.duration - o.start) / 3
            times = [o.start + third * k for k in range(3)]
            return sim.StepCurrentSource(times=times, amplitudes=[o.strength * (k + 1) / 3 for k in range(3)])
        case "ac":
            return sim.ACSource(amplitude=o.strength, frequency=o.frequency, start=o.start, stop=o.duration)
        case _:
            return sim.NoisyCurrentSource(
                mean=o.strength, stdev=o.sd or o.strength / 2, dt=o.dt, start=o.start, stop=o.duration
            )


def _spikes(sim: Any, o: SingleCell) -> Any:
    if o.current == "poisson":
        return sim.SpikeSourcePoisson(rate=o.rate, start=o.start, duration=o.duration)
    # the first at the first grid point after the start; no spike at 0, which simulators cannot send
    times = np.arange(o.start, o.duration, 1000.0 / o.rate)
    return sim.SpikeSourceArray(spike_times=times[times > 0])
