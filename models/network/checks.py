"""Checks across the parts of a Network; each part already checks itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from unisono.models.errors import NetworkError
from unisono.models.network.arrays import check_parameter
from unisono.models.network.elements import CurrentInput, Population, RecordingRequest, SpikeInput, SynapseRequest
from unisono.models.network.projections import Projection
from unisono.models.network.schedule import Change, Trial
from unisono.models.synapses.model import WEIGHT, SynapseModel


class Checked(Protocol):
    """What a Network consists of, for the checks, which its class is built upon."""

    @property
    def dt(self) -> float:
        """Time step, ms."""

    @property
    def populations(self) -> Sequence[Population]:
        """Cells and sources."""

    @property
    def projections(self) -> Sequence[Projection]:
        """Synapses."""

    @property
    def spikes(self) -> Sequence[SpikeInput]:
        """Spikes of the sources."""

    @property
    def currents(self) -> Sequence[CurrentInput]:
        """Injected currents."""

    @property
    def recordings(self) -> Sequence[RecordingRequest]:
        """What is recorded."""

    @property
    def synapse_recordings(self) -> Sequence[SynapseRequest]:
        """What is recorded of synapses."""

    @property
    def trials(self) -> Sequence[Trial]:
        """The schedule."""


def check(network: Checked) -> None:
    """Raise a NetworkError if the parts of the network do not fit together."""
    if not (np.isfinite(network.dt) and network.dt > 0):
        raise NetworkError(f"The time step must be positive, not {network.dt}.")
    for projection in network.projections:
        _check_projection(network, projection)
    for spikes in network.spikes:
        what = "Spike input"
        _check_cells(network, spikes.population, spikes.cells, what)
        if not network.populations[spikes.population].is_source:
            raise NetworkError(f"{what} for population {spikes.population}, which is not a spike source.")
        _check_trial(network, spikes.trial, what)
    for current in network.currents:
        what = "Current input"
        _check_cells(network, current.population, current.cells, what)
        if network.populations[current.population].is_source:
            raise NetworkError(f"{what} for population {current.population}, which is a spike source.")
        _check_trial(network, current.trial, what)
    for request in network.recordings:
        _check_cells(network, request.population, request.cells, f"Recording of '{request.variable}'")
        population = network.populations[request.population]
        choices = ("spikes",) if population.is_source else ("spikes", *population.model.recordable)
        tested = () if population.is_source else population.model.threshold_states
        if request.variable not in (*choices, *tested):
            raise NetworkError(
                f"'{request.variable}' of {population.cell} cannot be recorded.",
                f"Choose one of: {', '.join(choices)}.",
            )
    for sampled in network.synapse_recordings:
        if not 0 <= sampled.projection < len(network.projections):
            raise NetworkError(
                f"Recording of '{sampled.state}' names projection {sampled.projection}, which does not exist."
            )
        check_recorded_state(network.projections[sampled.projection].model, sampled.state)
    for trial in network.trials:
        for epoch in trial.epochs:
            for change in epoch.changes:
                check_change(network, change)


def check_recorded_state(model: SynapseModel, name: str) -> None:
    """Raise a NetworkError if synapses of a model have no state of that name that spikes change."""
    if model.is_static or name not in model.states:
        raise NetworkError(
            f"'{name}' of {model.name} cannot be recorded: it is no state that spikes change.",
            f"Choose one of: {', '.join(model.states)}." if model.states else "Its synapses do not change.",
        )


def _check_projection(network: Checked, projection: Projection) -> None:
    where = f"Projection '{projection.label}'"
    _check_cells(network, projection.pre_population, projection.pre, where)
    _check_cells(network, projection.post_population, projection.post, where)
    post = network.populations[projection.post_population]
    if post.is_source:
        raise NetworkError(f"{where} ends at '{post.label}', a spike source.")
    receptors = post.model.receptors
    if projection.receptor not in receptors:
        raise NetworkError(
            f"{where}: {post.cell} has no receptor '{projection.receptor}'.", f"It has: {', '.join(receptors)}."
        )
    _check_sign(receptors[projection.receptor].sign, projection.weight, projection.receptor, where)
    for modulator in projection.modulators:
        _check_cells(network, modulator.population, np.empty(0, np.uint32), where)
        if modulator.delay < 1:
            raise NetworkError(f"{where}: the delay of its modulator is {modulator.delay} steps.", "Give 1 or more.")
    if projection.modulators and not projection.model.on_modulator:
        raise NetworkError(f"{where}: {projection.synapse} has no modulator.", "Leave the modulator out.")


def _check_sign(sign: int, weight: NDArray[Any], receptor: str, where: str) -> None:
    if sign and (weight * sign < 0).any():
        raise NetworkError(
            f"{where}: weights at the receptor '{receptor}' must not be {'negative' if sign > 0 else 'positive'}."
        )


def check_change(network: Checked, change: Change) -> None:
    """Raise a NetworkError if a change does not fit the network."""
    where = f"A change of '{change.name}'"
    if change.kind == "synapse":
        if not 0 <= change.index < len(network.projections):
            raise NetworkError(f"{where} names projection {change.index}, which does not exist.")
        projection = network.projections[change.index]
        if change.name not in projection.values:
            raise NetworkError(f"{where}: {projection.synapse} has no parameter or state of that name.")
        if change.values.ndim and change.values.shape != (projection.size,):
            raise NetworkError(f"{where}: {change.values.size} values for {projection.size} synapses.")
        post = network.populations[projection.post_population]
        if change.values.ndim and change.name in projection.model.shared:
            raise NetworkError(
                f"{where}: it differs between synapses of '{projection.label}'.",
                "All synapses of a projection share their traces.",
            )
        if change.name == WEIGHT:
            _check_sign(post.model.receptors[projection.receptor].sign, change.values, projection.receptor, where)
        elif change.name in projection.parameters:
            check_parameter(projection.model.parameters[change.name], change.values, f"{where}: it")
        return
    cells = np.empty(0, np.uint32) if change.cells is None else change.cells
    _check_cells(network, change.index, cells, where)
    population = network.populations[change.index]
    known = population.parameters if change.kind == "parameter" else population.initial
    if change.name not in known:
        raise NetworkError(f"{where}: {population.cell} has no {change.kind} of that name.")
    size = population.size if change.cells is None else change.cells.size
    if change.values.ndim and change.values.shape != (size,):
        raise NetworkError(f"{where}: {change.values.size} values for {size} cells.")
    if change.kind == "parameter" and not population.is_source:
        check_parameter(population.model.parameters[change.name], change.values, f"{where}: it")


def _check_cells(network: Checked, population: int, cells: NDArray[Any], where: str) -> None:
    if not 0 <= population < len(network.populations):
        raise NetworkError(f"{where} names population {population}, which does not exist.")
    size = network.populations[population].size
    if cells.size and int(cells.max()) >= size:
        raise NetworkError(f"{where} names cell {int(cells.max())} of a population of {size}.")


def _check_trial(network: Checked, trial: int, where: str) -> None:
    if not 0 <= trial < max(1, len(network.trials)):
        raise NetworkError(f"{where} names trial {trial}, which does not exist.")
