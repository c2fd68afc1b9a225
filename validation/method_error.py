"""How far the integration of a cell's potential can be off, from its own sampled states.

Simulators whose methods are of order four agree only to the error that such a method
makes, and that grows with the fourth power of the conductance. So it is estimated
where it is needed: every step of the recent past is taken again from its sampled
state, once whole and once in tenths, and the distances are added up. The leak would
let old ones fade, so the sum is on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.evaluate import evaluate
from unisono.models.equations import INJECTED, CellModel

#: How far back errors are added up, ms: a few membrane time constants of a driven cell.
SPAN_MS = 20.0

#: Into how many parts a step is cut for the finer solution.
PARTS = 10


def method_error(
    model: CellModel, parameters: Mapping[str, float], samples: Mapping[str, NDArray[np.float64]], dt: float
) -> float:
    """Sum of the errors of single Runge-Kutta steps of the potential, mV.

    Parameters
    ----------
    model : CellModel
    parameters : mapping of str to float
        Of the cell; ``i_inj`` among them if a current is injected.
    samples : mapping of str to float64 array, shape (steps + 1,)
        Its recorded state variables at every step, the one of interest last.
    dt : float
        Time step, ms.
    """
    spikes = np.flatnonzero(samples["v"][:-1] == parameters[model.reset])
    first = int(spikes[-1]) + 1 if spikes.size else 0
    first = max(first, samples["v"].size - 1 - round(SPAN_MS / dt))
    begin = {name: values[first:-1] for name, values in samples.items()}
    if not begin["v"].size:
        return 0.0
    fixed: dict[str, Any] = {INJECTED: 0.0, **parameters, **begin}
    fine = begin["v"]
    for _ in range(PARTS):
        fine = _step(model, fixed, fine, dt / PARTS)
    return float(np.abs(_step(model, fixed, begin["v"], dt) - fine).sum())


def _step(model: CellModel, fixed: Mapping[str, Any], v: NDArray[np.float64], h: float) -> NDArray[np.float64]:
    """One step of the classical method for the potential; the synaptic variables stand still meanwhile."""
    tree = next(e.tree for e in model.system if e.state == "v")

    def slope(at: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(evaluate(tree, {**fixed, "v": at}))

    k1 = slope(v)
    k2 = slope(v + h / 2 * k1)
    k3 = slope(v + h / 2 * k2)
    k4 = slope(v + h * k3)
    return np.asarray(v + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
