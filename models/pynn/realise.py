"""From a capture to a Network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN.common import Assembly

from unisono.models.cells import CELLS, SOURCES
from unisono.models.cells.model import RANDOM_RANGE
from unisono.models.network import Change, Epoch, Network, Population, Projection, RecordingRequest, Trial
from unisono.models.pynn.inputs import source_spikes
from unisono.models.synapses import SYNAPSES

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture, EpochRecord, PendingChange

#: A part of a projection, with the synapses of the projection it consists of; None for all of them.
Part = tuple[Projection, NDArray[Any] | None]


def realise(capture: Capture) -> Network:
    """The network of a capture, with all that has run so far."""
    if capture.static is None:
        parts = [_parts(projection, number) for number, projection in enumerate(capture.projections)]
        capture.static = (tuple(_population(p) for p in capture.populations), parts)
    populations, parts = capture.static
    trials = [trial for trial in capture.trials if trial]
    lengths = [sum(epoch.steps for epoch in trial) for trial in trials]
    first = _first_indices(parts)
    return Network(
        dt=capture.dt,
        populations=populations,
        projections=tuple(projection for found in parts for projection, _ in found),
        spikes=tuple(
            source_spikes(capture, p, trial) for p in capture.populations if p.is_source for trial in range(len(trials))
        ),
        currents=tuple(
            current
            for source in capture.current_sources
            for trial, length in enumerate(lengths)
            for current in source.inputs(trial, length)
        ),
        recordings=tuple(request for p in capture.populations for request in _requests(p)),
        trials=tuple(_trial(index, trial, capture, parts, first) for index, trial in enumerate(trials)),
        seed=capture.seed,
    )


def _population(population: Any) -> Population:
    model = population.model
    if model is None:
        known = SOURCES[population.cell]
        parameters = {n: v for n, v in population.first_parameters.items() if n in known}
        return Population(
            population.label, population.cell, population.size, parameters, positions=population.network_positions
        )
    parameters = _model_parameters(population)
    initial = population.celltype.model_initial(parameters) | _draws(population, 0)
    initial |= {population.celltype.symbol(name): value for name, value in population.first_initial.items()}
    return Population(
        population.label,
        model.name,
        population.size,
        parameters,
        initial,
        population.network_positions,
        "" if CELLS.get(model.name) == model else model.to_text(),
    )


def _model_parameters(population: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in population.first_parameters.items():
        found |= population.celltype.model_values(name, value)
    return found


def _draws(population: Any, trial: int) -> dict[str, NDArray[np.float64]]:
    """Random initial values: integers that depend on the seed of ``setup()``, the population, the state and the trial.

    They come from NumPy's legacy RandomState, whose streams are frozen, so they are the same everywhere.
    """
    seed, low, high = population._simulator.state.seed, *RANDOM_RANGE
    return {
        state: np.random.RandomState([seed, population.index, number, trial]).randint(low, high + 1, population.size)
        for number, state in enumerate(population.model.random)
        if state not in population.first_initial
    }


def _new_draws(capture: Capture, trial: int, parts: list[list[Part]], first: list[int]) -> list[Change]:
    """After a reset: other random numbers than in the trials before."""
    changes = [
        Change("weight", first[number] + i, state, _chosen(values, chosen))
        for number, projection in enumerate(capture.projections)
        if trial
        for state, values in _synapse_draws(projection, number, trial).items()
        for i, (_, chosen) in enumerate(parts[number])
    ]
    return changes + [
        Change("state", population.index, state, values)
        for population in capture.populations
        if trial and population.model is not None
        for state, values in _draws(population, trial).items()
    ]


def _requests(population: Any) -> list[RecordingRequest]:
    first, cell = int(population.first_id), population.celltype
    return [
        RecordingRequest(
            population.index,
            name if population.model is None else cell.symbol(name),
            np.array(sorted(cells), np.int64) - first,
            interval,
        )
        for name, (cells, interval) in population.recorder.requests.items()
    ]


# -- projections ------------------------------------------------------------


def _members(cells: Any) -> list[tuple[Any, NDArray[Any] | None]]:
    """Root populations of a population, view or assembly, each with the indices of its cells; None for all."""
    parts = cells.populations if isinstance(cells, Assembly) else [cells]
    return [(part._root, part._cells) for part in parts]


def _parts(projection: Any, number: int) -> list[Part]:
    """The projection, split by the populations at its ends."""
    pres, posts = _members(projection.pre), _members(projection.post)
    pre_of, post_of = (
        _owners(members, index) for members, index in ((pres, projection.pre_index), (posts, projection.post_index))
    )
    found: list[Part] = []
    for i, (pre, pre_cells) in enumerate(pres):
        for j, (post, post_cells) in enumerate(posts):
            chosen = None
            label = projection.label or f"{pre.label}→{post.label}"
            if len(pres) > 1 or len(posts) > 1:
                chosen = np.flatnonzero((pre_of[0] == i) & (post_of[0] == j))
                label = f"{label} ({pre.label}→{post.label})"
                if not chosen.size:
                    continue
            part = Projection(
                label,
                pre.index,
                post.index,
                _local(pre_of[1], chosen, pre_cells),
                _local(post_of[1], chosen, post_cells),
                receptor=projection.receptor_type,
                **_synapses(projection, number, chosen),
            )
            found.append((part, chosen))
    return found


def _synapses(projection: Any, number: int, chosen: NDArray[Any] | None) -> dict[str, Any]:
    """The synapse model, and its values at the first run for the chosen synapses."""
    model, fraction = projection.synapse_type.model, projection.synapse_type.dendritic_delay_fraction
    values = _synapse_draws(projection, number, 0) | projection.first_values
    values = {name: _chosen(value, chosen) for name, value in values.items()}
    delay = _chosen(projection.delay, chosen)
    dendritic = delay if fraction == 1 else np.floor(delay * fraction + 0.5).astype(np.int32)
    return {
        "synapse": model.name,
        "definition": "" if SYNAPSES.get(model.name) == model else model.to_text(),
        "parameters": {name: value for name, value in values.items() if name in model.parameters},
        "initial": {name: value for name, value in values.items() if name in model.states},
        "axonal": 0 if fraction == 1 else delay - dendritic,
        "dendritic": dendritic,
    }


def _synapse_draws(projection: Any, number: int, trial: int) -> dict[str, NDArray[np.float64]]:
    """Random initial values of the synapses, as :func:`_draws` gives those of cells."""
    seed, low, high = projection.capture.seed, *RANDOM_RANGE
    return {
        state: np.random.RandomState([seed, number, k, trial, 1]).randint(low, high + 1, len(projection)).astype(float)
        for k, state in enumerate(projection.synapse_type.model.random)
    }


def _owners(members: list[tuple[Any, Any]], index: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Which member each index belongs to, and the index within it."""
    if len(members) == 1:
        return np.zeros((), int), index
    sizes = [root.size if cells is None else cells.size for root, cells in members]
    edges = np.concatenate([[0], np.cumsum(sizes)])
    owner = np.searchsorted(edges, index, side="right") - 1
    return owner, index - edges[owner]


