"""The time that a search for a cause may take."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Runs
from unisono.models.errors import TimeLimitExceeded
from unisono.models.network import Network
from unisono.validation.runner import Runner

#: Seconds that the search for the causes of one comparison may take.
SECONDS = 120.0


class BudgetSpent(Exception):
    """The time of a search is spent. It ends the search and never reaches a user."""


@dataclass
class Budget:
    """Seconds that a search may take, counted from when it begins.

    Attributes
    ----------
    seconds : float
    clock : callable
        Gives seconds.
    """

    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    @property
    def used(self) -> float:
        """Seconds since it began."""
        return self.clock() - self._began

    @property
    def left(self) -> float:
        """Seconds that are left, below zero when it is spent."""
        return self.seconds - self.used

    def check(self) -> None:
        """Check that time is left.

        Raises
        ------
        BudgetSpent
        """
        if self.left <= 0:
            raise BudgetSpent


@dataclass(frozen=True)
class Limited:
    """Runs networks as long as there is time: a run that would take longer is stopped.

    Attributes
    ----------
    executor : Runner
    budget : Budget
    """

    executor: Runner
    budget: Budget

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network on simulators.

        Raises
        ------
        BudgetSpent
            If there is no time left, before the run or when it was stopped.
        """
        self.budget.check()
        runs = _with_limit(self.executor, self.budget.left).run(network, on, settings)
        if any(isinstance(run.error, TimeLimitExceeded) for run in runs.values()):
            self.budget.check()
        return runs


def _with_limit(executor: Runner, seconds: float) -> Runner:
    """The executor with a time limit that is no longer than some seconds; other runners end by themselves."""
    if not isinstance(executor, Executor):
        return executor
    limit = seconds if executor.time_limit is None else min(seconds, executor.time_limit)
    return replace(executor, time_limit=limit)
