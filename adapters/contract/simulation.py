"""One trial on one simulator, in the worker's process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from unisono.adapters.contract.recording import TrialRecording
from unisono.adapters.contract.settings import Settings
from unisono.models.network import Network

#: Called now and then with the steps done so far.
Progress = Callable[[int], None]


class Session(ABC):
    """One trial on one simulator, in the worker's process: build, run, collect, in this order.

    Parameters
    ----------
    network : Network
        A network of a single trial.
    settings : Settings
    cache : Path
        Folder for compiled code, shared between processes.

    Attributes
    ----------
    program_mb : float
        Peak memory of a program that it runs beside this process, MB.
    """

    program_mb = 0.0

    def __init__(self, network: Network, settings: Settings, cache: Path) -> None:
        self.network = network
        self.settings = settings
        self.cache = cache
        self.trial = network.trials[0]

    def prepare(self) -> None:  # noqa: B027 (optional step)
        """Generate and compile code, so that its time is counted apart."""

    @abstractmethod
    def build(self) -> None:
        """Make cells, synapses, inputs and recorders."""

    @abstractmethod
    def run(self, progress: Progress) -> None:
        """Carry out the trial's epochs."""

    @abstractmethod
    def collect(self) -> TrialRecording:
        """Bring spikes and signals to the project's conventions."""

    def close(self) -> None:  # noqa: B027 (optional step)
        """Free the simulator for the next trial."""
