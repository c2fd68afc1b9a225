"""The test circuit: a network of a few cells like one of a network's own, each with a task of its own.

One cell relaxes without input, one rests, one a receptor gets a single spike from a source, some are driven by
constant currents, and one gets the spikes of a driven one. So initial values, the integrator, arrival and time course
of input, labels, resets and refractoriness can each be read off one short run.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unisono.models.cells.model import CellModel
from unisono.models.network import (
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)
from unisono.validation.compare.cell_values import changed, value_of

#: How long the test circuit runs, and when its source spikes, ms.
DURATION_MS, SPIKE_MS = 50.0, 5.0

#: mV by which the first cell starts above its own initial potential, so that it does not rest.
DISPLACED_MV = 3.0

#: Weights of the test circuit in those of the network: so small that responses are proportional to them.
SHARE = 0.1

#: mV by which the threshold of cells that must not spike is lifted.
LIFT_MV = 1000.0

#: Where the potential of a driven leaky cell would settle above the threshold, in distances from reset to threshold.
DRIVES = (0.3, 1.0, 3.0)

#: Currents that drive a cell whose membrane is not a leaky one, nA.
CURRENTS = (0.01, 0.1, 0.3, 1.0, 3.0)

#: The first cell of the test circuit that gets input.
FIRST = 2

_LEAKY = {"tau_m", "cm", "v_rest", "v_thresh", "v_reset", "i_offset"}


@dataclass(frozen=True)
class Given:
    """What reaches the test circuit's cells: receptor, weight, delay in steps of the network."""

    receptor: str
    weight: float
    delay: int


@dataclass(frozen=True, eq=False)
class Circuit:
    """A test circuit and which of its cells has which task.

    Attributes
    ----------
    network : Network
        Population 0 is the source, 1 the cells.
    model : CellModel
    dt : float
        ms
    given : tuple of Given
        Of cell 2 on, a receptor each, from the source; cells 0 and 1 get nothing, and 1 rests.
    driven : tuple of int
        Cells with a current.
    target : int or None
        The cell that gets the spikes of the first driven cell.
    has_sources, has_cells : bool
        Whether the network has synapses from sources and from cells.
    """

    network: Network
    model: CellModel
    dt: float
    given: tuple[Given, ...]
    driven: tuple[int, ...]
    target: int | None
    has_sources: bool
    has_cells: bool

    def parameters(self, cell: int) -> dict[str, float]:
        """Parameters of a cell of the test circuit."""
        return {name: value_of(values, cell) for name, values in self.network.populations[1].parameters.items()}

    def initial(self, cell: int) -> dict[str, float]:
        """Initial values of a cell of the test circuit."""
        return {name: value_of(values, cell) for name, values in self.network.populations[1].initial.items()}

    def of_potentials(self) -> Circuit:
        """The same circuit, for a simulator that can record nothing but the potential."""
        requests = tuple(request for request in self.network.recordings if request.variable == "v")
        return replace(self, network=replace(self.network, recordings=requests))


