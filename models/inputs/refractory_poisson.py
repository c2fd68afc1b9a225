"""Poisson process with dead time: no spike within the dead time after a spike, then a constant rate."""

from __future__ import annotations

from functools import partial

import numpy as np

from unisono.models.inputs.common import Events, Floats, Integers, RenewalWindow, events, renewals


def spikes(mean: Floats, dead: Integers, window: RenewalWindow) -> Events:
    """Spikes of all cells.

    An interval is ``dead`` plus an exponentially distributed time of mean ``mean - dead`` (Deger, Helias,
    Boucsein & Rotter 2012, J Comput Neurosci 32:443, doi:10.1007/s10827-011-0362-8).

    Parameters
    ----------
    mean : float64 array, shape (size,)
        Mean interval; infinite for a cell without spikes.
    dead : int64 array, shape (size,)
        Dead time, below the mean interval.
    window : RenewalWindow
    """
    cells, steps = [], []
    for cell, rng in window.streams():
        if not np.isfinite(mean[cell]):
            continue
        silent = int(dead[cell])
        free = float(mean[cell]) - silent
        first, last = int(window.first[cell]), float(window.last[cell])
        if np.isnan(last):
            last = first - _equilibrium_age(rng.random_sample(), free, silent)
        begin = max(float(first), last + silent) + free * rng.standard_exponential()
        draw = partial(_exponential, rng, free)
        found, final = renewals(begin, draw, free, int(window.stop[cell]), silent)
        window.last[cell] = final if found.size else last
        steps.append(found)
        cells.append(np.full(found.size, cell))
    return events(cells, steps)


def _exponential(rng: np.random.RandomState, mean: float, number: int) -> Floats:
    return mean * rng.standard_exponential(number)


def _equilibrium_age(uniform: float, free: float, dead: int) -> float:
    """Time since the last spike in equilibrium: its density is the survival function over the mean interval."""
    part = uniform * (free + dead)
    return part if part < dead else float(dead - free * np.log1p((dead - part) / free))
