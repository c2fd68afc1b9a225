"""States of synapses over time, as they were sampled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unisono.models.words import labelled, listed
from unisono.validation.report.distributions import height_of
from unisono.validation.report.downloads import download
from unisono.validation.report.drawing import Figure, drawn, legend, lines
from unisono.validation.statistics.weights import titles_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

    from unisono.adapters.contract.recording import Recording
    from unisono.models.network import Network

#: Synapses with a line: those whose last values lie at these quantiles.
SHOWN = (0.0, 0.25, 0.5, 0.75, 1.0)

#: Projections and states with a panel.
PANELS = 6


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Samples of a state of some synapses of a projection.

    Attributes
    ----------
    projection, state, unit : str
    times : float64 array, shape (samples,)
        ms.
    synapses : int array, shape (chosen,)
    values : mapping of simulator to float64 array, shape (samples, chosen)
    """

    projection: str
    state: str
    unit: str
    times: NDArray[np.float64]
    synapses: NDArray[np.intp]
    values: Mapping[str, NDArray[np.float64]]


def chosen(recordings: Mapping[str, Recording], network: Network, trial: int) -> list[Trajectories]:
    """What was sampled in a trial, of the synapses that are shown; by the first simulator's last samples."""
    found: dict[tuple[int, str, int], Trajectories] = {}
    for name, recording in recordings.items():
        for samples in recording.trials[trial].samples if trial < len(recording.trials) else ():
            place = samples.projection, samples.state, samples.interval
            if place not in found:
                last = samples.values[-1]
                order = np.argsort(last, kind="stable")
                synapses = np.unique(order[np.rint(np.array(SHOWN) * (last.size - 1)).astype(np.intp)])
                times = np.asarray(np.arange(len(samples.values)) * samples.interval * network.dt, np.float64)
                unit = network.unit_of(samples.projection, samples.state)
                title = titles_of(network)[samples.projection]
                found[place] = Trajectories(title, samples.state, unit, times, synapses, {})
            one = found[place]
            if len(samples.values) == one.times.size:
                found[place] = replace(one, values={**one.values, name: samples.values[:, one.synapses]})
    return list(found.values())


def trajectories(
    found: Sequence[Trajectories], names: Sequence[str], titles: Mapping[str, str] | None = None
) -> Figure:
    """A panel a projection and state, a line a synapse, the simulators over each other."""
    looks, shown = lines(names), found[:PANELS]

    def draw(canvas: Canvas) -> None:
        rows = canvas.subplots(len(shown), 1, squeeze=False)[:, 0]
        for axes, one in zip(rows, shown, strict=True):
            for name, values in one.values.items():
                axes.plot(one.times, values, rasterized=values.size > 4000, **looks[name])
            axes.set(title=one.projection[:40], xlabel="time (ms)", ylabel=labelled(one.state, one.unit))
        legend(canvas, looks, titles=titles)

    table = (
        (one.projection, one.state, one.unit, int(synapse), float(time), *(_at(one, name, row, k) for name in names))
        for one in found
        for k, synapse in enumerate(one.synapses)
        for row, time in enumerate(one.times)
    )
    title = "Synapses over time"
    caption = "Of each projection the synapses that end lowest, at the quartiles, and highest."
    alt = f"{listed([f'{one.state} of {one.projection}' for one in shown])} over time, on {', '.join(names)}."
    columns = ("projection", "state", "unit", "synapse", "time (ms)", *names)
    uri = drawn(draw, height_of(len(shown)) + 0.25 * len(shown))
    return Figure(uri, title, caption, alt, download(title, columns, table))


def _at(one: Trajectories, simulator: str, row: int, column: int) -> float | None:
    return float(one.values[simulator][row, column]) if simulator in one.values else None
