"""What injected faults do to a network, and to what a simulator gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Recording, Spikes
from unisono.models.network import Network, Population, Projection, SpikeInput

#: Changes a network; changes a recording of one.
OfNetwork = Callable[[Network], Network]
OfRecording = Callable[[Recording, Network], Recording]

#: Draws which synapse and which spikes are lost.
SEED = 20070401


def with_projections(change: Callable[[Projection], Projection]) -> OfNetwork:
    """The change made to every projection."""
    return lambda network: replace(network, projections=tuple(change(p) for p in network.projections))


def with_populations(change: Callable[[Population], Population]) -> OfNetwork:
    """The change made to every population that is no source."""
    return lambda network: replace(
        network, populations=tuple(p if p.is_source else change(p) for p in network.populations)
    )


def delays(steps: int) -> OfNetwork:
    """Delays longer by some steps, at least one."""

    def change(projection: Projection) -> Projection:
        delay = np.maximum(1, np.asarray(projection.delay, np.int64) + steps).astype(np.int32)
        return projection.changed(delay=delay)

    return with_projections(change)


def weights(factor: float, receptor: str = "") -> OfNetwork:
    """Weights times a factor; of one receptor, if it is named."""

    def change(projection: Projection) -> Projection:
        if receptor and projection.receptor != receptor:
            return projection
        return projection.changed(weight=np.asarray(projection.weight) * factor)

    return with_projections(change)


def refractory_periods(steps: int) -> OfNetwork:
    """Refractory periods longer by some steps, at least zero."""

    def changed(network: Network) -> Network:
        def change(population: Population) -> Population:
            name = population.model.refractory
            if not name:
                return population
            longer = np.maximum(0.0, population.parameters[name] + steps * network.dt)
            return replace(population, parameters={**population.parameters, name: longer})

        return with_populations(change)(network)

    return changed


def swapped_tau_syn(population: Population) -> Population:
    """The time constants of excitatory and inhibitory synapses swapped, where there are both."""
    p = population.parameters
    if not {"tau_syn_E", "tau_syn_I"} <= p.keys():
        return population
    return replace(population, parameters={**p, "tau_syn_E": p["tau_syn_I"], "tau_syn_I": p["tau_syn_E"]})


def kept(projection: Projection, keep: NDArray[np.bool_]) -> Projection:
    """The projection with some of its synapses.

    Parameters
    ----------
    projection : Projection
    keep : bool array, shape (synapses,)
    """
    return projection if keep.all() else projection.selected(keep)


def without_autapses(projection: Projection) -> Projection:
    """Without synapses of a cell onto itself."""
    if projection.pre_population != projection.post_population:
        return projection
    return kept(projection, projection.pre != projection.post)


def without_multapses(projection: Projection) -> Projection:
    """Of several synapses between two cells the first alone."""
    pairs = projection.pre.astype(np.int64) << 32 | projection.post
    keep = np.zeros(projection.size, bool)
    keep[np.unique(pairs, return_index=True)[1]] = True
    return kept(projection, keep)


def without_one_synapse(network: Network) -> Network:
    """The network without one synapse, drawn from all, of a cell that spikes or not."""
    if not network.synapses:
        return network
    lost = int(np.random.RandomState(SEED).randint(network.synapses))
    projections = list(network.projections)
    for index, projection in enumerate(projections):
        if lost < projection.size:
            projections[index] = kept(projection, np.arange(projection.size) != lost)
            break
        lost -= projection.size
    return replace(network, projections=tuple(projections))


def late_sources(steps: int) -> OfNetwork:
    """Spikes of sources later by some steps."""
    return lambda network: replace(
        network, spikes=tuple(replace(s, steps=np.maximum(0, s.steps + steps).astype(np.int32)) for s in network.spikes)
    )


def late_by_rounding(network: Network) -> Network:
    """Spikes of sources a step later where their time, less one step, is above its grid point by a rounding error."""

    def changed(spikes: SpikeInput) -> SpikeInput:
        before = np.round(spikes.steps * network.dt, 10) - network.dt
        return replace(spikes, steps=(spikes.steps + (before > (spikes.steps - 1) * network.dt)).astype(np.int32))

    return replace(network, spikes=tuple(map(changed, network.spikes)))


def _spikes_changed(change: Callable[[Spikes, int], Spikes]) -> OfRecording:
    """What changes the spikes of every population that is no source, given the steps of the trial."""

    def changed(recording: Recording, network: Network) -> Recording:
        trials = tuple(
            replace(
                trial,
                spikes={
                    i: s if network.populations[i].is_source else change(s, trial.steps)
                    for i, s in trial.spikes.items()
                },
            )
            for trial in recording.trials
        )
        return replace(recording, trials=trials)

    return changed


def spike_times(offset: int) -> OfRecording:
    """Spike times later by some steps; those outside the trial are lost."""

    def change(spikes: Spikes, steps: int) -> Spikes:
        shifted = spikes.steps + offset
        inside = (shifted >= 0) & (shifted <= steps)
        return Spikes(spikes.cells[inside], shifted[inside])

    return _spikes_changed(change)


def lost_spikes(share: float) -> OfRecording:
    """A share of the spikes of each population lost, at least one."""

    def change(spikes: Spikes, steps: int) -> Spikes:
        if not spikes.size:
            return spikes
        lost = max(1, round(share * spikes.size))
        keep = np.ones(spikes.size, bool)
        keep[np.random.RandomState(SEED).permutation(spikes.size)[:lost]] = False
        return Spikes(spikes.cells[keep], spikes.steps[keep])

    return _spikes_changed(change)
