"""One spiking-network model, many simulators, the same spikes.

>>> network = unisono.load("vogels_abbott", duration=1000.0)
>>> runs = unisono.run(network, on=["nest", "brian2", "neuron"])
>>> runs["nest"].block                      # a neo.Block
>>> unisono.compare(runs).verdict.text
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unisono.adapters.contract import Settings as Settings
    from unisono.adapters.runtime.executor import Executor as Executor
    from unisono.adapters.runtime.results import Run as Run
    from unisono.adapters.runtime.results import Runs as Runs
    from unisono.adapters.runtime.results_folder import load_results as load_results
    from unisono.adapters.runtime.results_folder import save_results as save_results
    from unisono.api import compare as compare
    from unisono.api import converge as converge
    from unisono.api import curve as curve
    from unisono.api import explore as explore
    from unisono.api import load as load
    from unisono.api import run as run
    from unisono.models.errors import UnisonoError as UnisonoError
    from unisono.models.network import Network as Network
    from unisono.models.pynn.custom import cell as cell
    from unisono.models.pynn.custom_synapse import synapse as synapse
    from unisono.models.pynn.parameter_sets import parameter_set as parameter_set
    from unisono.validation.description.description import describe as describe
    from unisono.validation.lint import lint as lint

#: Public names and where they live; imported when first used, so that `import unisono` stays cheap.
_PUBLIC = {
    "Network": "unisono.models.network",
    "Executor": "unisono.adapters.runtime.executor",
    "Run": "unisono.adapters.runtime.results",
    "Runs": "unisono.adapters.runtime.results",
    "Settings": "unisono.adapters.contract",
    "UnisonoError": "unisono.models.errors",
    "cell": "unisono.models.pynn.custom",
    "compare": "unisono.api",
    "converge": "unisono.api",
    "curve": "unisono.api",
    "describe": "unisono.validation.description.description",
    "explore": "unisono.api",
    "lint": "unisono.validation.lint",
    "load": "unisono.api",
    "load_results": "unisono.adapters.runtime.results_folder",
    "parameter_set": "unisono.models.pynn.parameter_sets",
    "run": "unisono.api",
    "save_results": "unisono.adapters.runtime.results_folder",
    "synapse": "unisono.models.pynn.custom_synapse",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    if name == "__version__":
        from unisono.adapters.runtime.versions import unisono_version

        return unisono_version()
    raise AttributeError(f"module 'unisono' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
