"""The simulators, one line each, and PyNN's own backends, which are run to be judged.

Others register through the entry point ``unisono.simulators``.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from unisono.adapters.contract import Adapter
from unisono.models.errors import UnknownName
from unisono.models.registry import Lazy, Registry

BUILT_IN = {
    "nest": "unisono.adapters.nest:NestAdapter",
    "nestml": "unisono.adapters.nest:NestmlAdapter",
    "brian2": "unisono.adapters.brian2:Brian2Adapter",
    "neuron": "unisono.adapters.neuron:NeuronAdapter",
    "genn": "unisono.adapters.genn:GennAdapter",
    "genn-gpu": "unisono.adapters.genn:GennGpuAdapter",
    "pygenn": "unisono.adapters.pygenn:PygennAdapter",
    "pygenn-gpu": "unisono.adapters.pygenn:PygennGpuAdapter",
    "reference": "unisono.adapters.reference:ReferenceAdapter",
}

#: Set-ups of others, run as they are: they keep to none of the project's conventions.
EXTERNAL_BACKENDS = {
    "pynn.nest": "unisono.adapters.pynn_backends:PynnNest",
    "pynn.brian2": "unisono.adapters.pynn_backends:PynnBrian2",
    "pynn.neuron": "unisono.adapters.pynn_backends:PynnNeuron",
}


@cache
def simulators() -> Registry[type[Adapter]]:
    """Every simulator, external backends and those of third parties included.

    Raises
    ------
    UnknownName
        If a third party takes a name that exists.
    """
    own = {name: Lazy(location) for name, location in (BUILT_IN | EXTERNAL_BACKENDS).items()}
    found: Registry[type[Adapter]] = Registry("simulator", own)
    for point in entry_points(group="unisono.simulators"):
        try:
            found.add(point.name, Lazy(point.value))
        except ValueError:
            raise UnknownName(
                f"Two packages register the simulator '{point.name}'.", "Uninstall one of them."
            ) from None
    return found


def locations() -> dict[str, str]:
    """Name and ``module:class`` of every simulator."""
    return {name: simulators().location(name) for name in simulators()}


def names() -> tuple[str, ...]:
    """Names of all simulators that keep to the project's conventions."""
    return tuple(name for name in simulators() if name not in EXTERNAL_BACKENDS)


def get(name: str) -> Adapter:
    """The adapter of that name.

    Raises
    ------
    UnknownName
        If no simulator has that name; the message lists the choices.
    """
    return simulators()[name]()


def title(name: str) -> str:
    """A simulator as people write it in a sentence; an unknown name as it is."""
    return get(name).title or name if name in locations() else name


def load(location: str) -> Adapter:
    """The adapter at ``module:class``."""
    adapter: Adapter = Lazy(location).load()()
    return adapter
