"""Deliberate errors: what a comparison must see, and what a disagreement is explained by.

A mutant is one of the mistakes that simulators and adapters really make, made on purpose. A run
with a mutant is presented as a run of the unchanged network: so every tier can be asked whether it
sees the mistake (:mod:`unisono.validation.detection`), and a simulator that gives the very spikes of
a mutant has that for a cause (:mod:`unisono.validation.causes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import execution, registry
from unisono.adapters.base import Settings
from unisono.adapters.execution import Plan
from unisono.adapters.recording import Recording, Spikes
from unisono.adapters.results import Run, Runs
from unisono.models.errors import UnknownName
from unisono.models.network import Network, Population, Projection

#: Tiers that can claim to see a mutant.
IDENTICAL, CONVERGED, EQUIVALENT = "identical", "converged", "equivalent"

#: Draws which synapse and which spikes are lost.
SEED = 20070401


def _same_network(network: Network) -> Network:
    return network


def _same_recording(recording: Recording, network: Network) -> Recording:
    return recording


def _same_settings(settings: Settings) -> Settings:
    return settings


@dataclass(frozen=True)
class Mutant:
    """One deliberate error.

    Attributes
    ----------
    name : str
    cause : str
        The error in words, as the cause of a disagreement.
    kind : str
        What it is in the list of named causes: delay, refractoriness, weight, label, synapse, input,
        connection, spike, integrator, precision.
    claimed_by : tuple of str
        The tiers that must see it.
    network : callable
        Changes what the simulator is given.
    recording : callable
        Changes what it gives back.
    settings : callable
        Changes how it computes.
    """

    name: str
    cause: str
    kind: str
    claimed_by: tuple[str, ...]
    network: Callable[[Network], Network] = _same_network
    recording: Callable[[Recording, Network], Recording] = _same_recording
    settings: Callable[[Settings], Settings] = _same_settings

    def applies_to(self, network: Network) -> bool:
        """Whether it changes anything of the network, or of how it is computed or given back."""
        if self.settings is not _same_settings or self.recording is not _same_recording:
            return True
        return self.network(network).fingerprint != network.fingerprint

    def run(
        self,
        network: Network,
        on: Sequence[str],
        settings: Settings | None = None,
        plan: Plan | None = None,
        execute: Callable[..., Mapping[str, Run]] = execution.run,
    ) -> Runs:
        """Run the mutant, and present the runs as those of the unchanged network.

        Raises
        ------
        UnknownName, UnsupportedFeature, SimulatorNotInstalled, CompilerNotFound
            Before anything starts.
        """
        runs = execute(self.network(network), on, settings=self.settings(settings or Settings()), plan=plan or Plan())
        return Runs(network, {name: self.disguised(run, network) for name, run in runs.items()})

    def disguised(self, run: Run, network: Network) -> Run:
        """A run of the mutant as one of the unchanged network."""
        recording = None if run.recording is None else self.recording(run.recording, network)
        provenance = {**run.provenance, "fingerprint": network.fingerprint, "mutant": self.name}
        return replace(run, network=network, recording=recording, provenance=provenance)


def can_run(mutant: Mutant, simulator: str, network: Network, settings: Settings | None = None) -> str:
    """Why a simulator cannot run a mutant of a network; empty if it can."""
    from unisono.models.errors import UnsupportedFeature

    if not mutant.applies_to(network):
        return "there is nothing in the network that it would change"
    try:
        registry.get(simulator).check(mutant.network(network), mutant.settings(settings or Settings()))
    except UnsupportedFeature as error:
        return error.message
    return ""


def _with_projections(change: Callable[[Projection], Projection]) -> Callable[[Network], Network]:
    return lambda network: replace(network, projections=tuple(change(p) for p in network.projections))


def _with_populations(change: Callable[[Population], Population]) -> Callable[[Network], Network]:
    return lambda network: replace(
        network, populations=tuple(p if p.is_source else change(p) for p in network.populations)
    )


def _delays(steps: int) -> Callable[[Network], Network]:
    def change(projection: Projection) -> Projection:
        delay = np.maximum(1, np.asarray(projection.delay, np.int64) + steps).astype(np.int32)
        return replace(projection, delay=delay)

    return _with_projections(change)


def _weights(factor: float) -> Callable[[Network], Network]:
    return _with_projections(lambda p: replace(p, weight=np.asarray(p.weight) * factor))


def _refractoriness(steps: int) -> Callable[[Network], Network]:
    def mutate(network: Network) -> Network:
        def change(population: Population) -> Population:
            name = population.model.refractory
            if not name:
                return population
            longer = np.maximum(0.0, population.parameters[name] + steps * network.dt)
            return replace(population, parameters={**population.parameters, name: longer})

        return _with_populations(change)(network)

    return mutate


def _swapped_tau_syn(population: Population) -> Population:
    p = population.parameters
    if not {"tau_syn_E", "tau_syn_I"} <= p.keys():
        return population
    return replace(population, parameters={**p, "tau_syn_E": p["tau_syn_I"], "tau_syn_I": p["tau_syn_E"]})


def _kept(projection: Projection, keep: NDArray[np.bool_]) -> Projection:
    """The projection with some of its synapses."""
    if keep.all():
        return projection

    def of(values: NDArray[Any]) -> NDArray[Any]:
        return values[keep] if np.ndim(values) else values

    return replace(
        projection,
        pre=projection.pre[keep],
        post=projection.post[keep],
        weight=of(projection.weight),
        delay=of(projection.delay),
    )


def _without_autapses(projection: Projection) -> Projection:
    if projection.pre_population != projection.post_population:
        return projection
    return _kept(projection, projection.pre != projection.post)


def _without_multapses(projection: Projection) -> Projection:
    pairs = projection.pre.astype(np.int64) << 32 | projection.post
    keep = np.zeros(projection.size, bool)
    keep[np.unique(pairs, return_index=True)[1]] = True
    return _kept(projection, keep)


def _without_one_synapse(network: Network) -> Network:
    """The network without one synapse, drawn from all, of a cell that spikes or not."""
    if not network.synapses:
        return network
    lost = int(np.random.RandomState(SEED).randint(network.synapses))
    projections = list(network.projections)
    for index, projection in enumerate(projections):
        if lost < projection.size:
            projections[index] = _kept(projection, np.arange(projection.size) != lost)
            break
        lost -= projection.size
    return replace(network, projections=tuple(projections))


def _late_sources(steps: int) -> Callable[[Network], Network]:
    return lambda network: replace(
        network, spikes=tuple(replace(s, steps=np.maximum(0, s.steps + steps).astype(np.int32)) for s in network.spikes)
    )


def _spikes_changed(change: Callable[[Spikes, int], Spikes]) -> Callable[[Recording, Network], Recording]:
    """What changes the spikes of every population that is no source, given the steps of the trial."""

    def mutate(recording: Recording, network: Network) -> Recording:
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

    return mutate


def _labels(offset: int) -> Callable[[Recording, Network], Recording]:
    def change(spikes: Spikes, steps: int) -> Spikes:
        shifted = spikes.steps + offset
        inside = (shifted >= 1) & (shifted <= steps)
        return Spikes(spikes.cells[inside], shifted[inside])

    return _spikes_changed(change)


def _lost_spikes(share: float) -> Callable[[Recording, Network], Recording]:
    def change(spikes: Spikes, steps: int) -> Spikes:
        if not spikes.size:
            return spikes
        lost = max(1, round(share * spikes.size))
        keep = np.ones(spikes.size, bool)
        keep[np.random.RandomState(SEED).permutation(spikes.size)[:lost]] = False
        return Spikes(spikes.cells[keep], spikes.steps[keep])

    return _spikes_changed(change)


def _numerics(name: str) -> Callable[[Settings], Settings]:
    return lambda settings: replace(settings, numerics=name)


def _single_precision(settings: Settings) -> Settings:
    return replace(settings, precision="single")


_ALL = (IDENTICAL, CONVERGED, EQUIVALENT)

#: Every mutant by name. Which tier must see which is measured: ``docs/agreement.md`` has the table.
MUTANTS: Mapping[str, Mutant] = {
    mutant.name: mutant
    for mutant in (
        Mutant("delay + 1 step", "delays are one step longer", "delay", (IDENTICAL, EQUIVALENT), _delays(1)),
        Mutant("delay - 1 step", "delays are one step shorter", "delay", (IDENTICAL, EQUIVALENT), _delays(-1)),
        Mutant(
            "refractory + 1 step",
            "refractoriness lasts one step longer",
            "refractoriness",
            (IDENTICAL, EQUIVALENT),
            _refractoriness(1),
        ),
        Mutant(
            "refractory - 1 step",
            "refractoriness lasts one step less",
            "refractoriness",
            (IDENTICAL, EQUIVALENT),
            _refractoriness(-1),
        ),
        Mutant("weights + 2 %", "weights are 2 % larger", "weight", (IDENTICAL, EQUIVALENT), _weights(1.02)),
        Mutant("weights - 2 %", "weights are 2 % smaller", "weight", (IDENTICAL, EQUIVALENT), _weights(0.98)),
        Mutant("weights + 0.5 %", "weights are 0.5 % larger", "weight", (IDENTICAL,), _weights(1.005)),
        Mutant("weights - 0.5 %", "weights are 0.5 % smaller", "weight", (IDENTICAL,), _weights(0.995)),
        Mutant(
            "label + 1 step",
            "spikes are stamped one step later",
            "label",
            (IDENTICAL,),
            recording=_labels(1),
        ),
        Mutant(
            "label - 1 step",
            "spikes are stamped one step earlier",
            "label",
            (IDENTICAL,),
            recording=_labels(-1),
        ),
        Mutant(
            "tau_syn swapped",
            "the time constants of excitatory and inhibitory synapses are swapped",
            "synapse",
            _ALL,
            _with_populations(_swapped_tau_syn),
        ),
        Mutant("sources + 1 step", "input spikes come one step later", "input", (IDENTICAL,), _late_sources(1)),
        Mutant(
            "no autapses",
            "synapses of cells onto themselves are missing",
            "connection",
            (IDENTICAL,),
            _with_projections(_without_autapses),
        ),
        Mutant(
            "no multapses",
            "of several synapses between two cells only one is there",
            "connection",
            (IDENTICAL,),
            _with_projections(_without_multapses),
        ),
        Mutant("missing synapse", "one synapse is missing", "connection", (IDENTICAL,), _without_one_synapse),
        Mutant("lost spikes", "one spike in 100,000 is lost", "spike", (IDENTICAL,), recording=_lost_spikes(1e-5)),
        Mutant(
            "forward Euler",
            "equations are integrated by the forward Euler method",
            "integrator",
            (IDENTICAL, CONVERGED),
            settings=_numerics("euler"),
        ),
        Mutant(
            "float32",
            "numbers have single precision",
            "precision",
            (IDENTICAL, CONVERGED),
            settings=_single_precision,
        ),
    )
}


def mutant_named(name: str) -> Mutant:
    """The mutant of that name.

    Raises
    ------
    UnknownName
        If there is none; the message lists the choices.
    """
    try:
        return MUTANTS[name]
    except KeyError:
        raise UnknownName(f"There is no mutant '{name}'.", f"Available are: {', '.join(MUTANTS)}.") from None
