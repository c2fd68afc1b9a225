"""Curves of a run: the spectrum, the hazard, and those of other modules, all together."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from unisono.adapters.contract.recording import Recording
from unisono.models.network import Network
from unisono.validation.statistics.activity import TRANSIENT, Activity, activity
from unisono.validation.statistics.correlogram import correlograms
from unisono.validation.statistics.curve import CORRELOGRAM as CORRELOGRAM
from unisono.validation.statistics.curve import EXCITATORY as EXCITATORY
from unisono.validation.statistics.curve import HAZARD, SPECTRUM, Curve
from unisono.validation.statistics.curve import INHIBITORY as INHIBITORY
from unisono.validation.statistics.potentials import of_potentials
from unisono.validation.statistics.statistics import ELEPHANT, HIGHEST, RATE_BIN, spectrum

#: The hazard is given up to this interval, ms.
LONGEST = 25.0


def curves_of(recording: Recording, network: Network, transient: float = TRANSIENT) -> tuple[Curve, ...]:
    """Every curve of a run.

    Parameters
    ----------
    recording : Recording
    network : Network
    transient : float
        Cut at the beginning, ms; at most half of a trial is.

    Returns
    -------
    tuple of Curve
        Spectrum and hazard of every population that is no source, the cross-correlograms of the excitatory and the
        inhibitory connections, and what recorded potentials show.
    """
    return (*of_spikes(recording, network, transient), *of_potentials(recording, network, transient))


def of_spikes(recording: Recording, network: Network, transient: float = TRANSIENT) -> tuple[Curve, ...]:
    """The curves of a run that need its spikes alone."""
    return (
        *(
            curve
            for index, population in enumerate(network.populations)
            if not population.is_source
            for curve in _of_population(recording, index, population.label, transient)
        ),
        *correlograms(recording, network, transient),
    )


def _of_population(recording: Recording, population: int, label: str, transient: float) -> Iterator[Curve]:
    trials = [activity(recording, population, trial, transient) for trial in range(len(recording.trials))]
    yield from _spectrum(trials, label)
    yield from _hazard(trials, label)


def _spectrum(trials: list[Activity], label: str) -> Iterator[Curve]:
    found = [s for s in (spectrum(active) for active in trials) if s[0].size]
    if not found or len({s[0].size for s in found}) > 1:
        return
    yield Curve(
        SPECTRUM,
        label,
        found[0][0],
        np.mean([s[1] for s in found], axis=0),
        "Hz",
        "Hz²/Hz",
        f"Power spectral density of the population's rate (spikes a cell and second) in bins of {RATE_BIN:g} ms, up to "
        f"{HIGHEST:g} Hz; all cells, silent ones included.",
        f"{ELEPHANT}; Welch (1967)",
        sum(int(active.counts.sum()) for active in trials),
    )


def _hazard(trials: list[Activity], label: str) -> Iterator[Curve]:
    if not trials:
        return
    dt = trials[0].dt
    longest = round(LONGEST / dt)
    gaps = np.concatenate([active.intervals[0] for active in trials])
    if not gaps.size:
        return
    ended = np.bincount(np.minimum(gaps, longest + 1), minlength=longest + 2)
    waiting = gaps.size - np.concatenate([[0], np.cumsum(ended)[:-1]])
    steps = slice(1, longest + 1)
    yield Curve(
        HAZARD,
        label,
        np.arange(1, longest + 1) * dt,
        ended[steps] / np.maximum(waiting[steps], 1) / dt * 1000.0,
        "ms",
        "Hz",
        "Spikes by the time since the cell's spike before, over the cells that had not spiked until then, a second; "
        "cells with fewer than two spikes add nothing.",
        "Cox & Lewis (1966); Johnson (1996)",
        int(gaps.size),
    )
