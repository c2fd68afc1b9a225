"""Poisson input that cells draw themselves: chosen where its spikes would be too many to be part of the network.

A source that projects one to one with static synapses, that nobody records and nothing changes, is seen by its target
alone. Then the target may draw the spikes (:mod:`unisono.models.cells.poisson_input`): at the same mean rate, each step
independent of the others. The delay of the projection would shift the process alone, and is left out.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np
from pyNN.common import Assembly

from unisono.models.cells.model import CellModel
from unisono.models.cells.poisson_input import MOST, with_poisson_input
from unisono.models.dynamics.expressions import evaluate

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Capture

#: Spikes of a population of sources up to which they are drawn in the network: half a gigabyte.
LARGEST = 50_000_000

#: The probability that a step has no spike.
_NONE = ast.parse("exp(-mean)", mode="eval").body

#: By the index of a population, the projections whose spikes it draws.
Inside = dict[int, list[Any]]


def drawn_inside(capture: Capture) -> Inside:
    """The projections whose spikes their targets draw.

    A script that asks for data runs while it is captured, and nobody knows then for how long: none there.
    """
    found: Inside = {}
    if not capture.reads:
        for projection in capture.projections:
            if _is_independent(capture, projection) and _spikes(capture, projection.pre) > LARGEST:
                found.setdefault(projection.post.index, []).append(projection)
    return found


def model_with(model: CellModel, projections: list[Any]) -> CellModel:
    """The cell that draws what reaches it by these projections."""
    return with_poisson_input(model, {_name(k): p.receptor_type for k, p in enumerate(projections, 1)})


def values_of(capture: Capture, model: CellModel, projections: list[Any]) -> dict[str, Any]:
    """The parameters of that cell's Poisson input."""
    values: dict[str, Any] = {}
    for number, projection in enumerate(projections, 1):
        found, mean = model.poisson[_name(number)], _mean(capture, projection.pre)
        # by the C library: NumPy's exp() differs in the last bit between its versions
        none = evaluate(_NONE, {"mean": mean}, as_in_c=True)
        values |= {found.weight: projection.first_values["weight"], found.mean: mean, found.none: none}
    return values


def _name(number: int) -> str:
    return f"input{number}"


def _mean(capture: Capture, sources: Any) -> Any:
    """Mean number of spikes in a step."""
    return np.asarray(sources.first_parameters["rate"], np.float64) * capture.dt / 1000.0


def _spikes(capture: Capture, sources: Any) -> float:
    """Spikes of all sources in all trials, on average."""
    steps = sum(epoch.steps for trial in capture.trials for epoch in trial)
    return float(np.broadcast_to(_mean(capture, sources), sources.size).sum()) * steps


def _is_independent(capture: Capture, projection: Any) -> bool:
    """Whether nothing but a target sees the spikes of its source, which are Poisson's in the whole trial."""
    sources, targets = projection.pre, projection.post
    if isinstance(sources, Assembly) or isinstance(targets, Assembly):
        return False
    if sources is not sources._root or targets is not targets._root or targets.model is None:
        return False
    if sources.size != targets.size:
        return False
    if sources.cell != "SpikeSourcePoisson" or len(sources.settings) > 1 or sources.recorder.requests:
        return False
    given = sources.first_parameters
    longest = max(sum(epoch.steps for epoch in trial) for trial in capture.trials) * capture.dt
    always = (np.asarray(given["start"]) <= 0).all() and (
        np.asarray(given["start"]) + np.asarray(given["duration"]) >= longest
    ).all()
    rate = np.asarray(given["rate"], np.float64)
    if not always or not (np.isfinite(rate) & (rate >= 0)).all() or rate.max() * capture.dt / 1000.0 > MOST:
        return False
    cells = np.arange(targets.size)
    one_to_one = np.array_equal(projection.pre_index, cells) and np.array_equal(projection.post_index, cells)
    static = projection.synapse_type.model.name == "StaticSynapse" and not projection.sampled
    changes = (change for trial in capture.trials for epoch in trial for change in epoch.changes)
    changed = any(change.target is projection or change.target is sources for change in changes)
    return bool(one_to_one and static and not changed and _is_alone(capture, projection))


def _is_alone(capture: Capture, projection: Any) -> bool:
    """Whether the sources project nowhere else, and modulate nothing."""
    for other in capture.projections:
        ends = [other.pre] * (other is not projection) + [getattr(other.synapse_type, "modulator", None)]
        if any(root is projection.pre for end in ends if end is not None for root in _roots(end)):
            return False
    return True


def _roots(cells: Any) -> list[Any]:
    parts = cells.populations if isinstance(cells, Assembly) else [cells]
    return [part._root for part in parts]
