"""The one place that PyNN needs at module level: which capture is the current one."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pyNN.common import IDMixin

from unisono.models.errors import CaptureError, CaptureWarning
from unisono.models.pynn import off_grid
from unisono.models.pynn.capture import NAME, Capture, Read, Watch

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.models.pynn.live import LiveSimulation, Simulate
    from unisono.models.pynn.recorded import RecordedTrial


class ID(int, IDMixin):  # type: ignore[misc]
    """A single cell: an integer that knows its population, as ``population[3]`` gives it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # NumPy and copy probe for protocols; those are not parameters of the cell.
            raise AttributeError(name)
        return IDMixin.__getattr__(self, name)


@dataclass(frozen=True, eq=False)
class CapturedNetwork:
    """A network that a script ran, and how it came about.

    Attributes
    ----------
    network : Network
    simulation : LiveSimulation or None
        The simulation that supplied the script with data, if it recorded what a run of the whole network would; None
        where there was none, or where it began to record late.
    reads : sequence of Read
        The script's requests for simulated data.
    driven : bool
        Whether the script asked for data before its last run: then what it told the network may have come of them.
    """

    network: Network
    simulation: LiveSimulation | None = None
    reads: Sequence[Read] = ()
    driven: bool = False

    @property
    def recorded(self) -> Sequence[RecordedTrial] | None:
        """What the simulation recorded; None without a simulation."""
        return None if self.simulation is None else self.simulation.trials


class Session:
    """The captures of one script, from its start to its end; a ``setup()`` begins the next one.

    Attributes
    ----------
    state : Capture
        The current capture.
    simulate : callable, optional
        Opens a simulation when the script asks for recorded data.
    watch : callable, optional
        Notified of the simulations that run for the script.
    warnings : list of str
        What of the script has no effect, or another one than it says; each sentence once.
    """

    def __init__(
        self,
        simulate: Simulate | None = None,
        label: str = "network",
        watch: Watch | None = None,
        hear: Callable[[str], None] | None = None,
    ) -> None:
        self.simulate, self.watch = simulate, watch
        self.label = label
        self.warnings: list[str] = []
        self._hear = hear
        #: Whether the script has called ``setup()`` or made anything.
        self.begun = False
        self.state = Capture(simulate=simulate, watch=watch)
        self._before: list[CapturedNetwork] = []

    @property
    def ran(self) -> bool:
        """Whether anything has run."""
        return self.state.started or bool(self._before)

    def warn(self, text: str) -> None:
        """Note a warning, if it is not known yet."""
        if text and text not in self.warnings:
            self.warnings.append(text)
            if self._hear is not None:
                self._hear(text)

    def report(self) -> None:
        """Warn of what only a whole capture tells: times that are off the grid."""
        if self.state.started:
            self.warn(off_grid.sentence(self.state))

    def start(self, capture: Capture) -> None:
        """Begin a new capture; of the one before only its network is kept, and what was recorded of it."""
        self.begun = True
        if self.state.started:
            self._before.append(self._captured(self.state))
        self.state = capture

    def _captured(self, capture: Capture) -> CapturedNetwork:
        self.report()
        simulation = capture.finish()
        driven = capture.driven or any(before.reads for before in self._before)
        return CapturedNetwork(capture.network(), simulation, capture.reads, driven)

    def networks(self) -> tuple[CapturedNetwork, ...]:
        """Every network that ran, in order. A simulation that supplied data is brought to its end, and closed.

        Raises
        ------
        CaptureError
            If none did.
        """
        found = [*self._before, *([self._captured(self.state)] if self.state.started else [])]
        if not found:
            raise CaptureError(
                "The script never runs a simulation.", "A script that calls run(), run_for() or run_until() works."
            )
        several = len(found) > 1
        return tuple(
            replace(one, network=replace(one.network, label=f"{self.label}-{number}" if several else self.label))
            for number, one in enumerate(found, 1)
        )

    def network(self) -> Network:
        """The network of the last capture that ran.

        Raises
        ------
        CaptureError
            If none did.
        """
        if not self.state.started:
            return self.networks()[-1].network
        return replace(self.state.network(), label=self.label)

    def close(self) -> None:
        """End whatever simulates for the script."""
        self.state.close()


def _warn(text: str) -> None:
    warnings.warn(text, CaptureWarning, stacklevel=4)


class _Current:
    """What PyNN's classes know as their simulator module: it always leads to the current session."""

    name = NAME

    def __init__(self) -> None:
        self.session = Session(hear=_warn)

    @property
    def state(self) -> Capture:
        """The current capture."""
        return self.session.state


simulator = _Current()


@contextmanager
def capturing(
    simulate: Simulate | None = None, label: str = "network", watch: Watch | None = None
) -> Iterator[Session]:
    """Capture what the block builds with the PyNN API of :mod:`unisono.models.pynn`.

    Parameters
    ----------
    simulate : callable, optional
        Opens a simulation (:class:`unisono.models.pynn.live.LiveSimulation`), which supplies the data that are asked
        for; called at the first request.
    label : str
        Name of the network.
    watch : callable, optional
        Notified of the simulations that run for the script.

    Yields
    ------
    Session
        Its ``network()`` gives the captured network, within the block and after it; its ``networks()`` all of them,
        where ``setup()`` was called several times. Its ``warnings`` are sentences.
    """
    before = simulator.session
    simulator.session = session = Session(simulate, label, watch)
    try:
        yield session
    finally:
        simulator.session = before
        session.close()


def set_default_simulation(simulate: Simulate | None) -> None:
    """Say what supplies data when a script imports Unisono's PyNN module by itself."""
    simulator.session.simulate = simulate
    simulator.session.state.simulate = simulate
