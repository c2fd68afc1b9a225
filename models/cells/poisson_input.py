"""Cells that draw the spikes of their Poisson input themselves, where a network need not hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from unisono.models.cells.model import CellModel, Parameter, PoissonInput

#: The largest mean number of spikes in a step. Far beyond it the probability of none is zero in double precision.
MOST = 100.0


def with_poisson_input(model: CellModel, receptors: Mapping[str, str]) -> CellModel:
    """The cell with Poisson input.

    Parameters
    ----------
    model : CellModel
    receptors : mapping of str to str
        By the name of each input, which begins the names of its parameters and states: the receptor that it acts on.
    """
    parameters, inputs = dict(model.parameters), {}
    for name, receptor in receptors.items():
        found = PoissonInput(receptor, *(f"{name}_{part}" for part in ("weight", "mean", "none", "draw_1", "draw_2")))
        parameters |= {
            found.weight: Parameter(0.0, model.weight_unit(receptor), "weight of a spike of the Poisson input"),
            found.mean: Parameter(0.0, "1", "mean number of spikes in a step"),
            found.none: Parameter(1.0, "1", "probability that a step has none"),
        }
        inputs[name] = found
    states = [state for found in inputs.values() for state in (found.first, found.second)]
    return replace(
        model,
        name=f"{model.name}_poisson",
        parameters=parameters,
        equations="\n".join([model.equations, *(f"d{state}/dt = 0 : 1" for state in states)]),
        initial={**model.initial, **dict.fromkeys(states, 1.0)},
        random=(*model.random, *states),
        poisson=inputs,
    )
