"""The one place that PyNN needs at module level: which capture is the current one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pyNN.common import IDMixin

from unisono.models.errors import CaptureError
from unisono.models.pynn.capture import NAME, Capture

if TYPE_CHECKING:
    from unisono.models.network import Network
    from unisono.models.pynn.recorded import Execute


class ID(int, IDMixin):  # type: ignore[misc]
    """A single cell: an integer that knows its population, as ``population[3]`` gives it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # NumPy and copy probe for protocols; those are not parameters of the cell.
            raise AttributeError(name)
        return IDMixin.__getattr__(self, name)


class Session:
    """The captures of one script, from its start to its end; a ``setup()`` begins the next one.

    Attributes
    ----------
    state : Capture
        The current capture.
    execute : callable, optional
        Runs a network when the script asks for recorded data.
    """

    def __init__(self, execute: Execute | None = None, label: str = "network") -> None:
        self.execute = execute
        self.label = label
        self.state = Capture(execute=execute)
        self._last: Capture | None = None

    def start(self, capture: Capture) -> None:
        """Begin a new capture; the one before stays known if it ran."""
        if self.state.started:
            self._last = self.state
        self.state = capture

    @property
    def capture(self) -> Capture:
        """The last capture that ran.

        Raises
        ------
        CaptureError
            If none did.
        """
        if self.state.started:
            return self.state
        if self._last is None:
            raise CaptureError(
                "The script never runs a simulation.", "A script that calls run(), run_for() or run_until() works."
            )
        return self._last

    def network(self) -> Network:
        """The network of the last capture that ran."""
        network = self.capture.network()
        return replace(network, label=self.label)


class _Current:
    """What PyNN's classes know as their simulator module: it always leads to the current session."""

    name = NAME

    def __init__(self) -> None:
        self.session = Session()

    @property
    def state(self) -> Capture:
        """The current capture."""
        return self.session.state


simulator = _Current()


@contextmanager
def capturing(execute: Execute | None = None, label: str = "network") -> Iterator[Session]:
    """Capture what the block builds with the PyNN API of :mod:`unisono.models.pynn`.

    Parameters
    ----------
    execute : callable, optional
        Takes a Network, gives its Recording; called only when recorded data are asked for.
    label : str
        Name of the network.

    Yields
    ------
    Session
        Its ``network()`` gives the captured network, within the block and after it.
    """
    before = simulator.session
    simulator.session = session = Session(execute, label)
    try:
        yield session
    finally:
        simulator.session = before


def set_default_execution(execute: Execute | None) -> None:
    """Say how networks are run when a script imports Unisono's PyNN module by itself."""
    simulator.session.execute = execute
    simulator.session.state.execute = execute
