"""Runs of the toy simulator with a fault that nobody knows of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import toy

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network
from unisono.validation.faults.faults import Fault

MATCHED = Settings()


def run_with(network: Network, fault: Fault | None, name: str = "neuron", settings: Settings = MATCHED) -> Run:
    """A run of the toy with a fault that nobody knows of."""
    if fault is None:
        return toy.Toy().run(network, [name], settings)[name]
    run = fault.run(network, [name], settings, toy.Toy())[name]
    return replace(run, provenance={**run.provenance, "fault": ""}, settings=settings)


class WithFault:
    """The toy, on which one simulator has a fault whenever it runs."""

    def __init__(self, simulator: str, fault: Fault | None) -> None:
        self.simulator, self.fault, self.toy = simulator, fault, toy.Toy()

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        if self.fault is None or list(on) != [self.simulator]:
            return self.toy.run(network, on, settings)
        return self.fault.run(network, on, settings, self.toy)
