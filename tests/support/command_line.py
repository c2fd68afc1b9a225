"""The command line in a process of its own, as it is typed."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path


def unisono(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What ``unisono ARGUMENTS`` says and ends with, in a folder."""
    command = [sys.executable, "-m", "unisono", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=600)


def _heeds_signals() -> None:
    for heeded in (signal.SIGINT, signal.SIGHUP):
        signal.signal(heeded, signal.SIG_DFL)


def started(*arguments: object, cwd: Path | None = None) -> subprocess.Popen[str]:
    """``unisono ARGUMENTS`` under way, ready to be interrupted.

    What a shell starts in the background ignores interrupts, what ``nohup`` starts ignores hang-ups, and so would all
    that they start.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "unisono", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heeds_signals,
    )


#: Exit status where the command line is wrong.
USAGE = 64


def one_sentence(answer: subprocess.CompletedProcess[str], says: str, status: int = 2) -> None:
    """See that what went wrong is said in a sentence, with this in it, and no traceback."""
    assert answer.returncode == status, answer.stdout + answer.stderr
    assert says in answer.stderr
    assert answer.stderr.startswith("unisono: ")
    assert "Traceback" not in answer.stderr
