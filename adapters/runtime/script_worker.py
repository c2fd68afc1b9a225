"""Captures a script in a process of its own, whatever the script does to that process.

The parent (:mod:`unisono.adapters.runtime.script_process`) hears when the script begins, how far the simulation is that
supplies it with data, and in the end its networks.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.adapters.contract import Settings
from unisono.adapters.runtime.capturing import captured
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.protocol import STACK, Channel, Closed, Message, flattened
from unisono.adapters.runtime.unexpected import described
from unisono.models.errors import ScriptError
from unisono.models.pynn import script as _script  # noqa: F401 - PyNN is imported before the clock of the script starts
from unisono.models.pynn.capture import CaptureProgress


class _Parent:
    """Who is told: only by the process that was started, and by one thread at a time."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._process = os.getpid()
        self._lock = threading.Lock()

    def tell(self, event: str, arrays: Any = (), **content: Any) -> None:
        """Send a message; a process that the script forked ends here."""
        if os.getpid() != self._process:
            os._exit(0)
        with self._lock:
            self._channel.send({"event": event, **content}, arrays)

    def listen(self, simulator: str, message: Mapping[str, Any]) -> None:
        """Pass on phases and progress of a simulator."""
        self.tell("phase", simulator=simulator, message=dict(message))

    def watch(self, progress: CaptureProgress) -> None:
        """Pass on how far the simulation is."""
        self.tell("progress", time=progress.time, reads=progress.reads)


def main(descriptor: int) -> int:
    """Capture one script; returns the exit status."""
    channel = Channel(socket.socket(fileno=descriptor))
    parent = _Parent(channel)
    try:
        parent.tell("ready")
        _capture(parent, channel.receive())
    except Closed:
        return 1  # the parent is gone
    return 0


def _capture(parent: _Parent, message: Message) -> None:
    job, _ = message
    with (Path(job["folder"]) / STACK).open("w") as stack:
        faulthandler.enable(stack)
        faulthandler.register(signal.SIGUSR1, stack)
        executor = Executor(**job["executor"], listener=parent.listen)
        try:
            found = captured(
                Path(job["script"]), job["on"], job["args"], Settings(**job["settings"]), executor, parent.watch
            )
            parent.tell("done", flattened((found, executor.live_runs)))
        except Closed:
            raise
        except Exception as error:
            parent.tell("error", **described(error))
        except BaseException as error:  # one that the script raised: an interrupt reaches the parent alone
            name = Path(job["script"]).name
            parent.tell("error", **described(ScriptError(f"{name} raised {type(error).__name__}: {error}.")))
        finally:
            faulthandler.disable()
            faulthandler.unregister(signal.SIGUSR1)
