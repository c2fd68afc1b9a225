"""Capturing a script in a process of its own: what the script does to that process, it does to no other."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from unisono.adapters.contract import Settings
from unisono.adapters.host import processes
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.capturing import Loaded
from unisono.adapters.runtime.executor import Executor
from unisono.adapters.runtime.protocol import STACK, Channel, Closed, Message, restored
from unisono.models import errors
from unisono.models.errors import ScriptError, TimeLimitExceeded, UnisonoError

if TYPE_CHECKING:
    from unisono.models.pynn.capture import Watch

#: The program: with the search path of this process, and nothing of the script's folder in it.
_PROGRAM = """import sys
sys.path[:] = {path!r}
from unisono.adapters.runtime.script_worker import main
sys.exit(main({descriptor}))"""

#: Seconds between two looks at whether the process is alive, and those it may take to end by itself.
GLANCE, GRACE = 0.5, 5.0


def captured_apart(
    path: Path, on: str, args: Sequence[str], settings: Settings, executor: Executor, watch: Watch | None = None
) -> tuple[Loaded, ...]:
    """Every network that a script runs, captured in another process.

    Parameters are those of :func:`~unisono.adapters.runtime.capturing.captured`. The executor's time limit covers the
    script, too.

    Raises
    ------
    TimeLimitExceeded
        If the script, and what is simulated for it, takes longer than the time limit.
    ScriptError, CaptureError
        If the script fails, ends its process, crashes, or runs nothing that can be captured.
    """
    if not path.is_file():
        raise ScriptError(f"Script '{path}' not found.", "Check the path.")
    with cache.job_folder() as folder:
        process = _ScriptProcess(path, folder, executor, watch)
        try:
            job = {
                "script": str(path),
                "on": on,
                "args": list(args),
                "settings": asdict(settings),
                "folder": str(folder.resolve()),
                "executor": {
                    "time_limit": executor.time_limit,
                    "interpreters": dict(executor.interpreters),
                    "fresh": executor.fresh,
                    "jobs": executor.jobs,
                },
            }
            _, arrays = process.answer(job)
        finally:
            process.close()
    found, live_runs = restored(arrays)
    executor.live_runs.update(live_runs)
    return tuple(found)


class _ScriptProcess:
    """The process that captures a script, as its parent sees it."""

    def __init__(self, path: Path, folder: Path, executor: Executor, watch: Watch | None) -> None:
        self._path, self._folder = path, folder
        self._limit, self._listener, self._watch = executor.time_limit, executor.listener, watch
        self._begin: float | None = None
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        program = _PROGRAM.format(path=sys.path, descriptor=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                # unbuffered, so that what it printed before it crashed is not lost
                [sys.executable, "-u", "-P", "-c", program],
                stdin=subprocess.DEVNULL if _is_terminal(sys.stdin) else None,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        processes.watch(self._process.pid)
        self._printed = [_Printed(pipe.fileno(), name) for pipe, name in self._pipes()]

    def answer(self, job: Mapping[str, Any]) -> Message:
        """Let it capture, and wait for what comes of it."""
        try:
            self._next()  # it is ready
            self._begin = time.monotonic()
            self._channel.send(job)
            while True:
                header, arrays = self._next()
                event = header.pop("event")
                if event == "done":
                    return header, arrays
                if event == "error":
                    raise getattr(errors, header["kind"], UnisonoError)(header["message"], header["remedy"])
                if event == "phase":
                    self._listener(header["simulator"], header["message"])
                elif self._watch is not None:
                    from unisono.models.pynn.capture import CaptureProgress

                    self._watch(CaptureProgress(**header))
        except Closed:
            raise self._ended() from None

    def close(self) -> None:
        """Let it end by itself, then stop it with all that it started; show what it printed."""
        self._channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            deadline = time.monotonic() + GRACE
            while self._process.poll() is None and time.monotonic() < deadline:
                self._show(0.02)
        self._kill()
        self._show(0.0)
        for printed in self._printed:
            printed.end()
        for pipe, _ in self._pipes():
            pipe.close()

    def _pipes(self) -> list[tuple[Any, str]]:
        return [(self._process.stdout, "stdout"), (self._process.stderr, "stderr")]

    def _next(self) -> Message:
        """The next message; meanwhile what the script prints is shown."""
        while True:
            left = self._left()
            if left <= 0:
                raise self._too_long()
            alive = self._process.poll() is None
            if self._show(min(left, GLANCE) if alive else 0.0):
                return self._channel.receive()
            if not alive:  # a process that the script started may hold the channel open
                raise Closed

    def _left(self) -> float:
        if self._limit is None or self._begin is None:
            return GLANCE
        return self._limit - (time.monotonic() - self._begin)

    def _show(self, wait: float) -> bool:
        """Show what the script printed; whether a message has come."""
        watched: list[Channel | _Printed] = [printed for printed in self._printed if printed.open]
        if self._channel.fileno() >= 0:
            watched.append(self._channel)
        ready, _, _ = select.select(watched, [], [], wait)
        for printed in ready:
            if isinstance(printed, _Printed):
                printed.show()
        return self._channel in ready

    def _too_long(self) -> TimeLimitExceeded:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGUSR1)  # it writes down where it is
        time.sleep(0.1)
        self._kill()
        return TimeLimitExceeded(
            f"{self._place()}: the script, with what is simulated for it, ran longer than the time limit of "
            f"{self._limit:g} s and was stopped.",
            "Raise the time limit, or look for a loop that does not end.",
        )

    def _ended(self) -> ScriptError:
        """What the end of the process means."""
        try:
            status = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return ScriptError(f"{self._place()}: the script closed the files of its process.", "Leave that out.")
        if self._begin is None:
            return ScriptError(
                f"{self._path.name}: the process that captures it did not start (exit status {status}).",
                "'unisono doctor' shows what is installed.",
            )
        if status >= 0:
            return ScriptError(
                f"{self._path.name} ended its process (exit status {status}) before it was captured.",
                "Leave out what ends it, such as os._exit() or NEURON's quit().",
            )
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        remedy = {
            "SIGKILL": "The memory may have been used up.",
            "SIGSEGV": "A recursion without end, or an extension module, can be the reason.",
        }
        return ScriptError(
            f"{self._place()}: the process of the script was killed by {name}.",
            remedy.get(name, "Run the script by itself to find the reason."),
        )

    def _place(self) -> str:
        """File and line of the script where its process was, if that is known."""
        try:
            stack = (self._folder / STACK).read_text(errors="replace")
        except OSError:
            stack = ""
        own = str(self._path.resolve().parent)
        for file, line in re.findall(r'^  File "(.+)", line (\d+) in ', stack, re.MULTILINE):
            if os.path.abspath(file).startswith(own + os.sep) and "site-packages" not in file:
                return f"{Path(file).name}, line {line}"
        return self._path.name

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        processes.release(self._process.pid)


class _Printed:
    """What a script prints on one of its streams, shown on ours of the same name."""

    def __init__(self, descriptor: int, name: str) -> None:
        os.set_blocking(descriptor, False)
        self.open = True
        self._descriptor, self._name = descriptor, name
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def fileno(self) -> int:
        """The descriptor, for ``select``."""
        return self._descriptor

    def show(self) -> None:
        """Show what has come."""
        try:
            data = os.read(self._descriptor, 1 << 16)
        except BlockingIOError:
            return
        self.open = bool(data)
        self._write(self._decoder.decode(data))

    def end(self) -> None:
        """Show what is left."""
        while self.open and select.select([self], [], [], 0)[0]:
            self.show()
        self._write(self._decoder.decode(b"", final=True))

    def _write(self, text: str) -> None:
        stream: TextIO = getattr(sys, self._name)  # a display in progress may have put itself in its place
        if text:
            stream.write(text)
            stream.flush()


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return True
