"""A fire drill: a deliberate error in one simulator, to see that the gate turns red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network
from unisono.validation.faults.faults import Mutant, can_run


@dataclass(frozen=True)
class Drill:
    """A deliberate error and the simulator that has it.

    Attributes
    ----------
    mutant : Mutant
    simulator : str
    """

    mutant: Mutant
    simulator: str

    def __str__(self) -> str:
        return f"'{self.mutant.name}' on {self.simulator}"

    def obstacle(self, network: Network, settings: Settings) -> str:
        """Why it cannot be carried out; empty if it can."""
        reason = can_run(self.mutant, self.simulator, network, settings)
        return f"The drill {self} cannot be carried out: {reason.rstrip('.')}." if reason else ""


@dataclass(frozen=True)
class Runner:
    """Runs networks on simulators, one of which may have a deliberate error.

    Attributes
    ----------
    executor : Executor
    drill : Drill or None
    """

    executor: Executor
    drill: Drill | None = None

    def run(
        self, network: Network, on: Sequence[str], settings: Settings | None = None, plan: Executor | None = None
    ) -> Runs:
        """Run a network on simulators; the runs with the error are presented as if they had none."""
        settings, executor = settings or Settings(), plan or self.executor
        # Exact spike times are the truth that others are held against: they never have the error.
        exact = settings.options.get("grid") == "off"
        if self.drill is None or self.drill.simulator not in on or exact:
            return executor.run(network, on, settings)
        found: dict[str, Run] = dict(self.drill.mutant.run(network, [self.drill.simulator], settings, executor))
        others = [name for name in on if name != self.drill.simulator]
        if others:
            found |= executor.run(network, others, settings)
        return Runs(network, {name: found[name] for name in dict.fromkeys(on)})
