"""A function in the place of an executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Run, Runs
from unisono.models.network import Network


@dataclass
class Executing:
    """Runs networks by a function of network, simulators and settings."""

    function: Callable[..., Mapping[str, Run]]

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        return Runs(network, self.function(network, list(on), settings or Settings()))
