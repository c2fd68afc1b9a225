"""Runs as jobs: those of a call are prepared side by side, and only then carried out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from unisono.adapters.contract import Adapter, Settings
from unisono.adapters.contract.recording import Recording
from unisono.adapters.host.machine import cores
from unisono.adapters.runtime import cache
from unisono.adapters.runtime.results import Run
from unisono.adapters.runtime.unexpected import named
from unisono.adapters.runtime.versions import unisono_version
from unisono.adapters.runtime.worker_process import WorkerProcess, read_log
from unisono.models.errors import OutputError
from unisono.models.network import Network

if TYPE_CHECKING:
    from unisono.adapters.runtime.executor import Executor

#: Simulators that prepare at once, of all calls in this process together.
_PREPARING = threading.BoundedSemaphore(cores())

Result = TypeVar("Result")


class Crew:
    """The workers of a call that are alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: set[WorkerProcess] = set()
        self._dismissed = False

    def hire(self, start: Callable[[], WorkerProcess]) -> WorkerProcess:
        """Start a worker that an interrupt stops.

        Raises
        ------
        CancelledError
            If all were stopped meanwhile.
        """
        with self._lock:
            if self._dismissed:
                raise CancelledError
            worker = start()
            self._workers.add(worker)
            return worker

    def release(self, worker: WorkerProcess) -> None:
        """Let a worker end."""
        with self._lock:
            known = worker in self._workers
        if known:
            worker.close()
            with self._lock:
                self._workers.discard(worker)

    def dismiss(self) -> None:
        """Stop all."""
        with self._lock:
            self._dismissed = True
            for worker in self._workers:
                worker.kill()

    def carry_out(self, tasks: Iterable[Callable[[], Result]], at_once: int) -> list[Result]:
        """Results of tasks in their order; no worker outlives an error or an interrupt."""
        with ThreadPoolExecutor(max_workers=max(1, at_once)) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.dismiss()
                raise


@dataclass(eq=False)
class Job:
    """A run of a network on a simulator, in a worker that waits between its two steps.

    Attributes
    ----------
    executor : Executor
        Its settings count: interpreter, time limit, listener.
    network : Network
    adapter : Adapter
    settings : Settings
    name, version : str
        Of the run among the kept ones; of the simulator.
    crew : Crew
        The workers of the call.
    """

    executor: Executor
    network: Network
    adapter: Adapter
    settings: Settings
    name: str
    version: str
    crew: Crew
    _stack: ExitStack = field(default_factory=ExitStack, init=False)
    _failed: Run | None = field(default=None, init=False)

    def prepare(self, file: Path) -> None:
        """Start the simulator, read the network's file and compile; what fails is the result of :meth:`run`.

        Raises
        ------
        OutputError
            If the cache folder cannot be written.
        """
        with _PREPARING:
            self._failed = self._attempt(partial(self._prepare, file))

    def run(self) -> Run:
        """Simulate; a run that failed carries its error.

        Raises
        ------
        OutputError
            If the cache folder cannot be written.
        """
        if self._failed is not None:
            return self._failed
        return self._attempt(self._simulate)

    def close(self) -> None:
        """Stop the worker and remove its files."""
        self._stack.close()

    def _prepare(self, file: Path) -> None:
        self._folder = self._stack.enter_context(cache.job_folder())
        self._worker = self.crew.hire(partial(self.executor.start, self.adapter, self.settings, self._folder))
        self._stack.callback(self.crew.release, self._worker)
        self._worker.ask({"do": "prepare", "network": str(file)})
        self._tell("ready")

    def _simulate(self) -> Run:
        answer, _ = self._worker.ask({"do": "schedule"})
        self.crew.release(self._worker)
        cache.save_outcome(self._folder, answer["provenance"])
        # Read where it is ours alone: another process may replace what is kept.
        result = read_run(self._folder, self.network, self.adapter, self.settings, cached=False)
        cache.keep(self._folder, self.name, self.executor.fresh)
        self.close()
        self._tell("done")
        return result

    def _attempt(self, step: Callable[[], Result]) -> Result | Run:
        """What a step gives; where it fails, a run with its error, which leaves the others alone."""
        try:
            return step()
        except OutputError:
            raise
        except Exception as error:
            self._tell("failed")
            provenance = {"version": self.version, "fingerprint": self.network.fingerprint}
            log = read_log(self._folder)
            self.close()
            return Run(self.adapter.name, self.network, self.settings, None, provenance, named(error), log)

    def _tell(self, phase: str) -> None:
        self.executor.listener(self.adapter.name, {"phase": phase})


def read_run(place: Path, network: Network, adapter: Adapter, settings: Settings, cached: bool) -> Run:
    """The finished run in a folder.

    Raises
    ------
    DamagedFile
        If its files do not match their checksums.
    """
    provenance = cache.outcome(place)
    # Labels are no part of the fingerprint: a cached run may come from a network of other names.
    recording = replace(Recording.load(place / "recording"), labels=tuple(p.label for p in network.populations))
    return run_of(network, adapter, settings, recording, provenance | {"cached": cached}, read_log(place))


def run_of(
    network: Network,
    adapter: Adapter,
    settings: Settings,
    recording: Recording,
    provenance: Mapping[str, Any],
    log: str,
) -> Run:
    """A finished run, with what there is to know about it."""
    known = {
        "cached": False,
        **provenance,
        "fingerprint": network.fingerprint,
        "seed": network.seed,
        "unisono": unisono_version(),
        "settings": asdict(settings),
    }
    if notes := adapter.notes(settings):
        known["notes"] = list(notes)
    return Run(adapter.name, network, settings, recording, known, None, log)
