"""Why the first differing spike differs: the two potentials that met the threshold.

Probes (:mod:`unisono.validation.compare.probe`) run the network again up to the step of the spike and
sample the states of that one cell.

How close to the threshold is close enough is measured, not assumed: the reference integrates
the cell on its own, with the input that it had (:mod:`unisono.validation.compare.isolated_cell`), and
how far each simulator was off in the steps before is its numerical error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.codegen.affine import linear_states
from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.cards import brief
from unisono.models.errors import UnisonoError, UnsupportedFeature
from unisono.models.network import Network
from unisono.validation.compare.comparators import Mismatch, spike_keys
from unisono.validation.compare.isolated_cell import History, Input, IsolatedCell, arriving, isolated
from unisono.validation.compare.pre_spike import PreSpike, first_step, pre_spike_of
from unisono.validation.compare.probe import Threshold, narrowed, probe_of, unlifted
from unisono.validation.runner import Runner

#: No tolerance is smaller, mV, because the error in the step itself cannot be measured. Exact
#: propagators make rounding errors alone, some 1e-13 mV, and the reference's own error, at 1e-12 a
#: step, stays below 1e-9. Methods of order four can add about 1e-6 in one step of a driven cell.
TOLERANCE_MV = {"linear": 1e-9, "other": 1e-6}

#: No tolerance is larger, mV: a simulator this far off gives no ties but wrong results. Exact propagators
#: lose at most some digits to cancellation, as where two time constants are nearly the same.
LARGEST_TOLERANCE_MV = {"linear": 1e-6, "other": 1e-3}

#: The simulator that says who is right.
REFERENCE = "reference"

#: The span before the spike over which arriving input is counted, ms.
INPUT_SPAN_MS = 1.0


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
        In mV; the tolerance is the sum of both errors, where they are known. A threshold
        that is a state of the cell is that of the simulator with the spike.
    potentials, distances : mapping of simulator to float
        The potential that met the threshold, and potential minus threshold, mV.
    states : mapping of simulator to mapping of state variable to float
        At the step of the spike, after integration and input, before the test.
    inputs : tuple of Arrivals
    reference, reference_distance : float or None
        The potential that the reference finds at that step, and potential minus threshold, mV.
    errors : mapping of simulator to float
        Largest distance from the reference in the steps before, mV; empty where there is no reference.
    note : str
        Why there is no reference.
    largest : float
        What the tolerance cannot exceed, nor an error if it is a tie, mV.
    pre_spike : PreSpike or None
        The potentials and the input of the last milliseconds, to be drawn.
    """

    threshold: float
    tolerance: float
    potentials: Mapping[str, float]
    distances: Mapping[str, float]
    states: Mapping[str, Mapping[str, float]]
    inputs: tuple[Arrivals, ...]
    reference: float | None = None
    reference_distance: float | None = None
    errors: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    largest: float = LARGEST_TOLERANCE_MV["other"]
    pre_spike: PreSpike | None = field(default=None, repr=False, compare=False)

    __repr__ = brief

    @property
    def is_tie(self) -> bool:
        """Whether all potentials lie within the numerical error of the threshold, and that error is small."""
        return self._within(self.tolerance)

    @property
    def is_open(self) -> bool:
        """Whether it is no tie yet and a larger error would make it one."""
        return self.reference is not None and not self.is_tie and self._within(self.largest)

    def _within(self, tolerance: float) -> bool:
        of_reference = () if self.reference_distance is None else (self.reference_distance,)
        near = all(abs(d) <= tolerance for d in (*self.distances.values(), *of_reference))
        return near and all(error <= self.largest for error in self.errors.values())

    def with_error(self, simulator: str, error: float) -> Explanation:
        """The same with an error of a simulator, mV, if that is larger than what was known."""
        errors = {**self.errors, simulator: max(error, self.errors.get(simulator, 0.0))}
        tolerance = min(max(self.tolerance, sum(errors.values())), self.largest)
        return replace(self, errors=errors, tolerance=tolerance)


