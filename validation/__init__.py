"""Whether the simulators agree.

Nothing heavy is imported until it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {
    "Agreement": "compare.agreement",
    "Pair": "compare.pair",
    "compare": "compare.agreement",
    "Explanation": "compare.first_difference",
    "FirstDifference": "compare.first_difference",
    "Statistic": "statistics.statistics",
    "statistics_of": "statistics.statistics",
    "TraceDifference": "compare.signals",
    "Level": "verdict",
    "Verdict": "verdict",
}

__all__ = list(_PLACES)


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(f"unisono.validation.{_PLACES[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
