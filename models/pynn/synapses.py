"""The synapse types of PyNN: those whose model is known, and a clear refusal for the others."""

from __future__ import annotations

import inspect
from typing import Any

from pyNN.common import Assembly, BasePopulation, PopulationView
from pyNN.errors import NonExistentParameterError
from pyNN.standardmodels import StandardSynapseType, build_translations
from pyNN.standardmodels import synapses as standard

from unisono.models.errors import CaptureError, ModelError
from unisono.models.pynn.cells import refused
from unisono.models.pynn.features import SYNAPSES as REFUSED_SYNAPSES
from unisono.models.pynn.simulator import simulator
from unisono.models.pynn.values import CheckedValues
from unisono.models.synapses import SYNAPSES, SynapseModel
from unisono.models.synapses.common import TAU_PSC
from unisono.models.synapses.model import WEIGHT


class EquationsSynapse(CheckedValues, StandardSynapseType):  # type: ignore[misc]
    """A synapse type that a synapse model describes; its parameters are those of the model, and a delay."""

    model: SynapseModel
    #: The part of the delay that passes behind the synapse, as PyNN calls it.
    dendritic_delay_fraction: float = 1.0
    #: The population or assembly whose spikes reach all synapses, and how long they take, ms; None: a time step.
    modulator: Any = None
    modulator_delay: float | None = None

    def get_native_names(self, *names: str) -> list[str]:
        """The names that a projection knows parameters and states by, which are PyNN's own.

        Raises
        ------
        NonExistentParameterError
            If there is none of that name.
        """
        known = [*self.default_parameters, *(state for state in self.model.states if state != WEIGHT)]
        for name in names:
            if name not in known:
                raise NonExistentParameterError(name, type(self).__name__, known)
        return list(names or self.default_parameters)

    def _get_minimum_delay(self) -> float:
        delay: float = simulator.state.default_delay
        return delay


class OwnSynapse(EquationsSynapse):
    """One that PyNN does not have: the split of its delay, and what modulates it, are given with its parameters."""

    def __init__(
        self,
        dendritic_delay_fraction: float = 1.0,
        modulator: Any = None,
        modulator_delay: float | None = None,
        **parameters: Any,
    ) -> None:
        super().__init__(**parameters)
        self.dendritic_delay_fraction = checked_fraction(type(self).__name__, dendritic_delay_fraction)
        if modulator is not None:
            _check_modulator(self.model, modulator)
        self.modulator, self.modulator_delay = modulator, modulator_delay


def _check_modulator(model: SynapseModel, modulator: Any) -> None:
    if not model.modulator_statements:
        raise ModelError(f"{model.KIND} '{model.name}' has no modulator.", "Leave `modulator` out.")
    if not isinstance(modulator, BasePopulation | Assembly) or isinstance(modulator, PopulationView):
        raise ModelError(
            f"{model.name}: the modulator is a {type(modulator).__name__}.", "Name a whole population, or an assembly."
        )


def checked_fraction(owner: str, fraction: float) -> float:
    """The dendritic part of a delay.

    Raises
    ------
    ModelError
        If it is not between 0 and 1.
    """
    if not 0 <= fraction <= 1:
        raise ModelError(f"{owner}: dendritic_delay_fraction is {fraction}.", "Choose one between 0 and 1.")
    return float(fraction)


def synapse_class(model: SynapseModel, base: type | None = None) -> type[EquationsSynapse]:
    """The synapse type of a model; ``base`` is PyNN's class of it, if there is one."""
    defaults: dict[str, float | None] = {n: p.default for n, p in model.parameters.items() if n != TAU_PSC}
    defaults = {WEIGHT: model.initial.get(WEIGHT, 0.0)} | defaults | {"delay": None}
    begun = {**model.initial, **{state: defaults[name] for state, name in model.initially.items()}}
    entries = {
        "model": model,
        "default_parameters": defaults,
        "default_initial_values": {n: v for n, v in begun.items() if n != WEIGHT and n not in model.random},
        "translations": build_translations(*((name, name) for name in defaults)),
        "__doc__": (base and inspect.getdoc(base)) or model.source,
        "__module__": __name__,
    }
    return type(model.name, (OwnSynapse,) if base is None else (EquationsSynapse, base), entries)


#: The synapse types that can be captured, by name.
AVAILABLE: dict[str, type[EquationsSynapse]] = {
    name: synapse_class(model, getattr(standard, name, None)) for name, model in SYNAPSES.items()
}

StaticSynapse = AVAILABLE["StaticSynapse"]

_CHOICES = f"Choose one of: {', '.join(AVAILABLE)}."

#: The synapse types that PyNN knows and that are refused when they are made.
REFUSED: dict[str, type] = {
    name: refused(getattr(standard, name), feature.sentence(name), feature.instead)
    for name, feature in REFUSED_SYNAPSES.items()
}


def native_synapse_type(name: str) -> Any:
    """Refuse a synapse model that only one simulator has."""
    raise CaptureError(f"'{name}' is a native synapse type of one simulator and cannot be captured.", _CHOICES)
