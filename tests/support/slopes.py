"""The right-hand sides of a cell model as numbers."""

from __future__ import annotations

from typing import Any

from unisono.models.cells.model import INJECTED, CellModel
from unisono.models.dynamics.expressions import evaluate


def slopes(model: CellModel, **values: Any) -> dict[str, Any]:
    """d state/dt of every state, at the defaults but for the parameters, states and ``i_inj`` given."""
    defaults = {name: parameter.default for name, parameter in model.parameters.items()}
    assert values.keys() <= {*defaults, *model.states, INJECTED}
    symbols = {**defaults, **model.initial, INJECTED: 0.0, **values}
    return {equation.state: float(evaluate(equation.tree, symbols)) for equation in model.system}
