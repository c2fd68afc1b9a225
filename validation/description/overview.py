"""What a network consists of, what drives it, and what is measured: tables A, B, F and G."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from unisono.adapters.runtime.results import Run
from unisono.models.network import Network, Population
from unisono.models.words import listed
from unisono.validation.description.elements import Section, Table
from unisono.validation.description.values import count, number, spread
from unisono.validation.statistics.activity import transient_of
from unisono.validation.statistics.signs import kind_of
from unisono.validation.statistics.statistic import Statistic

#: Units of the parameters of sources.
_SOURCE_UNITS = {"rate": "Hz", "beta": "Hz", "alpha": "1"}

#: A source that is to spike this long, ms, does so without an end: PyNN's default.
_FOREVER = 1e10


def summary(network: Network) -> Section:
    """Table A."""
    cells = [p for p in network.populations if not p.is_source]
    plastic = [p for p in network.projections if not p.model.is_static]
    rows = (
        ("Populations", listed([f"{p.label} ({p.size:,})" for p in network.populations]) or "none"),
        ("Topology", _topology(network)),
        ("Connectivity", f"{count(network.synapses, 'synapse')} in {count(len(network.projections), 'projection')}"),
        ("Neuron models", listed(list(dict.fromkeys(p.cell for p in cells))) or "none"),
        ("Synapse models", listed(list(dict.fromkeys(p.synapse for p in network.projections))) or "none"),
        ("Plasticity", listed([p.label for p in plastic]) or "none"),
        ("Input", listed(input_kinds(network)) or "none"),
        ("Measurements", listed(list(dict.fromkeys(r.variable for r in network.recordings))) or "spikes"),
    )
    return Section("A. Model summary", (Table("Model summary", (), rows),))


def _topology(network: Network) -> str:
    placed = [p.label for p in network.populations if p.positions is not None]
    return f"positions in space: {listed(placed)}" if placed else "none: cells have no positions"


def populations(network: Network) -> Section:
    """Table B."""
    rows = []
    for index, population in enumerate(network.populations):
        kind = "spike source" if population.is_source else kind_of(network, index) or "projects nothing, or both signs"
        rows.append((population.label, population.cell, f"{population.size:,}", kind))
    return Section("B. Populations", (Table("Populations", ("population", "model", "size", "effect"), tuple(rows)),))


def inputs(network: Network) -> Section:
    """Table F: spike sources and injected currents."""
    rows = []
    for index, population in enumerate(network.populations):
        if not population.is_source:
            continue
        shown = {n: v for n, v in population.parameters.items() if n != "duration" or np.any(v < _FOREVER)}
        given = [f"{n} {spread(v, _SOURCE_UNITS.get(n, 'ms'))}" for n, v in shown.items()]
        spikes = sum(
            int(np.broadcast_to(s.counts, s.steps.shape).sum()) for s in network.spikes if s.population == index
        )
        rate = spikes / population.size / (network.duration / 1000.0) if network.duration else 0.0
        realised = f"{count(spikes, 'spike')} ({number(rate, 'Hz')} a source)"
        if not spikes and not any(p.pre_population == index for p in network.projections):
            realised = "projects nothing"
        rows.append((population.label, population.cell, "; ".join(given) or "spike times as listed", realised))
    for current in network.currents:
        label = network.populations[current.population].label
        over = f"{count(current.cells.size, 'cell')} of {label}"
        changes = current.steps.size
        kind = "constant current" if changes == 1 else f"current of {changes:,} values"
        rows.append(
            (
                over,
                kind,
                spread(current.amplitudes, "nA"),
                f"from {number(current.steps[0] * network.dt, 'ms')}" if changes else "",
            )
        )
    for population in network.populations:
        rows += [(f"each cell of {population.label}", *row, "drawn by the cell") for row in _drawn(network, population)]
        if "i_offset" in population.parameters and np.any(population.parameters["i_offset"]):
            offset = spread(population.parameters["i_offset"], "nA")
            rows.append((f"all cells of {population.label}", "constant current (i_offset)", offset, ""))
    table = Table("Input", ("input", "kind", "given", "as drawn"), tuple(rows))
    return Section("F. Input", (table,) if rows else (), "" if rows else "No spike source, and no current.")


def _drawn(network: Network, population: Population) -> Iterator[tuple[str, str]]:
    """Kind and values of the input that cells draw themselves."""
    for found in () if population.is_source else population.model.poisson.values():
        values = population.parameters
        rate, weight = values[found.mean] / network.dt * 1000.0, values[found.weight]
        unit = population.model.weight_unit(found.receptor)
        yield f"Poisson input ({found.receptor})", f"rate {spread(rate, 'Hz')}; weight {spread(weight, unit)}"


def input_kinds(network: Network) -> list[str]:
    """What drives the network, in words."""
    kinds = [p.cell for p in network.populations if p.is_source]
    constant = any(np.any(p.parameters.get("i_offset", 0)) for p in network.populations)
    currents = (network.currents and "injected currents", constant and "constant currents")
    return [*dict.fromkeys(kinds), *(name for name in currents if name)]


def measurements(network: Network, run: Run | None, statistics: Iterable[Statistic], transient: float) -> Section:
    """Table G: what is recorded, and the statistics of a run if there is one."""
    rows = []
    for request in network.recordings:
        population = network.populations[request.population]
        every = "" if request.variable == "spikes" else f"every {number(request.interval * network.dt, 'ms')}"
        rows.append(
            (request.variable, f"{request.cells.size:,} of {population.size:,} cells of {population.label}", every)
        )
    for sampled in network.synapse_recordings:
        projection = network.projections[sampled.projection]
        rows.append(
            (sampled.state, f"synapses of {projection.label}", f"every {number(sampled.interval * network.dt, 'ms')}")
        )
    rows.append(("spikes", "all cells, in every run", ""))
    parts = [Table("Recorded", ("variable", "of", "interval"), tuple(rows))]
    if run is None:
        return Section(
            "G. Measurements", tuple(parts), "The network was not run: the figures of its activity are missing."
        )
    cut = transient_of(network.trials[0].steps * network.dt, transient) if network.trials else 0.0
    figures = tuple(
        (s.population, s.name, number(s.value, s.unit), s.definition) for s in statistics if s.value is not None
    )
    title = f"Activity on {run.simulator}, {number(cut, 'ms')} cut at the beginning"
    parts.append(Table(title, ("population", "statistic", "value", "definition"), figures))
    return Section("G. Measurements", tuple(parts))
