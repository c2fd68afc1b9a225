"""The learning window of a synapse model: how one pair of spikes changes the weight, by the time between them.

It is computed from the model's text, with the program that all simulators run: one synapse for each time, with one
spike of its source and one of its target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.program import LENGTH
from unisono.adapters.codegen.synapse_replay import Events, replay
from unisono.adapters.codegen.synapse_sides import before
from unisono.adapters.codegen.synapse_step import LAST, LAST_POST, LAST_PRE, TO_GRID, SynapseProgram, synapse_program
from unisono.models.cards import brief
from unisono.models.network import Network
from unisono.models.synapses import SynapseModel
from unisono.models.synapses.model import TARGET_SPIKES, WEIGHT
from unisono.validation.statistics.weights import W_MAX, W_MIN, in_force, titles_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Points on either side of a window, and how many of the longest time constant of its traces are looked at.
POINTS, TIMES = 200, 10.0

#: A window ends where the change comes this close to that by spikes far apart, as a part of the largest one.
FAR = 0.01


@dataclass(frozen=True, eq=False)
class LearningWindow:
    """How one pair of spikes changes the weight.

    Attributes
    ----------
    projections : tuple of str
        Those with this window.
    synapse, unit : str
        Name of the model, and unit of the weight.
    weight : float
        The weight before the pair.
    lag_ms : float64 array, shape (points,)
        From the spike of the source to that of the target, as they reach the synapse.
    change : float64 array, shape (points,)
        Of the weight; all 0 where a single pair changes nothing.
    """

    projections: tuple[str, ...]
    synapse: str
    unit: str
    weight: float
    lag_ms: Floats
    change: Floats

    __repr__ = brief

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return dict(vars(self))


def learning_windows(network: Network, trial: int = 0) -> tuple[LearningWindow, ...]:
    """The window of each projection whose weights spikes of the target change, once for those with the same.

    Parameters
    ----------
    network : Network
    trial : int
        The values in force at its beginning count: where they differ between synapses, their means.

    Raises
    ------
    UnsupportedFeature
        If the equations of a model have no closed form, so that no simulator runs it.
    """
    titles = titles_of(network)
    labels: dict[tuple[str, str, str, tuple[tuple[str, float], ...]], list[str]] = {}
    models: dict[tuple[str, str], SynapseModel] = {}
    for index, projection in enumerate(network.projections):
        model = projection.model
        if WEIGHT in model.states and TARGET_SPIKES in model.changed_by and projection.size:
            values = tuple((n, float(np.mean(in_force(network, index, n, trial)))) for n in projection.values)
            name = projection.synapse, projection.definition
            models[name] = model
            labels.setdefault((*name, network.unit_of(index, WEIGHT), values), []).append(titles[index])
    return tuple(
        _window(tuple(mine), models[synapse, definition], unit, dict(values), network.dt)
        for (synapse, definition, unit, values), mine in labels.items()
    )


def _window(
    labels: tuple[str, ...], model: SynapseModel, unit: str, values: Mapping[str, float], dt: float
) -> LearningWindow:
    """The window of a model, cut where it fades."""
    program = synapse_program(model)
    longest = max((values[n] for n in model.shared if model.parameters[n].unit == "ms"), default=20.0)
    reach = max(POINTS, math.ceil(TIMES * longest / dt))
    lags = _lags(reach)
    start = _start(program, values, lags, dt)
    change = changes(program, start, lags, dt)
    far = np.where(lags < 0, change[0], change[-1])
    clear = np.abs(lags[np.abs(change - far) > FAR * np.abs(change - far).max()])
    if clear.size:
        lags = _lags(int(clear.max()))
        change = changes(program, start, lags, dt)
    return LearningWindow(labels, model.name, unit, start[WEIGHT], np.asarray(lags * dt, np.float64), change)


def _lags(reach: int) -> Integers:
    """Steps between two spikes, up to some to either side."""
    stride = max(1, reach // POINTS)
    return stride * np.arange(-(reach // stride), reach // stride + 1)


def _start(program: SynapseProgram, values: Mapping[str, float], lags: Integers, dt: float) -> dict[str, float]:
    """Where the weight begins: at its mean, or in the middle of the bounds where one of them would cut the window."""
    start = dict(values)
    if W_MIN in values and W_MAX in values:
        after = start[WEIGHT] + changes(program, start, lags, dt)
        if after.min() <= values[W_MIN] or after.max() >= values[W_MAX]:
            start[WEIGHT] = 0.5 * (values[W_MIN] + values[W_MAX])
    return start


def changes(program: SynapseProgram, values: Mapping[str, float], lags: Integers, dt: float) -> Floats:
    """How the weight changes by one spike of the source and one of the target.

    Parameters
    ----------
    program : SynapseProgram
    values : mapping of str to float
        Of the parameters, and of the states before.
    lags : int64 array, shape (pairs,)
        Steps from the source's spike to the target's, as they reach the synapse.
    dt : float
        Time step, ms.

    Returns
    -------
    float64 array, shape (pairs,)
    """
    model = program.model
    traces = {trace: model.initial.get(trace, 0.0) for trace in model.traces}
    known = {**values, **traces, **{before(n): v for n, v in traces.items()}}
    known |= {LAST: 0.0, LAST_PRE: 0.0, LAST_POST: 0.0, LENGTH: dt, TO_GRID: 0.0}
    kept = {name: np.full(lags.size, known[name]) for name in program.values}
    synapses, source = np.arange(lags.size), 1 + int(np.abs(lags).max(initial=0))
    sources, targets = (Events(synapses, steps) for steps in (np.full(lags.size, source), source + lags))
    replay(program, kept, sources, targets, np.zeros((), bool))
    return np.asarray(kept[WEIGHT] - values[WEIGHT])
