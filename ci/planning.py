"""The plan of a model in ``unisono.toml``: question, reason, assumptions, and what its statistics must be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from unisono.models.errors import ConfigurationError
from unisono.models.registry import nearest
from unisono.validation.description.plan import Expectation, Plan
from unisono.validation.statistics.statistics import STATISTICS
from unisono.validation.statistics.weights import WEIGHT_STATISTICS

#: Gives the error at a key, from the problem and the remedy.
Problem = Callable[[str, str, str], ConfigurationError]


def plan_from(content: Mapping[str, Any], problem: Problem) -> Plan:
    """A plan from its table, whose kinds of values have been checked.

    Raises
    ------
    ConfigurationError
        If an expectation names no statistic, or its bounds are no range.
    """
    expected = tuple(_expectation(name, bounds, problem) for name, bounds in content.get("expect", {}).items())
    return Plan(
        content.get("question", ""),
        content.get("reason", ""),
        tuple(content.get("assumptions", ())),
        content.get("outcome", ""),
        expected,
    )


def _expectation(name: str, bounds: Any, problem: Problem) -> Expectation:
    known = (*STATISTICS, *(s.name for s in WEIGHT_STATISTICS))
    statistic = max((s for s in known if name == s or name.startswith(f"{s} of ")), key=len, default="")
    if not statistic:
        near = nearest(name.partition(" of ")[0], known) or nearest(name, known)
        hint = f"Did you mean '{near}'?" if near else f"Choose one of: {', '.join(known)}."
        raise problem("expect", f"names the unknown statistic '{name}'.", hint)
    numbers = isinstance(bounds, list) and len(bounds) == 2 and all(type(x) in (int, float) for x in bounds)
    if not numbers or not bounds[0] <= bounds[1]:
        raise problem(
            "expect",
            f"gives '{name}' the bounds {bounds!r}.",
            "Write the least and the largest value, as in [1, 10]; inf and -inf leave a side open.",
        )
    low, high = (None if math.isinf(bound) else float(bound) for bound in bounds)
    return Expectation(statistic, name[len(statistic) :].removeprefix(" of "), low, high)
