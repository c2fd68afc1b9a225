"""What characterises the runs of a comparison beyond its statistics: curves, distributions, and whether it is cortex.

All of it is computed once, when it is first asked for, and only once for simulators that gave the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from unisono.adapters.contract.recording import Recording
from unisono.adapters.runtime.results import Runs
from unisono.validation.statistics.activity import Activity, activity
from unisono.validation.statistics.curve import Curve
from unisono.validation.statistics.curves import of_spikes
from unisono.validation.statistics.distributions import (
    QUANTITIES,
    Distribution,
    RateOverTime,
    distribution_of,
    rate_over_time,
)
from unisono.validation.statistics.learning_window import LearningWindow, learning_windows
from unisono.validation.statistics.plausibility import Plausibility, plausible
from unisono.validation.statistics.potentials import of_potentials
from unisono.validation.statistics.rhythms import Rhythm, rhythms_of
from unisono.validation.statistics.statistics import Statistic
from unisono.validation.statistics.templates import DELAY_SHIFT, shifts, templates_of
from unisono.validation.statistics.weight_distributions import WeightDistribution, weight_distributions

if TYPE_CHECKING:
    from unisono.validation.statistics.predictions import Prediction


class Characteristics:
    """Curves, distributions, weights and plausibility of runs.

    Parameters
    ----------
    runs : Runs
        Those without a result, or of populations other than the network's, are left out.
    statistics : mapping of str to tuple of Statistic
        By simulator.
    transient : float
        Cut before curves, ms; at most half of a trial is.
    trial : int
        Whose distributions, rates over time and weights are given; nothing is cut from it.
    """

    def __init__(
        self, runs: Runs, statistics: Mapping[str, tuple[Statistic, ...]], transient: float, trial: int = 0
    ) -> None:
        sizes = tuple(p.size for p in runs.network.populations)
        self.trial = trial
        self._network, self._statistics, self._transient = runs.network, statistics, transient
        self._recordings = {
            name: run.recording
            for name, run in runs.items()
            if run.recording is not None and run.recording.trials and run.recording.sizes == sizes
        }

    @cached_property
    def curves(self) -> Mapping[str, tuple[Curve, ...]]:
        """Every curve of every run, by simulator."""
        network, transient = self._network, self._transient
        found: dict[str, tuple[Curve, ...]] = {}
        spikes: dict[str, tuple[Curve, ...]] = {}
        for name, recording in self._recordings.items():
            twin = self._twins[name]
            if twin == name:
                spikes[name] = of_spikes(recording, network, transient)
            if twin != name and _same_signals(self._recordings[twin], recording):
                found[name] = found[twin]
            else:
                found[name] = (*spikes[twin], *of_potentials(recording, network, transient))
        return found

    @cached_property
    def delay_shifts(self) -> Mapping[str, float]:
        """How far cross-correlograms are shifted against the first simulator's, steps, where spikes differ."""
        others = [name for name, twin in self._twins.items() if twin != next(iter(self._twins))]
        if not others:
            return {}
        templates = templates_of([next(iter(self.curves.values()))])
        found = {}
        for name in others:
            value = next((s.value for s in shifts(self.curves[name], templates) if s.name == DELAY_SHIFT), None)
            if value is not None:
                found[name] = value
        return found

    @cached_property
    def plausibility(self) -> Mapping[str, Plausibility]:
        """Each run compared with cortex, by simulator; runs without a target are left out."""
        found = {name: plausible(statistics, self._network) for name, statistics in self._statistics.items()}
        return {name: one for name, one in found.items() if one.rows}

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """Distributions of every quantity of every population that is no source."""
        active = self._activities
        return tuple(distribution_of(quantity, label, of) for quantity in QUANTITIES for label, of in active)

    @cached_property
    def rates(self) -> tuple[RateOverTime, ...]:
        """Rates over time of every population that is no source."""
        return tuple(rate_over_time(label, of) for label, of in self._activities)

    @cached_property
    def weights(self) -> tuple[WeightDistribution, ...]:
        """Weights of synapses that spikes change, before the trial and after it."""
        return weight_distributions(self._recordings, self._network, self.trial)

    @cached_property
    def rhythms(self) -> tuple[Rhythm, ...]:
        """The largest peak of each population's spectrum, of the first simulator."""
        return rhythms_of(next(iter(self.curves.values()), ()))

    @cached_property
    def predictions(self) -> tuple[Prediction, ...]:
        """Each population by mean-field theory, where it covers the network, beside the first simulator."""
        from unisono.validation.statistics.predictions import (
            predictions_of,  # SciPy's integrals take a third of a second
        )

        first = next(iter(self._statistics.values()), None)
        return predictions_of(self._network, first) if first else ()

    @cached_property
    def learning_windows(self) -> tuple[LearningWindow, ...]:
        """How one pair of spikes changes the weights, where spikes of the target do."""
        return learning_windows(self._network, self.trial) if self._recordings else ()

    @cached_property
    def _twins(self) -> Mapping[str, str]:
        """For each simulator the first one with the same spikes, which can be itself."""
        found: dict[str, str] = {}
        for name, recording in self._recordings.items():
            first = {twin: None for twin in found.values()}
            found[name] = next((other for other in first if _same_spikes(self._recordings[other], recording)), name)
        return found

    @cached_property
    def _activities(self) -> tuple[tuple[str, Mapping[str, Activity]], ...]:
        """Population by population, label and activity by simulator; none where trials differ.

        Simulators with the same spikes share an activity.
        """
        trials = {name: r.trials[self.trial] for name, r in self._recordings.items() if len(r.trials) > self.trial}
        steps = {trial.steps for trial in trials.values()}
        if len(trials) < len(self._recordings) or len(steps) != 1 or steps == {0}:
            return ()
        found = []
        for index, population in enumerate(self._network.populations):
            if not population.is_source:
                of: dict[str, Activity] = {}
                for name, recording in self._recordings.items():
                    twin = of.get(self._twins[name])
                    of[name] = activity(recording, index, self.trial, 0.0) if twin is None else twin
                found.append((population.label, of))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """As plain data; ``docs/results.md`` has the keys."""
        return {
            "curves": {name: [_curve(curve) for curve in curves] for name, curves in self.curves.items()},
            "delay_shifts": dict(self.delay_shifts),
            "plausibility": {name: found.to_dict() for name, found in self.plausibility.items()},
            "trial": self.trial,
            "distributions": [distribution.to_dict() for distribution in self.distributions],
            "rates": [rate.to_dict() for rate in self.rates],
            "weights": [weights.to_dict() for weights in self.weights],
            "learning_windows": [window.to_dict() for window in self.learning_windows],
            "rhythms": [rhythm.to_dict() for rhythm in self.rhythms],
            "predictions": [prediction.to_dict() for prediction in self.predictions],
        }


def _curve(curve: Curve) -> dict[str, Any]:
    keys = ("name", "population", "x", "y", "x_unit", "y_unit", "definition", "source", "count")
    return {key: getattr(curve, key) for key in keys}


def _same_spikes(a: Recording, b: Recording) -> bool:
    """Whether all spikes of two recordings are the same, those of sources included."""
    if [t.steps for t in a.trials] != [t.steps for t in b.trials]:
        return False
    return all(
        one.spikes.keys() == other.spikes.keys()
        and all(spikes.on_same_steps(other.spikes[i]) for i, spikes in one.spikes.items())
        for one, other in zip(a.trials, b.trials, strict=True)
    )


def _same_signals(a: Recording, b: Recording) -> bool:
    """Whether all samples of two recordings are the same."""
    return all(
        len(one.signals) == len(other.signals)
        and all(
            (s.population, s.variable, s.interval) == (t.population, t.variable, t.interval)
            and np.array_equal(s.cells, t.cells)
            and np.array_equal(s.values, t.values)
            for s, t in zip(one.signals, other.signals, strict=True)
        )
        for one, other in zip(a.trials, b.trials, strict=True)
    )
