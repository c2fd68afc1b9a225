"""PyNN's composed cell: a membrane with any number of named receptors."""

from __future__ import annotations

import inspect
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import StandardCellTypeComponent, StandardPostSynapticResponse
from pyNN.standardmodels import cells as standard_cells
from pyNN.standardmodels import receptors as standard_receptors

from unisono.models.cells.composition import MEMBRANES, Membrane, compose, symbol
from unisono.models.cells.model import CellModel
from unisono.models.errors import CaptureError
from unisono.models.pynn.cells import EquationsCell, contents
from unisono.models.receptors import RECEPTORS, ReceptorModel

#: What PyNN calls the receptors that it knows, and the names that its backends give them for short.
_PYNN_NAMES = {
    "CurrExp": ("CurrExpPostSynapticResponse",),
    "CondExp": ("CondExpPostSynapticResponse", "ExpPSR"),
    "CondAlpha": ("CondAlphaPostSynapticResponse", "AlphaPSR"),
    "CondBeta": ("CondBetaPostSynapticResponse", "BetaPSR"),
    "CurrAlpha": ("CurrAlphaPostSynapticResponse",),
    "CurrBeta": ("CurrBetaPostSynapticResponse",),
    "Delta": ("DeltaPostSynapticResponse",),
}


class PointNeuron(EquationsCell):
    """A membrane and its receptors: ``PointNeuron(LIF(tau_m=10.0), AMPA=ExpPSR(tau_syn=2.0))``.

    The receptors' parameters and variables are ``AMPA.tau_syn``, ``AMPA.gsyn``; projections name
    ``receptor_type="AMPA"``.

    Parameters
    ----------
    neuron : LIF or AdExp
    **post_synaptic_receptors
        By the names that projections call them.

    Raises
    ------
    CaptureError
        If a part is none.
    ModelError
        If a receptor's name cannot stand in an equation.
    """

    injectable = True

    def __init__(self, neuron: Any, **post_synaptic_receptors: Any) -> None:
        if not isinstance(neuron, _MembraneType):
            raise CaptureError(
                f"{type(neuron).__name__} is not a membrane of a PointNeuron.", "Use LIF(...) or AdExp(...)."
            )
        for name, receptor in post_synaptic_receptors.items():
            if not isinstance(receptor, _ReceptorType):
                raise CaptureError(
                    f"Receptor '{name}': {type(receptor).__name__} is not a receptor.",
                    f"Choose one of: {', '.join(RECEPTOR_TYPES)}.",
                )
        self.neuron, self.post_synaptic_receptors = neuron, dict(sorted(post_synaptic_receptors.items()))
        models = {name: receptor.receptor for name, receptor in self.post_synaptic_receptors.items()}
        kinds = {receptor.conductance_based for receptor in models.values() if receptor.current}
        self._symbols = {
            symbol(key, name): f"{key}.{name}"
            for key, receptor in models.items()
            for name in (*receptor.parameters, *_states(receptor))
        }
        for name, value in contents(compose(neuron.membrane, models)).items():
            setattr(self, name, self._dotted(value))
        # PyNN asks this for the sign of weights; of a mixed cell it cannot know it, the receptors do
        self.conductance_based = kinds.pop() if len(kinds) == 1 else None
        self.parameter_space = ParameterSpace(self.default_parameters, self.get_schema(), None, type(self))
        self.parameter_space.update(**dict(neuron.parameter_space.items()))
        for key, receptor in self.post_synaptic_receptors.items():
            self.parameter_space.update(**{f"{key}.{n}": v for n, v in receptor.parameter_space.items()})

    def _dotted(self, value: Any) -> Any:
        """The table or list with PyNN's names."""
        if isinstance(value, dict):
            return {self._symbols.get(name, name): entry for name, entry in value.items()}
        if isinstance(value, list):
            return [self._symbols.get(name, name) for name in value]
        return value

    def symbol(self, name: str) -> str:
        """``AMPA.gsyn`` is ``AMPA_gsyn`` in the model."""
        return symbol(*name.split(".", 1)) if "." in name else name

    def has_parameter(self, name: str) -> bool:
        """Whether the cell has a parameter of that name."""
        return name in self.default_parameters

    def get_parameter_names(self) -> list[str]:
        """Names of the parameters."""
        return list(self.default_parameters)


def _states(receptor: ReceptorModel) -> tuple[str, ...]:
    """The variables of a receptor, those that are no parameters."""
    from unisono.models.dynamics.text import names_defined

    return names_defined(receptor.name, receptor.equations)


class _MembraneType(StandardCellTypeComponent):  # type: ignore[misc]
    """A membrane, as PyNN's LIF and AdExp."""

    membrane: Membrane


class _ReceptorType(StandardPostSynapticResponse):  # type: ignore[misc]
    """A receptor, as PyNN's CondExpPostSynapticResponse."""

    receptor: ReceptorModel


def _membrane_type(name: str) -> type:
    base = getattr(standard_cells, name)
    model: CellModel = MEMBRANES[name].own
    entries = contents(model) | {"membrane": MEMBRANES[name], "__doc__": inspect.getdoc(base), "__module__": __name__}
    return type(name, (_MembraneType,), entries)


def _receptor_type(model: ReceptorModel, name: str) -> type:
    base = getattr(standard_receptors, name, None)
    entries = {
        "receptor": model,
        "default_parameters": {n: float(p.default) for n, p in model.parameters.items()},
        "default_initial_values": dict.fromkeys(model.recordable, 0.0),
        "recordable": list(model.recordable),
        "conductance_based": model.conductance_based,
        "units": {n: p.unit for n, p in model.parameters.items()},
        "__doc__": inspect.getdoc(base) or f"{model.name}: {model.source}.",
        "__module__": __name__,
    }
    return type(name, (_ReceptorType,), entries)


#: The receptors, under all their names; presets as AMPA have their own.
RECEPTOR_TYPES: dict[str, type] = {}
for _name, _model in RECEPTORS.items():
    _first, *_aliases = _PYNN_NAMES.get(_name, (_name,))
    RECEPTOR_TYPES[_first] = _receptor_type(_model, _first)
    RECEPTOR_TYPES |= dict.fromkeys(_aliases, RECEPTOR_TYPES[_first])

#: The parts of a composed cell.
COMPONENTS: dict[str, type] = {
    "PointNeuron": PointNeuron,
    **{name: _membrane_type(name) for name in ("LIF", "AdExp")},
    **RECEPTOR_TYPES,
}
