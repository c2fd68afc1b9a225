"""Capturing a script in this process: its networks, and what supplied it with data."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.live import live_run
from unisono.models.cards import brief
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Read, Watch
    from unisono.models.pynn.recorded import RecordedTrial

#: Capturing a script or a library model replaces modules: one at a time in a process.
CAPTURING = threading.RLock()


@dataclass(frozen=True, eq=False)
class Loaded:
    """A network, and how it came about.

    Attributes
    ----------
    network : Network
    number, of : int
        Which network of a script it is, from 1 on, of how many.
    driven_by : str
        The simulator that supplied the script with data before its last run: the inputs may follow from them. Empty
        where the script asked for none.
    reads : sequence of Read
        The script's requests for simulated data.
    recorded : sequence of RecordedTrial or None
        The data, if they are those that a run of the network would give.
    unseeded : tuple of str
        What drew random numbers without a seed: loaded again, this is another network.
    warnings : tuple of str
        What of the script has no effect or another one than it says, and an error after its last run.
    """

    network: Network
    number: int = 1
    of: int = 1
    driven_by: str = ""
    reads: Sequence[Read] = ()
    recorded: Sequence[RecordedTrial] | None = None
    unseeded: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    __repr__ = brief


def captured(
    path: Path, on: str, args: Sequence[str], settings: Settings, executor: Executor, watch: Watch | None = None
) -> tuple[Loaded, ...]:
    """Every network that a script runs.

    Parameters
    ----------
    path : Path
    on : str
        The simulator that supplies the script with the data it asks for.
    args : sequence of str
        Arguments of the script.
    settings : Settings
    executor : Executor
        Runs the simulator; what supplied the data is among its ``live_runs`` afterwards.
    watch : callable, optional
        Notified of the simulations that run for the script.

    Raises
    ------
    ScriptError, CaptureError
        If the script fails, or runs nothing that can be captured.
    """
    from unisono.models.pynn.script import capture_script

    with CAPTURING:
        script = capture_script(path, partial(live_run, executor, on, settings), args, watch)
    driver, _ = settings.named(on)
    return tuple(
        Loaded(
            one.network,
            number,
            len(script.networks),
            driver if one.driven else "",
            one.reads,
            one.recorded,
            script.unseeded,
            script.warnings,
        )
        for number, one in enumerate(script.networks, 1)
    )