def circuit_of(network: Network, population: int, cell: int, finer: int = 1) -> Circuit:
    """The test circuit for cells like one of a network.

    Parameters
    ----------
    network : Network
        Of a single trial.
    population, cell : int
    finer : int
        How many steps of the test circuit there are in one of the network.

    Raises
    ------
    NetworkError
        If such cells cannot be put on a test circuit.
    """
    like = network.populations[population]
    model = like.model
    from_sources, from_cells = (_given(network, population, source) for source in (True, False))
    given = from_sources + [g for g in from_cells if g.receptor not in {s.receptor for s in from_sources}]
    parameters = {name: value_of(values, cell) for name, values in like.parameters.items()}
    for change in (c for e in network.trials[0].epochs[:1] for c in e.changes):
        if (change.kind, change.index) == ("parameter", population):
            new = changed(change, cell)
            parameters[change.name] = parameters[change.name] if new is None else new
    initial = {name: value_of(values, cell) for name, values in like.initial.items()}
    currents = _currents(parameters)
    quiet = FIRST + len(given) + bool(from_cells and currents)
    size = quiet + len(currents)
    driven = tuple(range(quiet, size))
    target = quiet - 1 if from_cells and currents else None
    of_cells: dict[str, Any] = {name: np.full(size, value) for name, value in parameters.items()}
    if currents:
        of_cells["i_offset"][quiet:] = currents
    threshold = model.threshold_parameter
    if threshold and _can_be_lifted(model):
        of_cells[threshold][:quiet] += LIFT_MV
    start = {name: np.full(size, value) for name, value in initial.items()}
    start["v"][0] += DISPLACED_MV
    start["v"][1:quiet] = _resting(parameters, initial["v"])
    start["v"][quiet:] = parameters.get("v_reset", initial["v"])
    wired = [_synapse(f"{g.receptor} input", 0, 0, FIRST + i, g, finer) for i, g in enumerate(given)]
    if target is not None:
        wired.append(_synapse("between cells", 1, driven[0], target, from_cells[0], finer))
    dt = network.dt / finer
    alone = Network(
        dt,
        (
            Population("source", "SpikeSourceArray", 1),
            Population("cells", like.cell, size, of_cells, start, None, like.definition),
        ),
        tuple(wired),
        (SpikeInput(0, np.array([0]), np.array([round(SPIKE_MS / network.dt) * finer])),),
        recordings=tuple(RecordingRequest(1, variable, np.arange(size)) for variable in _recorded(model)),
        trials=(Trial((Epoch(round(DURATION_MS / network.dt) * finer),)),),
        label=f"circuit of {like.label}",
    )
    return Circuit(alone, model, dt, tuple(given), driven, target, bool(from_sources), bool(from_cells))


def _given(network: Network, population: int, source: bool) -> list[Given]:
    """A typical synapse a receptor, from sources or from cells."""
    found: dict[str, Given] = {}
    smallest: dict[str, float] = {}
    for projection in network.projections:
        amounts = projection.delivered if projection.size else None
        if projection.post_population != population or amounts is None:
            continue
        receptor, weight = projection.receptor, SHARE * float(np.median(amounts))
        if weight and abs(weight) < abs(smallest.get(receptor, np.inf)):
            smallest[receptor] = weight
        if network.populations[projection.pre_population].is_source == source:
            found.setdefault(receptor, Given(receptor, 0.0, int(np.median(projection.delay))))
    return [replace(g, weight=smallest[g.receptor]) for g in found.values() if g.receptor in smallest]


def _synapse(label: str, population: int, pre: int, post: int, given: Given, finer: int) -> Projection:
    delay = np.array(given.delay * finer)
    one, other = np.array([pre]), np.array([post])
    return Projection(label, population, 1, one, other, np.array(given.weight), delay, given.receptor)


def _currents(parameters: dict[str, float]) -> tuple[float, ...]:
    """Constant currents that make the cell spike, in the parameter ``i_offset``, nA."""
    p = parameters
    if p.keys() >= _LEAKY and "delta_T" not in p:
        settled = (p["v_thresh"] + drive * (p["v_thresh"] - p["v_reset"]) for drive in DRIVES)
        return tuple(p["cm"] / p["tau_m"] * (v - p["v_rest"]) for v in settled)
    return CURRENTS if "i_offset" in p else ()


def _resting(p: dict[str, float], otherwise: float) -> float:
    """Where the potential of a cell without input settles, mV; what is given where that is not known."""
    if p.keys() >= _LEAKY and "delta_T" not in p:
        return p["v_rest"] + p["i_offset"] * p["tau_m"] / p["cm"]
    return p.get("v_rest", otherwise)


def _can_be_lifted(model: CellModel) -> bool:
    """Whether the potential stays in bounds without a threshold: that of cells with an exponential rises for ever."""
    return "v" in model.clamped and "exp(" not in model.equations


def _recorded(model: CellModel) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("v", *model.recordable)))
