"""From a capture to a Network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyNN.common import Assembly

from unisono.models.cells import CELLS, SOURCES
from unisono.models.cells.model import CellModel
from unisono.models.dynamics.generator import streams
from unisono.models.dynamics.model import RANDOM_RANGE
from unisono.models.network import (
    Change,
    Epoch,
    Modulator,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SynapseRequest,
    Trial,
)
from unisono.models.pynn.poisson_inside import Inside, drawn_inside, model_with, values_of
from unisono.models.pynn.recorded import request
from unisono.models.synapses import SYNAPSES
from unisono.models.synapses.common import TAU_PSC

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture
    from unisono.models.pynn.epochs import PendingChange

#: A part of a projection, with the synapses of the projection it consists of; None for all of them.
Part = tuple[Projection, NDArray[Any] | None]


def instantiate(capture: Capture) -> Network:
    """The network of a capture, with all that has run so far."""
    trials = [trial for trial in capture.trials if trial]
    lengths = [sum(epoch.steps for epoch in trial) for trial in trials]
    elements = _elements(capture, drawn_inside(capture))
    inside = {projection.pre.index for projections in capture.inside.values() for projection in projections}
    return Network(
        **elements,
        spikes=tuple(
            p.trains.between(trial, -1, length)
            for p in capture.populations
            if p.is_source and p.index not in inside
            for trial, length in enumerate(lengths)
        ),
        currents=tuple(
            current
            for trial, length in enumerate(lengths)
            for source in capture.current_sources
            for current in source.inputs(trial, 0, length).values()
        ),
        trials=tuple(
            Trial(tuple(instantiate_epoch(capture, index, number) for number in range(len(trial))))
            for index, trial in enumerate(trials)
        ),
    )


def unscheduled(capture: Capture) -> Network:
    """The network without runs and inputs, with the values that were in force at the first run."""
    return Network(**_elements(capture, {}), trials=(Trial(()),))


def _elements(capture: Capture, inside: Inside) -> dict[str, Any]:
    if capture.static is None or capture.inside != inside:
        capture.inside = inside
        drawn = [projection for projections in inside.values() for projection in projections]
        parts = [
            [] if projection in drawn else _parts(projection, number)
            for number, projection in enumerate(capture.projections)
        ]
        first = [0, *np.cumsum([len(found) for found in parts]).tolist()]
        capture.static = (tuple(_population(p) for p in capture.populations), parts, first)
    populations, parts, first = capture.static
    return {
        "dt": capture.dt,
        "populations": populations,
        "projections": tuple(
            _with_target(projection, populations[projection.post_population])
            for found in parts
            for projection, _ in found
        ),
        "recordings": recordings(capture),
        "synapse_recordings": tuple(
            SynapseRequest(first[number] + part, state, interval)
            for number, projection in enumerate(capture.projections)
            for state, interval in projection.sampled.items()
            for part, (made, _) in enumerate(parts[number])
            if made.size
        ),
        "seed": capture.seed,
    }


def instantiate_epoch(capture: Capture, trial: int, number: int) -> Epoch:
    """An epoch of a trial, as far as it has run."""
    epoch = capture.trials[trial][number]
    changes = [made for change in epoch.changes for made in _changes(change, capture)]
    return Epoch(epoch.steps, tuple(changes if number else [*_new_draws(capture, trial), *changes]))


def _population(population: Any) -> Population:
    model = _model_of(population)
    if model is None:
        known = SOURCES[population.cell]
        parameters = {n: v for n, v in population.first_parameters.items() if n in known}
        return Population(
            population.label, population.cell, population.size, parameters, positions=population.network_positions
        )
    parameters = _model_parameters(population)
    parameters |= values_of(population._simulator.state, model, _drawn_by(population))
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


def _model_of(population: Any) -> CellModel | None:
    """The cell model, with the Poisson input that the cells draw themselves; None for sources."""
    projections = _drawn_by(population)
    return model_with(population.model, projections) if projections else population.model


def _drawn_by(population: Any) -> list[Any]:
    """The projections whose Poisson input its cells draw themselves."""
    capture: Capture = population._simulator.state
    return capture.inside.get(population.index, [])


def _model_parameters(population: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in population.first_parameters.items():
        found |= population.celltype.model_values(name, value)
    return found


def _draws(population: Any, trial: int) -> dict[str, NDArray[np.float64]]:
    """Where the random generators of cells begin: it depends on the seed of ``setup()``, the population and the trial.

    The numbers come from NumPy's legacy RandomState, whose streams are frozen, so they are the same everywhere.
    """
    model = _model_of(population)
    states = () if model is None else model.random
    found: dict[str, NDArray[np.float64]] = {}
    for number, pair in enumerate(zip(states[::2], states[1::2], strict=True)):
        begins = streams((*population.stream, number, trial), population.size)
        found |= dict(zip(pair, begins, strict=True))
    return {state: values for state, values in found.items() if state not in population.first_initial}


def _new_draws(capture: Capture, trial: int) -> list[Change]:
    """After a reset: other random numbers than in the trials before."""
    _, parts, first = capture.static
    changes = [
        Change("synapse", first[number] + i, state, _chosen(values, chosen))
        for number, projection in enumerate(capture.projections)
        if trial
        for state, values in synapse_draws(projection, trial).items()
        for i, (_, chosen) in enumerate(parts[number])
    ]
    return changes + [
        Change("state", population.index, state, values)
        for population in capture.populations
        if trial and population.model is not None
        for state, values in _draws(population, trial).items()
    ]


def recordings(capture: Capture) -> tuple[RecordingRequest, ...]:
    """What is recorded, as far as it was asked for."""
    return tuple(
        request(population, name, cells, interval)
        for population in capture.populations
        for name, (cells, interval) in population.recorder.requests.items()
    )


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
    values = synapse_draws(projection, 0) | projection.first_values
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
        "modulators": _modulators(projection),
    }


def _modulators(projection: Any) -> list[Modulator]:
    """The populations that modulate a projection, each once."""
    synapse_type, capture = projection.synapse_type, projection.capture
    if synapse_type.modulator is None:
        return []
    given = synapse_type.modulator_delay
    delay = 1 if given is None else capture.steps(given)
    return [Modulator(index, delay) for index in dict.fromkeys(r.index for r, _ in _members(synapse_type.modulator))]


def _with_target(projection: Projection, target: Population) -> Projection:
    """The projection with what its synapses take from their targets."""
    if TAU_PSC not in projection.parameters:
        return projection
    name = target.model.time_constant(projection.receptor)
    if name is None:  # what is released is gone at once
        return projection
    values = target.parameters[name]
    return projection.changed(**{TAU_PSC: values[projection.post] if values.ndim else values})


def synapse_draws(projection: Any, trial: int) -> dict[str, NDArray[np.float64]]:
    """Random initial values of the synapses, integers of their own for each."""
    size, low, high = len(projection), *RANDOM_RANGE
    return {
        state: np.random.RandomState([*projection.stream, k, trial]).randint(low, high + 1, size).astype(float)
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


def _changes(change: PendingChange, capture: Capture) -> Iterator[Change]:
    if change.kind != "synapse":
        yield Change(change.kind, change.target.index, change.name, change.values, change.cells)
        return
    _, parts, first = capture.static
    number = change.target.index
    for index, (_, chosen) in enumerate(parts[number]):
        yield Change("synapse", first[number] + index, change.name, _chosen(change.values, chosen))
