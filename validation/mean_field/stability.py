"""Whether the asynchronous state of a network lasts, and the frequency at which it begins to oscillate.

A small change of the rates comes back through the synapses after their delay. The response of a cell's rate to a change
of the mean, and of the variance, of its input follows from the Fokker-Planck equation of its potential, integrated over
the potential for each frequency (Richardson 2007). The state lasts if the determinant of one minus the gain of the loop
does not encircle zero as the frequency goes through all values (Nyquist's criterion).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.validation.mean_field.equations import Equations
from unisono.validation.mean_field.first_passage import Cell

Floats = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: Frequencies that are looked at, Hz: from close to 0 on, where the response has no value, in equal steps.
LOWEST, STEP, HIGHEST = 0.01, 2.0, 1000.0

#: Points of the potential over which the equation is integrated, and how far below the mean, in standard deviations.
POINTS, FAR = 1000, 5.0


@dataclass(frozen=True)
class Stability:
    """What becomes of a small deviation from an asynchronous state.

    Attributes
    ----------
    modes : int
        Modes that grow, an oscillation counted as two; 0: the state is stable.
    frequency : float or None
        Of the slowest mode that grows, Hz; None where the state is stable.
    gain : float
        The largest with which a deviation comes back in phase.
    """

    modes: int
    frequency: float | None
    gain: float

    @property
    def is_stable(self) -> bool:
        """Whether every deviation dies out."""
        return self.modes == 0


def stability(equations: Equations, rates: Floats) -> Stability:
    """Whether an asynchronous state is stable.

    Parameters
    ----------
    equations : Equations
    rates : float64 array, shape (populations,)
        Self-consistent rates, Hz.
    """
    frequencies = np.arange(LOWEST, HIGHEST, STEP, dtype=np.float64)
    gains = loop_gain(equations, rates, frequencies)
    determinant = np.linalg.det(np.eye(len(rates)) - gains)
    # The curve for negative frequencies is the mirror image: half a turn from 0 on is a whole one.
    angles = np.unwrap(np.angle(determinant))
    modes = max(0, round(float(angles[0] - angles[-1]) / math.pi))
    eigenvalues = np.linalg.eigvals(gains)
    strongest = eigenvalues[np.arange(frequencies.size), np.abs(eigenvalues).argmax(axis=1)]
    in_phase = np.flatnonzero((np.diff(np.sign(strongest.imag)) != 0) & (strongest.real[1:] > 0))
    size = np.abs(strongest[in_phase])
    growing = frequencies[in_phase[size > 1]]
    frequency = float(growing[0]) if modes and growing.size else None
    return Stability(modes, frequency, float(size.max(initial=0.0)))


def loop_gain(equations: Equations, rates: Floats, frequencies: Floats) -> Complex:
    """What comes back of a small change of the rates, shape (frequencies, populations, populations)."""
    omega = 2 * np.pi * frequencies / 1000.0
    means, sds, taus = (values.tolist() for values in equations.inputs(rates / 1000.0))
    cells = list(zip(equations.cells, means, sds, taus, strict=True))
    responses = {key: linear_response(*key, omega) for key in dict.fromkeys(cells)}
    gains = np.zeros((frequencies.size, len(rates), len(rates)), complex)
    for a, key in enumerate(cells):
        to_mean, to_variance = responses[key]
        for b in range(len(rates)):
            late = np.exp(-1j * omega * equations.delay[a, b]) / (1.0 + 1j * omega * equations.tau_syn[a, b])
            gains[:, a, b] = late * (equations.mean[a, b] * to_mean + equations.variance[a, b] * to_variance)
    return gains


def linear_response(cell: Cell, mean: float, sd: float, tau_syn: float, omega: Floats) -> tuple[Complex, Complex]:
    """Response of the rate to the mean and to the variance of the input, by frequency.

    Parameters
    ----------
    cell : Cell
    mean, sd : float
        Of the input, mV above rest.
    tau_syn : float
        Shifts threshold and reset (Schuecker et al. 2015), ms.
    omega : float64 array, shape (frequencies,)
        Angular frequency, 1/ms; above 0.

    Returns
    -------
    tuple of complex array, shape (frequencies,)
        In 1/ms per mV, and 1/ms per mV²; 0 where the input has no noise.
    """
    if sd <= 0:
        return np.zeros(omega.size, complex), np.zeros(omega.size, complex)
    low, high = (bound * sd + mean for bound in cell.bounds(mean, sd, tau_syn))
    depth = high - min(low, mean) + FAR * sd
    back = max(1, round((high - low) / depth * POINTS))
    step = (high - low) / back  # the reset lies between two points
    v: Floats = high - step * (np.arange(POINTS, dtype=np.float64) + 0.5)
    grown, added = _propagators((v - mean) * 2.0 / sd**2, 2.0 * cell.tau_m / sd**2, step)
    out = (np.arange(POINTS) < back).astype(float)
    density = _density(grown, added, out)
    per_ms = 1.0 / (float(density.sum()) * step + cell.tau_refrac)
    density *= per_ms
    slope = 2.0 / sd**2 * ((mean - v) * density - cell.tau_m * per_ms * out)
    # Three fluxes at once: of the spikes themselves, and of the changes of mean and variance.
    forced = np.stack([np.zeros(POINTS), density / cell.tau_m, -slope / (2 * cell.tau_m)])
    spikes, by_mean, by_variance = _fluxes(grown, added, forced, back, omega, step, cell.tau_refrac)
    return -by_mean / spikes, -by_variance / spikes


def _propagators(rate: Floats, driven: float, step: float) -> tuple[Floats, Floats]:
    """What a step downwards makes of a density, and what a flux of 1 adds to it."""
    safe = np.where(np.abs(rate) < 1e-9, 1e-9, rate)
    return np.exp(rate * step), driven * np.expm1(safe * step) / safe


def _density(grown: Floats, added: Floats, flux: Floats) -> Floats:
    """Stationary density of the potential for a rate of 1/ms, from the threshold downwards, between the grid points."""
    density, p = np.empty(grown.size), 0.0
    for k in range(grown.size):
        new = p * grown[k] + added[k] * flux[k]
        density[k], p = (p + new) / 2, new
    return density


def _fluxes(
    grown: Floats, added: Floats, forced: Floats, back: int, omega: Floats, step: float, tau_refrac: float
) -> Complex:
    """Fluxes at the lowest potential, where their sum must vanish, shape (3, frequencies).

    Integrated downwards from the threshold: in the first, one spike leaves there and comes back at the reset after the
    refractory period; in the others, the input forces a flux.
    """
    flux = np.zeros((3, omega.size), complex)
    flux[0] = 1.0
    p = np.zeros((3, omega.size), complex)
    half = 0.5j * omega * step
    for k in range(grown.size):
        new = p * grown[k] + added[k] * (flux - forced[:, k, None])
        flux += half * (p + new)
        p = new
        if k == back - 1:
            flux[0] -= np.exp(-1j * omega * tau_refrac)
    return flux
