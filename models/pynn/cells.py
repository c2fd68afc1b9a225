"""The cell types of PyNN, made from their equations: a class for each cell model, one for each spike source."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from pyNN.parameters import ArrayParameter, ParameterSpace
from pyNN.standardmodels import StandardCellType, StandardCellTypeComponent, build_translations
from pyNN.standardmodels import cells as standard

from unisono.models.cells import CELLS, SOURCES
from unisono.models.cells.model import CellModel
from unisono.models.errors import CaptureError
from unisono.models.pynn import features, sources
from unisono.models.pynn.values import CheckedValues


class EquationsCell(CheckedValues, StandardCellType):  # type: ignore[misc]
    """A cell type that is a cell model.

    Attributes
    ----------
    model : CellModel
    """

    model: CellModel

    def translate(self, parameters: ParameterSpace, copy: bool = True) -> ParameterSpace:
        """The same parameters: PyNN's names and units are the model's."""
        values = dict((deepcopy(parameters) if copy else parameters).items())
        return ParameterSpace(values, schema=None, shape=parameters.shape)

    def reverse_translate(self, native_parameters: ParameterSpace) -> ParameterSpace:
        """The same parameters."""
        values = dict(native_parameters.items())
        return ParameterSpace(values, schema=self.get_schema(), shape=native_parameters.shape)

    def get_native_names(self, *names: str) -> list[str]:
        """The same names."""
        return list(names or self.get_parameter_names())

    def simple_parameters(self) -> list[str]:
        """All parameters."""
        return list(self.get_parameter_names())

    def scaled_parameters(self) -> list[str]:
        """No parameters."""
        return []

    def computed_parameters(self) -> list[str]:
        """No parameters."""
        return []

    def symbol(self, name: str) -> str:
        """What the model calls a parameter, state variable or recorded variable of PyNN."""
        return name

    def model_values(self, name: str, value: Any) -> dict[str, Any]:
        """Values of the model's parameters, from one of PyNN's."""
        return {self.symbol(name): value}

    def model_initial(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Initial values that follow from the parameters, for states that PyNN gives none."""
        return {}


def contents(model: CellModel) -> dict[str, Any]:
    """What PyNN wants to know about a cell type, read from the equations."""
    return {
        "model": model,
        "default_parameters": {name: float(p.default) for name, p in model.parameters.items()},
        "default_initial_values": {name: v for name, v in model.initial.items() if name not in model.random},
        "recordable": ["spikes", *model.recordable],
        "receptor_types": tuple(model.receptors),
        "conductance_based": model.conductance_based,
        "units": {name: "dimensionless" if unit == "1" else unit for name, unit in model.units.items()},
    }


def cell_class(model: CellModel, base: type | None = None) -> type[EquationsCell]:
    """The cell type of a model; ``base`` is PyNN's class of it, if there is one."""
    bases = (EquationsCell,) if base is None else (EquationsCell, base)
    entries = {"__doc__": (base and inspect.getdoc(base)) or model.source, "__module__": __name__}
    return type(model.name, bases, contents(model) | entries)


class _Kernels(EquationsCell):
    """The GIF cell: its kernels are arrays of three in PyNN, single parameters in the model."""

    #: PyNN's name: as ``name_1`` to ``name_3`` in the model.
    arrays = ("tau_eta", "tau_gamma", "a_eta", "a_gamma")

    def model_values(self, name: str, value: Any) -> dict[str, Any]:
        """Each array as three parameters."""
        if name not in self.arrays:
            return {name: value}
        if isinstance(value, np.ndarray) and value.ndim:
            rows = np.array([np.broadcast_to(self._three(name, entry), 3) for entry in value])
        else:
            rows = self._three(name, value)
        return {f"{name}_{k}": rows[..., k - 1] for k in (1, 2, 3)}

    @staticmethod
    def _three(name: str, value: Any) -> Any:
        array = np.asarray(getattr(value, "value", value), float)
        if array.shape != (3,):
            raise CaptureError(f"'{name}' has {array.size} values.", "A kernel has three exponentials: give three.")
        return array

    def model_initial(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The threshold begins at its baseline, as in PyNN's backends."""
        return {"v_t": parameters["v_t_star"]}


def _generalised() -> type[EquationsCell]:
    model = CELLS["GIF_cond_exp"]
    entries = contents(model)
    for name in _Kernels.arrays:
        parts = [entries["default_parameters"].pop(f"{name}_{k}") for k in (1, 2, 3)]
        entries["default_parameters"][name] = ArrayParameter(parts)
        entries["units"][name] = entries["units"][f"{name}_1"]
    del entries["default_initial_values"]["v_t"]
    entries |= {"__doc__": inspect.getdoc(standard.GIF_cond_exp), "__module__": __name__}
    return type(model.name, (_Kernels, standard.GIF_cond_exp), entries)


def _source(name: str) -> type:
    base = getattr(standard, name, getattr(sources, name, StandardCellType))
    # PyNN takes the type of a parameter from its default: with 2 for alpha it would cut 2.5 down to 2
    defaults = {n: float(v) if isinstance(v, int) else v for n, v in base.default_parameters.items()}
    entries = {
        "default_parameters": defaults,
        "units": {**base.units, "spikes": "dimensionless"},
        "__doc__": inspect.getdoc(base),
        "__module__": __name__,
        "translations": build_translations(*((n, n) for n in defaults)),
    }
    return type(name, (CheckedValues, base), entries)


def refused(base: type, reason: str, choices: str) -> type:
    """A class of the same name that cannot be made: PyNN has it, Unisono does not yet."""

    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise CaptureError(reason, choices)

    return type(base.__name__, (base,), {"__doc__": inspect.getdoc(base), "__module__": __name__, "__init__": refuse})


def native_cell_type(name: str) -> Any:
    """Refuse a cell model that only one simulator has."""
    raise CaptureError(
        f"'{name}' is a native cell type of one simulator and cannot be captured.",
        f"A standard cell type works: {', '.join(sorted(CELLS))}.",
    )


_CHOICES = f"Choose one of: {', '.join([*sorted(CELLS), *sorted(SOURCES)])}."


def _refusal(name: str) -> tuple[str, str]:
    """What is said of a cell type that cannot be captured, and what works."""
    if name in features.NAMES:
        return features.NAMES[name].sentence(name), features.NAMES[name].instead
    return f"The cell type '{name}' is not supported yet.", _CHOICES


#: The cell types that can be captured, by name.
AVAILABLE: dict[str, type] = {
    **{n: cell_class(model, getattr(standard, n, None)) for n, model in CELLS.items() if n != "GIF_cond_exp"},
    "GIF_cond_exp": _generalised(),
    **{name: _source(name) for name in SOURCES},
}

#: The cell types that PyNN knows and that are refused when they are made.
REFUSED: dict[str, type] = {
    name: refused(value, *_refusal(name))
    for name, value in vars(standard).items()
    if inspect.isclass(value) and value.__module__ == standard.__name__ and name not in AVAILABLE
    if hasattr(value, "default_parameters")
    if not issubclass(value, StandardCellTypeComponent | standard.PointNeuron)
}
