"""The cell of a first difference on its own, small enough for the reference.

Up to the first differing spike two simulators had the same spikes, so all that the cell
had received is known. Here it is given the same again, from sources that replay it, and is
made to spike where it did: what is added to its threshold puts it out of reach, or below any
potential, never in between. So the reference need not decide where the cell spikes; it says what the potential
was, and with that how far either simulator is off.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.synapse_values import SynapseValues
from unisono.adapters.contract.recording import Recording, Spikes, TrialRecording
from unisono.adapters.contract.source_spikes import source_spikes
from unisono.adapters.runtime.results import Run
from unisono.models.cells.model import CellModel, Parameter, names_in
from unisono.models.errors import UnisonoError, UnsupportedFeature
from unisono.models.network import (
    Change,
    CurrentInput,
    Epoch,
    Network,
    Population,
    Projection,
    RecordingRequest,
    SpikeInput,
    Trial,
)
from unisono.models.synapses.model import MODULATOR_SPIKES, POTENTIAL
from unisono.validation.compare.arrivals import arrivals
from unisono.validation.compare.cell_values import changed, value_of
from unisono.validation.compare.comparators import Mismatch, spike_keys
from unisono.validation.compare.deliveries import deliveries

#: The longest span before the spike over which errors are looked for, ms.
SPAN_MS = 20.0

#: After this many time constants a state no longer matters: e^-30 = 1e-13.
MEMORY = 30

#: The parameter that is added to the threshold of the isolated cell, and the values at which the
#: threshold is never and always met.
FORCED = "forced_threshold"
NEVER, ALWAYS = 1e9, -1e9


@dataclass(frozen=True, eq=False)
class History:
    """What is known of a cell up to its first difference.

    Attributes
    ----------
    network : Network
        Of the single trial, up to that step.
    place : Mismatch
    recording : Recording
        Of either simulator: before the first difference their spikes are the same.
    """

    network: Network
    place: Mismatch
    recording: Recording


@dataclass(frozen=True)
class Input:
    """Spikes that arrive at one receptor of the cell, in any order."""

    receptor: str
    steps: NDArray[np.int64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class IsolatedCell:
    """A network of that one cell.

    Attributes
    ----------
    network : Network
        Samples the potential at every step.
    begin, end : int
        First and last step of the trial that it runs through.
    first : int
        Step from which potentials are compared: the last spike, or ``SPAN_MS`` before the end.
    spikes : int64 array
        Steps of the trial at which it must spike.
    """

    network: Network
    begin: int
    end: int
    first: int
    spikes: NDArray[np.int64]

    def trial_of(self, run: Run) -> TrialRecording:
        """The trial of a run on the reference.

        Raises
        ------
        UnisonoError
            If the run failed, or the cell does not spike where it must.
        """
        (trial,) = run.recorded.trials
        if not np.array_equal(spike_keys(trial.spikes.get(0)) >> 32, self.spikes - self.begin):
            raise UnisonoError("The reference does not reproduce the cell's spikes during its refractory period.")
        return trial

    def error(self, sampled: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
        """Largest difference between a simulator's distances from the threshold and the reference's, mV.

        Parameters
        ----------
        sampled : float64 array
            Potential minus threshold, of the trial from its beginning.
        reference : float64 array
            The same of the isolated cell.
        """
        # The end is left out: the two potentials lie on either side of the threshold there, so by the
        # triangle inequality the sum of their errors would make any pair a tie, however wrong one is.
        theirs, ours = sampled[self.first : self.end], reference[self.first - self.begin : self.end - self.begin]
        return float(np.abs(theirs - ours).max())


def isolated(history: History, variables: Sequence[str] = ()) -> IsolatedCell:
    """The cell of a first difference on its own.

    Parameters
    ----------
    history : History
    variables : sequence of str
        Sampled at every step; by default the states in the threshold condition.

    Raises
    ------
    UnsupportedFeature
        If weights of its synapses change during the trial.
    """
    network, place, recording = history.network, history.place, history.recording
    population = network.populations[place.population]
    model = population.model
    changes = list(_changes(network, place))
    own = recording.trials[place.trial].spikes.get(place.population)
    spikes = np.empty(0, np.int64) if own is None else own.steps[own.cells == place.cell]
    # Where spikes have no reset they change nothing in the cell.
    spikes = spikes[:0] if model.edge_triggered else spikes[spikes < place.step]
    first = max(0, place.step - round(SPAN_MS / network.dt), *spikes[-1:].tolist())
    begin = _begin(model, population, changes, place, network.dt, first, spikes)
    spikes = spikes[spikes > begin]
    inputs = [i for i in arriving(history, begin + 1) if i.steps.size]
    replayed, projections, events = _replayed(inputs, begin)
    cell = Population(
        population.label,
        model.name,
        1,
        {name: np.array(value_of(values, place.cell)) for name, values in population.parameters.items()},
        {name: np.array(value_of(values, place.cell)) for name, values in population.initial.items()},
        definition=_forced(model).to_text(),
    )
    alone = Network(
        network.dt,
        (cell, *replayed),
        projections,
        events,
        tuple(_currents(network, place, begin)),
        tuple(RecordingRequest(0, state, np.array([0])) for state in variables or model.threshold_states),
        (_trial(changes, spikes, begin, place.step),),
        label=f"{population.label}[{place.cell}]",
    )
    return IsolatedCell(alone, begin, place.step, first, spikes)


def arriving(history: History, first: int) -> Iterator[Input]:
    """What reaches the cell from step ``first`` to the step of the difference, a projection at a time."""
    network, place, recording = history.network, history.place, history.recording
    sources = source_spikes(network)
    recorded = recording.trials[place.trial].spikes
    nothing = Spikes(np.empty(0, np.uint32), np.empty(0, np.int64))
    values = SynapseValues(network)
    for change in network.changes("synapse"):
        values.write(change)
    for index, projection in enumerate(network.projections):
        if projection.post_population != place.population:
            continue
        here = np.flatnonzero(projection.post == place.cell)
        spikes = (sources if projection.pre_population in sources else recorded).get(projection.pre_population, nothing)
        if projection.model.is_static:
            synapse, arrival = arrivals(projection, spikes, here)
            weights = np.broadcast_to(values.weight(index), projection.size)[synapse]
        else:
            if any(made.index == index for made in network.changes("synapse")):
                raise UnsupportedFeature(f"Spikes and the script change the synapses of '{projection.label}'.")
            for other in sorted({MODULATOR_SPIKES, POTENTIAL} & projection.model.changed_by):
                raise UnsupportedFeature(f"The synapses of '{projection.label}' are changed by {other}.")
            own = recorded.get(place.population, nothing)
            own_steps = own.steps[(own.cells == place.cell) & (own.steps < place.step)]
            arrival, weights = deliveries(projection.selected(here), network.dt, spikes, own_steps)
        inside = (arrival >= first) & (arrival <= place.step)
        yield Input(projection.receptor, arrival[inside], weights[inside])


def _changes(network: Network, place: Mismatch) -> Iterator[tuple[int, Change]]:
    """Changes of the cell before the difference and the steps at which they are made, for a cell on its own."""
    begin = 0
    for epoch in network.trials[0].epochs:
        if begin >= place.step:
            return
        for change in epoch.changes:
            if change.kind == "synapse":
                # Those set at the very beginning precede all input.
                if begin > 0 and network.projections[change.index].post_population == place.population:
                    raise UnsupportedFeature("Weights of its synapses change during the trial.")
            elif change.index == place.population:
                value = changed(change, place.cell)
                if value is not None:
                    yield begin, Change(change.kind, 0, change.name, np.array(value))
        begin += epoch.steps


def _begin(
    model: CellModel,
    population: Population,
    changes: Sequence[tuple[int, Change]],
    place: Mismatch,
    dt: float,
    first: int,
    spikes: NDArray[np.int64],
) -> int:
    """A step so early that what the states were there no longer matters at step ``first``."""

    def forgotten(names: set[str]) -> int:
        """Steps after which states that depend on these parameters are forgotten."""
        times = [value_of(population.parameters[n], place.cell) for n in names if model.parameters[n].unit == "ms"]
        times += [float(c.values) for _, c in changes if c.name in names and model.parameters[c.name].unit == "ms"]
        return math.ceil(MEMORY * max(times, default=0.0) / dt)

    constants = {name for name, p in model.parameters.items() if p.unit == "ms"}
    if not all(names_in(e.tree) & constants for e in model.system):
        return 0  # a state of which no parameter says how long it remembers
    at_all = first - forgotten(set(model.parameters))
    others = [names_in(e.tree) for e in model.system if e.state != "v"]
    if spikes.size and _only_v_is_set(model) and not any("v" in names for names in others):
        # A spike sets the potential whatever it was; what must be known by then is the rest, and that takes less.
        last = int(spikes[-1])
        return max(0, at_all, last - 1 - forgotten(set().union(*others) & set(model.parameters)))
    return max(0, at_all)


def _only_v_is_set(model: CellModel) -> bool:
    """Whether a spike sets the potential, to what depends on no state, and nothing else."""
    return all(s.state == "v" and not names_in(s.tree) & set(model.states) for s in model.resets)


def _replayed(
    inputs: Sequence[Input], begin: int
) -> tuple[tuple[Population, ...], tuple[Projection, ...], tuple[SpikeInput, ...]]:
    """Sources that give the cell its input: one for every weight, a step ahead of each arrival."""
    populations, projections, spikes = [], [], []
    for index, given in enumerate(inputs, start=1):
        weights, source = np.unique(given.weights, return_inverse=True)
        cells = np.arange(weights.size)
        populations.append(Population(f"input {index}", "SpikeSourceArray", weights.size))
        projections.append(
            Projection(f"input {index}", index, 0, cells, np.zeros_like(cells), weights, np.array(1), given.receptor)
        )
        spikes.append(SpikeInput(index, source, given.steps - begin - 1))
    return tuple(populations), tuple(projections), tuple(spikes)


def _currents(network: Network, place: Mismatch, begin: int) -> Iterator[CurrentInput]:
    """Currents into the cell, from ``begin`` on."""
    for current in network.currents:
        if current.population != place.population or place.cell not in current.cells:
            continue
        # Of the changes up to the beginning the last one is in force.
        kept = slice(max(0, int(np.searchsorted(current.steps, begin, side="right")) - 1), None)
        steps = np.maximum(current.steps[kept] - begin, 0)
        yield CurrentInput(0, np.array([0]), steps, current.amplitudes[kept])


def _forced(model: CellModel) -> CellModel:
    """The model with a parameter that is added to its threshold."""
    left, operator, right = re.split(r"(>=?)", model.threshold)
    unit = model.units[model.threshold_states[0]]
    return replace(
        model,
        parameters={**model.parameters, FORCED: Parameter(NEVER, unit, "added to the threshold")},
        threshold=f"{left} {operator} {right} + {FORCED}",
    )


def _trial(changes: Sequence[tuple[int, Change]], spikes: NDArray[np.int64], begin: int, end: int) -> Trial:
    """The schedule: the cell's own changes, and a threshold that makes it spike where it did and nowhere else."""
    made: dict[int, list[Change]] = defaultdict(list)
    for step, change in changes:
        # States that were set before the beginning are forgotten, parameters stay.
        if change.kind == "parameter" or step >= begin:
            made[max(step, begin)].append(change)
    thresholds = {begin: NEVER} | dict.fromkeys(spikes.tolist(), NEVER) | dict.fromkeys((spikes - 1).tolist(), ALWAYS)
    for step, value in thresholds.items():
        made[step].append(Change("parameter", 0, FORCED, np.array(value)))
    steps = sorted(made)
    return Trial(tuple(Epoch(n - s, tuple(made[s])) for s, n in zip(steps, [*steps[1:], end], strict=True)))
