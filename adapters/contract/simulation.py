"""One trial on one simulator, alive as long as it is needed, in the worker's process."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.contract.recording import Spikes, TrialRecording
from unisono.adapters.contract.settings import Settings
from unisono.models.errors import UnsupportedFeature
from unisono.models.network import Change, CurrentInput, Network, RecordingRequest, SpikeInput, Trial

if TYPE_CHECKING:
    from unisono.adapters.contract.synapse_reader import NewValues

#: Called now and then with the steps done so far.
Progress = Callable[[int], None]

#: Called while code is compiled: how many of its parts are ready, from 0 on, and how many there are to compile.
Compiled = Callable[[int, int], None]


def unheard(done: int, total: int) -> None:
    """Nobody wants to know."""


class Simulation(ABC):
    """A network of one trial on one simulator.

    ``prepare`` and ``build`` come first. Then ``write``, ``feed``, ``record``, ``run`` and ``read`` in any order, until
    ``close``. A batch run is this, driven by the network's schedule (:func:`drive`); a live run is driven by a script.

    Parameters
    ----------
    network : Network
        A network of a single trial. Its schedule and its inputs are what is known when the simulation is built: all of
        it in a batch run, nothing in a live one.
    settings : Settings
    cache : Path
        Folder for compiled code, shared between processes.
    live : bool
        Whether inputs, changes and recordings may come that the network does not hold, so that nothing may be taken
        for constant.

    Attributes
    ----------
    step : int
        The grid point that has been reached.
    program_mb : float
        Peak memory of a program that it runs beside this process, MB.
    compiled : callable
        Called by :meth:`prepare` where it compiles, see :data:`Compiled`.
    """

    program_mb = 0.0

    def __init__(self, network: Network, settings: Settings, cache: Path, live: bool = False) -> None:
        self.network = network
        self.settings = settings
        self.cache = cache
        self.live = live
        self.trial = network.trials[0]
        self.step = 0
        self.compiled: Compiled = unheard

    def prepare(self) -> None:  # noqa: B027 (optional step)
        """Generate and compile code, so that its time is counted apart.

        It may be followed by a long wait: other simulators prepare, then run.
        """

    @abstractmethod
    def build(self) -> None:
        """Make cells, synapses, inputs and recorders, with the spikes and currents that the network holds."""

    @abstractmethod
    def write(self, change: Change) -> None:
        """Set values at the present grid point, for the steps from here on."""

    @abstractmethod
    def run(self, until: int, progress: Progress) -> None:
        """Simulate up to a grid point, its input, threshold and samples included."""

    @abstractmethod
    def read(self) -> TrialRecording:
        """What was recorded since the last read, by the project's conventions; it is forgotten here.

        Spikes of sources are part of the network and need not be in it. A signal holds the samples of its grid points
        after the last read up to the present one; the first read begins with that of grid point 0, or of the grid point
        at which the recording began.
        """

    def states(self, population: int, names: Sequence[str]) -> Mapping[str, NDArray[Any]]:
        """Present values of states, shape (cells,) each, in the unit of the model; without those that cannot be had.

        Used by the guard of a run; between two steps, and from within the calls of ``progress``.
        """
        return {}

    def synapse_states(self, projection: int) -> Mapping[str, NDArray[np.float64]]:
        """Present values of the states of synapses, shape (synapses,) each; empty if they cannot be had.

        Every event up to now is in them. To be called after :meth:`read` and :meth:`hear`; it changes nothing that
        follows.
        """
        return {}

    def hear(self, spikes: Mapping[int, Spikes]) -> None:  # noqa: B027 (needed by some)
        """Take note of spikes of cells and sources up to the present grid point that were recorded or fed."""

    def feed(self, spikes: Sequence[SpikeInput], currents: Mapping[int, CurrentInput]) -> None:
        """Take inputs of a live run that lie ahead.

        Parameters
        ----------
        spikes : sequence of SpikeInput
            Of grid points after the present one; before the first step also of grid point 0.
        currents : mapping of int to CurrentInput
            By the number of the injection: changes of its amplitude at the present grid point or later, which follow
            those it had. The sum of all injections into a cell is taken in the order of their numbers.
        """
        raise UnsupportedFeature("This simulator takes no new inputs during a run.", "List another simulator first.")

    def expect(self, spikes: Iterable[SpikeInput]) -> None:
        """Take note of spikes, of cells or sources, that modulate synapses after the present grid point.

        The spikes of sources that it is fed are known anyway.
        """
        raise UnsupportedFeature("On this simulator nothing modulates synapses.", "Use another simulator.")

    def plan(self, new: NewValues, since: int) -> None:
        """Have some synapses act with new values, in a live run.

        Parameters
        ----------
        new : NewValues
        since : int
            Grid point: spikes that reach the synapses after it are delivered with them; not before the one that
            precedes the present one.
        """
        raise UnsupportedFeature("On this simulator no synapse follows a potential.", "Use another simulator.")

    def record(self, request: RecordingRequest) -> None:
        """Record a variable from the present grid point on, in a live run."""
        raise UnsupportedFeature("This simulator starts no recording during a run.", "List another simulator first.")

    def close(self) -> None:  # noqa: B027 (optional step)
        """Free the simulator for the next trial."""


def drive(simulation: Simulation, trial: Trial, progress: Progress) -> None:
    """Carry out a schedule: the changes of each epoch, then its steps."""
    until = 0
    for epoch in trial.epochs:
        for change in epoch.changes:
            simulation.write(change)
        until += epoch.steps
        simulation.run(until, progress)
