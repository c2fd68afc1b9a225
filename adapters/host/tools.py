"""Translators and compilers, called; what they say goes into the log, and into the error if they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, as_completed
from pathlib import Path
from typing import Any

from unisono.adapters.contract.simulation import Compiled
from unisono.adapters.host.logs import said
from unisono.models.errors import SimulatorFailed


def call(
    command: Sequence[str],
    folder: Path,
    failure: str,
    environment: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> None:
    """Call a program in a folder.

    Parameters
    ----------
    command : sequence of str
    folder : Path
    failure : str
        What has failed if the program does.
    environment : mapping of str to str, optional
        Its variables; those of this process if not given.
    quiet : bool
        Whether the log gets what it says only if it fails.

    Raises
    ------
    SimulatorFailed
        If it fails; what it said is quoted.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.stdout.strip() and (done.returncode or not quiet):
        print(done.stdout, flush=True)
    if done.returncode:
        raise SimulatorFailed(failure, said(done.stdout))


def finish(futures: Sequence[Future[Any]], compiled: Compiled) -> None:
    """Wait for all that is compiled, and say how much is ready; once a part fails, none is begun any more."""
    try:
        for ready, future in enumerate(as_completed(futures), 1):
            future.result()
            compiled(ready, len(futures))
    except BaseException:
        for future in futures:
            future.cancel()
        raise
