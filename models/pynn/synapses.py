"""The synapse types of PyNN: the static one, and a clear refusal for the others."""

from __future__ import annotations

import inspect
from typing import Any

from pyNN.standardmodels import StandardModelType, build_translations
from pyNN.standardmodels import synapses as standard

from unisono.models.errors import CaptureError
from unisono.models.pynn.cells import refused
from unisono.models.pynn.simulator import simulator


class StaticSynapse(standard.StaticSynapse):  # type: ignore[misc]
    """A synapse with a fixed weight (nA, uS or mV) and delay (ms)."""

    translations = build_translations(("weight", "weight"), ("delay", "delay"))

    def _get_minimum_delay(self) -> float:
        delay: float = simulator.state.default_delay
        return delay


_CHOICES = "Available is: StaticSynapse."

#: The synapse types and their parts that are refused when they are made.
REFUSED: dict[str, type] = {
    name: refused(value, "The synapse type", _CHOICES)
    for name, value in vars(standard).items()
    if inspect.isclass(value) and value.__module__ == standard.__name__ and issubclass(value, StandardModelType)
    if name != "StaticSynapse"
}


def native_synapse_type(name: str) -> Any:
    """Refuse a synapse model that only one simulator has."""
    raise CaptureError(f"'{name}' is a native synapse type of one simulator and cannot be captured.", _CHOICES)
