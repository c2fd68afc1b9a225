"""Where the runs of an ensemble are carried out: executors by name."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from unisono.adapters.host.supply import installing
from unisono.models.errors import SimulatorNotInstalled, UnisonoError, UnknownName

#: Seconds to wait for a Dask scheduler.
WAIT = 30


class Here(Executor):
    """Carries out each task at once, in the process that submits it: an interrupt ends the run that is going on."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call the function and keep what it returns or raises."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def pool_of(given: str | Executor) -> Iterator[Executor]:
    """The executor that is named; what was opened for it is closed in the end.

    Parameters
    ----------
    given : str or Executor
        ``local:N``: N networks at once, each in a process of its own (``local:1``: in this one);
        ``local``: as many as there are processors. ``dask://host:port``: a Dask scheduler. An executor is taken
        as it is and left open.

    Raises
    ------
    UnknownName
        If the text is none of these.
    SimulatorNotInstalled
        If Dask is asked for and not installed.
    UnisonoError
        If the scheduler does not answer.
    """
    if isinstance(given, Executor):
        yield given
        return
    kind, _, rest = given.partition(":")
    if kind == "local" and (not rest or (rest.isdecimal() and int(rest) > 0)):
        jobs = int(rest) if rest else os.cpu_count() or 1
        if jobs == 1:
            yield Here()
            return
        # Not forked: threads (of a progress bar, of BLAS) do not survive that.
        pool = ProcessPoolExecutor(
            jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_the_parent
        )
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    elif kind == "dask" and rest.startswith("//") and len(rest) > 2:
        with _dask_client(rest[2:]) as client:
            yield client.get_executor()
    else:
        raise UnknownName(f"Unknown executor '{given}'.", "Write local:N or dask://host:8786.")


def _end_with_the_parent() -> None:
    """Let a process of the pool end when the one that opened the pool is gone; its simulations end with it."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _dask_client(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ImportError:
        raise SimulatorNotInstalled("Dask is not installed.", f"Install it: {installing('dask')}") from None
    connect: Any = distributed.Client  # it has no types
    try:
        client = connect(f"tcp://{address}", timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UnisonoError(
            f"The Dask scheduler at {address} does not answer: {error}",
            "Check that it is running and that the address is right.",
        ) from error
    try:
        yield client
    finally:
        client.close()
