"""The rates at which a network's cells fire so that their input is what those rates give: its asynchronous states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.optimize import root

from unisono.models.network import Network
from unisono.validation.mean_field.equations import Equations, equations_of
from unisono.validation.mean_field.first_passage import irregularity, rate

Floats = NDArray[np.float64]

#: Time that rates get to settle, in units of their time constant.
SETTLED = 500.0

#: Solutions whose rates differ by less are one, relative; and Hz.
SAME, SAME_HZ = 1e-3, 1e-3

#: Rate from which the upper solution is sought where cells have no refractory period, Hz.
HIGH = 500.0


@dataclass(frozen=True)
class State:
    """An asynchronous state of a network, by theory.

    Attributes
    ----------
    rates : mapping of str to float
        Hz, by population.
    cv : mapping of str to float or None
        Of the inter-spike intervals; None where a population is silent.
    mean, sd : mapping of str to float
        Of the input, mV above rest; the variance of the free potential is half of ``sd`` squared.
    """

    rates: Mapping[str, float]
    cv: Mapping[str, float | None]
    mean: Mapping[str, float]
    sd: Mapping[str, float]


def states_of(network: Network) -> tuple[State, ...]:
    """The asynchronous states of a network: one, or that reached from silence and that from high rates.

    Parameters
    ----------
    network : Network
        Leaky integrate-and-fire cells with instantaneous or exponential currents, Poisson sources, constant currents.

    Returns
    -------
    tuple of State
        Those reached by rates that relax to what their input asks for, the one with the lowest rates first. Whether
        the network oscillates about them is another question (:mod:`.stability`).

    Raises
    ------
    UnsupportedFeature
        If the theory does not cover the network; the message says why.
    """
    equations = equations_of(network)
    return tuple(state(equations, rates) for rates in solutions(equations))


def solutions(equations: Equations) -> list[Floats]:
    """Self-consistent rates, Hz, shape (populations,): one solution or two."""
    low = settled(equations, np.zeros(len(equations.cells)))
    high = settled(equations, np.array([0.99 * _highest(c.tau_refrac) for c in equations.cells]))
    return [low] if np.allclose(low, high, rtol=SAME, atol=SAME_HZ) else [low, high]


def _highest(tau_refrac: float) -> float:
    return min(HIGH, 1000.0 / tau_refrac) if tau_refrac > 0 else HIGH


def response(equations: Equations, rates: Floats) -> Floats:
    """Rates at which the cells fire given the rates of their sources, all in Hz."""
    inputs = zip(equations.cells, *equations.inputs(np.maximum(rates, 0.0) / 1000.0), strict=True)
    return np.array([rate(cell, float(mean), float(sd), float(tau)) for cell, mean, sd, tau in inputs])


def settled(equations: Equations, start: Floats) -> Floats:
    """Where rates settle that relax to the response, Hz."""

    def slope(_: float, rates: Floats) -> Floats:
        return response(equations, rates) - rates

    course: Any = solve_ivp(slope, (0.0, SETTLED), start, method="LSODA", rtol=1e-6, atol=1e-6)
    end: Floats = np.maximum(course.y[:, -1], 0.0)
    polished: Any = root(lambda rates: slope(0.0, rates), end, tol=1e-12)
    near = polished.success and np.allclose(polished.x, end, rtol=10 * SAME, atol=10 * SAME_HZ)
    return end if not near else np.maximum(polished.x, 0.0).astype(np.float64)


def state(equations: Equations, rates: Floats) -> State:
    """What the cells do at self-consistent rates, Hz."""
    means, sds, taus = equations.inputs(rates / 1000.0)
    cvs = (
        irregularity(c, float(m), float(s), float(t))
        for c, m, s, t in zip(equations.cells, means, sds, taus, strict=True)
    )

    def by_label(values: Any) -> dict[str, Any]:
        return dict(zip(equations.labels, values, strict=True))

    return State(by_label(rates.tolist()), by_label(cvs), by_label(means.tolist()), by_label(sds.tolist()))
