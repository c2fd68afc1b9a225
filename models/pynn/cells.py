"""The standard cell types of PyNN: those Unisono has equations for, and a clear refusal for the others."""

from __future__ import annotations

import inspect
from typing import Any

from pyNN.standardmodels import StandardCellType, build_translations
from pyNN.standardmodels import cells as standard

from unisono.models.cells import CELLS, SOURCES
from unisono.models.equations import CellModel
from unisono.models.errors import CaptureError
from unisono.models.pynn import sources


def _from_model(model: CellModel) -> dict[str, Any]:
    """What PyNN wants to know about a cell type, read from the equations."""
    return {
        "default_parameters": {name: p.default for name, p in model.parameters.items()},
        "default_initial_values": dict(model.initial),
        "recordable": ["spikes", *model.recordable],
        "receptor_types": tuple(model.receptors),
        "conductance_based": model.conductance_based,
        "units": model.units,
    }


def _available(name: str) -> type:
    base = getattr(standard, name, getattr(sources, name, StandardCellType))
    contents = _from_model(CELLS[name]) if name in CELLS else {"units": {**base.units, "spikes": "dimensionless"}}
    if name in SOURCES:
        # PyNN takes the type of a parameter from its default: with 2 for alpha it would cut 2.5 down to 2
        defaults = {n: float(v) if isinstance(v, int) else v for n, v in base.default_parameters.items()}
        contents["default_parameters"] = defaults
    names = contents["default_parameters"]
    contents |= {
        "__doc__": inspect.getdoc(base),
        "__module__": __name__,
        "translations": build_translations(*((n, n) for n in names)),
    }
    return type(name, (base,), contents)


def refused(base: type, what: str, choices: str) -> type:
    """A class of the same name that cannot be made: PyNN has it, Unisono does not yet."""

    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise CaptureError(f"{what} '{base.__name__}' is not available yet.", choices)

    return type(base.__name__, (base,), {"__doc__": inspect.getdoc(base), "__module__": __name__, "__init__": refuse})


def native_cell_type(name: str) -> Any:
    """Refuse a cell model that only one simulator has."""
    raise CaptureError(
        f"'{name}' is a native cell type of one simulator and cannot be captured.",
        f"A standard cell type works: {', '.join(sorted(CELLS))}.",
    )


_CHOICES = f"Available are: {', '.join([*sorted(CELLS), *sorted(SOURCES)])}."

#: The cell types that can be captured, by name.
AVAILABLE: dict[str, type] = {name: _available(name) for name in [*CELLS, *SOURCES]}

#: The cell types that PyNN knows and that are refused when they are made.
REFUSED: dict[str, type] = {
    name: refused(value, "The cell type", _CHOICES)
    for name, value in vars(standard).items()
    if inspect.isclass(value) and value.__module__ == standard.__name__ and name not in AVAILABLE
    if hasattr(value, "default_parameters")
}
