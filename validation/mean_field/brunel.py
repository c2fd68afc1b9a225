"""Model A of Brunel (2000) as equations, at any size, without building the network."""

from __future__ import annotations

import numpy as np

from unisono.validation.mean_field.equations import Equations
from unisono.validation.mean_field.first_passage import Cell

#: Excitatory synapses of a cell and their weight, mV, as published.
PUBLISHED = (1000, 0.1)

#: Potentials are counted from rest.
CELL = Cell(tau_m=20.0, tau_refrac=2.0, threshold=20.0, reset=10.0)


def model_a(g: float, eta: float, inputs: int, weight: float, delay: float = 1.5) -> Equations:
    """Both populations as one, since they have the same input.

    Parameters
    ----------
    g, eta : float
        Inhibitory over excitatory weight; external rate over the one that just reaches the threshold.
    inputs : int
        Excitatory synapses of a cell; it has a quarter as many inhibitory ones.
    weight, delay : float
        Of an excitatory synapse, mV; ms.
    """
    each, external, one = CELL.tau_m * inputs * weight, CELL.threshold * eta, np.ones((1, 1))
    return Equations(
        ("all",),
        (CELL,),
        np.array([external]),
        np.array([external * weight]),
        each * (1 - g / 4) * one,
        each * weight * (1 + g * g / 4) * one,
        0 * one,
        delay * one,
        np.zeros(1),
    )