@dataclass(frozen=True)
class FirstDifference:
    """The first spike that only one of two simulators has.

    Attributes
    ----------
    trial, step : int
    time_ms : float
        Within the trial.
    population : str
    population_index, cell : int
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
    cell: int
    spiked: str
    silent: str
    explanation: Explanation | None = None
    note: str = "it was not examined"

    __repr__ = brief

    @property
    def is_tie(self) -> bool:
        """Whether it is shown to be a tie at the threshold."""
        return self.explanation is not None and self.explanation.is_tie

    def __str__(self) -> str:
        spiked, silent = (registry.title(name) for name in (self.spiked, self.silent))
        trial = f" of trial {self.trial + 1}" if self.trial else ""
        where = f"cell {self.cell} of '{self.population}' spikes in {spiked} but not in {silent}"
        why = self.explanation
        if why is None:
            return f"First divergence at {self.time_ms:g} ms{trial}: {where}; {self.note}."
        sides = [why.distances[name] for name in (self.spiked, self.silent)]
        figures = " and ".join(f"{distance:+.3g}" for distance in sides)
        about = f"(potential - threshold = {figures} mV; numerical errors allow {why.tolerance:.2g})"
        if self.is_tie:
            text = f"First divergence at {self.time_ms:g} ms{trial}, a tie: {where} {about}. Neither is wrong."
        else:
            text = f"First divergence at {self.time_ms:g} ms{trial}: {where} {about}."
        return f"{text} {self.judgement}".rstrip()

    @property
    def judgement(self) -> str:
        """What the reference says, in words."""
        why = self.explanation
        if why is None:
            return ""
        if why.reference_distance is None:
            return f"The reference cannot say who is right: {why.note or 'it was not asked'}"
        right = self.spiked if why.reference_distance >= 0 else self.silent
        errors = ", ".join(f"{registry.title(name)} by up to {error:.2g} mV" for name, error in why.errors.items())
        off = f"; before, these were off: {errors}" if errors else ""
        return f"The reference agrees with {registry.title(right)} ({why.reference_distance:+.3g} mV){off}."

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        data: dict[str, Any] = {
            "trial": self.trial,
            "time_ms": self.time_ms,
            "population": self.population,
            "cell": self.cell,
            "spiked": self.spiked,
            "silent": self.silent,
            "tie": self.is_tie if self.explanation else None,
            "text": str(self),
        }
        if why := self.explanation:
            data |= {
                "threshold_mv": why.threshold,
                "tolerance_mv": why.tolerance,
                "potentials_mv": dict(why.potentials),
                "distances_mv": dict(why.distances),
                "reference_mv": why.reference,
                "reference_distance_mv": why.reference_distance,
                "errors_mv": dict(why.errors),
                "states": {name: dict(states) for name, states in why.states.items()},
                "inputs": [vars(arrivals) for arrivals in why.inputs],
            }
        return data


class Examiner:
    """Examines first differences; simulators that differ at the same spike share a probe.

    Parameters
    ----------
    runs : Runs
    executor : Runner, optional
        What runs the probe.
    """

    def __init__(self, runs: Runs, executor: Runner | None = None) -> None:
        self.runs = runs
        self._executor = executor or Executor()
        self._probed: dict[tuple[Mismatch, bool, str], Run] = {}
        self._isolated: dict[str, Run] = {}

    def examine(self, mismatch: Mismatch, a: str, b: str, others: Sequence[str] = ()) -> FirstDifference:
        """The first difference of ``a`` and ``b``; ``others`` differ there too and are probed with them."""
        network = self.runs.network
        spiked, silent = (a, b) if mismatch.in_first else (b, a)
        difference = unexamined(network, mismatch, spiked, silent)
        place = replace(mismatch, in_first=True)
        single = next(islice(network.single_trials(), mismatch.trial, None))
        try:
            probe, test = probe_of(single, place)
            sampled = {name: self._sampled(probe, place, name, others, name == spiked) for name in (spiked, silent)}
        except UnisonoError as error:
            return replace(difference, note=f"the probe of the potentials failed: {str(error).rstrip('.')}")
        states = {name: {v: float(x[place.step]) for v, x in of.items()} for name, of in sampled.items()}
        potentials = {name: float(test.potential(at)) for name, at in states.items()}
        distances = {name: float(test.distance(at)) for name, at in states.items()}
        threshold = float(test.threshold(states[spiked]))
        as_it_was = unlifted(probe)
        recording = self.runs[a].recording
        history = History(as_it_was, place, recording) if recording else None
        kind = _kind(probe, place)
        least, largest = TOLERANCE_MV[kind], LARGEST_TOLERANCE_MV[kind]
        pre_spike = pre_spike_of(
            place.step,
            network.dt,
            {name: test.potential(of) for name, of in sampled.items()},
            test.threshold(sampled[spiked]),
            _arrived(history, first_step(place.step, network.dt)) if history else (),
        )
        inputs = arrivals(history) if history else ()
        explanation = Explanation(
            threshold, least, potentials, distances, states, inputs, largest=largest, pre_spike=pre_spike
        )
        try:
            above = {name: test.distance(of) for name, of in sampled.items()}
            explanation = self._judged(explanation, history, test, above)
            if explanation.is_open:
                # Within its equations a simulator may bound the potential by the threshold. What that has moved
                # is an error of this very step, which the steps before cannot show.
                freed = test.distance(self._sampled(probe, place, silent, others, True))[place.step]
                explanation = explanation.with_error(silent, abs(float(freed) - distances[silent]))
        except UnisonoError as error:
            explanation = replace(explanation, note=str(error))
        return replace(difference, explanation=explanation, note="")

    def _judged(
        self,
        explanation: Explanation,
        history: History | None,
        test: Threshold,
        distances: Mapping[str, NDArray[np.float64]],
    ) -> Explanation:
        """The explanation with what the reference says, and the errors measured by it."""
        if history is None:
            return explanation
        cell = isolated(history)
        states = self._reference(cell)
        right = test.distance(states)
        errors = {name: cell.error(of, right) for name, of in distances.items()}
        potential = test.potential(states)
        drawn = explanation.pre_spike and explanation.pre_spike.with_reference(cell, potential, history.network.dt)
        judged = replace(
            explanation, reference=float(potential[-1]), reference_distance=float(right[-1]), pre_spike=drawn
        )
        for name, error in errors.items():
            judged = judged.with_error(name, error)
        return judged

    def _reference(self, cell: IsolatedCell) -> dict[str, NDArray[np.float64]]:
        """The states in the threshold condition of the isolated cell at every step, by the reference."""
        name = cell.network.fingerprint
        if name not in self._isolated:
            self._isolated[name] = self._executor.run(cell.network, [REFERENCE], Settings())[REFERENCE]
        run = self._isolated[name]
        trial = cell.trial_of(run)
        return {s.variable: s.values[:, 0] for s in trial.signals}

    def _sampled(
        self, probe: Network, place: Mismatch, name: str, others: Sequence[str], lifted: bool
    ) -> dict[str, NDArray[np.float64]]:
        """States of the cell at every step on one simulator."""
        asked = narrowed(probe if lifted else unlifted(probe), self.runs[name].simulator)
        run = self._run(asked, place, name, others, lifted)
        original = self.runs[name].recording
        if run.recording is None or original is None:
            raise run.error or UnisonoError(f"{name} gave no result.")
        trial = run.recording.trials[0]
        until = place.step << 32
        for population, spikes in original.trials[place.trial].spikes.items():
            before, again = spike_keys(spikes), spike_keys(trial.spikes.get(population))
            if not np.array_equal(before[before < until], again[again < until]):
                raise UnisonoError(f"{name} gave other spikes when it ran again.", "Use one thread.")
        return {s.variable: s.values[:, 0] for s in trial.signals}

    def _run(self, probe: Network, place: Mismatch, name: str, others: Sequence[str], lifted: bool) -> Run:
        """The probe on a simulator; others of equal settings that need the same one run it along."""
        if (place, lifted, name) not in self._probed:
            settings: Settings = self.runs[name].settings
            waiting = [n for n in others if (place, lifted, n) not in self._probed]
            along = [n for n in waiting if self.runs[n].settings == settings and self._has(n, place) == lifted]
            for done, run in self._executor.run(probe, [name, *along], settings).items():
                self._probed[place, lifted, done] = run
        return self._probed[place, lifted, name]

    def _has(self, name: str, place: Mismatch) -> bool:
        """Whether a simulator has the spike."""
        recording = self.runs[name].recording
        keys = spike_keys(recording.trials[place.trial].spikes.get(place.population) if recording else None)
        return bool((keys == (place.step << 32 | place.cell)).any())


def unexamined(network: Network, mismatch: Mismatch, spiked: str, silent: str) -> FirstDifference:
    """A mismatch by its names, without explanation."""
    return FirstDifference(
        trial=mismatch.trial,
        step=mismatch.step,
        time_ms=round(mismatch.step * network.dt, 9),
        population=network.populations[mismatch.population].label,
        population_index=mismatch.population,
        cell=mismatch.cell,
        spiked=spiked,
        silent=silent,
    )


def _kind(network: Network, place: Mismatch) -> str:
    """Whether what is tested has an exact propagator: ``linear`` or ``other``."""
    model = network.populations[place.population].model
    return "linear" if set(model.threshold_states) <= set(linear_states(model)) else "other"


def _arrived(history: History, first: int) -> list[Input]:
    """What reached the cell from a step on; nothing where it cannot be had, as the judgement then says."""
    try:
        return list(arriving(history, first))
    except UnsupportedFeature:
        return []


def arrivals(history: History) -> tuple[Arrivals, ...]:
    """Input that reached the cell in the last millisecond up to the step, by receptor."""
    model = history.network.populations[history.place.population].model
    first = history.place.step - max(1, round(INPUT_SPAN_MS / history.network.dt)) + 1
    found = _arrived(history, first)
    return tuple(
        Arrivals(
            name,
            sum(i.steps.size for i in found if i.receptor == name),
            float(sum(i.weights.sum() for i in found if i.receptor == name)),
            model.weight_unit(name),
        )
        for name in model.receptors
    )
