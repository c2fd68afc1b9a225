"""The networks of a step refinement: one description, on finer and finer grids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import NetworkError
from unisono.models.grid import to_steps
from unisono.models.network import CurrentInput, Network, Population, Projection, RecordingRequest

#: Time steps of a refinement, each half the one before: 2^-3 ... 2^-9 ms.
STEPS = 7
COARSEST = 2.0**-3

#: Copies of a cell that is alone, and the factor of the last one's drive. The error of a spike on the grid is
#: the part of a step that is left when it is crossed, as good as random: the largest of many is nearly the step.
COPIES = 24
STRONGEST = 1.5


def refinements(network: Network, steps: int = STEPS) -> Iterator[Network]:
    """The network at its own time step, at half of it, at a quarter, ...

    All times stay what they are in ms. Refractory periods become multiples of the coarsest step, so that
    they, too, are the same on every grid; one variable of each population is sampled where all grids have a point.

    Parameters
    ----------
    network : Network
        Of one trial, with the coarsest time step. A single cell becomes several with graded drives.

    Raises
    ------
    NetworkError
        If it has no cells, or more than one trial.
    """
    if len(network.trials) != 1:
        raise NetworkError(
            f"'{network.label}' has {len(network.trials)} trials; convergence is measured on one.", "Leave out reset()."
        )
    if not network.neurons:
        raise NetworkError(f"'{network.label}' has no cells, so convergence cannot be measured.")
    network = _with_recordings(_graded(network))
    for k in range(steps):
        yield refined(network, 2**k)


def refined(network: Network, factor: int) -> Network:
    """The same network with a time step that is ``factor`` times shorter."""
    return replace(
        network,
        dt=network.dt / factor,
        projections=tuple(p.refined(factor) for p in network.projections),
        spikes=tuple(replace(s, steps=s.steps.astype(np.int64) * factor) for s in network.spikes),
        currents=tuple(replace(c, steps=c.steps.astype(np.int64) * factor) for c in network.currents),
        recordings=tuple(replace(r, interval=r.interval * factor) for r in network.recordings),
        synapse_recordings=(),
        trials=tuple(
            replace(t, epochs=tuple(replace(e, steps=e.steps * factor) for e in t.epochs)) for t in network.trials
        ),
    )


def threshold_variable(population: Population) -> str:
    """The variable whose convergence is measured: ``v`` where there is one."""
    model = population.model
    return "v" if "v" in model.states else model.recordable[0]


def _with_recordings(network: Network) -> Network:
    cells = [(i, p) for i, p in enumerate(network.populations) if not p.is_source]
    populations = list(network.populations)
    for index, population in cells:
        if name := population.model.refractory:
            whole = np.float64(network.dt) * to_steps(population.parameters[name], network.dt)
            populations[index] = replace(population, parameters={**population.parameters, name: whole})
    requests = tuple(RecordingRequest(i, threshold_variable(p), np.arange(p.size)) for i, p in cells)
    return replace(network, populations=tuple(populations), recordings=requests)


def _graded(network: Network) -> Network:
    """A cell that is alone becomes COPIES of it, whose input is 1 ... STRONGEST times as strong."""
    changed = any(epoch.changes for trial in network.trials for epoch in trial.epochs)
    if network.neurons != 1 or changed:
        return network
    (index,) = (i for i, p in enumerate(network.populations) if not p.is_source)
    factors = np.linspace(1.0, STRONGEST, COPIES)
    populations = list(network.populations)
    alone = populations[index]
    parameters = dict(alone.parameters)
    if "i_offset" in parameters:
        parameters["i_offset"] = parameters["i_offset"] * factors
    populations[index] = replace(alone, size=COPIES, parameters=parameters, positions=None)
    return replace(
        network,
        populations=tuple(populations),
        projections=tuple(_copied(p, index, factors) for p in network.projections),
        currents=tuple(
            CurrentInput(index, np.array([copy]), c.steps, c.amplitudes * factor, c.trial)
            for c in network.currents
            for copy, factor in enumerate(factors)
        ),
    )


def _copied(projection: Projection, cell: int, factors: NDArray[np.float64]) -> Projection:
    """The synapses onto each copy; a copy's own stay with it."""
    copies = np.repeat(np.arange(COPIES), projection.size)
    repeated = projection.selected(np.tile(np.arange(projection.size), COPIES), post=copies)
    if projection.pre_population == cell:
        repeated = replace(repeated, pre=copies)
    return repeated.changed(weight=repeated.weight * factors[copies])
