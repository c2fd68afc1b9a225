"""The probe of a first difference: the network again, up to that spike, one cell sampled at every step.

The simulator without the spike runs it as it was: it samples what it compared with
the threshold. On the simulator with the spike the reset would hide that, so there the cell's
threshold is lifted out of reach in the last step before. It is not lifted where it need not
be, because some simulators bound the potential by the threshold within their equations:
lifting it then moves the potential by a millionth of a millivolt.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from unisono.adapters import registry
from unisono.models.cells.model import CellModel
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, Epoch, Network, RecordingRequest, Trial
from unisono.validation.compare.cell_values import changed, value_of
from unisono.validation.compare.comparators import Mismatch

#: How far the threshold of the probed cell is lifted, mV: out of reach of any input.
LIFT_MV = 1000.0


@dataclass(frozen=True)
class Threshold:
    """The threshold condition of one cell, with the parameters in force.

    Attributes
    ----------
    model : CellModel
    parameters : mapping of str to float
    """

    model: CellModel
    parameters: Mapping[str, float]

    def potential(self, states: Mapping[str, Any]) -> Any:
        """The left side of the condition, over states of any shape."""
        return evaluate(self._sides[0], {**self.parameters, **states})

    def threshold(self, states: Mapping[str, Any]) -> Any:
        """The right side of the condition, over states of any shape."""
        return evaluate(self._sides[1], {**self.parameters, **states})

    def distance(self, states: Mapping[str, Any]) -> Any:
        """How far the potential is above the threshold, over states of any shape."""
        return self.potential(states) - self.threshold(states)

    @property
    def _sides(self) -> tuple[ast.expr, ast.expr]:
        tree = self.model.condition_tree
        return tree.left, tree.comparators[0]


def probe_of(network: Network, place: Mismatch) -> tuple[Network, Threshold]:
    """The probe of a network of a single trial, and the test in force.

    The schedule is that of the trial up to the step before the spike; from there the
    threshold of the cell is lifted, and two steps follow.

    Raises
    ------
    UnsupportedFeature
        If no parameter lifts the threshold of the cell, or the spike lies before the first step.
    """
    model = network.populations[place.population].model
    name = model.threshold_parameter
    if name is None:
        raise UnsupportedFeature(f"no parameter of {model.name} lifts its threshold, {model.threshold}.")
    if place.step < 1:
        raise UnsupportedFeature(f"the spike lies at step {place.step}, before which nothing can be sampled.")
    epochs = cut(network.trials[0].epochs, place.step - 1)
    parameters = {n: _in_force(network, epochs, place, n) for n in model.parameters}
    lifted = Change(
        "parameter",
        place.population,
        name,
        np.array([parameters[name] + LIFT_MV]),
        np.array([place.cell], np.uint32),
    )
    last = Epoch(2, (*epochs[-1].changes, lifted)) if epochs[-1].steps == 0 else Epoch(2, (lifted,))
    kept = epochs[:-1] if epochs[-1].steps == 0 else epochs
    cell = np.array([place.cell], np.uint32)
    recordings = tuple(RecordingRequest(place.population, variable, cell) for variable in _recorded(model))
    sampled = replace(network, trials=(Trial((*kept, last)),), recordings=recordings, synapse_recordings=())
    return sampled, Threshold(model, parameters)


def unlifted(probe: Network) -> Network:
    """The probe without its last change."""
    (trial,) = probe.trials
    last = trial.epochs[-1]
    return replace(probe, trials=(Trial((*trial.epochs[:-1], replace(last, changes=last.changes[:-1]))),))


def narrowed(probe: Network, simulator: str) -> Network:
    """The probe with requests for what a simulator can record, and for what the threshold condition reads.

    Of a simulator that is not registered, which another runner runs, nothing is known: it gets the whole probe.
    """
    if simulator not in registry.simulators():
        return probe
    adapter = registry.get(simulator)

    def possible(request: RecordingRequest) -> bool:
        model = probe.populations[request.population].model
        return request.variable in {*model.threshold_states, *adapter.recordable_of(model)}

    return replace(probe, recordings=tuple(filter(possible, probe.recordings)))


def _recorded(model: CellModel) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*model.threshold_states, *model.recordable)))


def cut(epochs: Sequence[Epoch], step: int) -> tuple[Epoch, ...]:
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

    value = value_of(network.populations[place.population].parameters[name], place.cell)
    for change in (c for epoch in epochs for c in epoch.changes):
        if (change.kind, change.index, change.name) == ("parameter", place.population, name):
            new = changed(change, place.cell)
            value = value if new is None else new
    return value
