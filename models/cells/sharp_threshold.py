"""The exponential integrate-and-fire cells with slope factor 0: the exponential is gone, a spike begins at v_thresh."""

from __future__ import annotations

import re
from dataclasses import replace

from unisono.models.cells.model import CellModel

#: The parameter that is 0.
SLOPE = "delta_T"

#: The definitions that go: the exponential current, and the potential that the slopes take for at most v_spike.
_GONE = {
    r"(?m)^(\s*)i_exp = .* : nA$": r"\1i_exp = 0.0*nA : nA",
    r"(?m)^(\s*)v_in = .* : mV$": r"\1v_in = v : mV",
}


def has_slope(model: CellModel) -> bool:
    """Whether a model has an exponential current whose slope may be 0."""
    return SLOPE in model.parameters and "i_exp = " in model.equations


def with_sharp_threshold(model: CellModel) -> CellModel:
    """The limit of an exponential integrate-and-fire cell for a slope factor of 0.

    Below ``v_thresh`` the exponential current vanishes, above it is infinite: the cell is a leaky integrate-and-fire
    cell, with the adaptation that it had, and spikes at ``v_thresh``. NEST's ``aeif`` models do the same.

    Parameters
    ----------
    model : CellModel
        One for which :func:`has_slope` is true.
    """
    equations = model.equations
    for pattern, text in _GONE.items():
        equations = re.sub(pattern, text, equations)
    return replace(
        model,
        name=f"{model.name}_sharp",
        equations=equations,
        threshold="v >= v_thresh",
        parameters={**model.parameters, SLOPE: replace(model.parameters[SLOPE], positive=False)},
    )
