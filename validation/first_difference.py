"""Why the first differing spike differs: the two potentials that met the threshold.

Probes run the network again up to the step of the spike and sample the states of that one
cell. The simulator without the spike runs it as it was: what it samples is what it held
against the threshold. On the simulator with the spike the reset would hide that, so there
the cell's threshold is lifted out of reach in the last step before. It is not lifted where
it need not be, because some simulators bound the potential by the threshold within their
equations: lifting it then moves the potential by a millionth of a millivolt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.base import Settings
from unisono.adapters.codegen.affine import linear_states
from unisono.adapters.recording import Recording
from unisono.adapters.results import Run, Runs
from unisono.models.cells import cell_model
from unisono.models.equations import CellModel
from unisono.models.errors import UnisonoError
from unisono.models.network import Change, Epoch, Network, RecordingRequest, Trial
from unisono.validation.comparators import Mismatch, spike_keys
from unisono.validation.method_error import method_error

#: How closely potentials agree in matched numerics, mV, at the least: rounding alone where the
#: propagators are exact; the promise for a single cell where the method is of order four. In a
#: strongly driven cell that method's own error is larger: then twice that error (there are two
#: simulators) takes its place, see :func:`unisono.validation.method_error.method_error`.
TOLERANCE_MV = {"linear": 1e-9, "other": 1e-6}

#: No tolerance is larger, mV: a method this far off gives no ties but wrong results.
LARGEST_TOLERANCE_MV = 1e-3

#: How far the threshold of the probed cell is lifted, mV: out of reach of any input.
LIFT_MV = 1000.0

#: The span before the spike over which arriving input is counted, ms.
INPUT_SPAN_MS = 1.0

#: Runs a network on simulators: ``execute(network, on=names, settings=settings)``.
Execute = Callable[..., Mapping[str, Run]]


@dataclass(frozen=True)
class Arrivals:
    """Input that reached one receptor of the cell in the last millisecond."""

    receptor: str
    count: int
    weight: float
    unit: str


@dataclass(frozen=True)
class Explanation:
    """What the probe found.

    Attributes
    ----------
    threshold, tolerance : float
        In mV.
    states : mapping of simulator to mapping of state variable to float
        At the step of the spike, after integration and input, before the test.
    inputs : tuple of Arrivals
    """

    threshold: float
    tolerance: float
    states: Mapping[str, Mapping[str, float]]
    inputs: tuple[Arrivals, ...]

    @property
    def potentials(self) -> dict[str, float]:
        """The potential that met the threshold, mV, by simulator."""
        return {name: states["v"] for name, states in self.states.items()}

    @property
    def distances(self) -> dict[str, float]:
        """Potential minus threshold, mV, by simulator."""
        return {name: v - self.threshold for name, v in self.potentials.items()}

    @property
    def is_tie(self) -> bool:
        """Whether both potentials lie within the numerical tolerance of the threshold."""
        return all(abs(d) <= self.tolerance for d in self.distances.values())


@dataclass(frozen=True)
class FirstDifference:
    """The first spike that only one of two simulators has.

    Attributes
    ----------
    trial, step : int
    time_ms : float
        Within the trial.
    population : str
    population_index, neuron : int
    spiked, silent : str
        The simulator that has the spike, and the one that has not.
    explanation : Explanation or None
    note : str
        Why there is no explanation.
    """

    trial: int
    step: int
    time_ms: float
    population: str
    population_index: int
    neuron: int
    spiked: str
    silent: str
    explanation: Explanation | None = None
    note: str = "it was not examined"

    @property
    def is_tie(self) -> bool:
        """Whether it is shown to be a tie at the threshold."""
        return self.explanation is not None and self.explanation.is_tie

    def __str__(self) -> str:
        where = f"neuron {self.neuron} of '{self.population}'"
        text = f"At {self.time_ms:g} ms {where} spikes on {self.spiked} and not on {self.silent}"
        why = self.explanation
        if why is None:
            return f"{text}; {self.note}."
        figures = " and ".join(f"{d:+.3g} mV on {name}" for name, d in why.distances.items())
        if self.is_tie:
            return (
                f"{text}: a tie. Its potential met the threshold of {why.threshold:g} mV within the numerical error "
                f"({figures}; an error of {why.tolerance:.2g} mV is to be expected), so neither is wrong."
            )
        return (
            f"{text}: not a tie. Its distance from the threshold of {why.threshold:g} mV was {figures}; "
            f"more than the {why.tolerance:.2g} mV that the numerics promise, so the difference has a cause."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        data: dict[str, Any] = {
            "trial": self.trial,
            "time_ms": self.time_ms,
            "population": self.population,
            "neuron": self.neuron,
            "spiked": self.spiked,
            "silent": self.silent,
            "tie": self.is_tie if self.explanation else None,
            "text": str(self),
        }
        if why := self.explanation:
            data |= {
                "threshold_mv": why.threshold,
                "tolerance_mv": why.tolerance,
                "potentials_mv": why.potentials,
                "distances_mv": why.distances,
                "states": {name: dict(states) for name, states in why.states.items()},
                "inputs": [vars(arrivals) for arrivals in why.inputs],
            }
        return data


class Examiner:
    """Examines first differences; simulators that differ at the same spike share a probe.

    Parameters
    ----------
    runs : Runs
    execute : callable, optional
        What runs the probe; by default :func:`unisono.adapters.execution.run`.
    """

    def __init__(self, runs: Runs, execute: Execute | None = None) -> None:
        self.runs = runs
        self._execute = execute
        self._probed: dict[tuple[Mismatch, bool, str], Run] = {}

    def examine(self, mismatch: Mismatch, a: str, b: str, others: Sequence[str] = ()) -> FirstDifference:
        """The first difference of ``a`` and ``b``; ``others`` differ there too and are probed with them."""
        network = self.runs.network
        spiked, silent = (a, b) if mismatch.in_first else (b, a)
        difference = unexamined(network, mismatch, spiked, silent)
        place = replace(mismatch, in_first=True)
        single = next(islice(network.single_trials(), mismatch.trial, None))
        probe, threshold = probe_of(single, place)
        try:
            sampled = {name: self._sampled(probe, place, name, others, name == spiked) for name in (spiked, silent)}
        except UnisonoError as error:
            return replace(difference, note=f"the probe of the potentials failed: {error}")
        states = {name: {v: float(x[place.step]) for v, x in of.items()} for name, of in sampled.items()}
        tolerance = _tolerance(probe, place, sampled[silent])
        recording = self.runs[a].recording
        inputs = arrivals(probe, place, recording) if recording else ()
        return replace(difference, explanation=Explanation(threshold, tolerance, states, inputs), note="")

    def _sampled(
        self, probe: Network, place: Mismatch, name: str, others: Sequence[str], lifted: bool
    ) -> dict[str, NDArray[np.float64]]:
        """States of the cell at every step on one simulator."""
        run = self._run(probe if lifted else unlifted(probe), place, name, others, lifted)
        original = self.runs[name].recording
        if run.recording is None or original is None:
            raise run.error or UnisonoError(f"{name} gave no result.")
        trial = run.recording.trials[0]
        until = place.step << 32
        for population, spikes in original.trials[place.trial].spikes.items():
            before, again = spike_keys(spikes), spike_keys(trial.spikes.get(population))
            if not np.array_equal(before[before < until], again[again < until]):
                raise UnisonoError(f"{name} did not repeat its own spikes.", "Is it run with several threads?")
        return {s.variable: s.values[:, 0] for s in trial.signals}

    def _run(self, probe: Network, place: Mismatch, name: str, others: Sequence[str], lifted: bool) -> Run:
        """The probe on a simulator; others of equal settings that need the same one run it along."""
        if (place, lifted, name) not in self._probed:
            settings: Settings = self.runs[name].settings
            waiting = [n for n in others if (place, lifted, n) not in self._probed]
            along = [n for n in waiting if self.runs[n].settings == settings and self._has(n, place) == lifted]
            execute = self._execute or _executor()
            for done, run in execute(probe, on=[name, *along], settings=settings).items():
                self._probed[place, lifted, done] = run
        return self._probed[place, lifted, name]

    def _has(self, name: str, place: Mismatch) -> bool:
        """Whether a simulator has the spike."""
        recording = self.runs[name].recording
        keys = spike_keys(recording.trials[place.trial].spikes.get(place.population) if recording else None)
        return bool((keys == (place.step << 32 | place.cell)).any())


def _executor() -> Execute:
    from unisono.adapters import execution

    execute: Execute = execution.run
    return execute


def unexamined(network: Network, mismatch: Mismatch, spiked: str, silent: str) -> FirstDifference:
    """A mismatch by its names, without explanation."""
    return FirstDifference(
        trial=mismatch.trial,
        step=mismatch.step,
        time_ms=round(mismatch.step * network.dt, 9),
        population=network.populations[mismatch.population].label,
        population_index=mismatch.population,
        neuron=mismatch.cell,
        spiked=spiked,
        silent=silent,
    )


def probe_of(network: Network, place: Mismatch) -> tuple[Network, float]:
    """The probe of a network of a single trial, and the threshold in force.

    The schedule is that of the trial up to the step before the spike; from there the
    threshold of the cell is lifted, and two steps follow.
    """
    model = cell_model(network.populations[place.population].cell)
    epochs = _cut(network.trials[0].epochs, place.step - 1)
    threshold = _in_force(network, epochs, place, model.threshold)
    lifted = Change(
        "parameter",
        place.population,
        model.threshold,
        np.array([threshold + LIFT_MV]),
        np.array([place.cell], np.uint32),
    )
    last = Epoch(2, (*epochs[-1].changes, lifted)) if epochs[-1].steps == 0 else Epoch(2, (lifted,))
    kept = epochs[:-1] if epochs[-1].steps == 0 else epochs
    cell = np.array([place.cell], np.uint32)
    recordings = tuple(RecordingRequest(place.population, variable, cell) for variable in _sampled(model))
    return replace(network, trials=(Trial((*kept, last)),), recordings=recordings), threshold


def unlifted(probe: Network) -> Network:
    """The probe without its last change."""
    (trial,) = probe.trials
    last = trial.epochs[-1]
    return replace(probe, trials=(Trial((*trial.epochs[:-1], replace(last, changes=last.changes[:-1]))),))


def _sampled(model: CellModel) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("v", *model.recordable)))


def _tolerance(probe: Network, place: Mismatch, sampled: Mapping[str, NDArray[np.float64]]) -> float:
    """How closely the numerics promise that potentials of the cell agree at that step, mV."""
    model = cell_model(probe.populations[place.population].cell)
    if "v" in linear_states(model):
        return TOLERANCE_MV["linear"]
    epochs = unlifted(probe).trials[0].epochs
    parameters = {name: _in_force(probe, epochs, place, name) for name in model.parameters}
    until = {name: values[: place.step + 1] for name, values in sampled.items()}
    estimate: float = 2 * method_error(model, parameters, until, probe.dt)
    return min(max(TOLERANCE_MV["other"], estimate), LARGEST_TOLERANCE_MV)


def _cut(epochs: Sequence[Epoch], step: int) -> tuple[Epoch, ...]:
    """The epochs up to a step; changes made at that step are kept."""
    kept, begin = [], 0
    for epoch in epochs:
        if begin > step:
            break
        kept.append(Epoch(min(epoch.steps, step - begin), epoch.changes))
        begin += epoch.steps
    return tuple(kept)


def _in_force(network: Network, epochs: Sequence[Epoch], place: Mismatch, name: str) -> float:
    """A parameter of the cell after the changes of the epochs."""

    def of(values: Any, index: int) -> float:
        return float(values[index] if np.ndim(values) else values)

    value = of(network.populations[place.population].parameters[name], place.cell)
    for change in (c for epoch in epochs for c in epoch.changes):
        if (change.kind, change.index, change.name) != ("parameter", place.population, name):
            continue
        if change.cells is None:
            value = of(change.values, place.cell)
        elif (at := np.flatnonzero(change.cells == place.cell)).size:
            value = of(change.values, int(at[-1]))
    return value


def arrivals(network: Network, place: Mismatch, recording: Recording) -> tuple[Arrivals, ...]:
    """Input that reached the cell in the last millisecond up to the step, by receptor.

    Parameters
    ----------
    network : Network
        Of the single trial.
    place : Mismatch
    recording : Recording
        Of either simulator: before the first difference their spikes are the same.
    """
    receptors = cell_model(network.populations[place.population].cell).receptors
    counts, weights = dict.fromkeys(receptors, 0), dict.fromkeys(receptors, 0.0)
    first = place.step - max(1, round(INPUT_SPAN_MS / network.dt)) + 1
    changes = {c.index: c.values for e in network.trials[0].epochs for c in e.changes if c.kind == "weight"}
    for index, projection in enumerate(network.projections):
        if projection.post_population != place.population:
            continue
        here = np.flatnonzero(projection.post == place.cell)
        weight = np.broadcast_to(changes.get(index, projection.weight), projection.size)[here]
        delay = np.broadcast_to(projection.delay, projection.size)[here]
        for steps in np.unique(delay):
            mine = delay == steps
            window = first - int(steps), place.step - int(steps)
            sent = _spike_counts(network, projection.pre_population, recording, place.trial, window)
            number = sent[projection.pre[here[mine]]]
            counts[projection.receptor] += int(number.sum())
            weights[projection.receptor] += float((number * weight[mine]).sum())
    return tuple(Arrivals(name, counts[name], weights[name], r.unit) for name, r in receptors.items())


def _spike_counts(
    network: Network, population: int, recording: Recording, trial: int, window: tuple[int, int]
) -> NDArray[np.int64]:
    """Spikes of each cell of a population in the steps of a window, both ends included."""
    total = np.zeros(network.populations[population].size, np.int64)
    if network.populations[population].is_source:
        for source in (s for s in network.spikes if s.population == population):
            inside = slice(*np.searchsorted(source.steps, [window[0], window[1] + 1]))
            counts = np.broadcast_to(source.counts, source.steps.shape)[inside]
            np.add.at(total, source.cells[inside], counts)
    elif (spikes := recording.trials[trial].spikes.get(population)) is not None:
        inside = slice(*np.searchsorted(spikes.steps, [window[0], window[1] + 1]))
        np.add.at(total, spikes.cells[inside], 1)
    return total
