"""Ends what another process started, once that process is gone, however it ended.

A program for itself: it reads from its input what to guard, and acts when the input ends, as it does with the process
at its other end. It needs the standard library alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Read lines ``+ group``, ``- group``, ``+ /folder``, ``- /folder`` until the other side is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    guarded: dict[bytes, None] = {}
    for line in sys.stdin.buffer:
        sign, _, what = line.rstrip(b"\n").partition(b" ")
        if sign == b"+":
            guarded[what] = None
        else:
            guarded.pop(what, None)
    for what in guarded:
        if what.isdigit():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(what), signal.SIGKILL)
    for what in guarded:
        if what.startswith(b"/"):
            shutil.rmtree(what, ignore_errors=True)


if __name__ == "__main__":
    main()
