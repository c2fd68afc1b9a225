"""What is compiled for a network: its structure as text and numbers, without what it is filled with.

Two networks of the same design share one binary. Brian2 is not needed here.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.brian2 import GroupCode, arrival, group_code, group_values, named
from unisono.adapters.codegen.program import StepProgram
from unisono.adapters.codegen.substeps import population_step
from unisono.adapters.codegen.synapse_step import synapse_program
from unisono.adapters.codegen.synapse_values import kept_per_synapse
from unisono.adapters.contract import Settings
from unisono.adapters.contract.changes import SMALL, cells_may_differ
from unisono.adapters.contract.delay_groups import DelayGroup, delay_groups
from unisono.adapters.genn.synapses import at_source, catch_up
from unisono.models.cells.model import INJECTED
from unisono.models.network import Network

#: Of the steps for which a spike waits at a synapse.
DELAY_TYPE = np.uint16


@dataclass(frozen=True)
class CellsDesign:
    """A population of cells.

    Attributes
    ----------
    index, size : int
    code : GroupCode
    substeps : int
        How often the integration is carried out in a step.
    shared : tuple of str
        Values that are the same for all cells, in their order in memory.
    heard : bool
        Whether its spikes change synapses.
    """

    index: int
    size: int
    code: GroupCode
    substeps: int
    shared: tuple[str, ...]
    heard: bool

    @property
    def name(self) -> str:
        """What it is called in the generated code."""
        return f"cells{self.index}"


@dataclass(frozen=True)
class SourcesDesign:
    """A population of spike sources; ``size`` is at least the largest number of spikes in a step."""

    index: int
    size: int

    @property
    def name(self) -> str:
        """What it is called in the generated code."""
        return f"sources{self.index}"


@dataclass(frozen=True)
class ConnectionsDesign:
    """Synapses of a projection with the same axonal delay.

    Attributes
    ----------
    index, place : int
        Of the projection, and among its :func:`~unisono.adapters.contract.delay_groups.delay_groups`.
    source, target : str
        Names of the populations.
    at_source, arrives : str
        What a spike does, and the name of the sum that it adds to.
    catch_up : str
        A function that has spikes of the targets do what they do; empty where they do nothing.
    shared, per_synapse : tuple of str
        Values of the synapse model that all synapses share and that each has for itself, in their order in memory.
    changing : tuple of str
        Those that spikes change.
    waiting : int
        Steps that a spike waits for all of them, on top of one.
    longest : int
        Steps for which what is delivered has room, where it waits further; else 0.
    row : int
        Synapses for which each source has room.
    """

    index: int
    place: int
    source: str
    target: str
    at_source: str
    arrives: str
    catch_up: str
    shared: tuple[str, ...]
    per_synapse: tuple[str, ...]
    changing: tuple[str, ...]
    waiting: int
    longest: int
    row: int

    @property
    def name(self) -> str:
        """What they are called in the generated code."""
        return _connections_name(self.index, self.place)


@dataclass(frozen=True)
class Design:
    """All that is compiled.

    Attributes
    ----------
    dt : float
        ms.
    single, native, cuda : bool
        Single precision; Brian2's own numerics; code for a GPU.
    """

    dt: float
    single: bool
    native: bool
    cuda: bool
    cells: tuple[CellsDesign, ...]
    sources: tuple[SourcesDesign, ...]
    connections: tuple[ConnectionsDesign, ...]

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of the populations, by name."""
        return {c.name: c.size for c in self.cells} | {s.name: s.size for s in self.sources}

    def key(self, versions: str) -> str:
        """Name of what is compiled from it, by the versions of all that takes part."""
        text = json.dumps([asdict(self), versions], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def design(network: Network, settings: Settings, cuda: bool) -> Design:
    """The design of a network of a single trial."""
    single = settings.precision == "single"
    connections = tuple(
        _connections(network, index, place, group, "float" if single else "double")
        for index, projection in enumerate(network.projections)
        for place, group in enumerate(delay_groups(projection))
    )
    heard = {c.target for c in connections if c.catch_up}
    cells, sources = [], []
    for index, population in enumerate(network.populations):
        if population.is_source:
            sources.append(SourcesDesign(index, max(population.size, _room(_most_spikes(network, index), 2))))
        else:
            cells.append(_cells(network, index, settings, heard))
    return Design(
        network.dt,
        single,
        settings.numerics == "native",
        cuda,
        tuple(cells),
        tuple(sources),
        connections,
    )


def program_of(network: Network, index: int, settings: Settings) -> StepProgram | None:
    """The step of a population; None for Brian2's own numerics."""
    if settings.numerics == "native":
        return None
    return population_step(network, index, settings.numerics)


def _cells(network: Network, index: int, settings: Settings, heard: Collection[str]) -> CellsDesign:
    population = network.populations[index]
    program = program_of(network, index, settings)
    values = group_values(population.model, program, population.parameters, network.dt)
    names = {*values, named(INJECTED)}
    if population.size <= SMALL:
        per_cell = names
    else:
        each = cells_may_differ(network, index)
        per_cell = {name for name, value in values.items() if each or np.ndim(value)}
        per_cell |= {named(INJECTED) for c in network.currents if c.population == index}
    code = group_code(population.model, program, values, per_cell)
    substeps = 1 if program is None else program.substeps
    shared = tuple(sorted(names - per_cell))
    return CellsDesign(index, population.size, code, substeps, shared, f"cells{index}" in heard)


def _connections(network: Network, index: int, place: int, group: DelayGroup, scalar: str) -> ConnectionsDesign:
    p = network.projections[index]
    model = network.populations[p.post_population].model
    source = network.populations[p.pre_population]
    delays, longest = group.behind.ndim > 0, int(rows(group.of(p.pre), source.size).max())
    row = _room(longest, 2 if longest < 512 else 4)  # the shorter the row, the more it differs between seeds
    program, different = synapse_program(p.model), kept_per_synapse(network, index)
    shared = tuple(name for name in program.values if name not in different)
    name = _connections_name(index, place)
    return ConnectionsDesign(
        index,
        place,
        f"{'sources' if source.is_source else 'cells'}{p.pre_population}",
        f"cells{p.post_population}",
        at_source(program, shared, scalar, group.after, delays),
        arrival(model, p.receptor),
        catch_up(program, shared, scalar, group.after, delays, name, row) if program.at_target else "",
        shared,
        tuple(name for name in program.values if name in different),
        program.changing,
        group.waiting,
        _room(int(group.behind.max()) + 1, 4) if delays else 0,
        row,
    )


def _connections_name(index: int, place: int) -> str:
    return f"connections{index}" + (f"_{place}" if place else "")


def rows(pre: NDArray[np.integer], size: int) -> NDArray[np.intp]:
    """Synapses of each source cell, shape (size,)."""
    return np.bincount(pre, minlength=size)


def _room(count: int, parts: int) -> int:
    """A number that is not much larger, and the same for numbers nearby, so that one binary serves both.

    It is rounded up to a multiple of the largest power of two below it, divided by ``parts``.
    """
    unit = max(1, 2 ** int(math.log2(max(count, 1))) // parts)
    return int(-(-count // unit) * unit)


def _most_spikes(network: Network, index: int) -> int:
    """The largest number of spikes of a source population in one step."""
    most = 0
    inputs = [s for s in network.spikes if s.population == index and s.steps.size]
    if inputs:
        steps = np.concatenate([s.steps for s in inputs])
        counts = np.concatenate([np.broadcast_to(s.counts, s.steps.shape) for s in inputs])
        most = int(np.bincount(steps, counts).max())
    return most
