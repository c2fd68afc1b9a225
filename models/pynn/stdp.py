"""PyNN's STDPMechanism: a rule for the timing of spikes and one for the weight, which together are a synapse model."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from pyNN.parameters import ParameterSpace
from pyNN.standardmodels import StandardSynapseType, build_translations
from pyNN.standardmodels import synapses as standard

from unisono.models.errors import CaptureError
from unisono.models.pynn.synapses import EquationsSynapse, checked_fraction
from unisono.models.pynn.values import check_values
from unisono.models.synapses import SYNAPSES
from unisono.models.synapses.model import WEIGHT, SynapseModel

#: The synapse models, by PyNN's names of the rules for the timing and the weight.
MODELS: Mapping[tuple[str, str], SynapseModel] = {
    ("SpikePairRule", "AdditiveWeightDependence"): SYNAPSES["SpikePairAdditive"],
    ("SpikePairRule", "MultiplicativeWeightDependence"): SYNAPSES["SpikePairMultiplicative"],
    ("SpikePairRule", "AdditivePotentiationMultiplicativeDepression"): SYNAPSES["SpikePairAdditiveMultiplicative"],
    ("SpikePairRule", "GutigWeightDependence"): SYNAPSES["SpikePairGutig"],
    ("Vogels2011Rule", "AdditiveWeightDependence"): SYNAPSES["Vogels2011"],
}


def _rule(base: type) -> type:
    """A rule of PyNN, with values that are checked when they are given."""
    begin: Any = base.__init__  # type: ignore[misc]
    taken = inspect.signature(begin)

    def make(self: Any, *values: Any, **named: Any) -> None:
        given = taken.bind(self, *values, **named).arguments
        given = given | given.pop("parameters", {})  # not every rule of PyNN names its own
        check_values(base.__name__, {n: v for n, v in given.items() if n != "self"})
        begin(self, *values, **named)

    entries = {
        "__init__": make,
        "__doc__": inspect.getdoc(base),
        "__module__": __name__,
        "translations": build_translations(*((name, name) for name in base.default_parameters)),  # type: ignore[attr-defined]
        "possible_models": frozenset(m.name for rules, m in MODELS.items() if base.__name__ in rules),
    }
    return type(base.__name__, (base,), entries)


#: Parts of the mechanism, by PyNN's names.
RULES: Mapping[str, type] = {name: _rule(getattr(standard, name)) for name in dict.fromkeys(sum(MODELS, ()))}


class STDPMechanism(EquationsSynapse, standard.STDPMechanism):  # type: ignore[misc]
    """Spike-timing-dependent plasticity.

    Parameters
    ----------
    timing_dependence : SpikePairRule or Vogels2011Rule
    weight_dependence : AdditiveWeightDependence, ...
        The bounds of the weight, and how a step depends on it.
    voltage_dependence : None
    dendritic_delay_fraction : float
        The part of the delay, 0 to 1, that passes behind the synapse: spikes of the target pass it on their way back.
    weight : float, or what PyNN takes for one
        At t = 0, nA, uS or mV.
    delay : float, or what PyNN takes for one
        ms.

    Raises
    ------
    CaptureError
        If a rule is missing, or the two do not go together.
    ModelError
        If the fraction is not between 0 and 1.
    """

    # PyNN's own class computes these from its parts; here they are those of the synapse model
    model: Any = None
    parameter_space = None
    get_parameter_names = StandardSynapseType.get_parameter_names
    get_schema = StandardSynapseType.get_schema
    has_parameter = StandardSynapseType.has_parameter
    native_parameters = StandardSynapseType.native_parameters

    def __init__(
        self,
        timing_dependence: Any = None,
        weight_dependence: Any = None,
        voltage_dependence: Any = None,
        dendritic_delay_fraction: float = 1.0,
        weight: Any = 0.0,
        delay: Any = None,
    ) -> None:
        self.model = _model(timing_dependence, weight_dependence, voltage_dependence)
        self.timing_dependence, self.weight_dependence = timing_dependence, weight_dependence
        self.voltage_dependence = None
        self.dendritic_delay_fraction = checked_fraction("STDPMechanism", dendritic_delay_fraction)
        check_values("STDPMechanism", {WEIGHT: weight} | ({} if delay is None else {"delay": delay}))
        rules = {**timing_dependence.parameter_space._parameters, **weight_dependence.parameter_space._parameters}
        defaults = {name: parameter.default for name, parameter in self.model.parameters.items()}
        self.default_parameters = {WEIGHT: 0.0, **defaults, "delay": None}
        self.translations = build_translations(*((name, name) for name in self.default_parameters))
        self.parameter_space = ParameterSpace({**self.default_parameters, "delay": 0.0}, self.get_schema())
        self.parameter_space.update(**rules, weight=weight, delay=self._get_minimum_delay() if delay is None else delay)


def _model(timing: Any, weight: Any, voltage: Any) -> SynapseModel:
    if voltage is not None:
        raise CaptureError("A voltage dependence of plasticity is not supported yet.", "Leave voltage_dependence out.")
    for name, rule, kind in (
        ("timing_dependence", timing, standard.STDPTimingDependence),
        ("weight_dependence", weight, standard.STDPWeightDependence),
    ):
        if not isinstance(rule, kind):
            choices = (n for n, made in RULES.items() if issubclass(made, kind))
            raise CaptureError(
                f"STDPMechanism needs a rule as its {name}, not {rule!r}.", f"Choose one of: {', '.join(choices)}."
            )
    names = type(timing).__name__, type(weight).__name__
    if names not in MODELS:
        fitting = ", ".join(b for a, b in MODELS if a == names[0])
        raise CaptureError(f"{names[0]} does not go together with {names[1]}.", f"Use it with {fitting}.")
    return MODELS[names]


#: What a script finds under PyNN's names.
AVAILABLE: dict[str, type] = {"STDPMechanism": STDPMechanism, **RULES}
