"""Synaptic weights by what one spike does to the potential, read off the equations of any cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.models.cells.model import INJECTED, CellModel, names_in
from unisono.models.dynamics.expressions import evaluate
from unisono.models.errors import NetworkError

#: What spikes are to move.
POTENTIAL = "v"


def weight_for(model: CellModel, receptor: str, psp: float, values: Mapping[str, float]) -> float:
    """The weight of a spike that lifts the potential by ``psp`` if the membrane kept all of its charge.

    The states of the receptor are taken linear about their initial values, with ``v`` held: a unit jump
    of its state, carried through them for all times, adds ``b (-A)^-1 e`` to ``v``; A are the slopes of
    the receptor's states by each other, b those of ``v`` by them, e is 1 for the state that jumps. For
    an exponential current this is ``psp cm/tau_syn``.

    Parameters
    ----------
    model : CellModel
    receptor : str
    psp : float
        In mV; negative for inhibition.
    values : mapping of str to float
        Parameters and states that differ from the model's.

    Raises
    ------
    NetworkError
        If a spike at this receptor cannot move ``v`` by that.
    """
    jumps, sign = model.receptors[receptor].state, model.receptors[receptor].sign
    if jumps == POTENTIAL:
        return psp
    states = _driven_by(model, jumps)
    symbols = {name: p.default for name, p in model.parameters.items()} | dict(model.initial) | {INJECTED: 0.0}
    jacobian = _jacobian(model, states, {**symbols, **values})
    unit = np.array([float(state == jumps) for state in states])
    try:
        lift = float(jacobian[POTENTIAL] @ np.linalg.solve(-np.array([jacobian[s] for s in states]), unit))
    except (np.linalg.LinAlgError, KeyError):
        lift = 0.0
    if not np.isfinite(lift) or lift == 0 or psp / lift * sign < 0:
        raise NetworkError(f"Receptor '{receptor}' of {model.name} cannot move the potential by {psp:g} mV.")
    return psp / lift


def _driven_by(model: CellModel, state: str) -> list[str]:
    """The state and those that follow it, without the potential."""
    found = [state]
    for here in found:  # grows while it is read
        found += [e.state for e in model.system if here in names_in(e.tree) and e.state not in (*found, POTENTIAL)]
    return found


def _jacobian(model: CellModel, states: list[str], symbols: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Slopes of the states and of the potential by the states, by central differences."""
    step = 1e-3
    rows = {}
    for equation in model.system:
        if equation.state in (*states, POTENTIAL):
            at = [
                [float(evaluate(equation.tree, {**symbols, s: symbols[s] + side * step})) for side in (-1, 1)]
                for s in states
            ]
            rows[equation.state] = np.array([(high - low) / (2 * step) for low, high in at])
    return rows
