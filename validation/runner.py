"""What runs networks for the validation: an executor, or one that injects faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.results import Runs
from unisono.models.network import Network


class Runner(Protocol):
    """Runs networks on simulators; :class:`unisono.adapters.runtime.executor.Executor` is one."""

    def run(self, network: Network, on: Sequence[str], settings: Settings | None = None) -> Runs:
        """Run a network on simulators, by name; each run has its provenance, and one that fails carries its error.

        Raises
        ------
        UnknownName, UnsupportedFeature, NotReady
            Before anything starts.
        """
