"""A self-test of the gate: an injected fault in one simulator, to see that the gate turns red."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network
from unisono.validation.faults.faults import Fault, can_run


@dataclass(frozen=True)
class InjectedFault:
    """An injected fault and the simulator that has it.

    Attributes
    ----------
    fault : Fault
    simulator : str
    """

    fault: Fault
    simulator: str

    def __str__(self) -> str:
        return f"'{self.fault.name}' on {self.simulator}"

    def obstacle(self, network: Network, settings: Settings) -> str:
        """Why it cannot be carried out; empty if it can."""
        reason = can_run(self.fault, self.simulator, network, settings)
        return f"The self-test {self} cannot be carried out: {reason.rstrip('.')}." if reason else ""


@dataclass(frozen=True)
class FaultyRunner:
    """Runs networks on simulators, one of which can have an injected fault.

    Attributes
    ----------
    executor : Executor
    injected : InjectedFault or None
    """

    executor: Executor
    injected: InjectedFault | None = None

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network on simulators; the runs with the fault are presented as if they had none."""
        settings, executor = settings or Settings(), self.executor
        # Exact spike times are the reference for the others: they never have the fault.
        exact = settings.options.get("grid") == "off"
        if self.injected is None or self.injected.simulator not in on or exact:
            return executor.run(network, on, settings)
        found: dict[str, Run] = dict(self.injected.fault.run(network, [self.injected.simulator], settings, executor))
        others = [name for name in on if name != self.injected.simulator]
        if others:
            found |= executor.run(network, others, settings)
        return Runs(network, {name: found[name] for name in dict.fromkeys(on)})
