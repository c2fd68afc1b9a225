"""What runs show of themselves: a table of functions, as results find their writers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from unisono.models.registry import Lazy, Registry

#: By what is asked for; each takes runs first.
VIEWS: Registry[Callable[..., Any]] = Registry(
    "view",
    {
        "plot": Lazy("unisono.validation.report.plots:plot"),
        "statistics": Lazy("unisono.validation.statistics.table:statistics_of_runs"),
    },
)