def _local(index: NDArray[Any], chosen: NDArray[Any] | None, cells: NDArray[Any] | None) -> NDArray[Any]:
    picked = index if chosen is None else index[chosen]
    return (picked if cells is None else cells[picked]).astype(np.uint32, copy=False)


def _chosen(values: Any, chosen: NDArray[Any] | None) -> Any:
    return values if chosen is None or np.ndim(values) == 0 else values[chosen]


# -- changes ----------------------------------------------------------------


def _first_indices(parts: list[list[Part]]) -> list[int]:
    """Index in the network of each projection's first part."""
    return [0, *np.cumsum([len(found) for found in parts]).tolist()]


def _trial(index: int, epochs: list[EpochRecord], capture: Capture, parts: list[list[Part]], first: list[int]) -> Trial:
    made = [_epoch(epoch, capture, parts, first) for epoch in epochs]
    made[0] = replace(made[0], changes=(*_new_draws(capture, index, parts, first), *made[0].changes))
    return Trial(tuple(made))


def _epoch(epoch: EpochRecord, capture: Capture, parts: list[list[Part]], first: list[int]) -> Epoch:
    changes: list[Change] = []
    for change in epoch.changes:
        if change.kind == "weight":
            changes.extend(_weight_changes(change, capture, parts, first))
        else:
            changes.append(Change(change.kind, change.target.index, change.name, change.values, change.cells))
    return Epoch(epoch.steps, tuple(changes))


def _weight_changes(change: PendingChange, capture: Capture, parts: list[list[Part]], first: list[int]) -> list[Change]:
    number = next(i for i, p in enumerate(capture.projections) if p is change.target)
    return [
        Change("weight", first[number] + i, change.name, _chosen(change.values, chosen))
        for i, (_, chosen) in enumerate(parts[number])
    ]
