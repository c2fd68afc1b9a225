"""Rate and irregularity of a leaky integrate-and-fire cell under white noise, in closed form.

The cell obeys ``tau_m dv/dt = mean - v + sd sqrt(tau_m) xi(t)``, so that its free potential has the variance
``sd**2/2`` (the convention of Brunel 2000). Synapses that decay with ``tau_syn`` shift threshold and reset by
``sd alpha/2 sqrt(tau_syn/tau_m)`` (Fourcaud & Brunel 2002), which is right to the first order in that root.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.integrate import quad
from scipy.special import dawsn, erfcx

#: sqrt(2) |zeta(1/2)|, after Fourcaud & Brunel (2002).
ALPHA = math.sqrt(2.0) * 1.4603545088095868

#: Distance of the threshold from the mean, in standard deviations, beyond which a cell never fires: exp(26²) overflows.
SILENT = 26.0

#: The same distance, beyond which spikes are as irregular as a Poisson process to within rounding.
RARE = 8.0


@dataclass(frozen=True)
class Cell:
    """What theory needs to know of a cell.

    Attributes
    ----------
    tau_m, tau_refrac : float
        Time constant and refractory period, ms.
    threshold, reset : float
        mV, above rest.
    """

    tau_m: float
    tau_refrac: float
    threshold: float
    reset: float

    def bounds(self, mean: float, sd: float, tau_syn: float = 0.0) -> tuple[float, float]:
        """Reset and threshold in standard deviations from the mean, shifted for synapses that are not instantaneous."""
        shift = ALPHA / 2 * math.sqrt(tau_syn / self.tau_m)
        return (self.reset - mean) / sd + shift, (self.threshold - mean) / sd + shift


def rate(cell: Cell, mean: float, sd: float, tau_syn: float = 0.0) -> float:
    """Stationary firing rate, Hz (Siegert 1951; Brunel 2000).

    Parameters
    ----------
    cell : Cell
    mean, sd : float
        Mean, above rest, and noise of the input, mV; without noise the cell fires like a clock, or never.
    tau_syn : float
        Time constant of the synapses, ms; 0: a spike moves the potential at once.
    """
    if sd <= 0:
        return 1000.0 / interval(cell, mean)
    low, high = cell.bounds(mean, sd, tau_syn)
    if high > SILENT:
        return 0.0
    return 1000.0 / (cell.tau_refrac + cell.tau_m * math.sqrt(math.pi) * _mean_integral(low, high))


def interval(cell: Cell, mean: float) -> float:
    """Interval between spikes under a constant input, ms; infinite where it does not reach the threshold."""
    if mean <= cell.threshold:
        return math.inf
    return cell.tau_refrac + cell.tau_m * math.log((mean - cell.reset) / (mean - cell.threshold))


def irregularity(cell: Cell, mean: float, sd: float, tau_syn: float = 0.0) -> float | None:
    """CV of the inter-spike intervals (Brunel 2000, appendix); None where the cell never fires."""
    if sd <= 0:
        return 0.0 if mean > cell.threshold else None
    low, high = cell.bounds(mean, sd, tau_syn)
    if high > SILENT:
        return None
    if high > RARE:
        return 1.0
    per_ms = rate(cell, mean, sd, tau_syn) / 1000.0
    variance = 2 * math.pi * cell.tau_m**2 * _variance_integral(low, high)
    return per_ms * math.sqrt(variance)


def _mean_integral(low: float, high: float) -> float:
    """Integral of exp(u²)(1 + erf u), which is erfcx(-u), from low to high."""
    return _below(high) - _below(low)


def _below(u: float) -> float:
    """Integral of erfcx(-x) from 0 to u, with the part that grows like exp(u²) in closed form."""
    smooth: float = quad(erfcx, 0.0, abs(u), limit=200)[0]
    return 2.0 * math.exp(u * u) * float(dawsn(u)) - smooth if u > 0 else -smooth


def _variance_integral(low: float, high: float) -> float:
    """Integral over x of exp(x²) times the integral up to x of exp(y²)(1 + erf y)²: that over x is in closed form."""

    def inner(y: float) -> float:
        begin = max(y, low)
        grown = math.exp(high**2 - y**2) * dawsn(high) - math.exp(begin**2 - y**2) * dawsn(begin)
        return float(erfcx(-y) ** 2 * grown)

    # Beyond, exp(low² - y²) is below rounding.
    farthest = -math.sqrt(low**2 + 40.0)
    pieces = np.unique(np.clip([farthest, low, 0.0, high], farthest, high))
    return float(sum(quad(inner, a, b, limit=200)[0] for a, b in pairwise(pieces)))
