"""One spiking-network model, many simulators, the same spikes.

>>> runs = unisono.run("vogels_abbott", on="nest,brian2,neuron", duration=1000.0)
>>> runs["nest"].block                      # a neo.Block
>>> runs.plot()
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
    from unisono.api import load as load
    from unisono.api import run as run
    from unisono.inspection import advise as advise
    from unisono.inspection import describe as describe
    from unisono.inspection import lint as lint
    from unisono.models.errors import UnisonoError as UnisonoError
    from unisono.models.network import Network as Network
    from unisono.models.pynn.custom import cell as cell
    from unisono.models.pynn.custom_synapse import synapse as synapse
    from unisono.models.pynn.parameter_sets import parameter_set as parameter_set
    from unisono.studies import converge as converge
    from unisono.studies import curve as curve
    from unisono.studies import ensemble as ensemble
    from unisono.studies import explore as explore

#: Public names and where they live; imported when first used, so that `import unisono` stays cheap.
_PUBLIC = {
    "Executor": "unisono.adapters.runtime.executor",
    "Network": "unisono.models.network",
    "Run": "unisono.adapters.runtime.results",
    "Runs": "unisono.adapters.runtime.results",
    "Settings": "unisono.adapters.contract",
    "UnisonoError": "unisono.models.errors",
    "advise": "unisono.inspection",
    "cell": "unisono.models.pynn.custom",
    "compare": "unisono.api",
    "converge": "unisono.studies",
    "curve": "unisono.studies",
    "describe": "unisono.inspection",
    "ensemble": "unisono.studies",
    "explore": "unisono.studies",
    "lint": "unisono.inspection",
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
