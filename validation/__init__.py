"""Whether the simulators agree.

Nothing heavy is imported until it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "Agreement": "agreement",
    "Pair": "agreement",
    "compare": "agreement",
    "Explanation": "differences.first_difference",
    "FirstDifference": "differences.first_difference",
    "Statistic": "measures.statistics",
    "statistics_of": "measures.statistics",
    "TraceDifference": "differences.comparators",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"unisono.validation.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
