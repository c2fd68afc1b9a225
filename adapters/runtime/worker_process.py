"""A worker's process as its parent sees it: started, asked, stopped."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from unisono.adapters import registry
from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.host import processes
from unisono.adapters.host.folders import cache_folder
from unisono.adapters.host.logs import quoted
from unisono.adapters.runtime.protocol import Channel, Closed, Message
from unisono.models import errors
from unisono.models.errors import SimulatorFailed

#: Receives the simulator's name and a message: ``phase``, with ``done`` and ``total`` steps while it runs, and parts of
#: its code while it compiles.
Listener = Callable[[str, Mapping[str, Any]], None]

#: Seconds that a worker whose channel is closed may take to end by itself.
GRACE = 5.0


class WorkerProcess:
    """A process that simulates.

    Parameters
    ----------
    adapter : Adapter
    settings : Settings
    folder : Path
        Of the job: its log and its files.
    interpreter : str
        Python interpreter of the simulator.
    time_limit : float, optional
        Seconds that all requests together may take.
    listener : callable
        Notified of phases and progress.

    Raises
    ------
    SimulatorNotInstalled
        If the interpreter cannot be started.
    """

    def __init__(
        self,
        adapter: Adapter,
        settings: Settings,
        folder: Path,
        interpreter: str,
        time_limit: float | None,
        listener: Listener,
    ) -> None:
        self.name, self.folder = adapter.name, folder
        self._subject = adapter.subject
        self._limit, self._listener = time_limit, listener
        self._left = time_limit
        place = cache_folder().resolve()
        job = {
            "simulator": adapter.name,
            "adapter": registry.locations()[adapter.name],
            "settings": asdict(settings),
            "cache": str(place),
            "packages": {
                part: str(Path(sys.modules[f"unisono.{part}"].__file__ or "").parent) for part in ("models", "adapters")
            },
            "started": time.time(),
        }
        (folder / "job.json").write_text(json.dumps(job))
        (folder / "tmp").mkdir()
        environment = _environment(interpreter, settings, folder) | adapter.environment(settings, place)
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        with (folder / "log.txt").open("wb") as log, theirs:
            try:
                self._process = subprocess.Popen(
                    [interpreter, "-P", str(Path(__file__).with_name("worker.py")), str(folder), str(theirs.fileno())],
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError as error:
                self._channel.close()
                raise errors.SimulatorNotInstalled(
                    f"{self._subject}: the interpreter '{interpreter}' cannot be started: {error.strerror}.",
                    "Choose another one with --python.",
                ) from error
        processes.watch(self._process.pid)

    def ask(self, request: Mapping[str, Any], arrays: Sequence[NDArray[Any]] = ()) -> Message:
        """Send a request and wait for its answer; phases and progress go to the listener.

        Raises
        ------
        TimeLimitExceeded
            If the time of all requests is used up; the worker is stopped.
        SimulatorFailed
            If the worker ends without an answer.
        UnisonoError
            What the worker raised.
        """
        begin = time.monotonic()
        try:
            self._channel.send(request, arrays)
            while True:
                self._wait(begin)
                header, given = self._channel.receive()
                event = header.pop("event")
                if event == "done":
                    break
                if event == "error":
                    raise self._raised(header)
                self._listener(self.name, header)
        except Closed:
            ended = self._ended()
            memory = "The memory may have been used up. " if "SIGKILL" in ended else ""
            raise SimulatorFailed(f"{self._subject} {ended}.", memory + quoted(self.log)) from None
        finally:
            if self._left is not None:
                self._left -= time.monotonic() - begin
        return header, given

    @property
    def log(self) -> str:
        """What the simulator printed."""
        return read_log(self.folder)

    def close(self) -> None:
        """Hang up; what does not end by itself then is stopped, with all that it started."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.kill()

    def kill(self) -> None:
        """Stop the worker and whatever it started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        processes.release(self._process.pid)

    def _wait(self, begin: float) -> None:
        """Wait for a message while there is time."""
        if self._left is None:
            return
        left = self._left - (time.monotonic() - begin)
        if left <= 0 or not select.select([self._channel], [], [], left)[0]:
            self.kill()
            raise errors.TimeLimitExceeded(
                f"{self._subject} ran longer than its time limit of {self._limit:g} s and was stopped.",
                "Raise the time limit.",
            )

    def _raised(self, found: Mapping[str, Any]) -> errors.UnisonoError:
        kind: type[errors.UnisonoError] = getattr(errors, found["kind"], SimulatorFailed)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)  # so that its log is whole
        return kind(found["message"], found["remedy"] or quoted(self.log))

    def _ended(self) -> str:
        """How the process came to its end."""
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "hung up before it was done"
        if status < 0:
            try:
                return f"was killed by {signal.Signals(-status).name}"
            except ValueError:
                return f"was killed by signal {-status}"
        return f"ended with exit status {status} and no result"


def read_log(folder: Path) -> str:
    """What the simulator of a job printed."""
    try:
        return (folder / "log.txt").read_text(errors="replace")
    except OSError:
        return ""


def _environment(interpreter: str, settings: Settings, folder: Path) -> dict[str, str]:
    """The worker's environment: its own interpreter's programs first, no surprises from ours.

    What simulators and compilers leave in the folder for temporary files is removed with the job.
    """
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "PYNEST_QUIET")}
    return inherited | {
        "PATH": os.pathsep.join([str(Path(interpreter).parent), os.environ.get("PATH", os.defpath)]),
        "OMP_NUM_THREADS": str(settings.threads),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUNBUFFERED": "1",
        "PYNEST_QUIET": "1",
        "TMPDIR": str(folder.resolve() / "tmp"),
    }
